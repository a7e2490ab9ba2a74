//! Scenarios of streams: order, backpressure, and receives that are cut short.

use crate::report::outcome;
use crate::{Arguments, actor};
use futures::future::{join, select};
use std::pin::pin;
use std::time::Duration;
use tractor_guest::{Child, Result, StreamOptions, move_on_after, nursery, sleep};

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    let scenario = match scenario {
        "stream-echo"
        | "stream-slow-reader"
        | "stream-slow-callee"
        | "stream-cut-short"
        | "stream-dropped-receive"
        | "stream-large" => scenario,
        _ => return Ok(false),
    };
    let count = arguments.number(1, 1000)?;
    nursery(async |n| {
        let peer = n.start_actor(actor("peer")).await?;
        match scenario {
            "stream-echo" => echo(&peer, count).await,
            "stream-slow-reader" => slow_reader(&peer).await,
            "stream-slow-callee" => slow_callee(&peer).await,
            "stream-cut-short" => cut_short(&peer, count).await,
            "stream-large" => large(&peer, count).await,
            _ => dropped_receive(&peer, count).await,
        }
        peer.cancel().await
    })
    .await?;
    Ok(true)
}

/// All come back, in order.
async fn echo(peer: &Child, count: u32) {
    let end = peer
        .with_context("serve-echo", (), async |ctx, (): ()| {
            let (sender, mut receiver) = ctx.open_stream::<u32, u32>().await?.split();
            let send = async {
                sender.send_all(0..count).await?;
                sender.stop();
                Ok(())
            };
            let receive = async {
                let mut values = Vec::new();
                while let Some(value) = receiver.next().await? {
                    values.push(value);
                }
                Result::<_>::Ok(values)
            };
            let (sent, received): (Result<()>, _) = join(send, receive).await;
            sent?;
            let echoed = ctx.output::<u32>().await?;
            Ok((received?.into_iter().eq(0..count), echoed))
        })
        .await;
    outcome("in order, and how many", &end);
}

async fn slow_reader(peer: &Child) {
    let end = peer
        .with_context("count-up", (20u32,), async |ctx, (): ()| {
            let options = StreamOptions::new().buffer(1);
            let mut stream = ctx.open_stream_with::<(), u32>(options).await?;
            let mut values = Vec::new();
            while let Some(value) = stream.next().await? {
                sleep(Duration::from_millis(5)).await?;
                values.push(value);
            }
            Ok(values.into_iter().eq(0..20))
        })
        .await;
    outcome("in order", &end);
}

async fn slow_callee(peer: &Child) {
    let end = peer
        .with_context("slow-sum", (20u32, 1u32, 5u64), async |ctx, (): ()| {
            let stream = ctx.open_stream::<u32, ()>().await?;
            stream.send_all(0..20u32).await?;
            stream.stop();
            ctx.output::<u64>().await
        })
        .await;
    outcome("sum", &end);
}

/// A timeout around each receive, too short for most: nothing is lost, nothing comes twice.
async fn cut_short(peer: &Child, count: u32) {
    let end = peer
        .with_context("count-up", (count,), async |ctx, (): ()| {
            let options = StreamOptions::new().buffer(3);
            let mut stream = ctx.open_stream_with::<(), u32>(options).await?;
            let (mut expected, mut attempts) = (0, 0);
            loop {
                attempts += 1;
                let time = Duration::from_micros(attempts % 50 * 10);
                match move_on_after(time, async || stream.next().await).await? {
                    None => {}
                    Some(None) => return Ok(expected),
                    Some(Some(value)) => {
                        assert_eq!(value, expected, "in order, each once");
                        expected += 1;
                    }
                }
            }
        })
        .await;
    outcome("received", &end);
}

/// Receives that are dropped because another branch was first.
async fn dropped_receive(peer: &Child, count: u32) {
    let end = peer
        .with_context("count-up", (count,), async |ctx, (): ()| {
            let options = StreamOptions::new().buffer(3);
            let mut stream = ctx.open_stream_with::<(), u32>(options).await?;
            let mut expected = 0;
            loop {
                let time = Duration::from_micros(u64::from(expected % 50));
                let message = {
                    let receive = pin!(stream.next());
                    match select(receive, pin!(sleep(time))).await {
                        futures::future::Either::Left((message, _)) => message?,
                        futures::future::Either::Right(_) => continue,
                    }
                };
                let Some(value) = message else {
                    return Ok(expected);
                };
                assert_eq!(value, expected, "in order, each once");
                expected += 1;
            }
        })
        .await;
    outcome("received", &end);
}

/// A value of so many bytes, there and back.
async fn large(peer: &Child, bytes: u32) {
    let value = peer.call::<Vec<u8>>("echo-bytes", (vec![7u8; bytes as usize],));
    outcome("bytes", &value.await.map(|bytes| bytes.len()));
}
