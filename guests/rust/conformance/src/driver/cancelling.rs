//! Who cancels, and what the others see of it.

use super::expect::{cancelled, context_cancelled, equal, function, holds, one_failure};
use super::{answers, with_peer};
use std::time::Duration;
use tractor_guest::{
    ActorId, ActorSpec, Child, FailureKind, Result, StreamOptions, cancel_scope, move_on_after,
    nursery, registrar, sleep_forever,
};

/// Expects so many waits of the peer to have been cancelled and cleaned up.
async fn cancellations(peer: &Child, expected: u32) -> Result<()> {
    let count: u32 = peer.call(&function("cancellations"), ()).await?;
    equal("the cancellations that the peer saw", &count, &expected)
}

pub(super) async fn opener_cancels(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        peer.with_context(&function("wait"), (), async |ctx, ()| {
            ctx.cancel();
            cancelled(sleep_forever::<()>().await).map(|_| ())
        })
        .await?;
        cancellations(peer, 1).await
    })
    .await
}

pub(super) async fn callee_cancels(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        let outcome = peer
            .with_context(&function("give-up"), (), async |_, ()| {
                sleep_forever::<()>().await
            })
            .await;
        context_cancelled(&outcome, "peer", "had enough")?;
        answers(peer).await
    })
    .await
}

pub(super) async fn third_cancels(peer: &str) -> Result<()> {
    nursery(async |n| {
        let spec = ActorSpec::new(peer).name("lender").grant_component(peer);
        let lender = n.start_actor(spec).await?;
        let lend = function("lend");
        lender
            .with_context(&lend, (peer,), async |lend, uuid: String| {
                let options = StreamOptions::new().json();
                let stream = lend.open_stream_with::<u64, u64>(options).await?;
                let lent = registrar::connect(&ActorId {
                    name: String::new(),
                    uuid,
                    pid: 0,
                })
                .await?;
                let outcome = lent
                    .with_context(&function("wait"), (), async |_, ()| {
                        stream.send(1u64).await?;
                        sleep_forever::<()>().await
                    })
                    .await;
                context_cancelled(&outcome, "lender", "time to go")
            })
            .await?;
        lender.cancel().await
    })
    .await
}

pub(super) async fn deadline(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        let time = Duration::from_millis(500);
        let moved_on = move_on_after(time, async || {
            peer.call::<()>(&function("wait-for-ever"), ()).await
        })
        .await?;
        equal("the call that took too long", &moved_on, &None)?;
        cancellations(peer, 1).await
    })
    .await
}

pub(super) async fn overdue_task(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        let outcome = cancel_scope(async |scope| {
            peer.with_context(&function("hold"), (true,), async |_, ()| {
                scope.cancel();
                sleep_forever::<()>().await
            })
            .await
        })
        .await;
        let failure = one_failure(&outcome)?;
        let overdue = matches!(failure.kind, FailureKind::Overdue(_));
        holds("`overdue`", overdue, &failure)?;
        answers(peer).await?;
        peer.call::<()>(&function("release"), ()).await
    })
    .await
}
