//! Scenarios of contexts: who ends first, and how.

use crate::report::outcome;
use crate::{Arguments, actor};
use futures::future::{join, select};
use std::pin::pin;
use std::time::Duration;
use tractor_guest::{
    Child, OpenedContext, Result, bail, cancel_scope, checkpoint, move_on_after, nursery, sleep,
    sleep_forever,
};

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    let end = nursery(async |n| {
        let peer = n.start_actor(actor("peer")).await?;
        let known = run_with(scenario, arguments, &peer).await?;
        if known {
            outcome("still serves", &peer.call::<u32>("add", (1, 2)).await);
        }
        peer.cancel().await?;
        Ok(known)
    });
    match scenario {
        "context-owner-cancels-actor" => {
            owner_cancels_actor().await;
            Ok(true)
        }
        _ if SCENARIOS.contains(&scenario) => end.await,
        _ => Ok(false),
    }
}

const SCENARIOS: [&str; 12] = [
    "context-misuse",
    "context",
    "context-cancelled-by-opener",
    "context-callee-ends-stream",
    "context-leave",
    "context-cancelled-by-branch",
    "context-callee-cancels",
    "context-fails-while-cancelled",
    "context-callee-fails",
    "ping-pong",
    "linked-call",
    "last-words",
];

async fn run_with(scenario: &str, arguments: &Arguments, peer: &Child) -> Result<bool> {
    match scenario {
        "context-misuse" => misuse(peer).await,
        "context" => simple(peer, arguments).await,
        "context-cancelled-by-opener" => cancelled_by_opener(peer).await,
        "context-callee-ends-stream" => callee_ends_stream(peer).await,
        "context-leave" => leave(peer, arguments).await,
        "context-cancelled-by-branch" => cancelled_by_branch(peer).await,
        "context-callee-cancels" => callee_cancels(peer).await,
        "context-fails-while-cancelled" => fails_while_cancelled(peer).await,
        "context-callee-fails" => callee_fails(peer).await,
        "ping-pong" => ping_pong(peer).await,
        "linked-call" => linked_call(peer).await,
        "last-words" => last_words(peer).await,
        _ => return Ok(false),
    }
    Ok(true)
}

/// What is against the rules fails, for both.
async fn misuse(peer: &Child) {
    for function in [
        "started-twice",
        "stream-before-started",
        "stream-twice",
        "never-started",
    ] {
        let end: Result<()> = peer
            .with_context(function, (), async |ctx, (): ()| ctx.output().await)
            .await;
        outcome(function, &end);
    }
    let plain: Result<()> = peer
        .with_context("greet", ("you",), async |_, (): ()| Ok(()))
        .await;
    outcome("a context of a plain function", &plain);
}

/// The matrix: how the body ends, how the callee does, and whether a stream is open.
async fn simple(peer: &Child, arguments: &Arguments) {
    let (body, callee) = (arguments.text(1), arguments.text(2));
    let stream = arguments.text(3) == "stream";
    let function = match (callee, stream) {
        ("blocks", true) => "stop-and-wait",
        ("blocks", false) => "start-and-wait",
        (_, true) => "count-up",
        (_, false) => "start-and-return",
    };
    let end = cancel_scope(async |scope| {
        let within = async |ctx: &OpenedContext, (): ()| {
            if stream {
                ctx.open_stream::<(), u32>().await?;
            }
            match body {
                "fails" => bail!("the body failed"),
                "cancelled" => scope.cancel(),
                _ => return Ok(()),
            }
            checkpoint().await
        };
        if function.starts_with("st") && function != "start-and-return" {
            peer.with_context(function, (), within).await
        } else {
            peer.with_context(function, (3u32,), within).await
        }
    });
    // A body that ends well waits for a callee that blocks.
    let end = move_on_after(Duration::from_millis(500), async || end.await).await;
    outcome("context", &end);
}

async fn cancelled_by_opener(peer: &Child) {
    let blocks = peer
        .with_context("start-and-wait", (), async |ctx, (): ()| {
            ctx.cancel();
            Ok("left")
        })
        .await;
    outcome("callee blocks", &blocks);
    let returned = peer
        .with_context("start-and-return", (7u32,), async |ctx, (): ()| {
            let before = ctx.output::<u32>().await?;
            ctx.cancel();
            Ok(before)
        })
        .await;
    outcome("callee returned", &returned);
    let reads: Result<()> = peer
        .with_context("start-and-wait", (), async |ctx, (): ()| {
            ctx.cancel();
            outcome("output", &ctx.output::<u32>().await);
            Ok(())
        })
        .await;
    outcome("output asked after cancel", &reads);
}

/// The opener owns the callee's actor and cancels that instead.
async fn owner_cancels_actor() {
    let end: Result<()> = nursery(async |n| {
        let peer = n.start_actor(actor("peer")).await?;
        let end = peer
            .with_context("start-and-wait", (), async |_, (): ()| {
                peer.cancel_because("by its owner").await?;
                sleep_forever().await
            })
            .await;
        outcome("context", &end);
        end
    })
    .await;
    outcome("nursery", &end);
}

async fn callee_ends_stream(peer: &Child) {
    let end = peer
        .with_context("count-up", (3u32,), async |ctx, (): ()| {
            let mut stream = ctx.open_stream::<(), u32>().await?;
            let mut values = Vec::new();
            while let Some(value) = stream.next().await? {
                values.push(value);
            }
            outcome("later", &stream.next().await);
            outcome(
                "opened again",
                &ctx.open_stream::<(), u32>().await.map(drop),
            );
            Ok(values)
        })
        .await;
    outcome("context", &end);
}

/// Leaves before a stream is opened, after that, or after it was stopped; with or without cancelling.
async fn leave(peer: &Child, arguments: &Arguments) {
    let (moment, cancel) = (arguments.text(1), arguments.text(2) == "cancel");
    let end = peer
        .with_context("count-up", (10u32,), async |ctx, (): ()| {
            if moment != "before" {
                let stream = ctx.open_stream::<(), u32>().await?;
                if moment == "stopped" {
                    stream.stop();
                }
            }
            if cancel {
                ctx.cancel();
            }
            Ok("left")
        })
        .await;
    outcome("context", &end);
}

/// One branch reads, another cancels the context.
async fn cancelled_by_branch(peer: &Child) {
    let end = peer
        .with_context("start-and-wait", (), async |ctx, (): ()| {
            let mut stream = ctx.open_stream::<(), u32>().await?;
            let (read, ()) = join(stream.next(), async {
                let _ = sleep(Duration::from_millis(50)).await;
                ctx.cancel();
            })
            .await;
            outcome("reader", &read);
            Ok("done")
        })
        .await;
    outcome("context", &end);
}

async fn callee_cancels(peer: &Child) {
    for (when, started) in [("before started", false), ("after started", true)] {
        let end: Result<()> = peer
            .with_context("cancel-context", (started,), async |ctx, (): ()| {
                ctx.output().await
            })
            .await;
        outcome(when, &end);
    }
}

async fn fails_while_cancelled(peer: &Child) {
    let end = peer
        .with_context("fail-when-cancelled", ("worse",), async |_, (): ()| {
            Result::<()>::Err("the body failed".into())
        })
        .await;
    outcome("body failed", &end);
    let end = peer
        .with_context("fail-when-cancelled", ("worse",), async |ctx, (): ()| {
            ctx.cancel();
            Ok(())
        })
        .await;
    outcome("body cancelled", &end);
}

async fn callee_fails(peer: &Child) {
    let end: Result<()> = peer
        .with_context(
            "start-and-fail",
            ("the callee failed",),
            async |_, (): ()| sleep_forever().await,
        )
        .await;
    outcome("context", &end);
}

async fn ping_pong(peer: &Child) {
    let end = peer
        .with_context("simple-rpc", (10u32,), async |ctx, first: u32| {
            println!("first value: {first}");
            let mut stream = ctx.open_stream::<String, String>().await?;
            let mut pongs = 0u32;
            for _ in 0..10 {
                stream.send("ping").await?;
                pongs += u32::from(stream.next().await?.as_deref() == Some("pong"));
            }
            stream.stop();
            Ok((pongs, ctx.output::<u32>().await?))
        })
        .await;
    outcome("context", &end);
}

/// A call whose caller is cancelled, and one whose future is dropped: the called tasks are cancelled.
async fn linked_call(peer: &Child) {
    let time = Duration::from_millis(100);
    let cancelled = move_on_after(time, async || peer.call::<()>("clean-up", (10u64,)).await).await;
    outcome("cancelled", &cancelled);
    let call = pin!(peer.call::<()>("clean-up", (10u64,)));
    let _first = select(call, pin!(sleep(time))).await;
    println!("dropped");
}

/// A callee that was cancelled by its opener sends a last message from within a shield.
async fn last_words(peer: &Child) {
    let end = peer
        .with_context("last-words", ("farewell",), async |ctx, (): ()| {
            let stream = ctx.open_stream::<(), String>().await?;
            let (_, mut receiver) = stream.split();
            ctx.cancel();
            let words = tractor_guest::shield(async || receiver.next().await).await;
            outcome("words", &words);
            Ok(())
        })
        .await;
    outcome("context", &end);
}
