//! A daemon that breaks down is started anew: another process with a fresh memory, behind the same handle.
//!
//! Each restart is logged as a warning, which `--log error` leaves out.
//!
//! ```console
//! $ tractor-host run --log error restart.wasm
//! counted to 1
//! counted to 2
//! the counter was started anew: exit code 7
//! counted to 1
//! counted to 2
//! it is another process now
//! ```

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tractor_guest::{
    ActorSpec, Error, FailureKind, NurseryOptions, Restart, Result, export, nursery_with, program,
};

#[program]
async fn run(_args: Vec<String>) -> Result<()> {
    let restart = Restart::on_failure().intensity(5, Duration::from_secs(60));
    nursery_with(NurseryOptions::new().restart(restart), async |n| {
        let counter = n
            .start_actor(ActorSpec::new("self").name("counter"))
            .await?;
        let first = counter.actor();
        for _ in 0..5 {
            match counter.call::<u32>("count", ()).await {
                Ok(count) => println!("counted to {count}"),
                // Our call was under way: nobody else can know whether it counts.
                Err(error) if is_restarted(&error) => {
                    println!("the counter was started anew: exit code 7");
                }
                Err(error) => return Err(error),
            }
        }
        assert_ne!(counter.actor().uuid, first.uuid);
        println!("it is another process now");
        counter.cancel().await
    })
    .await
}

fn is_restarted(error: &Error) -> bool {
    let mut failures = error.failures().iter();
    failures.any(|failure| failure.kind == FailureKind::Restarted)
}

/// How often this process was asked to count.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// Counts, but no further than to two.
#[export]
async fn count() -> u32 {
    match COUNT.fetch_add(1, Ordering::Relaxed) + 1 {
        3 => std::process::exit(7),
        count => count,
    }
}
