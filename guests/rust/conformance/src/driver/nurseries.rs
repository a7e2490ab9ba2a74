//! Nurseries, trees and names.

use super::answers;
use super::expect::{cancelled, equal, failure, function, holds, one_failure};
use std::time::Duration;
use tractor_guest::{
    ActorSpec, FailureKind, Names, NurseryOptions, Result, nursery, nursery_with, registrar,
    sleep_forever,
};

pub(super) async fn one_fails_all(peer: &str) -> Result<()> {
    let mut first = Ok(());
    let outcome = nursery(async |n| {
        let wait = function("wait-for-ever");
        let waits = n.run_in_actor(peer, &wait, ()).await?;
        n.run_in_actor(peer, &wait, ()).await?;
        let clumsy = ActorSpec::new(peer).name("clumsy");
        let arguments = (50u64, "clumsy me");
        n.run_in_actor(clumsy, &function("fail-after-ms"), arguments)
            .await?;
        first = waits.output::<()>().await;
        first.clone()
    })
    .await;
    cancelled(first)?;
    let failed = failure(&outcome, &FailureKind::Other, "clumsy me")?;
    equal("its origin", &failed.origin.name.as_str(), &"clumsy")?;
    let all = outcome
        .as_ref()
        .map_or_else(|error| error.failures(), |()| &[]);
    equal("the failure and two that were cancelled", &all.len(), &3)
}

pub(super) async fn nested_spawn(peer: &str) -> Result<()> {
    equal("the depth", &nest(peer, 3, None).await?, &3)
}

pub(super) async fn nested_failure(peer: &str) -> Result<()> {
    let outcome = nest(peer, 2, Some("deep down")).await;
    let failed = failure(&outcome, &FailureKind::Other, "deep down")?;
    holds("a path of two or more", failed.path.len() >= 2, &failed)
}

async fn nest(peer: &str, depth: u32, failure: Option<&str>) -> Result<u32> {
    nursery(async |n| {
        let spec = ActorSpec::new(peer).grant_component(peer);
        let arguments = (peer, depth, failure);
        let child = n.run_in_actor(spec, &function("nest"), arguments).await?;
        child.output().await
    })
    .await
}

pub(super) async fn killed_at_timeout(peer: &str) -> Result<()> {
    let options = NurseryOptions::new().grace(Duration::from_millis(100));
    let outcome = nursery_with(options, async |n| {
        let spinner = n.start_actor(ActorSpec::new(peer).name("spinner")).await?;
        spinner
            .with_context(&function("spin"), (), async |_, ()| {
                n.cancel();
                sleep_forever::<()>().await
            })
            .await
    })
    .await;
    let failure = one_failure(&outcome)?;
    let overdue = matches!(failure.kind, FailureKind::Overdue(_));
    holds("`overdue`", overdue, &failure)?;
    equal("its origin", &failure.origin.name.as_str(), &"spinner")
}

pub(super) async fn names(peer: &str) -> Result<()> {
    let named = |name: &str| {
        ActorSpec::new(peer).name(name).grant_names(Names {
            find: true,
            list: true,
            register: true,
        })
    };
    nursery(async |n| {
        let one = n.start_actor(named("one")).await?;
        let two = n.start_actor(named("two")).await?;
        one.call::<()>(&function("register"), ("booth",)).await?;
        let sum: u32 = two.call(&function("ask"), ("booth",)).await?;
        equal("what the other found", &sum, &42)?;
        let found = registrar::wait_for("booth").await?;
        let sum: u32 = found.call(&function("add"), (2u32, 3u32)).await?;
        equal("what was found", &sum, &5)?;
        let listed = registrar::list().await?;
        let has = |name| listed.iter().any(|actor| actor.name == name);
        holds("`one` and `two`", has("one") && has("two"), &listed)?;
        one.cancel().await?;
        let gone = registrar::find("booth").await?;
        holds("none", gone.is_none(), &gone)?;
        answers(&two).await?;
        two.cancel().await
    })
    .await
}
