//! The interface `driver`: the scenarios, by what they are about.

mod calls;
mod cancelling;
mod contexts;
mod expect;
mod nurseries;
mod streams;
mod values;

use crate::Conformance;
use crate::exports::test::conformance::driver::Guest;
use expect::function;
use tractor_guest::{ActorSpec, Child, Error, Result, bail, nursery, task};

impl Guest for Conformance {
    async fn drive(scenario: String, peer: String) -> Result<(), Error> {
        task(drive(&scenario, &peer)).await
    }
}

async fn drive(scenario: &str, peer: &str) -> Result<()> {
    match scenario {
        "calls" => calls::calls(peer).await,
        "values_integers" => values::integers(peer).await,
        "values_floats" => values::floats(peer).await,
        "values_texts" => values::texts(peer).await,
        "values_compounds" => values::compounds(peer).await,
        "values_options" => values::options(peer).await,
        "bad_calls" => calls::bad_calls(peer).await,
        "declared_errors" => calls::declared_errors(peer).await,
        "failures" => calls::failures(peer).await,
        "calls_at_once" => calls::calls_at_once(peer).await,
        "time_left" => calls::time_left(peer).await,
        "breaks_down" => calls::breaks_down(peer).await,
        "started" => contexts::started(peer).await,
        "never_started" => contexts::never_started(peer).await,
        "context_fails" => contexts::context_fails(peer).await,
        "served_at_once" => contexts::served_at_once(peer).await,
        "ping_pong" => streams::ping_pong(peer).await,
        "batches" => streams::batches(peer).await,
        "slow_receiver" => streams::slow_receiver(peer).await,
        "slow_sender" => streams::slow_sender(peer).await,
        "stop" => streams::stop(peer).await,
        "typed_stream" => streams::typed_stream(peer).await,
        "both_ways_at_once" => streams::both_ways_at_once(peer).await,
        "opener_cancels" => cancelling::opener_cancels(peer).await,
        "callee_cancels" => cancelling::callee_cancels(peer).await,
        "third_cancels" => cancelling::third_cancels(peer).await,
        "deadline" => cancelling::deadline(peer).await,
        "overdue_task" => cancelling::overdue_task(peer).await,
        "one_fails_all" => nurseries::one_fails_all(peer).await,
        "nested_spawn" => nurseries::nested_spawn(peer).await,
        "nested_failure" => nurseries::nested_failure(peer).await,
        "killed_at_timeout" => nurseries::killed_at_timeout(peer).await,
        "registrar" => nurseries::names(peer).await,
        _ => bail!("no scenario `{scenario}`"),
    }
}

/// Runs `body` with a peer that serves, and cancels that at its end.
async fn with_peer(peer: &str, body: impl AsyncFnOnce(&Child) -> Result<()>) -> Result<()> {
    nursery(async |n| {
        let child = n.start_actor(ActorSpec::new(peer).name("peer")).await?;
        body(&child).await?;
        child.cancel().await
    })
    .await
}

/// Sees that an actor still answers.
async fn answers(peer: &Child) -> Result<()> {
    let sum: u32 = peer.call(&function("add"), (2u32, 3u32)).await?;
    expect::equal("the sum", &sum, &5)
}
