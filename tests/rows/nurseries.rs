//! Rows 1 to 9 and 12 to 17: nurseries and failures.

use crate::scenario;
use crate::support::{
    DEADLINE, actor, cancelled, computes, failed, guest, in_tree, in_tree_with, one_failure,
    program, within,
};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};
use tractor_host::{
    CancelReason, Error, FailureKind, NurseryOptions, ScopeOptions, TreeBuilder, Uuid,
};

#[test]
fn row_01_failing_one_shot_is_raised_as_itself() {
    for (variant, kind) in [
        ("one-shot-fails", "[other, in worker] broken"),
        ("one-shot-traps", "[trap, in worker]"),
        ("one-shot-panics", "[trap, in worker]"),
        ("one-shot-exits", "[exit(1), in worker]"),
        ("one-shot-ill-typed", "[ill-typed, in worker]"),
    ] {
        let expected = [
            format!("output: failed {kind}"),
            format!("nursery: failed {kind}"),
        ];
        assert_eq!(scenario(&[variant]), expected, "{variant}");
    }
    let lines = scenario(&["one-shot-over-memory"]);
    assert_eq!(lines, ["nursery: failed [limit, in worker]"]);
}

#[test]
fn row_01_error_value_is_kept_whether_its_result_is_awaited_or_not() {
    in_tree(async |tree| {
        for awaited in [true, false] {
            let raised: Result<(), _> = tree
                .nursery(async |n| {
                    let worker = n.run_in_actor("test-actor", "divide", (1, 0)).await?;
                    if awaited {
                        let output = one_failure(&worker.output::<u32>().await);
                        assert_eq!(output.kind, FailureKind::Returned);
                    }
                    Ok(())
                })
                .await;
            let failure = one_failure(&raised);
            assert_eq!(failure.kind, FailureKind::Returned);
            assert!(failure.value.is_some());
        }
    });
}

#[test]
fn row_02_two_failures_are_a_group() {
    let both = "nursery: failed [other, in first] first and [other, in second] second";
    assert_eq!(scenario(&["two-fail"]), [both]);
}

#[test]
fn row_03_many_failures_at_once_are_a_group_and_the_rest_is_cancelled() {
    in_tree(async |tree| {
        for delay in [0, 500] {
            let mut started = BTreeSet::new();
            let raised: Result<(), _> = tree
                .nursery(async |n| {
                    for number in 0..25 {
                        let name = format!("worker_{number}");
                        let worker = actor(&name);
                        let arguments = (delay, "broken");
                        // Once the first has failed, the others do not start any more.
                        let child = n.run_in_actor(worker, "fail-after-ms", arguments).await?;
                        started.insert(child.actor().name.clone());
                    }
                    Ok(())
                })
                .await;
            let failures = failed(&raised);
            let origins = failures.iter().map(|failure| failure.origin.name.clone());
            let failures: BTreeSet<_> = origins.collect();
            assert_eq!(failures.len(), failed(&raised).len(), "each counts once");
            assert!(!failures.is_empty() && !started.is_empty());
            let cancelled: BTreeSet<_> = cancelled(&raised).into_iter().collect();
            assert!(failures.is_disjoint(&cancelled));
            let told: BTreeSet<_> = failures.union(&cancelled).cloned().collect();
            assert!(told.is_superset(&started), "{started:?} {told:?}");
        }
        assert_eq!(tree.program.processes(), []);
    });
}

#[test]
fn row_04_idle_daemon_and_a_body_that_cancels_close_clean() {
    assert_eq!(scenario(&["daemon-cancelled"]), [r#"nursery: ok "done""#]);
}

#[test]
fn row_05_failing_body_is_raised_and_the_daemon_reaped() {
    let lines = scenario(&["body-fails"]);
    let told = "[cancelled(owner-ended), in daemon] and [other, in main] the body failed";
    assert_eq!(lines, [format!("nursery: failed {told}")]);
}

#[test]
fn row_06_deadline_ends_a_child_that_streams_without_end() {
    assert_eq!(scenario(&["deadline", "1000"]), ["deadline: ok None"]);
    in_tree(async |tree| {
        let scope = tree.scope().child(ScopeOptions {
            deadline: Some(Duration::from_millis(300)),
            shield: false,
        });
        let mut received = 0;
        let raised: Result<(), _> = tree
            .nursery_within(&scope, async |n| {
                let streamer = n.start_actor(actor("streamer")).await?;
                streamer
                    .with_context("count-forever", (), async |context, (): ()| {
                        let mut stream = context.open_stream::<(), u64>().await?;
                        while let Some(number) = stream.next().await? {
                            assert_eq!(number, received);
                            received += 1;
                        }
                        Ok(())
                    })
                    .await
            })
            .await;
        match raised {
            Err(Error::Cancelled(c)) => {
                assert_eq!((c.scope, c.reason), (scope.id(), CancelReason::Deadline));
            }
            other => panic!("{other:?}"),
        }
        assert!(received > 0);
    });
}

#[test]
fn row_07_one_to_three_delayed_one_shots_fail() {
    in_tree(async |tree| {
        for count in 1..=3 {
            let raised: Result<(), _> = tree
                .nursery(async |n| {
                    for number in 1..count {
                        let last = actor(&format!("worker_{number}"));
                        n.run_in_actor(last, "fail-while-cancelled", ("last",))
                            .await?;
                    }
                    let first = actor("worker_0");
                    n.run_in_actor(first, "fail-after-ms", (200, "first"))
                        .await?;
                    Ok(())
                })
                .await;
            let mut origins: Vec<_> = failed(&raised).into_iter().map(|f| f.origin.name).collect();
            assert_eq!(origins[0], "worker_0", "the order in which they failed");
            origins.sort();
            let expected: Vec<_> = (0..count)
                .map(|number| format!("worker_{number}"))
                .collect();
            assert_eq!(origins, expected);
        }
    });
}

#[test]
fn row_07_daemons_call_fails_while_one_shots_sleep() {
    let lines = scenario(&["daemon-call-fails"]);
    let cancelled = ["daemon", "sleeper_0", "sleeper_1", "sleeper_2"]
        .map(|name| format!("[cancelled(owner-ended), in {name}]"))
        .join(" and ");
    let expected = format!("nursery: failed {cancelled} and [other, in daemon] the call failed");
    assert_eq!(lines, [expected]);
}

#[test]
fn row_07_daemons_call_fails_after_quick_one_shots_have_ended() {
    in_tree(async |tree| {
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                for number in 0..3 {
                    let quick = n.run_in_actor(actor("quick"), "add", (1, number)).await?;
                    assert_eq!(quick.output::<u32>().await?, 1 + number);
                    quick.ended().await?;
                }
                let daemon = n.start_actor(actor("daemon")).await?;
                daemon.call("fail", ("the call failed",)).await
            })
            .await;
        assert_eq!(one_failure(&raised).message, "the call failed");
        assert_eq!(cancelled(&raised), ["daemon"]);
    });
}

#[test]
fn row_08_nested_failures_are_one_flat_group_with_their_paths() {
    let all = "each once true, path of each level true";
    for depth in ["1", "3"] {
        let lines = scenario(&["nested-fail", depth]);
        assert_eq!(lines, [format!(r#"failed {{"other"}}, {all}"#)], "{depth}");
    }
    assert_eq!(
        scenario(&["relay"]),
        ["nursery: failed [other, in bottom via lower, upper] at the bottom"]
    );
}

#[test]
fn row_09_spinning_grandchild_is_stopped_while_its_grandparent_fails() {
    let lines = scenario(&["spin-grandchild", "3000"]);
    assert_eq!(lines, ["main's failure is among them: true"]);
    // Unoptimised code takes its time to say where it was, and two levels are few.
    let patient = |builder: TreeBuilder| builder.allowance(Duration::from_millis(200));
    in_tree_with(patient, async |tree| {
        let mut begin = None;
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                n.run_in_actor(program("keeper"), "keep-spinner", (60_000,))
                    .await?;
                let spins = || !tree.program.actors("spinner").is_empty();
                assert!(within(DEADLINE, spins).await);
                computes(tree.program.actors("spinner")[0]).await;
                begin = Some(Instant::now());
                Err(Error::body("main failed"))
            })
            .await;
        let time = begin.expect("started").elapsed();
        let failures = failed(&raised);
        // Its owner may be late itself, on a machine that is too busy to stop the grandchild within the allowance.
        assert_eq!(failures[0].message, "main failed", "{failures:?}");
        let spinner = failures.iter().find(|f| f.origin.name == "spinner");
        let spinner = spinner.expect("it is told");
        assert!(matches!(spinner.kind, FailureKind::Overdue(_)));
        let backtrace = spinner.backtrace.as_deref().unwrap_or_default();
        assert!(backtrace.contains("spin_ms"), "{backtrace}");
        assert!(time < Duration::from_secs(4), "{time:?}");
    });
}

#[test]
fn row_12_result_is_read_inside_after_or_never() {
    assert_eq!(scenario(&["result-inside"]), ["nursery: ok 3"]);
    assert_eq!(scenario(&["result-after"]), ["after: ok 3", "again: ok 3"]);
    assert_eq!(scenario(&["result-never"]), ["nursery: ok ()"]);
}

#[test]
fn row_13_daemon_is_called_twice_and_cancelled() {
    let lines = scenario(&["daemon-called-twice"]);
    let expected = ["first: ok 1", "second: ok 2", "cancel: ok ()"];
    assert_eq!(lines[..3], expected);
    assert_eq!(lines[3..], ["cancel again: ok ()", "nursery: ok ()"]);
}

#[test]
fn row_14_siblings_of_one_name_are_distinct_and_end_together() {
    assert_eq!(scenario(&["same-names"]), ["distinct: ok true"]);
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let mut twins: BTreeSet<Uuid> = BTreeSet::new();
                for _ in 0..3 {
                    twins.insert(n.start_actor(actor("twin")).await?.actor().uuid);
                }
                assert_eq!((twins.len(), tree.program.actors("twin").len()), (3, 3));
                n.cancel();
                Ok(())
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn row_15_what_is_not_found_names_what_there_is() {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let unknown = n.start_actor("test-actr").await;
                not_found(unknown.map(drop), "`test-actor`");
                let daemon = n.start_actor("test-actor").await?;
                not_found(daemon.call("ad", ()).await, "`add`");
                not_found(daemon.call("side", ()).await, "test:actor/right");
                let other = daemon.call("test:actor/left#mirror", ()).await;
                not_found(other, "`mirror`");
                daemon.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

fn not_found(result: Result<(), Error>, named: &str) {
    let failure = one_failure(&result);
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.message.contains(named), "{}", failure.message);
}

#[test]
fn row_16_trap_while_starting_fails_the_start_at_once() {
    in_tree_with(
        |builder| builder.component("test-broken", guest("test-broken")),
        async |tree| {
            let ended = tree
                .nursery(async |n| {
                    let sibling = n.start_actor(actor("sibling")).await?;
                    let start = n.start_actor("test-broken").await.map(drop);
                    let failure = one_failure(&start);
                    let (kind, said) = (failure.kind, failure.backtrace.unwrap_or_default());
                    assert!(matches!(kind, FailureKind::Trap(_)), "{kind:?}");
                    // What it wrote to stderr.
                    assert!(said.contains("broken from the start"), "{said}");
                    // Law 2.
                    let cancellation = n.scope().cancelled().await;
                    assert_eq!(cancellation.reason, CancelReason::SiblingFailed);
                    sibling.ended().await
                })
                .await;
            let kind = one_failure(&ended).kind;
            assert!(matches!(kind, FailureKind::Trap(_)), "{kind:?}");
        },
    );
}

#[test]
fn row_16_actor_that_is_killed_while_starting_fails_the_start_at_once() {
    for (script, kind) in [
        ("kill -KILL $$", FailureKind::Killed(9)),
        ("echo no luck >&2; exit 3", FailureKind::Exit(3)),
    ] {
        let file = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR"));
        let file = file.expect("a file").into_temp_path();
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o700)).expect("executable");
        in_tree_with(
            |builder| builder.worker_program(&*file),
            async |tree| {
                let raised: Result<(), _> = tree
                    .nursery(async |n| n.start_actor("test-actor").await.map(drop))
                    .await;
                let failure = one_failure(&raised);
                assert_eq!(failure.kind, kind);
                let told = failure.message.contains("no luck");
                assert_eq!(told, kind == FailureKind::Exit(3), "{}", failure.message);
            },
        );
    }
}

#[test]
fn row_17_daemon_that_is_killed_from_outside_is_known_at_once() {
    in_tree(async |tree| {
        let options = NurseryOptions::default();
        let raised: Result<(), _> = tree
            .nursery_with(options, async |n| {
                n.start_actor(actor("sibling")).await?;
                let daemon = n.start_actor(actor("daemon")).await?;
                let pid = Pid::from_raw(daemon.actor().pid.cast_signed()).expect("a process");
                kill_process(pid, Signal::KILL).expect("it runs");
                let begin = Instant::now();
                let cancellation = n.scope().cancelled().await;
                assert!(begin.elapsed() < Duration::from_secs(4));
                assert_eq!(cancellation.canceller, daemon.actor());
                Err(cancellation.into())
            })
            .await;
        let failure = one_failure(&raised);
        assert_eq!(failure.kind, FailureKind::Killed(9));
        assert_eq!(cancelled(&raised), ["sibling"]);
    });
    let trap = "failed [trap, in daemon]";
    let expected = [format!("call: {trap}"), format!("nursery: {trap}")];
    assert_eq!(scenario(&["daemon-dies"]), expected);
}
