//! `run --restart`.

use crate::program::{scenario, start};
use rustix::process::{Pid, Signal, kill_process};

const AT_ONCE: [&str; 2] = ["--restart-delay", "1ms"];

#[test]
fn restart_on_failure_runs_main_again_and_ends_as_it_did_last() {
    let flags = ["--restart", "on-failure", "--max-restarts", "2"];
    let ran = scenario(&[&flags[..], &AT_ONCE[..]].concat(), &["raise", "no luck"]).end();
    let said = ran.says(1);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    for (line, number) in lines.iter().zip(1..3) {
        assert!(
            line.starts_with("warn main (pid N): is started anew in "),
            "{said}"
        );
        assert!(
            line.ends_with(&format!(" (restart {number} of 2 within 5s): no luck")),
            "{said}"
        );
    }
    assert!(lines[2].starts_with("error: main"), "{said}");
    assert!(
        lines[2].contains("no luck; started anew 2 times before"),
        "{said}"
    );
}

#[test]
fn restart_on_failure_lets_a_main_that_ends_well_end() {
    let ran = scenario(&["--restart", "on-failure"], &["say", "once"]).end();
    assert_eq!(ran.prints(), "once\n");
}

#[test]
fn restart_always_runs_main_again_until_the_limit() {
    let flags = [
        "--restart",
        "always",
        "--max-restarts",
        "2",
        "--log",
        "error",
    ];
    let ran = scenario(&[&flags[..], &AT_ONCE[..]].concat(), &["say", "again"]).end();
    assert!(ran.says(134).contains("started anew 2 times"), "{ran:?}");
    assert_eq!(ran.out, "again\nagain\nagain\n", "{ran:?}");
}

#[test]
fn restart_of_a_killed_main_begins_with_a_fresh_tree_and_ends_at_ctrl_c() {
    let flags = ["--restart", "on-failure", "--log", "error"];
    let run = scenario(&[&flags[..], &AT_ONCE[..]].concat(), &["interrupted", "2"]);
    let children = run.wait_for_actors("child", 2);
    let main = run.wait_for_actors("main", 1)[0];
    kill_process(Pid::from_raw(main.cast_signed()).unwrap(), Signal::KILL).unwrap();
    let end = std::time::Instant::now() + crate::program::DEADLINE;
    loop {
        let now = run.program.actors("child");
        if now.len() == 2 && now.iter().all(|child| !children.contains(child)) {
            break;
        }
        assert!(
            std::time::Instant::now() < end,
            "it is not started anew: {now:?}"
        );
        // tidy: the pause of a poll under a deadline
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert_ne!(run.wait_for_actors("main", 1)[0], main);
    run.signal(Signal::INT);
    assert_eq!(run.end().code, Some(130));
}

#[test]
fn restart_flags_are_described_with_their_defaults() {
    let help = start(&["run", "--help"]).end().prints().to_owned();
    for text in [
        "--restart <WHEN>",
        "--max-restarts <N>",
        "--restart-window <TIME>",
        "--restart-delay <TIME>",
        "[default: never]",
        "[default: 5s]",
        "[default: 100ms]",
    ] {
        assert!(help.contains(text), "{text} is not in:\n{help}");
    }
}
