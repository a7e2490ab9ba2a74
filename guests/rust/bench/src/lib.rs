//! What the benchmark runs: calls and streams between two guests, timed inside the one that asks.

mod blob;

use blob::Blob;
use std::time::Instant;
use tractor_guest::{Child, Context, Result, StreamOptions, bail, export, nursery};

/// Calls that are made before any is timed.
const WARM_UP: u32 = 200;

/// Messages taken off a stream at once.
const BATCH: usize = 256;

/// Does nothing, for whoever times a call.
#[export]
fn noop() {}

/// Fails, for whoever times the end of a tree.
#[export]
fn fail() -> Result<()> {
    bail!("as it was asked to")
}

/// Times calls of `noop` in an actor of its own. Nanoseconds of each.
#[export]
async fn time_calls(calls: u32) -> Result<Vec<u32>> {
    with_child(async |child| {
        for _ in 0..WARM_UP {
            child.call::<()>("noop", ()).await?;
        }
        let mut times = Vec::with_capacity(calls as usize);
        for _ in 0..calls {
            let begun = Instant::now();
            child.call::<()>("noop", ()).await?;
            times.push(begun.elapsed().as_nanos() as u32);
        }
        Ok(times)
    })
    .await
}

/// Times a stream of `messages` of so many bytes from an actor of its own, whose messages wait in a buffer of `buffer`. Nanoseconds from
/// the first message to the last.
#[export]
async fn time_stream(messages: u32, bytes: u32, buffer: u32) -> Result<u64> {
    with_child(async |child| {
        child
            .with_context("pour", (messages, bytes), async |ctx, (): ()| {
                let options = StreamOptions::new().buffer(buffer);
                let mut stream = ctx.open_stream_with::<(), Blob>(options).await?;
                let Some(_first) = stream.next().await? else {
                    bail!("the stream ended before it began");
                };
                let begun = Instant::now();
                let mut left = messages - 1;
                while left > 0 {
                    let arrived = stream.receive_many(BATCH).await?.len() as u32;
                    if arrived == 0 {
                        bail!("the stream ended {left} messages early");
                    }
                    left -= arrived;
                }
                Ok(begun.elapsed().as_nanos() as u64)
            })
            .await
    })
    .await
}

/// Sends as many messages of so many bytes.
#[export]
async fn pour(ctx: Context, messages: u32, bytes: u32) -> Result<()> {
    ctx.started(()).await?;
    let stream = ctx.open_stream::<Blob, ()>().await?;
    let message = Blob::of(bytes);
    stream
        .send_all((0..messages).map(|_| message.clone()))
        .await
}

async fn with_child<T>(body: impl AsyncFnOnce(&Child) -> Result<T>) -> Result<T> {
    nursery(async |n| {
        let child = n.start_actor("self").await?;
        let result = body(&child).await?;
        child.cancel().await?;
        Ok(result)
    })
    .await
}
