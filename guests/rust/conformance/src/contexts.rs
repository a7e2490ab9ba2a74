//! The functions of `peer` that take a context. All that they say is JSON, as openers of any language call them.

use crate::exports::test::conformance::peer::Note;
use crate::peer::wait_and_clean_up;
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tractor_guest::{
    ActorSpec, Context, FailureKind, MsgStream, Result, StreamOptions, bail, checkpoint, nursery,
    shield, sleep,
};

/// How often `release` was called.
static RELEASES: AtomicU32 = AtomicU32::new(0);

pub(crate) async fn start_and_return(ctx: Context, value: u32) -> Result<u32> {
    ctx.started_json(value + 1).await?;
    Ok(value * 2)
}

pub(crate) async fn start_and_fail(ctx: Context, message: &str) -> Result<()> {
    ctx.started_json(()).await?;
    bail!("{message}")
}

pub(crate) async fn echo(ctx: Context) -> Result<u32> {
    let mut stream = started(&ctx, StreamOptions::BUFFER).await?;
    let mut count = 0;
    while let Some(message) = stream.next().await? {
        stream.send(message).await?;
        count += 1;
    }
    Ok(count)
}

pub(crate) async fn count_up(ctx: Context, n: u32) -> Result<()> {
    let stream = started(&ctx, StreamOptions::BUFFER).await?;
    stream.send_all((0..n).map(u64::from)).await
}

pub(crate) async fn slow_sum(ctx: Context, pause_ms: u64) -> Result<u64> {
    let mut stream = started(&ctx, 4).await?;
    let mut sum = 0;
    while let Some(value) = stream.next().await? {
        sum += value;
        sleep(Duration::from_millis(pause_ms)).await?;
    }
    Ok(sum)
}

pub(crate) async fn stop_first(ctx: Context) -> Result<u64> {
    let mut stream = started(&ctx, StreamOptions::BUFFER).await?;
    stream.send_all(1..=3u64).await?;
    stream.stop();
    let mut sum = 0;
    while let Some(value) = stream.next().await? {
        sum += value;
    }
    Ok(sum)
}

pub(crate) async fn wait(ctx: Context) -> Result<()> {
    ctx.started_json(()).await?;
    wait_and_clean_up().await
}

pub(crate) async fn give_up(ctx: Context) -> Result<()> {
    ctx.started_json(()).await?;
    ctx.cancel_because("had enough");
    checkpoint().await
}

pub(crate) async fn spin(ctx: Context) -> Result<()> {
    ctx.started_json(()).await?;
    loop {
        black_box(());
    }
}

pub(crate) async fn hold(ctx: Context, stubborn: bool) -> Result<()> {
    ctx.started_json(()).await?;
    let before = RELEASES.load(Ordering::Relaxed);
    let held = async || {
        while RELEASES.load(Ordering::Relaxed) == before {
            sleep(Duration::from_millis(2)).await?;
        }
        Ok(())
    };
    if stubborn {
        shield(held).await
    } else {
        held().await
    }
}

pub(crate) fn release() {
    RELEASES.fetch_add(1, Ordering::Relaxed);
}

/// What is sent in `converse`, and what does not belong there.
#[derive(serde::Serialize)]
#[serde(untagged)]
pub(crate) enum Said {
    Note(Note),
    Text(&'static str),
}

pub(crate) async fn converse(ctx: Context) -> Result<u32> {
    ctx.started(9_007_199_254_740_993u64).await?;
    let mut stream = ctx.open_stream::<Said, Note>().await?;
    let wrong = stream.send(Said::Text("no note")).await;
    match wrong.as_ref().map_err(|error| error.failures()) {
        Err([failure])
            if failure.kind == FailureKind::IllTyped
                && failure.message.contains("what it sends") => {}
        _ => bail!("a text was sent: {wrong:?}"),
    }
    let mut count = 0;
    while let Some(Note { id, text }) = stream.next().await? {
        let id = id + 1;
        stream.send(Said::Note(Note { id, text })).await?;
        count += 1;
    }
    Ok(count)
}

pub(crate) async fn lend(ctx: Context, component: &str) -> Result<()> {
    nursery(async |n| {
        let lent = n
            .start_actor(ActorSpec::new(component).name("lent"))
            .await?;
        let mut stream = started_with(&ctx, lent.actor().uuid, StreamOptions::BUFFER).await?;
        stream.next().await?;
        lent.cancel_because("time to go").await
    })
    .await
}

async fn started(ctx: &Context, buffer: u32) -> Result<MsgStream<u64, u64>> {
    started_with(ctx, (), buffer).await
}

async fn started_with(
    ctx: &Context,
    first: impl serde::Serialize,
    buffer: u32,
) -> Result<MsgStream<u64, u64>> {
    ctx.started_json(first).await?;
    ctx.open_stream_with(StreamOptions::new().json().buffer(buffer))
        .await
}
