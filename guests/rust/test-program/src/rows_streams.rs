//! Scenarios of streams, for rows 31 to 34: backpressure, overrun, ends, and what is dropped without closing.

use crate::peers::peer;
use crate::report::{describe, outcome};
use futures::channel::oneshot;
use futures::future::{join, select};
use std::time::Duration;
use tractor_guest::wit;
use tractor_guest::{
    Child, Codec, Error, FailureKind, MsgStream, Overrun, Payload, Result, Scope, StreamOptions,
    move_on_after, nursery, sleep,
};

/// How long something is watched that must not happen.
const WATCHED: Duration = Duration::from_millis(100);

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str) -> Result<bool> {
    match scenario {
        "slow-opener" => with_peer(slow_opener).await?,
        "slow-callee" => with_peer(slow_callee).await?,
        "unopened" => with_peer(unopened).await?,
        "overrun" => with_peer(overrun).await?,
        "newest" => with_peer(newest).await?,
        "stopped" => with_peer(stopped).await?,
        "dropped-streams" => with_peer(dropped_streams).await?,
        "dropped-contexts" => with_peer(dropped_contexts).await?,
        "ended-scopes" => with_peer(ended_scopes).await?,
        "dropped-portals" => with_peer(dropped_portals).await?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Runs the scenario with a peer that may have eight dialogs at once, and says whether that serves on.
async fn with_peer(scenario: impl AsyncFnOnce(&Child)) -> Result<()> {
    nursery(async |n| {
        let callee = n.start_actor(peer("peer").limit_dialogs(8)).await?;
        scenario(&callee).await;
        outcome(
            "still serves",
            &callee.call::<u32>("progress", ()).await.map(drop),
        );
        callee.cancel().await
    })
    .await
}

/// How far the function of the peer has come.
async fn progress(peer: &Child) -> Result<u32> {
    peer.call("progress", ()).await
}

/// Receives all that comes.
async fn all(stream: &mut MsgStream<u32, u32>) -> Result<Vec<u32>> {
    let mut values = Vec::new();
    while let Some(value) = stream.next().await? {
        values.push(value);
    }
    Ok(values)
}

/// The opener receives slowly, with room for one: the callee is never more than that ahead.
async fn slow_opener(callee: &Child) {
    let end = callee
        .with_context("two-batches", (), async |ctx, (): ()| {
            let options = StreamOptions::new().buffer(1);
            let mut stream = ctx.open_stream_with::<(), u32>(options).await?;
            let (mut values, mut early) = (Vec::new(), 0);
            while let Some(value) = stream.next().await? {
                values.push(value);
                sleep(Duration::from_millis(3)).await?;
                // What was received, and the one that there is room for.
                let sent = values.len() as u32 + 1;
                early += u32::from(progress(callee).await? > sent / 10);
            }
            Ok((values.into_iter().eq(0..20), early))
        })
        .await;
    outcome("in order, and batches sent too early", &end);
}

/// The callee receives slowly.
async fn slow_callee(callee: &Child) {
    let end = callee
        .with_context("collect-slowly", (1u32, 3u64), async |ctx, (): ()| {
            let stream = ctx.open_stream::<u32, ()>().await?;
            stream.send_all(0..10u32).await?;
            let after_first = progress(callee).await?;
            stream.send_all(10..20u32).await?;
            let after_second = progress(callee).await?;
            stream.stop();
            let values = ctx.output::<Vec<u32>>().await?;
            // All but the one that there is room for, and the one that the callee has in its hands.
            let paced = after_first >= 8 && after_second >= 18;
            Ok((values.into_iter().eq(0..20), paced))
        })
        .await;
    outcome("in order, and at the pace of the callee", &end);
}

/// A peer that never opens its stream: senders wait, for as long as they like.
async fn unopened(callee: &Child) {
    let end = callee
        .with_context("collect-late", (64u32,), async |ctx, (): ()| {
            let stream = ctx.open_stream::<u32, ()>().await?;
            let (mut sent, mut taken) = (0..100u32, 0u32);
            let send = move_on_after(WATCHED, async || {
                for number in sent.by_ref() {
                    stream.send(number).await?;
                    taken += 1;
                }
                Ok(())
            });
            outcome("sends for ever", &send.await);
            outcome("taken", &Result::Ok(taken));
            callee.call::<()>("open-gate", ()).await?;
            stream.send_all(0..100u32).await?;
            stream.stop();
            let values = ctx.output::<Vec<u32>>().await?;
            Ok(values.into_iter().eq(0..100))
        })
        .await;
    outcome("in order, once it is open", &end);
    let end = callee
        .with_context("two-batches", (), async |ctx, (): ()| {
            sleep(WATCHED).await?;
            outcome("batches before", &progress(callee).await);
            let mut stream = ctx.open_stream::<u32, u32>().await?;
            Ok(all(&mut stream).await?.into_iter().eq(0..20))
        })
        .await;
    outcome("in order, once the opener's is open", &end);
}

/// A sender that asked to fail: what it could send arrives, and its stream is as it was.
async fn overrun(callee: &Child) {
    let end = callee
        .with_context("collect-late", (3u32,), async |ctx, (): ()| {
            let options = StreamOptions::new().overrun(Overrun::Fail);
            let stream = ctx.open_stream_with::<u32, ()>(options).await?;
            outcome("unopened", &stream.send(7u32).await);
            outcome("again", &stream.send(7u32).await);
            callee.call::<()>("open-gate", ()).await?;
            let mut sent = 0;
            while sent < 20 {
                // There is room when the peer has said so.
                match stream.send(sent).await {
                    Ok(()) => sent += 1,
                    Err(error) if is_overrun(&error) => sleep(Duration::from_millis(1)).await?,
                    Err(error) => return Err(error),
                }
            }
            stream.stop();
            let values = ctx.output::<Vec<u32>>().await?;
            Ok(values.into_iter().eq(0..20))
        })
        .await;
    outcome("in order", &end);
}

fn is_overrun(error: &Error) -> bool {
    matches!(error.failures(), [failure] if failure.kind == FailureKind::Overrun)
}

/// A sender that keeps the newest five, at either end.
async fn newest(callee: &Child) {
    let end = callee
        .with_context("collect-late", (64u32,), async |ctx, (): ()| {
            let options = StreamOptions::new().buffer(5).overrun(Overrun::DropOldest);
            let stream = ctx.open_stream_with::<u32, ()>(options).await?;
            stream.send_all(0..1000u32).await?;
            stream.stop();
            callee.call::<()>("open-gate", ()).await?;
            ctx.output::<Vec<u32>>().await
        })
        .await;
    outcome("callee", &end);
    let end = callee
        .with_context("send-newest", (1000u32,), async |ctx, (): ()| {
            while progress(callee).await? < 1000 {
                sleep(Duration::from_millis(1)).await?;
            }
            let mut stream = ctx.open_stream::<(), u32>().await?;
            let mut values = Vec::new();
            while values.last() != Some(&999) {
                values.extend(stream.next().await?);
            }
            stream.stop();
            Ok(values)
        })
        .await;
    outcome("opener", &end);
}

/// One end stops while the other goes on sending, before and after it heard of that.
async fn stopped(callee: &Child) {
    let end = callee
        .with_context("outlast", (10u32,), async |ctx, (): ()| {
            let mut stream = ctx.open_stream::<u32, u32>().await?;
            stream.send_all(0..5u32).await?;
            stream.stop();
            stream.stop();
            outcome("send after the stop", &stream.send(5u32).await);
            let values = all(&mut stream).await?;
            outcome("in order", &Result::Ok(values.into_iter().eq(0..20)));
            for _ in 0..3 {
                outcome("after the end", &stream.next().await);
            }
            ctx.output::<(Vec<u32>, u32)>().await
        })
        .await;
    outcome("the callee had, and was told of the end", &end);
}

/// Streams that are dropped, many more than there may be dialogs: the other end is neither held up nor left waiting.
async fn dropped_streams(callee: &Child) {
    let (mut sent, mut received) = (0, 0);
    for _ in 0..20 {
        // The callee sends more than there is room for.
        let end = callee
            .with_context("count-up", (1000u32,), async |ctx, (): ()| {
                drop(ctx.open_stream::<(), u32>().await?);
                ctx.output::<()>().await
            })
            .await;
        sent += u32::from(end.is_ok());
        // The callee receives until it is told of the end.
        let end = callee
            .with_context("collect-slowly", (4u32, 0u64), async |ctx, (): ()| {
                let stream = ctx.open_stream::<u32, ()>().await?;
                stream.send_all(0..3u32).await?;
                drop(stream);
                ctx.output::<Vec<u32>>().await
            })
            .await;
        received += u32::from(end == Ok(vec![0, 1, 2]));
    }
    outcome("callees that sent and received all", &Ok((sent, received)));
    let end = callee
        .with_context("drop-stream", (), async |ctx, (): ()| {
            let mut stream = ctx.open_stream::<u32, u32>().await?;
            // More than there is room for, into the void.
            stream.send_all(0..1000u32).await?;
            let told = stream.next().await?;
            callee.call::<()>("open-gate", ()).await?;
            Ok((told, ctx.output::<bool>().await?))
        })
        .await;
    outcome("the callee drops its own", &end);
}

/// Contexts whose handle is dropped, below the SDK, which would close them: the callee is cancelled.
async fn dropped_contexts(callee: &Child) {
    let portal = raw_portal().await;
    for _ in 0..20 {
        match open(&portal).await {
            Ok(context) => drop(context),
            Err(error) => outcome("opened", &Err::<(), _>(error)),
        }
    }
    let mut notes = Vec::new();
    while notes.len() < 20 {
        match callee.call::<Vec<String>>("noted", ()).await {
            Ok(noted) => notes.extend(noted),
            Err(error) => return outcome("noted", &Err::<(), _>(error)),
        }
    }
    notes.dedup();
    outcome("noted", &Ok(notes));
    // The future of one that the SDK opened.
    let held = callee.with_context("note-cancel", (), async |_, (): ()| {
        sleep(WATCHED * 100).await
    });
    let first = select(Box::pin(held), Box::pin(sleep(WATCHED))).await;
    drop(first);
    let mut noted = Vec::new();
    while noted.is_empty() {
        noted = callee
            .call::<Vec<String>>("noted", ())
            .await
            .unwrap_or_default();
    }
    outcome("noted of a dropped future", &Ok(noted));
}

/// The scopes of contexts and nurseries end with them: whoever still waits in one is told, and whoever holds it finds it cancelled.
async fn ended_scopes(callee: &Child) {
    let (open, opened) = oneshot::channel();
    let context = callee.with_context("two-batches", (), async |ctx, (): ()| {
        let _ = open.send(ctx.scope());
        Ok(())
    });
    ended_scope("context", context, opened).await;
    let (open, opened) = oneshot::channel();
    let closed = nursery(async |n| {
        let _ = open.send(n.scope());
        Ok(())
    });
    ended_scope("nursery", closed, opened).await;
}

async fn ended_scope(
    what: &str,
    closes: impl Future<Output = Result<()>>,
    opened: oneshot::Receiver<Scope>,
) {
    let waits = async {
        let scope = opened.await.map_err(|error| error.to_string())?;
        Ok((scope.cancelled().await, scope.cancellation()))
    };
    let (closed, told): (_, Result<_>) = join(closes, waits).await;
    outcome(what, &closed);
    if let Ok((first, later)) = told {
        println!("told: {}", describe(&Error::from(first)));
        println!("later: {:?}", later.map(Error::from).as_ref().map(describe));
    }
}

/// What was opened with a portal goes on when that is dropped; so does the actor when its child is.
async fn dropped_portals(callee: &Child) {
    let context = open(&raw_portal().await).await;
    match context {
        Ok(context) => {
            context.cancel(Some("the opener had enough"));
            outcome("context", &context.close(None).await);
        }
        Err(error) => outcome("context", &Err::<(), _>(error)),
    }
    outcome("noted", &callee.call::<Vec<String>>("noted", ()).await);
    let end = nursery(async |n| {
        let portal = n.start_actor(peer("other")).await?.portal();
        let called = portal.call::<u32>("progress", ()).await;
        n.cancel();
        called
    })
    .await;
    outcome("actor without its child", &end);
}

/// A portal of the peer, below the SDK.
async fn raw_portal() -> wit::portal::Portal {
    let found = wit::registrar::wait_for(&wit::task::Scope::current(), "peer".to_owned()).await;
    found.expect("it serves")
}

async fn open(portal: &wit::portal::Portal) -> Result<wit::context::OpenedContext> {
    let arguments = Payload {
        codec: Codec::Postcard,
        bytes: Vec::new(),
    };
    let (scope, function) = (wit::task::Scope::current(), "note-cancel".to_owned());
    portal.open_context(&scope, function, arguments).await
}
