//! Rows 79, 81 to 84 and 88: overdue tasks, dropped starts, receives cut short, repeated closes, and asking for more than there is.

use crate::scenario;
use crate::support::{
    DEADLINE, Supervised, TestTree, actor, failed, in_tree, in_tree_with, one_failure, program,
    within,
};
use std::time::Duration;
use tractor_host::{Child, Error, FailureKind, Limits, Overdue, ScopeOptions};

/// Longer than any grace period here, and over before the test is.
const IGNORED_MS: u64 = 1500;

const GRACE: Duration = Duration::from_millis(200);

/// Calls a function that goes on for `ms` whatever is cancelled, with a deadline that passes.
async fn call_in_vain(tree: &TestTree, child: &Child, ms: u64) -> Result<u32, Error> {
    let scope = tree.scope().child(ScopeOptions {
        deadline: Some(Duration::from_millis(50)),
        shield: false,
    });
    let called = child.within(&scope).call("ignore-cancel-ms", (ms,)).await;
    scope.close();
    called
}

fn with_grace(body: impl AsyncFnOnce(&TestTree)) {
    in_tree_with(|builder| builder.grace(GRACE), body);
}

fn is_overdue(called: &Result<u32, Error>) {
    let failure = one_failure(called);
    assert!(
        matches!(failure.kind, FailureKind::Overdue(_)),
        "{failure:?}"
    );
    let told = "did not answer within its grace period of 200 ms";
    assert!(failure.message.starts_with(told), "{}", failure.message);
}

#[test]
fn row_79_caller_gets_overdue_and_the_daemon_serves_on() {
    with_grace(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let daemon = n.start_actor(actor("daemon")).await?;
                for _ in 0..2 {
                    is_overdue(&call_in_vain(tree, &daemon, IGNORED_MS).await);
                }
                assert_eq!(daemon.call::<u32>("add", (1, 2)).await?, 3);
                let look = tree.look().await;
                assert!(look.contains("2 overdue"), "{look}");
                while daemon.call::<u32>("ignoring", ()).await? > 0 {
                    tokio::task::yield_now().await;
                }
                let look = tree.look().await;
                assert!(!look.contains("overdue"), "{look}");
                daemon.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn row_79_one_overdue_task_more_than_the_limit_ends_the_actor() {
    with_grace(async |tree| {
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                let limits = Limits {
                    overdue_tasks: Some(2),
                    ..Limits::default()
                };
                let daemon = n.start_actor(actor("daemon").limits(limits)).await?;
                for _ in 0..2 {
                    is_overdue(&call_in_vain(tree, &daemon, 60_000).await);
                }
                assert_eq!(daemon.call::<u32>("add", (1, 2)).await?, 3);
                is_overdue(&call_in_vain(tree, &daemon, 60_000).await);
                daemon.ended().await
            })
            .await;
        let failure = one_failure(&raised);
        assert_eq!(failure.kind, FailureKind::Limit(failure.message.clone()));
        let told = "overdue-tasks: 3 tasks were cancelled";
        assert!(failure.message.starts_with(told), "{}", failure.message);
        assert_eq!(failure.origin.name, "daemon");
    });
}

#[test]
fn row_79_end_actor_makes_one_overdue_task_end_the_actor_and_is_one_failure() {
    with_grace(async |tree| {
        let mut told = None;
        let raised: Result<u32, _> = tree
            .nursery(async |n| {
                let spec = actor("daemon").overdue(Overdue::EndActor);
                let daemon = n.start_actor(spec).await?;
                let called = call_in_vain(tree, &daemon, 60_000).await;
                is_overdue(&called);
                told = Some(one_failure(&called).id);
                assert!(daemon.ended().await.is_err(), "it has failed");
                called
            })
            .await;
        assert_eq!(Some(one_failure(&raised).id), told);
        assert!(one_failure(&raised).message.ends_with("and was stopped"));
    });
}

#[test]
fn row_79_end_actor_is_the_default_of_one_shots() {
    with_grace(async |tree| {
        for overdue in [None, Some(Overdue::ServeOn)] {
            let mut called = Ok(0);
            let raised: Result<(), _> = tree
                .nursery(async |n| {
                    let spec = overdue
                        .into_iter()
                        .fold(actor("one-shot"), |spec, overdue| spec.overdue(overdue));
                    let one_shot = n.run_in_actor(spec, "sleep-ms", (IGNORED_MS,)).await?;
                    called = call_in_vain(tree, &one_shot, 60_000).await;
                    one_shot.output::<()>().await
                })
                .await;
            is_overdue(&called);
            match overdue {
                None => assert_eq!(one_failure(&raised).id, one_failure(&called).id),
                Some(_) => assert!(raised.is_ok(), "{raised:?}"),
            }
        }
    });
}

#[test]
fn row_79_guests_choose_what_becomes_of_an_overdue_actor() {
    let overdue = "failed [overdue(deadline), in daemon]";
    let serves = ["call: ", "another: ok 3", "nursery: ok ()"];
    let lines = scenario(&["overdue", "serve-on"]);
    assert_eq!(
        lines[1..],
        [
            format!("call: {overdue}"),
            serves[1].into(),
            serves[2].into()
        ]
    );
    let lines = scenario(&["overdue", "end-actor"]);
    assert_eq!(lines[1], format!("call: {overdue}"));
    assert_eq!(lines.last(), Some(&format!("nursery: {overdue}")));
    let lines = scenario(&["overdue", "limit"]);
    assert_eq!(lines[1], format!("call: {overdue}"));
    assert_eq!(
        lines.last().map(String::as_str),
        Some("nursery: failed [limit, in daemon]")
    );
}

#[test]
fn row_79_flag_limits_the_overdue_tasks_of_all() {
    let mut supervised = Supervised::run(&["--max-overdue-tasks", "0"], &["overdue", "serve-on"]);
    let (status, _) = supervised.ends();
    assert_eq!(status.code(), Some(0), "{:?}", supervised.stderr());
    let told = "nursery: failed [limit, in daemon]".to_owned();
    assert!(
        supervised.stdout().contains(&told),
        "{:?}",
        supervised.stdout()
    );
}

#[test]
fn row_81_start_that_a_guest_drops_leaves_no_child() {
    let lines = scenario(&["start-dropped"]);
    let told = "all gone, some dropped: true";
    assert!(lines[0].starts_with(told), "{lines:?}");
}

#[test]
fn row_81_start_that_the_embedder_drops_leaves_no_child() {
    in_tree(async |tree| {
        let mut dropped = 0;
        let ended = tree
            .nursery(async |n| {
                for step in 0..40 {
                    let time = Duration::from_micros(step * 250);
                    match tokio::time::timeout(time, n.start_actor(actor("dropped"))).await {
                        Ok(child) => child?.cancel().await?,
                        Err(_) => dropped += 1,
                    }
                }
                // Nobody cancels them: they go by themselves.
                let gone = within(DEADLINE, || tree.program.actors("dropped").is_empty()).await;
                assert!(gone, "{:?}", tree.program.processes());
                Ok(())
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
        assert!(dropped > 0);
    });
}

#[test]
fn row_82_receive_that_is_given_up_as_the_message_arrives_loses_nothing() {
    let lines = scenario(&["receive-timeouts", "10000"]);
    assert_eq!(lines, ["given up 10000, echoed all: true"]);
}

#[test]
fn row_83_nursery_closed_again_answers_the_same() {
    assert_eq!(
        scenario(&["close-nursery"]),
        [
            "empty: the same true: ok ()",
            "failed, then well: the same true: failed [cancelled(owner-ended), in daemon] and [other, in main] the body",
            "two at once: the same true: failed [cancelled(owner-ended), in daemon] and [other, in main] one",
            "cancelled: the same true: ok ()",
            "start in a closed one: closed",
            "sleep in a closed one: cancelled (owner-ended, by main) the scope has ended",
        ]
    );
}

#[test]
fn row_83_context_closed_again_answers_the_same() {
    assert_eq!(
        scenario(&["close-context"]),
        [
            "failed, then well: the same true: failed [other, in main] the body",
            "two at once: the same true: failed [other, in main] one",
            "cancelled: the same true: ok ()",
            "nursery: the same true: ok ()",
        ]
    );
}

#[test]
fn row_83_stream_stopped_and_child_cancelled_again_answer_the_same() {
    assert_eq!(
        scenario(&["stop-stream"]),
        [
            "send after stop: closed",
            "context: the same true: ok ()",
            "stop after the end: ok ()",
            "nursery: the same true: ok ()",
        ]
    );
    assert_eq!(
        scenario(&["cancel-child"]),
        [
            "cancel: the same true: ok ()",
            "ended: the same true: ok ()",
            "nursery: the same true: ok ()",
        ]
    );
}

#[test]
fn row_84_body_ends_in_uncommon_ways() {
    let daemon = "[cancelled(owner-ended), in daemon]";
    for (how, inner) in [
        (
            "child-failed",
            format!("failed {daemon} and [other, in bad] bad"),
        ),
        (
            "call-failed",
            format!("failed {daemon} and [other, in peer] the call"),
        ),
        (
            "context-cancelled",
            format!("failed {daemon} and [context-cancelled(main), in peer]"),
        ),
        ("cancelled", "cancelled (requested, by main)".to_owned()),
        (
            "cancelled-around",
            "cancelled (requested, by main)".to_owned(),
        ),
        ("closed", "closed".to_owned()),
    ] {
        let outer = match how {
            "cancelled-around" => "outer: ok None",
            _ => "outer: ok Some(())",
        };
        let expected = [format!("inner: {inner}"), outer.to_owned()];
        let mut told = scenario(&["body-ends", how]);
        if how == "child-failed" {
            // The child's end and that of the body that passes its failure on are on their way at once: either is why the sibling is cancelled.
            told[0] = told[0].replace("sibling-failed", "owner-ended");
        }
        assert_eq!(told, expected, "{how}");
    }
}

#[test]
fn row_84_failure_of_a_child_that_the_body_passes_on_counts_once() {
    in_tree(async |tree| {
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                let bad = n.run_in_actor(actor("bad"), "fail", ("bad",)).await?;
                let output = bad.output::<()>().await;
                assert_eq!(failed(&output), failed(&bad.output::<()>().await));
                output
            })
            .await;
        assert_eq!(one_failure(&raised).origin.name, "bad");
    });
}

#[test]
fn row_88_child_that_asks_for_more_than_its_owner_has_is_denied() {
    let denied = "failed [denied, in modest]";
    let lines = scenario(&["asks-for-more"]);
    for (line, what) in lines.iter().zip([
        "directory",
        "connect",
        "names",
        "component",
        "memory",
        "overdue-tasks",
    ]) {
        assert_eq!(line, &format!("{what}: {denied}"));
    }
    assert_eq!(lines[6], "nothing: ok ()");
}

#[test]
fn row_88_denial_names_what_was_asked_for_and_what_there_is() {
    in_tree(async |tree| {
        let ended: Result<(), Error> = tree
            .nursery(async |n| {
                let limits = Limits {
                    memory_bytes: Some(64 << 20),
                    ..Limits::default()
                };
                let modest = n.start_actor(program("modest").limits(limits)).await?;
                for (what, told) in [
                    ("directory", "directory `/etc`: the owner itself holds none"),
                    ("connect", "connect to `example.com:80`: the owner itself holds none"),
                    ("names", "the owner itself does not hold names.find"),
                    ("memory", "limit memory-bytes: 68157440 is asked for, and the owner can give 67108864 at most"),
                    ("overdue-tasks", "limit overdue-tasks: 4294967295 is asked for, and the owner can give 64 at most"),
                ] {
                    let asked = modest.call::<()>("ask-for", (what,)).await;
                    let failure = one_failure(&asked);
                    assert_eq!(failure.kind, FailureKind::Denied, "{failure:?}");
                    assert!(failure.message.contains(told), "{}", failure.message);
                }
                modest.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}
