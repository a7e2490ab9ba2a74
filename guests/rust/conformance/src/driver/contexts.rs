//! Contexts: their first value, their output, their failures.

use super::expect::{cancelled, equal, failure, function};
use super::{answers, with_peer};
use tractor_guest::{FailureKind, Result, sleep_forever};

pub(super) async fn started(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        let function = function("start-and-return");
        peer.with_context(&function, (20u32,), async |ctx, first: u32| {
            equal("the first value", &first, &21)?;
            for _ in 0..2 {
                equal("the output", &ctx.output::<u32>().await?, &40)?;
            }
            Ok(())
        })
        .await
    })
    .await
}

pub(super) async fn never_started(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        let outcome = peer
            .with_context(&function("never-start"), (), async |_, ()| Ok(()))
            .await;
        failure(&outcome, &FailureKind::Misuse, "").map(|_| ())
    })
    .await
}

pub(super) async fn context_fails(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        let function = function("start-and-fail");
        let outcome: Result<()> = peer
            .with_context(&function, ("fell over",), async |_, ()| {
                Err(cancelled(sleep_forever::<()>().await)?)
            })
            .await;
        failure(&outcome, &FailureKind::Other, "fell over")?;
        answers(peer).await
    })
    .await
}

pub(super) async fn served_at_once(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        peer.with_context(&function("hold"), (false,), async |ctx, ()| {
            peer.call::<()>(&function("release"), ()).await?;
            ctx.output::<()>().await
        })
        .await
    })
    .await
}
