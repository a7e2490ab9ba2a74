//! Calls, and how they fail.

use super::expect::{equal, failure, function, holds, one_failure};
use super::{answers, with_peer};
use crate::exports::test::conformance::peer::{Point, Refusal};
use futures::future::{join_all, try_join};
use std::time::Duration;
use tractor_guest::{
    ActorId, ActorSpec, Child, FailureKind, Result, fail_after, nursery, sleep_forever,
};

pub(super) async fn calls(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        answers(peer).await?;
        let who: ActorId = peer.call(&function("who"), ()).await?;
        equal("its uuid", &who.uuid, &peer.actor().uuid)?;
        equal("its name", &who.name.as_str(), &"peer")
    })
    .await
}

pub(super) async fn bad_calls(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        let unknown = peer.call::<()>(&function("no-such"), ()).await;
        failure(&unknown, &FailureKind::NotFound, "no-such")?;
        let wrong = peer.call::<u32>(&function("add"), ("two", 3)).await;
        failure(&wrong, &FailureKind::IllTyped, "add")?;
        answers(peer).await
    })
    .await
}

pub(super) async fn declared_errors(peer: &str) -> Result<()> {
    let refusals = [
        Refusal::TooBig(70_000),
        Refusal::At(Point { x: -1, y: 2 }),
        Refusal::Closed,
    ];
    with_peer(peer, async |peer| {
        let value = refuse(peer, None).await?;
        equal("what is not refused", &value, &7)?;
        for refusal in refusals {
            let refused = refuse(peer, Some(&refusal)).await;
            let refused = failure(&refused, &FailureKind::Returned, "")?;
            equal("the declared error", &refused.value()?, &refusal)?;
        }
        answers(peer).await
    })
    .await
}

async fn refuse(peer: &Child, why: Option<&Refusal>) -> Result<u32> {
    peer.call(&function("refuse"), (why,)).await
}

pub(super) async fn failures(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        let failed = peer.call::<()>(&function("fail"), ("no luck",)).await;
        let failed = failure(&failed, &FailureKind::Other, "no luck")?;
        equal("its origin", &failed.origin.name.as_str(), &"peer")?;
        answers(peer).await
    })
    .await
}

pub(super) async fn calls_at_once(peer: &str) -> Result<()> {
    with_peer(peer, async |peer| {
        let sleep = function("sleep-ms");
        let sleeps = join_all((0..10).map(|_| peer.call::<()>(&sleep, (20u64,))));
        let sleeps = async { sleeps.await.into_iter().collect::<Result<()>>() };
        try_join(sleeps, answers(peer)).await.map(|_| ())
    })
    .await
}

pub(super) async fn time_left(peer: &str) -> Result<()> {
    const MINUTE: Duration = Duration::from_secs(60);
    with_peer(peer, async |peer| {
        let function = function("time-left");
        let left: Option<u64> = peer.call(&function, ()).await?;
        equal("the time left", &left, &None)?;
        let left = fail_after(MINUTE, async || {
            peer.call::<Option<u64>>(&function, ()).await
        })
        .await?;
        let some = left.is_some_and(|left| left > 0 && u128::from(left) <= MINUTE.as_nanos());
        holds("at most a minute", some, &left)
    })
    .await
}

pub(super) async fn breaks_down(peer: &str) -> Result<()> {
    let mut called = Ok(());
    let outcome = nursery(async |n| {
        let child = n.start_actor(ActorSpec::new(peer).name("peer")).await?;
        called = child.call(&function("break-down"), ("the end",)).await;
        sleep_forever::<()>().await
    })
    .await;
    let (called, raised) = (one_failure(&called)?, one_failure(&outcome)?);
    holds(
        "a trap",
        matches!(called.kind, FailureKind::Trap(_)),
        &called,
    )?;
    equal("the failure of the nursery", &raised.id, &called.id)?;
    let backtrace = called.backtrace.as_deref().unwrap_or_default();
    let told = called.message.contains("the end") || backtrace.contains("the end");
    holds("its own words", told, &called)
}
