//! The interface `peer`; its functions on contexts are in `contexts`.

use crate::exports::test::conformance::peer::{Color, Guest, Point, Refusal, Shape, Style};
use crate::{Conformance, contexts};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tractor_guest::wit::context::Context as Raw;
use tractor_guest::{
    ActorId, ActorSpec, Error, Scope, bail, current_actor, nursery, registrar, shield, sleep,
    sleep_forever, task,
};

/// Waits that were cancelled, and could clean up.
static CANCELLATIONS: AtomicU32 = AtomicU32::new(0);

/// What `echo-options` gives back.
type Options = (
    Option<String>,
    Option<Option<u32>>,
    Result<u32, String>,
    Result<(), ()>,
    Style,
);

impl Guest for Conformance {
    fn add(a: u32, b: u32) -> u32 {
        a + b
    }

    fn who() -> ActorId {
        current_actor()
    }

    fn echo_integers(
        a: u8,
        b: i8,
        c: u16,
        d: i16,
        e: u32,
        f: i32,
        g: u64,
        h: i64,
    ) -> (u8, i8, u16, i16, u32, i32, u64, i64) {
        (a, b, c, d, e, f, g, h)
    }

    fn echo_floats(a: f32, b: f64) -> (f32, f64) {
        (a, b)
    }

    fn echo_texts(a: bool, b: char, c: String) -> (bool, char, String) {
        (a, b, c)
    }

    fn echo_compounds(
        a: Vec<u8>,
        b: Vec<String>,
        c: (u8, String),
        d: Point,
        e: Color,
        f: Shape,
    ) -> (Vec<u8>, Vec<String>, (u8, String), Point, Color, Shape) {
        (a, b, c, d, e, f)
    }

    fn echo_options(
        a: Option<String>,
        b: Option<Option<u32>>,
        c: Result<u32, String>,
        d: Result<(), ()>,
        e: Style,
    ) -> Options {
        (a, b, c, d, e)
    }

    fn refuse(why: Option<Refusal>) -> Result<u32, Refusal> {
        why.map_or(Ok(7), Err)
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

    fn break_down(message: String) {
        panic!("{message}");
    }

    async fn sleep_ms(ms: u64) -> Result<(), Error> {
        task(sleep(Duration::from_millis(ms))).await
    }

    async fn wait_for_ever() -> Result<(), Error> {
        task(wait_and_clean_up()).await
    }

    fn cancellations() -> u32 {
        CANCELLATIONS.load(Ordering::Relaxed)
    }

    fn time_left() -> Option<u64> {
        let left = tractor_guest::wit::task::Scope::current();
        Scope::from(left).time_left()?.as_nanos().try_into().ok()
    }

    async fn start_and_return(ctx: Raw, value: u32) -> Result<u32, Error> {
        task(contexts::start_and_return(ctx.into(), value)).await
    }

    async fn never_start(_ctx: Raw) -> Result<(), Error> {
        Ok(())
    }

    async fn start_and_fail(ctx: Raw, message: String) -> Result<(), Error> {
        task(contexts::start_and_fail(ctx.into(), &message)).await
    }

    async fn echo(ctx: Raw) -> Result<u32, Error> {
        task(contexts::echo(ctx.into())).await
    }

    async fn count_up(ctx: Raw, n: u32) -> Result<(), Error> {
        task(contexts::count_up(ctx.into(), n)).await
    }

    async fn slow_sum(ctx: Raw, pause_ms: u64) -> Result<u64, Error> {
        task(contexts::slow_sum(ctx.into(), pause_ms)).await
    }

    async fn stop_first(ctx: Raw) -> Result<u64, Error> {
        task(contexts::stop_first(ctx.into())).await
    }

    async fn wait(ctx: Raw) -> Result<(), Error> {
        task(contexts::wait(ctx.into())).await
    }

    async fn give_up(ctx: Raw) -> Result<(), Error> {
        task(contexts::give_up(ctx.into())).await
    }

    async fn spin(ctx: Raw) -> Result<(), Error> {
        task(contexts::spin(ctx.into())).await
    }

    async fn hold(ctx: Raw, stubborn: bool) -> Result<(), Error> {
        task(contexts::hold(ctx.into(), stubborn)).await
    }

    fn release() {
        contexts::release();
    }

    async fn converse(ctx: Raw) -> Result<u32, Error> {
        task(contexts::converse(ctx.into())).await
    }

    async fn nest(component: String, depth: u32, failure: Option<String>) -> Result<u32, Error> {
        task(nest(component, depth, failure)).await
    }

    async fn lend(ctx: Raw, component: String) -> Result<(), Error> {
        task(contexts::lend(ctx.into(), &component)).await
    }

    async fn register(name: String) -> Result<(), Error> {
        task(registrar::register(&name)).await
    }

    async fn ask(name: String) -> Result<u32, Error> {
        task(async {
            let Some(portal) = registrar::find(&name).await? else {
                bail!("there is no `{name}`")
            };
            portal
                .call("test:conformance/peer#add", (20u32, 22u32))
                .await
        })
        .await
    }
}

/// Waits until it is cancelled, and then takes its time to count that.
pub(crate) async fn wait_and_clean_up() -> Result<(), Error> {
    let waited = sleep_forever().await;
    shield(async || sleep(Duration::from_millis(5)).await).await?;
    CANCELLATIONS.fetch_add(1, Ordering::Relaxed);
    waited
}

async fn nest(component: String, depth: u32, failure: Option<String>) -> Result<u32, Error> {
    if depth == 0 {
        return failure.map_or(Ok(0), |message| Err(Error::new(message)));
    }
    nursery(async |n| {
        let spec = ActorSpec::new(&component).grant_component(&component);
        let arguments = (component, depth - 1, failure);
        let child = n
            .run_in_actor(spec, "test:conformance/peer#nest", arguments)
            .await?;
        Ok(child.output::<u32>().await? + 1)
    })
    .await
}
