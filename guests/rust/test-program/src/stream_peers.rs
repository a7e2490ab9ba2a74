//! The other ends of streams: functions that the scenarios of streams call in an actor of this same component.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tractor_guest::{
    Context, Error, Overrun, Portal, Result, Sender, StreamOptions, export, nursery, sleep,
};

/// How far the stream function that began last has come, in its own measure.
static PROGRESS: AtomicU32 = AtomicU32::new(0);

/// Whether whoever waits for `open-gate` may go on.
static GATE: AtomicBool = AtomicBool::new(false);

/// Gives how far the stream function that began last has come.
#[export]
fn progress() -> u32 {
    PROGRESS.load(Ordering::Relaxed)
}

fn advance_to(progress: u32) {
    PROGRESS.store(progress, Ordering::Relaxed);
}

/// Lets `collect-late` and `drop-stream` go on.
#[export]
fn open_gate() {
    GATE.store(true, Ordering::Relaxed);
}

async fn gate() -> Result<()> {
    while !GATE.load(Ordering::Relaxed) {
        sleep(Duration::from_millis(1)).await?;
    }
    Ok(())
}

/// Streams the numbers below `n`, and returns.
#[export]
async fn count_up(ctx: Context, n: u32) -> Result<(), Error> {
    ctx.started(()).await?;
    ctx.open_stream::<u32, ()>().await?.send_all(0..n).await
}

/// Streams numbers until it is cancelled.
#[export]
async fn count_on(ctx: Context) -> Result<(), Error> {
    ctx.started(()).await?;
    let stream = ctx.open_stream::<u32, ()>().await?;
    for number in 0.. {
        stream.send(number).await?;
        advance_to(number + 1);
    }
    Ok(())
}

/// Sends two batches of ten. Its progress is in batches that were sent.
#[export]
async fn two_batches(ctx: Context) -> Result<(), Error> {
    advance_to(0);
    ctx.started(()).await?;
    let stream = ctx.open_stream::<u32, ()>().await?;
    for batch in 0..2 {
        stream.send_all(batch * 10..(batch + 1) * 10).await?;
        advance_to(batch + 1);
    }
    Ok(())
}

/// Receives with room for `buffer`, pausing after each, until the other end stops; gives what came. Its progress is in messages.
#[export]
async fn collect_slowly(ctx: Context, buffer: u32, pause_ms: u64) -> Result<Vec<u32>, Error> {
    advance_to(0);
    ctx.started(()).await?;
    collect(&ctx, buffer, pause_ms).await
}

/// As `collect-slowly`, but opens its stream only when `open-gate` was called.
#[export]
async fn collect_late(ctx: Context, buffer: u32) -> Result<Vec<u32>, Error> {
    GATE.store(false, Ordering::Relaxed);
    advance_to(0);
    ctx.started(()).await?;
    gate().await?;
    collect(&ctx, buffer, 0).await
}

async fn collect(ctx: &Context, buffer: u32, pause_ms: u64) -> Result<Vec<u32>> {
    let options = StreamOptions::new().buffer(buffer);
    let mut stream = ctx.open_stream_with::<(), u32>(options).await?;
    let mut values = Vec::new();
    while let Some(value) = stream.next().await? {
        values.push(value);
        advance_to(values.len() as u32);
        sleep(Duration::from_millis(pause_ms)).await?;
    }
    Ok(values)
}

/// Sends the numbers below `n`, of which it keeps the newest five, and waits until the other end stops.
#[export]
async fn send_newest(ctx: Context, n: u32) -> Result<(), Error> {
    advance_to(0);
    ctx.started(()).await?;
    let options = StreamOptions::new().buffer(5).overrun(Overrun::DropOldest);
    let mut stream = ctx.open_stream_with::<u32, ()>(options).await?;
    stream.send_all(0..n).await?;
    advance_to(n);
    stream.next().await.map(drop)
}

/// Sends the numbers below `n` while the other end goes on, and as many again once that has stopped. Gives what it received, and how
/// often it was told of the end.
#[export]
async fn outlast(ctx: Context, n: u32) -> Result<(Vec<u32>, u32), Error> {
    ctx.started(()).await?;
    let mut stream = ctx.open_stream::<u32, u32>().await?;
    stream.send_all(0..n).await?;
    let mut values = Vec::new();
    while let Some(value) = stream.next().await? {
        values.push(value);
    }
    stream.send_all(n..2 * n).await?;
    let mut told = 1;
    for _ in 0..3 {
        told += u32::from(stream.next().await?.is_none());
    }
    stream.stop();
    Ok((values, told))
}

/// Opens its stream, drops it, and waits until `open-gate` is called. Gives whether its stream may be opened again.
#[export]
async fn drop_stream(ctx: Context) -> Result<bool, Error> {
    GATE.store(false, Ordering::Relaxed);
    ctx.started(()).await?;
    drop(ctx.open_stream::<u32, u32>().await?);
    let again = ctx.open_stream::<u32, u32>().await;
    gate().await?;
    Ok(again.is_ok())
}

/// Answers each request with its number and its square, those that came together in reverse order. Gives how many there were.
#[export]
async fn serve_squares(ctx: Context) -> Result<u32, Error> {
    ctx.started(()).await?;
    let mut stream = ctx.open_stream::<(u32, u64), (u32, u64)>().await?;
    let mut served = 0;
    loop {
        let requests = stream.receive_many(8).await?;
        if requests.is_empty() {
            return Ok(served);
        }
        for (number, value) in requests.into_iter().rev() {
            stream.send((number, value * value)).await?;
            served += 1;
        }
    }
}

/// Owns two streamers, and hands on what they send, each value with the number of its streamer. Counts to `n`, or until it is cancelled.
#[export]
async fn aggregate(ctx: Context, n: Option<u32>) -> Result<(), Error> {
    nursery(async |nursery| {
        let first = nursery.start_actor("self").await?;
        let second = nursery.start_actor("self").await?;
        ctx.started(()).await?;
        let (sender, _) = ctx.open_stream::<(u32, u32), ()>().await?.split();
        let relays = [
            hand_on(&first, 0, n, &sender),
            hand_on(&second, 1, n, &sender),
        ];
        futures::future::try_join_all(relays).await?;
        nursery.cancel();
        Ok(())
    })
    .await
}

async fn hand_on(
    streamer: &Portal,
    number: u32,
    n: Option<u32>,
    sender: &Sender<(u32, u32)>,
) -> Result<()> {
    let body = async |ctx: &tractor_guest::OpenedContext, (): ()| {
        let mut stream = ctx.open_stream::<(), u32>().await?;
        while let Some(value) = stream.next().await? {
            sender.send((number, value)).await?;
        }
        Ok(())
    };
    match n {
        Some(n) => streamer.with_context("count-up", (n,), body).await,
        None => streamer.with_context("count-on", (), body).await,
    }
}
