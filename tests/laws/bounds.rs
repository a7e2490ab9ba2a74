//! Law 6: cancellation is bounded.

use super::support::{actor, computes, failed, in_tree, in_tree_with, one_failure, program};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};
use tractor_host::{CancelReason, Error, FailureKind, NurseryOptions, ScopeOptions, TreeBuilder};

/// Grace of 500 ms and an allowance for each step, four times over for a busy machine.
const BOUND: Duration = Duration::from_millis(4 * 1000);

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
    kill_process(pid, signal).expect("it runs");
}

#[test]
fn law_06_cancellation_is_bounded_spinning_guest_is_stopped_and_says_where_it_was() {
    // Unoptimised code on a busy machine takes its time to say where it was.
    let patient = |builder: TreeBuilder| builder.allowance(Duration::from_millis(200));
    in_tree_with(patient, async |tree| {
        let mut begin = None;
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                let spinner = n.run_in_actor(actor("spinner"), "spin", ()).await?;
                computes(spinner.actor().pid).await;
                begin = Some(Instant::now());
                n.cancel();
                Ok(())
            })
            .await;
        let time = begin.expect("started").elapsed();
        let failure = one_failure(&raised);
        match &failure.kind {
            FailureKind::Overdue(c) => assert_eq!(c.reason, CancelReason::Requested),
            other => panic!("{other:?}"),
        }
        let backtrace = failure.backtrace.expect("a backtrace");
        assert!(backtrace.contains("spin"), "{backtrace}");
        assert!(time < BOUND, "{time:?}");
    });
}

#[test]
fn law_06_cancellation_is_bounded_worker_that_does_not_answer_is_killed() {
    in_tree(async |tree| {
        let mut begin = None;
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                let frozen = n.start_actor(actor("frozen")).await?;
                signal(frozen.actor().pid, Signal::STOP);
                begin = Some(Instant::now());
                n.cancel();
                Ok(())
            })
            .await;
        let time = begin.expect("started").elapsed();
        let kind = one_failure(&raised).kind;
        assert!(matches!(kind, FailureKind::Overdue(_)), "{kind:?}");
        assert!(time < BOUND, "{time:?}");
    });
}

#[test]
fn law_06_cancellation_is_bounded_at_any_depth() {
    in_tree(async |tree| {
        let mut begin = None;
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                let top = n.start_actor(program("level")).await?;
                top.with_context("chain", (5,), async |_, levels: u32| {
                    assert_eq!(levels, 6);
                    let pids = tree.program.actors("level");
                    assert_eq!(pids.len(), 6);
                    // None of them answers.
                    pids.into_iter().for_each(|pid| signal(pid, Signal::STOP));
                    begin = Some(Instant::now());
                    n.cancel();
                    Err(Error::Cancelled(n.scope().cancelled().await))
                })
                .await
            })
            .await;
        let time = begin.expect("started").elapsed();
        assert_eq!(tree.program.processes(), []);
        let mut pids: Vec<_> = failed(&raised).iter().map(|f| f.origin.pid).collect();
        pids.sort();
        pids.dedup();
        assert_eq!(
            (failed(&raised).len(), pids.len()),
            (6, 6),
            "each is told once"
        );
        for failure in failed(&raised) {
            let overdue = matches!(failure.kind, FailureKind::Overdue(_));
            assert!(overdue, "{failure:?}");
        }
        assert!(time < BOUND, "{time:?}");
    });
}

#[test]
fn law_06_cancellation_is_bounded_by_the_nurserys_own_grace() {
    in_tree(async |tree| {
        let options = NurseryOptions {
            grace: Some(Duration::from_secs(20)),
            ..NurseryOptions::default()
        };
        let ended = tree
            .nursery_with(options, async |n| {
                let worker = n.start_actor(actor("worker")).await?;
                let cancel = async {
                    while worker.call::<u32>("cleaners", ()).await? == 0 {}
                    n.cancel();
                    Ok(())
                };
                // Longer than the tree's grace, and shorter than this nursery's.
                let (cleaned, cancelled) =
                    tokio::join!(worker.call::<()>("clean-up", (1000,)), cancel);
                assert!(matches!(cleaned, Err(Error::Cancelled(_))), "{cleaned:?}");
                cancelled
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(tree.stderr.lines(), ["worker has cleaned up"]);
    });
}

#[test]
fn law_06_cancellation_is_bounded_task_that_ignores_it_does_not_end_its_actor() {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let daemon = n.start_actor(actor("daemon")).await?;
                let scope = tree.scope().child(ScopeOptions {
                    deadline: Some(Duration::from_millis(50)),
                    shield: false,
                });
                let begin = Instant::now();
                let portal = daemon.within(&scope);
                let called = portal.call::<u32>("ignore-cancel-ms", (8000,)).await;
                let kind = one_failure(&called).kind;
                assert!(begin.elapsed() < BOUND, "{:?}", begin.elapsed());
                match kind {
                    FailureKind::Overdue(c) => assert_eq!(c.reason, CancelReason::Deadline),
                    other => panic!("{other:?}"),
                }
                assert_eq!(daemon.call::<u32>("add", (1, 2)).await?, 3);
                signal(daemon.actor().pid, Signal::KILL);
                daemon.ended().await
            })
            .await;
        assert_eq!(one_failure(&ended).kind, FailureKind::Killed(9));
    });
}
