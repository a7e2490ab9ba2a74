//! The interface `calls`.

use crate::TestActor;
use crate::exports::test::actor::calls::Guest;
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tractor_guest::{
    ActorId, Error, Scope, bail, cancel_scope, checkpoint, current_actor, log, registrar, shield,
    sleep, sleep_forever, task,
};

static COUNTER: AtomicU32 = AtomicU32::new(0);

impl Guest for TestActor {
    fn who() -> ActorId {
        current_actor()
    }

    async fn sleep_ms(ms: u64) -> Result<(), Error> {
        task(sleep(Duration::from_millis(ms))).await
    }

    async fn wait_forever() -> Result<(), Error> {
        task(sleep_forever()).await
    }

    async fn fail(message: String) -> Result<(), Error> {
        bail!("{message}")
    }

    async fn fail_after_ms(ms: u64, message: String) -> Result<(), Error> {
        task(async {
            sleep(Duration::from_millis(ms)).await?;
            bail!("{message}")
        })
        .await
    }

    fn trap() {
        core::arch::wasm32::unreachable()
    }

    async fn trap_after_ms(ms: u64) {
        let slept = task(sleep(Duration::from_millis(ms))).await;
        if slept.is_ok() {
            core::arch::wasm32::unreachable()
        }
    }

    fn panic(message: String) {
        panic!("{message}");
    }

    fn exit(code: u8) {
        std::process::exit(i32::from(code));
    }

    fn spin() {
        loop {
            black_box(());
        }
    }

    fn spin_ms(ms: u64) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(ms) {
            black_box(());
        }
    }

    fn block_ms(ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }

    async fn block_async_ms(ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }

    async fn ignore_cancel_ms(ms: u64) -> u32 {
        IGNORING.fetch_add(1, Ordering::Relaxed);
        let told = task(ignore_cancel(Duration::from_millis(ms))).await;
        IGNORING.fetch_sub(1, Ordering::Relaxed);
        told
    }

    fn ignoring() -> u32 {
        IGNORING.load(Ordering::Relaxed)
    }

    fn grow_memory(bytes: u64) -> u64 {
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        black_box(vec![1u8; size]);
        (core::arch::wasm32::memory_size(0) * 65_536) as u64
    }

    fn recurse(depth: u64) -> u64 {
        recurse(black_box(depth))
    }

    fn print(line: String) {
        println!("{line}");
    }

    fn print_error(line: String) {
        eprintln!("{line}");
    }

    fn environment() -> Vec<(String, String)> {
        std::env::vars().collect()
    }

    fn read_file(path: String) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    }

    fn write_file(path: String, text: String) -> Result<(), String> {
        std::fs::write(path, text).map_err(|error| error.to_string())
    }

    async fn clean_up(ms: u64) -> Result<(), Error> {
        task(async {
            CLEANERS.fetch_add(1, Ordering::Relaxed);
            let waited = sleep_forever().await;
            CLEANERS.fetch_sub(1, Ordering::Relaxed);
            shield(async || sleep(Duration::from_millis(ms)).await).await?;
            eprintln!("{} has cleaned up", current_actor().name);
            waited
        })
        .await
    }

    fn cleaners() -> u32 {
        CLEANERS.load(Ordering::Relaxed)
    }

    async fn fail_while_cancelled(message: String) -> Result<(), Error> {
        task(async {
            let _: Result<(), Error> = sleep_forever().await;
            shield(async || checkpoint().await).await?;
            bail!("{message}")
        })
        .await
    }

    async fn cancel_self() -> Result<(), Error> {
        task(async {
            Scope::current().cancel_because("of its own accord");
            sleep_forever().await
        })
        .await
    }

    async fn time_left() -> Option<u64> {
        let left = task(async { Scope::current().time_left() }).await?;
        u64::try_from(left.as_nanos()).ok()
    }

    fn count() -> u32 {
        COUNTER.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn log(message: String) {
        log::info!("{message}");
    }

    async fn register(name: String) -> Result<(), Error> {
        task(registrar::register(&name)).await
    }

    async fn find(name: String) -> Result<Option<ActorId>, Error> {
        let found = task(registrar::find(&name)).await?;
        Ok(found.map(|portal| portal.actor()))
    }

    async fn wait_for(name: String) -> Result<ActorId, Error> {
        Ok(task(registrar::wait_for(&name)).await?.actor())
    }

    async fn names() -> Result<Vec<String>, Error> {
        let actors = task(registrar::list()).await?;
        Ok(actors.into_iter().map(|actor| actor.name).collect())
    }
}

/// How many `clean-up` wait now.
static CLEANERS: AtomicU32 = AtomicU32::new(0);

/// How many `ignore-cancel-ms` run now.
static IGNORING: AtomicU32 = AtomicU32::new(0);

#[expect(unconditional_recursion, reason = "to fill the stack")]
#[inline(never)]
fn recurse(depth: u64) -> u64 {
    black_box(recurse(depth + 1)) + black_box(depth)
}

/// Waits for so long, and starts over in a shield each time it is told to stop.
async fn ignore_cancel(time: Duration) -> u32 {
    let end = Instant::now() + time;
    let mut told = 0;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        let slept = if told == 0 {
            cancel_scope(async |_| sleep(left).await).await.map(|_| ())
        } else {
            shield(async || sleep(left).await).await
        };
        told += u32::from(slept.is_err());
    }
    told
}
