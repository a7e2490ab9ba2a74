//! Streams on two levels: two actors stream the same numbers to an aggregator, which starts them and streams each number on, once.
//!
//! How many is the first argument, 1000 if it is left out.

use futures::future::{Either, select};
use std::collections::HashSet;
use std::pin::pin;
use tractor_guest::{
    ActorSpec, Child, Context, MsgStream, Nursery, Receiver, Result, export, nursery, program,
};

#[program]
async fn run(args: Vec<String>) -> Result<()> {
    let count: u32 = args.first().map_or(Ok(1000), |count| count.parse())?;
    let values = nursery(async |n| {
        let aggregator = n
            .start_actor(ActorSpec::new("self").name("aggregator"))
            .await?;
        let values = aggregator
            .with_context("aggregate", (count,), async |ctx, (): ()| {
                let mut stream = ctx.open_stream::<(), u32>().await?;
                let mut values = Vec::new();
                while let Some(value) = stream.next().await? {
                    values.push(value);
                }
                Ok(values)
            })
            .await?;
        aggregator.cancel().await?;
        Ok(values)
    })
    .await?;
    assert!(values.iter().copied().eq(0..count), "in order, each once");
    println!(
        "{} values, from {:?} to {:?}",
        values.len(),
        values.first(),
        values.last()
    );
    Ok(())
}

/// Streams the numbers below `count`, as they come from two streamers, each once.
#[export]
async fn aggregate(ctx: Context, count: u32) -> Result<()> {
    ctx.started(()).await?;
    let stream = ctx.open_stream::<u32, ()>().await?;
    nursery(async |n| {
        let (first, second) = (streamer(n, 1).await?, streamer(n, 2).await?);
        first
            .with_context("stream-data", (count,), async |one, (): ()| {
                let (_, one) = one.open_stream::<(), u32>().await?.split();
                second
                    .with_context("stream-data", (count,), async |two, (): ()| {
                        let (_, two) = two.open_stream::<(), u32>().await?.split();
                        merge(one, two, &stream).await
                    })
                    .await
            })
            .await?;
        n.cancel(); // the streamers serve until then
        Ok(())
    })
    .await
}

async fn streamer(n: &Nursery, number: u32) -> Result<Child> {
    n.start_actor(ActorSpec::new("self").name(format!("streamer_{number}")))
        .await
}

/// Sends on what comes from either, each value once. A receive that is dropped because the other was first loses nothing.
async fn merge(
    mut one: Receiver<u32>,
    mut two: Receiver<u32>,
    to: &MsgStream<u32, ()>,
) -> Result<()> {
    let mut seen = HashSet::new();
    loop {
        let (value, left) = match select(pin!(one.next()), pin!(two.next())).await {
            Either::Left((value, _)) => (value?, true),
            Either::Right((value, _)) => (value?, false),
        };
        let Some(value) = value else {
            let rest = if left { two } else { one };
            return drain(rest, &mut seen, to).await;
        };
        if seen.insert(value) {
            to.send(value).await?;
        }
    }
}

async fn drain(
    mut from: Receiver<u32>,
    seen: &mut HashSet<u32>,
    to: &MsgStream<u32, ()>,
) -> Result<()> {
    while let Some(value) = from.next().await? {
        if seen.insert(value) {
            to.send(value).await?;
        }
    }
    Ok(())
}

/// Streams the numbers below `count`.
#[export]
async fn stream_data(ctx: Context, count: u32) -> Result<()> {
    ctx.started(()).await?;
    let stream = ctx.open_stream::<u32, ()>().await?;
    stream.send_all(0..count).await
}
