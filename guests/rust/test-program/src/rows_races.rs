//! Scenarios of races, for rows 51 and 52: a cancel that meets an actor that starts, and one that meets a result.

use crate::Arguments;
use crate::peers::peer;
use crate::report::outcome;
use crate::seed::Seed;
use futures::future::join;
use std::time::Duration;
use tractor_guest::{
    Child, Result, cancel_scope, move_on_after, nursery, registrar, shield, sleep,
};

/// How long the callee of a race takes, and how much sooner or later the cancel may be, in microseconds. A message takes some 100 there.
const RACE_MICROSECONDS: u64 = 1_000;

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    match scenario {
        "cancelled-start" => cancelled_start().await,
        "races-of-starts" => races_of_starts(arguments.number(1, 1)?).await?,
        "races" => races(arguments.number(1, 1)?, arguments.number(2, 100)?).await?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// The cancel is behind the start, on the same link, long before the actor can have begun.
async fn cancelled_start() {
    let end: Result<()> = nursery(async |n| {
        let starts = join(
            n.start_actor(peer("late")),
            n.run_in_actor(peer("late"), "finish-late", (1u32, 0u64)),
        );
        let ((started, run), ()) = join(starts, async {
            n.cancel_because("changed my mind");
        })
        .await;
        outcome("start", &started.map(drop));
        outcome("run", &run.map(drop));
        outcome(
            "found",
            &shield(async || Ok(registrar::find("late").await?.is_some())).await,
        );
        Ok(())
    })
    .await;
    outcome("nursery", &end);
}

/// Cancels at random moments of a start: it fails as cancelled, or there is an actor that serves and is cancelled in good order.
async fn races_of_starts(seed: u32) -> Result<()> {
    let mut seed = Seed(seed.into());
    for _ in 0..20 {
        let time = seed.microseconds(40_000);
        nursery(async |n| {
            let started = cancel_scope(async |_| {
                move_on_after(time, async || n.start_actor(peer("late")).await).await
            })
            .await?
            .flatten();
            if let Some(child) = started {
                child.call::<u32>("progress", ()).await?;
            }
            n.cancel();
            Ok(())
        })
        .await?;
        if registrar::find("late").await?.is_some() {
            println!("it was not gone");
        }
    }
    println!("all gone");
    Ok(())
}

/// Cancels at about the moment at which the callee returns, many times: what the callee did is what is seen here.
async fn races(seed: u32, tries: u32) -> Result<()> {
    let mut seed = Seed(seed.into());
    nursery(async |n| {
        let callee = n.start_actor(peer("peer")).await?;
        for kind in ["call", "context"] {
            let mut ours = Vec::new();
            for number in 0..tries {
                let time = seed.microseconds(2 * RACE_MICROSECONDS);
                let returned = match kind {
                    "call" => race_call(&callee, number, time).await?,
                    _ => race_context(&callee, number, time).await?,
                };
                ours.push(returned);
            }
            let theirs = callee.call::<Vec<String>>("noted", ()).await?;
            compare(kind, &ours, &theirs);
        }
        callee.cancel().await
    })
    .await
}

/// Whether the call gave its value.
async fn race_call(callee: &Child, number: u32, time: Duration) -> Result<bool> {
    let arguments = (number, RACE_MICROSECONDS);
    let value = move_on_after(time, async || {
        callee.call::<u32>("finish-late", arguments).await
    })
    .await?;
    assert!(value.is_none_or(|value| value == number), "its own value");
    Ok(value.is_some())
}

/// Whether the context gave its value, asked after it was cancelled by this end.
async fn race_context(callee: &Child, number: u32, time: Duration) -> Result<bool> {
    let arguments = (number, RACE_MICROSECONDS);
    callee
        .with_context("finish-late-context", arguments, async |ctx, (): ()| {
            sleep(time).await?;
            ctx.cancel();
            let value = shield(async || ctx.output::<u32>().await).await;
            match value {
                Ok(value) => assert_eq!(value, number, "its own value"),
                Err(ref error) => assert!(error.cancellation().is_some(), "{error}"),
            }
            Ok(value.is_ok())
        })
        .await
}

/// A callee that was cancelled before it began notes nothing.
fn compare(kind: &str, ours: &[bool], theirs: &[String]) {
    let mut differ = 0;
    for (number, returned) in ours.iter().enumerate() {
        let value = theirs.contains(&format!("{number} value"));
        let words = theirs
            .iter()
            .filter(|note| note.starts_with(&format!("{number} ")));
        differ += u32::from(value != *returned || words.count() > 1);
    }
    let values = ours.iter().filter(|returned| **returned).count();
    println!("{kind}: {} tries, {differ} differ", ours.len());
    println!("both happen: {}", values > 0 && values < ours.len());
}
