//! Scenarios of more than one level.

use crate::report::{kind, outcome};
use crate::{Arguments, actor};
use std::collections::BTreeSet;
use std::time::Duration;
use tractor_guest::{
    ActorSpec, Error, FailureKind, Result, bail, current_actor, export, nursery, registrar, sleep,
};

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    match scenario {
        "nested-fail" => nested_fail(arguments.number(1, 3)?).await,
        "relay" => relay_failure().await,
        "spin-grandchild" => spin_grandchild(arguments.number(1, 3000)?).await,
        "deep" => deep(arguments.number(1, 5)?).await,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Each level starts two of the next, the lowest fail: one flat group, each failure once.
async fn nested_fail(depth: u32) {
    let Err(error) = fail_below(depth).await else {
        return println!("ok");
    };
    let failures = error.failures();
    let ids: BTreeSet<_> = failures.iter().map(|failure| failure.id).collect();
    let kinds: BTreeSet<_> = failures
        .iter()
        .filter(|failure| !matches!(failure.kind, FailureKind::Cancelled(_)))
        .map(|failure| kind(&failure.kind))
        .collect();
    let relayed = failures
        .iter()
        .filter(|failure| matches!(failure.kind, FailureKind::Other))
        .all(|failure| failure.path.len() + 2 == failure.origin.name.split('.').count());
    println!(
        "failed {kinds:?}, each once {}, path of each level {relayed}",
        ids.len() == failures.len()
    );
}

/// Starts two of itself one level lower, or fails.
#[export]
async fn fail_below(depth: u32) -> Result<(), Error> {
    let name = current_actor().name;
    if depth == 0 {
        bail!("{name} failed");
    }
    nursery(async |n| {
        for index in 0..2 {
            let spec = ActorSpec::new("self").name(format!("{name}.{index}"));
            n.run_in_actor(spec, "fail-below", (depth - 1,)).await?;
        }
        Ok(())
    })
    .await
}

/// One failure comes up through two actors.
async fn relay_failure() {
    let end: Result<()> = nursery(async |n| {
        let spec = ActorSpec::new("self").name("upper").grant_component("*");
        n.run_in_actor(spec, "relay", (1u32,)).await?.output().await
    })
    .await;
    outcome("nursery", &end);
}

/// Has a function fail so many levels below.
#[export]
async fn relay(depth: u32) -> Result<(), Error> {
    nursery(async |n| {
        let child = if depth == 0 {
            n.run_in_actor(actor("bottom"), "fail", ("at the bottom",))
                .await?
        } else {
            let spec = ActorSpec::new("self").name("lower").grant_component("*");
            n.run_in_actor(spec, "relay", (depth - 1,)).await?
        };
        child.output().await
    })
    .await
}

/// A grandchild computes and does not listen while main fails.
async fn spin_grandchild(ms: u32) {
    let end: Result<()> = nursery(async |n| {
        let spec = ActorSpec::new("self").name("keeper").grant_component("*");
        n.run_in_actor(spec, "keep-spinner", (u64::from(ms),))
            .await?;
        sleep(Duration::from_millis(300)).await?;
        bail!("main failed")
    })
    .await;
    match end {
        Err(error) => println!(
            "main's failure is among them: {}",
            error.failures().iter().any(|f| f.message == "main failed")
        ),
        Ok(()) => println!("ok"),
    }
}

/// Starts an actor that spins.
#[export]
async fn keep_spinner(ms: u64) -> Result<(), Error> {
    nursery(async |n| {
        n.run_in_actor(actor("spinner"), "spin-ms", (ms,))
            .await?
            .output()
            .await
    })
    .await
}

/// Calls a function of an actor that it does not own.
#[export]
async fn call_named(name: String, function: String) -> Result<(), Error> {
    match registrar::find(&name).await? {
        Some(portal) => portal.call(&function, (0u64,)).await,
        None => bail!("there is no {name}"),
    }
}

/// A chain of daemons, each the owner of the next; cancelling the first ends all.
async fn deep(depth: u32) {
    let end: Result<u32> = nursery(async |n| {
        let top = n.start_actor(ActorSpec::new("self").name("level")).await?;
        let levels = top
            .with_context("chain", (depth,), async |ctx, levels: u32| {
                ctx.cancel();
                Ok(levels)
            })
            .await?;
        top.cancel().await?;
        Ok(levels)
    })
    .await;
    outcome("levels", &end);
}

/// Starts the next of a chain, says how long it is from here, and waits.
#[export]
async fn chain(ctx: tractor_guest::Context, depth: u32) -> Result<(), Error> {
    if depth == 0 {
        ctx.started(1u32).await?;
        return tractor_guest::sleep_forever().await;
    }
    nursery(async |n| {
        let next = n.start_actor(ActorSpec::new("self").name("level")).await?;
        next.with_context("chain", (depth - 1,), async |_, below: u32| {
            ctx.started(below + 1).await?;
            tractor_guest::sleep_forever().await
        })
        .await
    })
    .await
}
