//! Scenarios of one nursery: who fails, who is cancelled, what is raised.

use crate::report::outcome;
use crate::{Arguments, actor};
use std::time::Duration;
use tractor_guest::{Nursery, Result, bail, move_on_after, nursery, sleep, sleep_forever};

/// Runs the scenario, if it is one of these.
pub(crate) async fn run(scenario: &str, arguments: &Arguments) -> Result<bool> {
    match scenario {
        "one-shot-fails" => one_shot("fail", ("broken",)).await,
        "one-shot-traps" => one_shot("trap", ()).await,
        "one-shot-panics" => one_shot("panic", ("oh dear",)).await,
        "one-shot-exits" => one_shot("exit", (3u8,)).await,
        "one-shot-ill-typed" => one_shot("add", ("one", 2)).await,
        "one-shot-over-memory" => over_memory().await,
        "two-fail" => two_fail().await,
        "many-fail" => many_fail(arguments.number(1, 25)?).await,
        "daemon-cancelled" => daemon_cancelled().await,
        "body-fails" => body_fails().await,
        "deadline" => deadline(arguments.number(1, 1000)?).await,
        "daemon-call-fails" => daemon_call_fails().await,
        "result-inside" => result_inside().await,
        "result-after" => result_after().await,
        "result-never" => result_never().await,
        "daemon-called-twice" => daemon_called_twice().await,
        "same-names" => same_names().await,
        "not-found" => not_found().await,
        "daemon-dies" => daemon_dies().await,
        "clean-up" => clean_up().await,
        _ => return Ok(false),
    }
    Ok(true)
}

/// A child that fails: waiting for its output raises what the nursery raises.
async fn one_shot(function: &str, arguments: impl tractor_guest::Arguments) {
    let end: Result<()> = nursery(async |n| {
        let child = n.run_in_actor(actor("worker"), function, arguments).await?;
        let output = child.output::<u32>().await;
        outcome("output", &output);
        output.map(drop)
    })
    .await;
    outcome("nursery", &end);
}

async fn over_memory() {
    let end: Result<()> = nursery(async |n| {
        let worker = actor("worker").limit_memory(16 << 20);
        n.run_in_actor(worker, "grow-memory", (64u64 << 20,))
            .await?;
        Ok(())
    })
    .await;
    outcome("nursery", &end);
}

/// The second fails with its own failure while it is cancelled on account of the first.
async fn two_fail() {
    let end: Result<()> = nursery(async |n| {
        n.run_in_actor(actor("second"), "fail-while-cancelled", ("second",))
            .await?;
        n.run_in_actor(actor("first"), "fail-after-ms", (50u64, "first"))
            .await?;
        Ok(())
    })
    .await;
    outcome("nursery", &end);
}

/// So many fail at once: none is lost, none counts twice, and who did not fail was cancelled.
async fn many_fail(count: u32) {
    let end: Result<()> = nursery(async |n| {
        for index in 0..count {
            let worker = actor(&format!("worker_{index}"));
            n.run_in_actor(worker, "fail-after-ms", (100u64, "broken"))
                .await?;
        }
        Ok(())
    })
    .await;
    let Err(error) = end else {
        return println!("nursery: ok");
    };
    let mut origins: Vec<_> = error.failures().iter().map(|f| &f.origin.uuid).collect();
    let failures = origins.len();
    origins.sort();
    origins.dedup();
    println!(
        "nursery: failed, some {}, each once {}, no more than there are {}",
        failures > 0,
        failures == origins.len(),
        failures <= count as usize
    );
}

async fn daemon_cancelled() {
    let end: Result<&str> = nursery(async |n| {
        n.start_actor(actor("daemon")).await?;
        n.cancel();
        Ok("done")
    })
    .await;
    outcome("nursery", &end);
}

async fn body_fails() {
    let end: Result<()> = nursery(async |n| {
        n.start_actor(actor("daemon")).await?;
        bail!("the body failed")
    })
    .await;
    outcome("nursery", &end);
}

/// A child streams without end until the time of the body is up.
async fn deadline(ms: u32) {
    let end = move_on_after(Duration::from_millis(ms.into()), async || {
        nursery(async |n| {
            let streamer = n.start_actor(actor("streamer")).await?;
            streamer
                .with_context("count-forever", (), async |ctx, (): ()| {
                    let mut stream = ctx.open_stream::<(), u64>().await?;
                    let mut expected = 0;
                    while let Some(value) = stream.next().await? {
                        assert_eq!(value, expected, "in order, each once");
                        expected += 1;
                    }
                    Ok(())
                })
                .await
        })
        .await
    })
    .await;
    outcome("deadline", &end);
}

/// A call of a daemon fails while three one-shots sleep.
async fn daemon_call_fails() {
    let end: Result<()> = nursery(async |n| {
        for index in 0..3 {
            n.run_in_actor(actor(&format!("sleeper_{index}")), "wait-forever", ())
                .await?;
        }
        let daemon = n.start_actor(actor("daemon")).await?;
        daemon.call("fail", ("the call failed",)).await
    })
    .await;
    outcome("nursery", &end);
}

async fn sum(n: &Nursery) -> Result<tractor_guest::Child> {
    n.run_in_actor(actor("worker"), "add", (1, 2)).await
}

async fn result_inside() {
    let end = nursery(async |n| sum(n).await?.output::<u32>().await).await;
    outcome("nursery", &end);
}

async fn result_after() {
    let child = nursery(async |n| sum(n).await).await;
    match child {
        Ok(child) => {
            outcome("after", &child.output::<u32>().await);
            outcome("again", &child.output::<u32>().await);
        }
        Err(error) => outcome("nursery", &Err::<(), _>(error)),
    }
}

async fn result_never() {
    let end = nursery(async |n| sum(n).await.map(drop)).await;
    outcome("nursery", &end);
}

async fn daemon_called_twice() {
    let end: Result<()> = nursery(async |n| {
        let daemon = n.start_actor(actor("daemon")).await?;
        outcome("first", &daemon.call::<u32>("count", ()).await);
        outcome("second", &daemon.call::<u32>("count", ()).await);
        let cancelled = daemon.cancel().await;
        outcome("cancel", &cancelled);
        outcome("cancel again", &daemon.cancel().await);
        cancelled
    })
    .await;
    outcome("nursery", &end);
}

async fn same_names() {
    let end: Result<bool> = nursery(async |n| {
        let one = n.start_actor(actor("twin")).await?.actor();
        let two = n.start_actor(actor("twin")).await?.actor();
        n.cancel();
        Ok(one.name == two.name && one.uuid != two.uuid && one.pid != two.pid)
    })
    .await;
    outcome("distinct", &end);
}

async fn not_found() {
    let end: Result<()> = nursery(async |n| {
        outcome("component", &n.start_actor("test-actr").await.map(drop));
        let daemon = n.start_actor(actor("daemon")).await?;
        for function in ["ad", "side", "test:actor/left#mirror"] {
            outcome(function, &daemon.call::<String>(function, ()).await);
        }
        let left = daemon.call::<String>("test:actor/left#side", ()).await;
        outcome("test:actor/left#side", &left);
        daemon.cancel().await
    })
    .await;
    outcome("nursery", &end);
}

/// A daemon that nobody calls ends by itself: the nursery learns at once.
async fn daemon_dies() {
    let end: Result<()> = nursery(async |n| {
        let daemon = n.start_actor(actor("daemon")).await?;
        let call = daemon.call::<()>("trap-after-ms", (50u64,)).await;
        outcome("call", &call);
        sleep_forever().await
    })
    .await;
    outcome("nursery", &end);
}

/// A child that is cancelled prints a line from within a shield, in its grace period.
async fn clean_up() {
    let end: Result<()> = nursery(async |n| {
        n.run_in_actor(actor("worker"), "clean-up", (50u64,))
            .await?;
        sleep(Duration::from_millis(100)).await?;
        n.cancel();
        Ok(())
    })
    .await;
    outcome("nursery", &end);
}
