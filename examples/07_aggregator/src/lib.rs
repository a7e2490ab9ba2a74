//! Streams on two levels: two actors stream the same numbers to an aggregator, which owns them and streams each number on, once.
//!
//! ```console
//! $ tractor-host run aggregator.wasm 1000
//! 1000 values, each once: 0 to 999
//! ```

use futures::future::try_join;
use std::{
    cell::RefCell,
    collections::{BTreeSet, HashSet},
};
use tractor_guest::{ActorSpec, Context, Nursery, Result, export, nursery, program};

#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let count: u32 = args.first().map_or(Ok(1000), |count| count.parse())?;
    let mut values = BTreeSet::new(); // in order from each streamer, but the two of them run a race
    let collect = async |value| {
        assert!(values.insert(value), "{value} came twice");
        Ok(())
    };
    nursery(async |n| each(n, "aggregator", "aggregate", count, collect).await).await?;
    let (first, last) = (values.first().unwrap_or(&0), values.last().unwrap_or(&0));
    println!("{} values, each once: {first} to {last}", values.len());
    Ok(())
}

/// Streams the numbers below `count`, as they come from two streamers, each once.
#[export]
async fn aggregate(ctx: Context, count: u32) -> Result<()> {
    ctx.started(()).await?;
    let stream = ctx.open_stream::<u32, ()>().await?;
    let seen = RefCell::new(HashSet::new());
    let send_on = async |value| {
        if seen.borrow_mut().insert(value) {
            stream.send(value).await?;
        }
        Ok(())
    };
    nursery(async |n| {
        let one = each(n, "streamer_1", "stream-data", count, send_on);
        let two = each(n, "streamer_2", "stream-data", count, send_on);
        try_join(one, two).await.map(|_| ())
    })
    .await
}

/// Streams the numbers below `count`.
#[export]
async fn stream_data(ctx: Context, count: u32) -> Result<()> {
    ctx.started(()).await?;
    let stream = ctx.open_stream::<u32, ()>().await?;
    stream.send_all(0..count).await
}

/// Starts an actor, runs `body` with each value that its function streams, and ends the actor.
async fn each(
    n: &Nursery,
    actor: &str,
    function: &str,
    count: u32,
    mut body: impl AsyncFnMut(u32) -> Result<()>,
) -> Result<()> {
    let actor = n.start_actor(ActorSpec::new("self").name(actor)).await?;
    actor
        .with_context(function, (count,), async |ctx, (): ()| {
            let mut stream = ctx.open_stream::<(), u32>().await?;
            while let Some(value) = stream.next().await? {
                body(value).await?;
            }
            Ok(())
        })
        .await?;
    actor.cancel().await
}
