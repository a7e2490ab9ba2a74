//! Rows 31 to 34, 38 to 40 and 42: streams.

use crate::scenario_with_names;

const SERVES: &str = "still serves: ok ()";

/// Runs a scenario; its last line says that the callee's actor serves on.
fn lines_of(name: &str) -> Vec<String> {
    let mut lines = scenario_with_names(&[name]);
    assert_eq!(lines.pop().as_deref(), Some(SERVES), "{name}");
    lines
}

#[test]
fn row_31_slow_reader_on_either_side_slows_its_writer() {
    let lines = lines_of("slow-opener");
    let told = "in order, and batches sent too early: ok (true, 0)";
    assert_eq!(lines, [told]);
    let lines = lines_of("slow-callee");
    let told = "in order, and at the pace of the callee: ok (true, true)";
    assert_eq!(lines, [told]);
}

#[test]
fn row_32_sender_waits_for_a_peer_that_does_not_open_its_stream() {
    assert_eq!(
        lines_of("unopened"),
        [
            "sends for ever: ok None",
            "taken: ok 0",
            "in order, once it is open: ok true",
            "batches before: ok 0",
            "in order, once the opener's is open: ok true",
        ]
    );
}

#[test]
fn row_32_sender_that_asked_for_it_fails_with_overrun_or_keeps_the_newest() {
    assert_eq!(
        lines_of("overrun"),
        [
            "unopened: failed [overrun, in main]",
            "again: failed [overrun, in main]",
            "in order: ok true",
        ]
    );
    let newest = "ok [995, 996, 997, 998, 999]";
    let both = ["callee", "opener"].map(|end| format!("{end}: {newest}"));
    assert_eq!(lines_of("newest"), both);
}

#[test]
fn row_33_stop_of_one_end_leaves_the_other_to_send_on() {
    assert_eq!(
        lines_of("stopped"),
        [
            "send after the stop: closed",
            "in order: ok true",
            "after the end: ok None",
            "after the end: ok None",
            "after the end: ok None",
            "the callee had, and was told of the end: ok ([0, 1, 2, 3, 4], 4)",
        ]
    );
}

#[test]
fn row_34_dropped_stream_is_as_if_closed() {
    assert_eq!(
        lines_of("dropped-streams"),
        [
            "callees that sent and received all: ok (20, 20)",
            "the callee drops its own: ok (None, false)",
        ]
    );
}

#[test]
fn row_34_dropped_context_is_as_if_cancelled() {
    let cancelled = r#"ok ["cancelled (owner-ended, by main)"]"#;
    assert_eq!(
        lines_of("dropped-contexts"),
        [
            format!("noted: {cancelled}"),
            format!("noted of a dropped future: {cancelled}"),
        ]
    );
}

#[test]
fn row_34_dropped_portal_leaves_what_was_opened_with_it() {
    assert_eq!(
        lines_of("dropped-portals"),
        [
            "context: ok ()",
            r#"noted: ok ["cancelled (requested, by main) the opener had enough"]"#,
            "actor without its child: ok 0",
        ]
    );
}

#[test]
fn row_34_scopes_of_closed_contexts_and_nurseries_end_with_them() {
    let ended = "cancelled (owner-ended, by main) the scope has ended";
    let mut expected = Vec::new();
    for what in ["context", "nursery"] {
        expected.push(format!("{what}: ok ()"));
        expected.push(format!("told: {ended}"));
        expected.push(format!("later: Some({ended:?})"));
    }
    assert_eq!(lines_of("ended-scopes"), expected);
}

#[test]
fn row_38_one_stream_for_22_tasks_gives_each_all_of_it() {
    let lines = scenario_with_names(&["fan-out", "1000"]);
    assert_eq!(lines, ["tasks, and whether each had all: ok (22, true)"]);
}

#[test]
fn row_39_two_streamers_through_an_aggregator_come_in_order() {
    let lines = scenario_with_names(&["aggregate", "1000"]);
    assert_eq!(lines, ["of each streamer: ok [1000, 1000]"]);
}

#[test]
fn row_40_stream_of_two_levels_that_is_cut_gives_no_value_twice() {
    assert_eq!(scenario_with_names(&["cut-aggregate", "40"]), ["cut"; 10]);
}

#[test]
fn row_42_two_streams_of_one_portal_are_independent() {
    let lines = scenario_with_names(&["two-streams"]);
    assert_eq!(lines, ["held up: ok Some(0)", "goes on: ok 1000"]);
}

#[test]
fn row_42_requests_on_a_stream_have_their_own_replies() {
    let lines = scenario_with_names(&["request-reply"]);
    assert_eq!(
        lines,
        ["each has its own answer, and how many: ok (true, 20)"]
    );
}
