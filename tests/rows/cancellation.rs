//! Rows 43 to 52: cancellation between peers.

use crate::scenario_with_names;
use crate::support::{DEADLINE, in_tree_with, within};
use std::os::unix::fs::PermissionsExt;
use tractor_host::{CancelReason, Error, ScopeOptions};

#[test]
fn row_43_failure_to_encode_is_raised_and_not_the_cancellation_it_caused() {
    assert_eq!(
        scenario_with_names(&["fails-to-encode"]),
        [
            "context with a: failed [ill-typed, in a]",
            r#"b was: ok ["cancelled (requested, by a)"]"#,
        ]
    );
}

#[test]
fn row_44_all_contexts_with_an_actor_that_its_owner_cancels_name_the_owner() {
    let end = "failed [context-cancelled(keeper), in b]";
    assert_eq!(
        scenario_with_names(&["kept-peer"]),
        [
            format!("main saw: {end}"),
            format!("a saw: ok {end:?}"),
            "other goes on: ok Some((1, 49))".to_owned(),
        ]
    );
}

#[test]
fn row_45_failure_of_dealing_with_it_is_raised_and_cancels_the_other_contexts() {
    let cancelled = r#"ok ["cancelled (owner-ended, by main)"]"#;
    assert_eq!(
        scenario_with_names(&["kept-peer-raises"]),
        [
            "main saw: failed [context-cancelled(keeper), in b]".to_owned(),
            "raised: failed [other, in main] main cannot go on".to_owned(),
            format!("one was: {cancelled}"),
            format!("two was: {cancelled}"),
        ]
    );
}

/// What is the same however a helper ends that its server did not cause to fail.
const REAPED: [&str; 4] = [
    "helpers listed: ok 0",
    "helpers found: ok 0",
    "server serves on: ok []",
    "nursery: ok ()",
];

#[test]
fn row_46_helper_that_was_handed_out_is_reaped_with_the_client() {
    let lines = scenario_with_names(&["helper", "wait-long"]);
    let expected = [r#"talked to: ok "helper""#, "listed: ok true"];
    let end = "context with the client: cancelled (requested, by main)";
    assert_eq!(lines[..2], expected);
    assert_eq!(lines[2], end);
    assert_eq!(lines[3..], REAPED);
}

#[test]
fn row_46_failure_of_the_helper_comes_by_way_of_the_client() {
    let lines = scenario_with_names(&["helper", "break-down"]);
    let end = "context with the client: failed [other, in helper via client] the helper broke";
    assert_eq!(lines[..2], [r#"talked to: ok "helper""#, end]);
    assert_eq!(lines[2..], REAPED);
}

#[test]
fn row_46_end_of_the_helper_is_one_failure_though_client_and_server_tell_it() {
    let lines = scenario_with_names(&["helper", "trap"]);
    let end = "context with the client: failed [trap, in helper via server, client]";
    assert_eq!(lines[..2], [r#"talked to: ok "helper""#, end]);
    assert_eq!(lines[2..], REAPED);
}

#[test]
fn row_47_actor_cancelled_out_of_band_raises_unless_the_context_was_cancelled() {
    assert_eq!(
        scenario_with_names(&["out-of-band", "not"]),
        [
            "background: failed [context-cancelled(main), in peer]",
            "cancel: ok ()",
            "nursery: failed [cancelled(requested), in peer] and [context-cancelled(main), in peer]",
        ]
    );
    let silent = ["background", "cancel", "nursery"].map(|what| format!("{what}: ok ()"));
    assert_eq!(scenario_with_names(&["out-of-band", "cancelled"]), silent);
}

#[test]
fn row_47_output_of_a_cancelled_one_shot_names_the_canceller_whether_or_not_it_had_begun() {
    let told = "failed [context-cancelled(main), in one-shot]";
    assert_eq!(
        scenario_with_names(&["cancelled-one-shot"]),
        [
            &format!("output: {told}"),
            &format!("again: {told}"),
            "cancel: ok ()",
            "nursery: ok ()",
        ]
    );
}

#[test]
fn row_48_first_canceller_counts_and_what_has_ended_is_not_cancelled() {
    assert_eq!(
        scenario_with_names(&["cancelled-twice"]),
        [
            "context: ok ()",
            r#"peer was: ok ["cancelled (requested, by main) the first"]"#,
            "ended before: ok 7",
            r#"peer was: ok ["7 value"]"#,
            "actor, twice: ok ()",
            "actor that is gone: ok ()",
            r#"told: ok Some("cancelled (requested, by main) the opener was first")"#,
            r#"told after the second: ok Some("cancelled (requested, by main) the opener was first")"#,
        ]
    );
}

#[test]
fn row_49_last_message_from_within_a_shield_arrives() {
    let told = "cancelled (requested, by main) by its owner";
    let end = "[context-cancelled(main), in peer]";
    assert_eq!(
        scenario_with_names(&["last-message", "20"]),
        [
            format!("first words: ok Some({told:?})"),
            format!("last words: ok Some({told:?})"),
            "cancel: ok ()".to_owned(),
            format!("context: failed {end}"),
            format!("nursery: failed [cancelled(requested), in peer] and {end}"),
        ]
    );
}

#[test]
fn row_49_clean_up_that_outlasts_its_grace_is_stopped_as_overdue() {
    let end = "failed [overdue(requested), in peer]";
    let lines = scenario_with_names(&["last-message", "60000"]);
    let first = r#"first words: ok Some("cancelled (requested, by main) by its owner")"#;
    assert_eq!(lines[0], first);
    let rest = ["last words", "cancel", "context", "nursery"].map(|what| format!("{what}: {end}"));
    assert_eq!(lines[1..], rest);
}

#[test]
fn row_49_clean_up_of_a_task_is_bounded_and_its_actor_serves_on() {
    let first = r#"first words: ok Some("cancelled (requested, by main)")"#;
    assert_eq!(
        scenario_with_names(&["last-message-of-a-task"]),
        [
            first,
            "last words: true",
            "context: ok ()",
            "still serves: ok []",
            first,
            "last words: false",
            "context: failed [overdue(requested), in peer]",
            "still serves: ok []",
        ]
    );
}

#[test]
fn row_49_time_left_in_a_shield_is_that_of_the_grace_period() {
    let some = "some of half a second: ok true";
    assert_eq!(
        scenario_with_names(&["grace"]),
        [
            some,
            "context: ok ()",
            some,
            "context: failed [context-cancelled(main), in peer]",
        ]
    );
}

#[test]
fn row_50_deadline_goes_through_two_actors_each_of_which_sees_less_time_left() {
    let ended = [
        "less time left: true",
        "ended as: cancelled (deadline, by main)",
    ];
    let mut expected = Vec::new();
    for function in ["pass-on: ok None", "pass-on-context: ok None"] {
        expected.push(function);
        expected.extend(ended);
        expected.extend(ended);
    }
    assert_eq!(scenario_with_names(&["deadline-hops"]), expected);
}

#[test]
fn row_50_deadline_goes_along_with_a_one_shot() {
    let lines = scenario_with_names(&["deadline-of-a-one-shot"]);
    assert_eq!(lines, ["less time left: ok true"]);
}

#[test]
fn row_50_deadlines_within_a_task_move_on_or_fail() {
    assert_eq!(
        scenario_with_names(&["time-is-up"]),
        [
            "moved on: ok None",
            "in time: ok Some(1)",
            "failed: failed [other, in main] took longer than 20ms",
            "in time: ok 2",
            "inner passes on: ok true",
            "shielded: ok Some(())",
            "bounded in a shield: ok None",
            "raised: failed [cancelled(owner-ended), in idle] and [other, in main] took longer than 20ms",
        ]
    );
}

#[test]
fn row_51_cancelled_start_fails_as_cancelled() {
    assert_eq!(
        scenario_with_names(&["cancelled-start"]),
        [
            "start: cancelled (requested, by main) changed my mind",
            "run: cancelled (requested, by main) changed my mind",
            "found: ok false",
            "nursery: ok ()",
        ]
    );
    assert_eq!(
        scenario_with_names(&["races-of-starts", "51"]),
        ["all gone"]
    );
}

#[test]
fn row_51_actor_that_is_still_starting_when_it_is_cancelled_never_serves() {
    // A worker that stops itself before it has said anything: it starts for ever.
    let file = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR"));
    let file = file.expect("a file").into_temp_path();
    std::fs::write(&file, "#!/bin/sh\nkill -STOP $$\n").expect("written");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o700)).expect("executable");
    in_tree_with(
        |builder| builder.worker_program(&*file),
        async |tree| {
            let scope = tree.scope().child(ScopeOptions::default());
            let raised: Result<(), _> = tree
                .nursery_within(&scope, async |n| {
                    let start = n.start_actor("test-actor");
                    let cancel = async {
                        assert!(within(DEADLINE, || stopped(&file) == 1).await, "it starts");
                        scope.cancel(Some("too slow".to_owned()));
                    };
                    let (started, ()) = tokio::join!(start, cancel);
                    started.map(drop)
                })
                .await;
            match raised {
                Err(Error::Cancelled(cancellation)) => {
                    assert_eq!(cancellation.scope, scope.id());
                    assert_eq!(cancellation.reason, CancelReason::Requested);
                    assert_eq!(cancellation.message.as_deref(), Some("too slow"));
                    assert_eq!(&cancellation.canceller, tree.root());
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(stopped(&file), 0, "it is gone");
        },
    );
}

/// How many processes run this script and are stopped.
fn stopped(script: &std::path::Path) -> usize {
    let script = script.to_string_lossy();
    let processes = std::fs::read_dir("/proc").expect("Linux").flatten();
    let runs = |process: &std::fs::DirEntry| {
        let read = |file| std::fs::read_to_string(process.path().join(file)).unwrap_or_default();
        let state = read("stat");
        let state = state.rsplit(')').next().unwrap_or_default().trim_start();
        read("cmdline").contains(&*script) && state.starts_with('T')
    };
    processes.filter(runs).count()
}

#[test]
fn row_52_result_and_cancel_that_cross_have_one_outcome_at_both_ends() {
    for seed in ["1", "2"] {
        assert_eq!(
            scenario_with_names(&["races", seed, "250"]),
            [
                "call: 250 tries, 0 differ",
                "both happen: true",
                "context: 250 tries, 0 differ",
                "both happen: true",
            ]
        );
    }
}
