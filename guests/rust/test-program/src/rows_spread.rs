//! Scenarios of streams, for rows 38 to 42: one to many, many to one, over two levels, and several at once.

use crate::Arguments;
use crate::peers::peer;
use crate::report::outcome;
use crate::seed::Seed;
use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use futures::future::{join, join_all};
use std::collections::HashMap;
use tractor_guest::{Child, Receiver, Result, Sender, move_on_after, nursery, sleep};

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    let known = [
        "fan-out",
        "aggregate",
        "cut-aggregate",
        "two-streams",
        "request-reply",
    ];
    if !known.contains(&scenario) {
        return Ok(false);
    }
    let number = arguments.number(1, 1)?;
    nursery(async |n| {
        let callee = n.start_actor(peer("peer")).await?;
        match scenario {
            "fan-out" => fan_out(&callee, number).await,
            "aggregate" => aggregate(&callee, number).await,
            "cut-aggregate" => cut_aggregate(&callee, number).await,
            "two-streams" => two_streams(&callee).await,
            _ => request_reply(&callee).await,
        }
        callee.cancel().await
    })
    .await?;
    Ok(true)
}

/// One stream to 22 local tasks, until the callee ends it.
async fn fan_out(callee: &Child, count: u32) {
    let end = callee
        .with_context("count-up", (count,), async |ctx, (): ()| {
            let mut stream = ctx.open_stream::<(), u32>().await?;
            let (senders, receivers): (Vec<_>, Vec<_>) = (0..22).map(|_| mpsc::channel(1)).unzip();
            let (spread, counts) = join(spread(&mut stream, senders), async {
                join_all(receivers.into_iter().map(count_in_order)).await
            })
            .await;
            spread?;
            Ok((
                counts.len(),
                counts.into_iter().all(|counted| counted == count),
            ))
        })
        .await;
    outcome("tasks, and whether each had all", &end);
}

/// Gives each its copy of each value, waiting for the slowest.
async fn spread(
    stream: &mut tractor_guest::MsgStream<(), u32>,
    mut senders: Vec<mpsc::Sender<u32>>,
) -> Result<()> {
    use futures::SinkExt;
    while let Some(value) = stream.next().await? {
        let sends = senders.iter_mut().map(|sender| sender.send(value));
        for sent in join_all(sends).await {
            sent.map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

async fn count_in_order(mut values: mpsc::Receiver<u32>) -> u32 {
    let mut expected = 0;
    while let Some(value) = values.next().await {
        assert_eq!(value, expected, "in order, each once");
        expected += 1;
    }
    expected
}

/// Two streamers, to an aggregator, to here.
async fn aggregate(callee: &Child, count: u32) {
    let end = callee
        .with_context("aggregate", (Some(count),), async |ctx, (): ()| {
            let mut stream = ctx.open_stream::<(), (u32, u32)>().await?;
            let mut next = [0, 0];
            while let Some((streamer, value)) = stream.next().await? {
                assert_eq!(value, next[streamer as usize], "in order, each once");
                next[streamer as usize] += 1;
            }
            Ok(next)
        })
        .await;
    outcome("of each streamer", &end);
}

/// Streams over two levels that are cut at ten random points: after some messages, or after some time.
async fn cut_aggregate(callee: &Child, seed: u32) {
    let mut seed = Seed(seed.into());
    for round in 0..10 {
        let (messages, time) = (seed.below(500), seed.microseconds(150_000));
        let mut next = [0, 0];
        let mut body = async || {
            callee
                .with_context("aggregate", (None::<u32>,), async |ctx, (): ()| {
                    let mut stream = ctx.open_stream::<(), (u32, u32)>().await?;
                    while let Some((streamer, value)) = stream.next().await? {
                        assert_eq!(value, next[streamer as usize], "in order, each once");
                        next[streamer as usize] += 1;
                        if round % 2 == 0 && u64::from(next[0] + next[1]) > messages {
                            ctx.cancel();
                        }
                    }
                    Ok(())
                })
                .await
        };
        let end = match round % 2 {
            0 => body().await.map(Some),
            _ => move_on_after(time, body).await,
        };
        // Cut before or after the aggregator had started, by this end alone.
        match end {
            Ok(None | Some(())) => println!("cut"),
            Err(error) if error.cancellation().is_some() => println!("cut"),
            Err(error) => outcome("cut", &Err::<(), _>(error)),
        }
    }
}

/// Two streams of one portal at once: one is held up and then cancelled, and the other does not notice.
async fn two_streams(callee: &Child) {
    let (stop, stopped) = oneshot::channel::<()>();
    let held = callee.with_context("count-on", (), async |ctx, (): ()| {
        let mut stream = ctx.open_stream::<(), u32>().await?;
        let first = stream.next().await?;
        let _ = stopped.await;
        ctx.cancel();
        Ok(first)
    });
    let goes_on = callee.with_context("count-up", (1000u32,), async |ctx, (): ()| {
        let mut stream = ctx.open_stream::<(), u32>().await?;
        let mut expected = 0;
        while let Some(value) = stream.next().await? {
            assert_eq!(value, expected, "in order, each once");
            expected += 1;
        }
        // The other one is full, and still open.
        let _ = stop.send(());
        Ok(expected)
    });
    let (held, goes_on) = join(held, goes_on).await;
    outcome("held up", &held);
    outcome("goes on", &goes_on);
}

/// Requests of twenty local tasks on one stream, answered in another order.
async fn request_reply(callee: &Child) {
    let end = callee
        .with_context("serve-squares", (), async |ctx, (): ()| {
            let (sender, mut receiver) = ctx.open_stream::<(u32, u64), (u32, u64)>().await?.split();
            let (waiting, replies): (HashMap<_, _>, Vec<_>) = (0..20u32)
                .map(|number| {
                    let (answer, answered) = oneshot::channel();
                    ((number, answer), (number, answered))
                })
                .unzip();
            let requests = join_all(
                replies
                    .into_iter()
                    .map(|(number, answered)| request(&sender, number, answered)),
            );
            let (answered, replied) = join(requests, dispatch(&mut receiver, waiting)).await;
            replied?;
            sender.stop();
            let right = answered.into_iter().collect::<Result<Vec<_>>>()?;
            Ok((
                right.into_iter().all(|right| right),
                ctx.output::<u32>().await?,
            ))
        })
        .await;
    outcome("each has its own answer, and how many", &end);
}

async fn request(
    sender: &Sender<(u32, u64)>,
    number: u32,
    answered: oneshot::Receiver<u64>,
) -> Result<bool> {
    // Some ask at once, some a little later.
    sleep(std::time::Duration::from_millis(u64::from(number % 4))).await?;
    sender.send((number, u64::from(number))).await?;
    let answer = answered.await.map_err(|error| error.to_string())?;
    Ok(answer == u64::from(number) * u64::from(number))
}

async fn dispatch(
    receiver: &mut Receiver<(u32, u64)>,
    mut waiting: HashMap<u32, oneshot::Sender<u64>>,
) -> Result<()> {
    while !waiting.is_empty() {
        let Some((number, answer)) = receiver.next().await? else {
            return Err("the server ended early".into());
        };
        if let Some(waits) = waiting.remove(&number) {
            // It waits until it has it.
            let _ = waits.send(answer);
        }
    }
    Ok(())
}
