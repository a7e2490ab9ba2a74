//! Streams both ways. What is sent is JSON, as the peer may be of any language.

use super::expect::{equal, failure, function, holds};
use super::with_peer;
use crate::contexts::Said;
use crate::exports::test::conformance::peer::Note;
use futures::future::try_join;
use std::time::Duration;
use tractor_guest::{
    Error, FailureKind, MsgStream, OpenedContext, Receiver, Result, StreamOptions, sleep,
};

type Numbers = MsgStream<u64, u64>;

/// Opens `name` and its stream in a peer and runs `body` with them.
async fn streaming(
    peer: &str,
    name: &str,
    pause_ms: Option<u64>,
    body: impl AsyncFnOnce(&OpenedContext, Numbers) -> Result<()>,
) -> Result<()> {
    with_peer(peer, async |peer| {
        let body = async |ctx: &OpenedContext, ()| {
            let options = StreamOptions::new().json();
            body(ctx, ctx.open_stream_with(options).await?).await
        };
        match pause_ms {
            Some(pause) => peer.with_context(&function(name), (pause,), body).await,
            None => peer.with_context(&function(name), (), body).await,
        }
    })
    .await
}

/// Expects the numbers below `n` and then the end.
async fn numbers_below(n: u64, stream: &mut Receiver<u64>) -> Result<()> {
    for expected in 0..n {
        equal("the next number", &stream.next().await?, &Some(expected))?;
    }
    equal("the end", &stream.next().await?, &None)
}

pub(super) async fn ping_pong(peer: &str) -> Result<()> {
    streaming(peer, "echo", None, async |ctx, mut stream| {
        for number in 0..10u64 {
            stream.send(number).await?;
            equal("the echo", &stream.next().await?, &Some(number))?;
        }
        stream.stop();
        equal("the end", &stream.next().await?, &None)?;
        equal("the output", &ctx.output::<u32>().await?, &10)
    })
    .await
}

/// The one scenario in which messages have types, so that they need not be JSON.
pub(super) async fn typed_stream(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        let body = async |ctx: &OpenedContext, first: u64| {
            equal("the first value", &first, &9_007_199_254_740_993)?;
            let mut stream = ctx.open_stream::<Said, Note>().await?;
            converse(&mut stream, first, "grüße").await?;
            let wrong = stream.send(Said::Text("no note")).await;
            // In postcard, which tells no types, it is the text within that does not fit.
            let text = "converse: `.text` of what it receives";
            failure(&wrong, &FailureKind::IllTyped, text)?;
            converse(&mut stream, 1, "").await?;
            stream.stop();
            equal("the output", &ctx.output::<u32>().await?, &2)
        };
        peer.with_context(&function("converse"), (), body).await
    })
    .await
}

/// Sends a note, and expects the same with an id of one more.
async fn converse(stream: &mut MsgStream<Said, Note>, id: u64, text: &str) -> Result<()> {
    let note = |id| Note {
        id,
        text: text.to_owned(),
    };
    stream.send(Said::Note(note(id))).await?;
    equal("the note", &stream.next().await?, &Some(note(id + 1)))
}

pub(super) async fn batches(peer: &str) -> Result<()> {
    streaming(peer, "echo", None, async |ctx, stream| {
        let (sender, mut receiver) = stream.split();
        sender.send_all(0..50u64).await?;
        sender.stop();
        numbers_below(50, &mut receiver).await?;
        equal("the output", &ctx.output::<u32>().await?, &50)
    })
    .await
}

pub(super) async fn slow_receiver(peer: &str) -> Result<()> {
    streaming(peer, "slow-sum", Some(1), async |ctx, stream| {
        stream.send_all(0..100u64).await?;
        stream.stop();
        equal("the sum", &ctx.output::<u64>().await?, &4950)
    })
    .await
}

pub(super) async fn slow_sender(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        peer.with_context(&function("count-up"), (100u32,), async |ctx, ()| {
            let options = StreamOptions::new().json().buffer(4);
            let mut stream = ctx.open_stream_with::<u64, u64>(options).await?;
            for expected in 0..100 {
                equal("the next number", &stream.next().await?, &Some(expected))?;
                sleep(Duration::from_millis(1)).await?;
            }
            equal("the end", &stream.next().await?, &None)?;
            ctx.output::<()>().await
        })
        .await
    })
    .await
}

pub(super) async fn stop(peer: &str) -> Result<()> {
    streaming(peer, "stop-first", None, async |ctx, mut stream| {
        for expected in 1..=3 {
            equal("the next number", &stream.next().await?, &Some(expected))?;
        }
        equal("the end", &stream.next().await?, &None)?;
        stream.send_all([10u64, 20]).await?;
        stream.stop();
        let late = stream.send(30u64).await;
        holds("`closed`", late == Err(Error::Closed), &late)?;
        equal("the sum", &ctx.output::<u64>().await?, &30)
    })
    .await
}

pub(super) async fn both_ways_at_once(peer: &str) -> Result<()> {
    streaming(peer, "echo", None, async |ctx, stream| {
        let (sender, mut receiver) = stream.split();
        let sends = async {
            for number in 0..500u64 {
                sender.send(number).await?;
            }
            sender.stop();
            Ok(())
        };
        try_join(sends, numbers_below(500, &mut receiver)).await?;
        equal("the output", &ctx.output::<u32>().await?, &500)
    })
    .await
}
