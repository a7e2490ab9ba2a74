//! Rows 10 and 11: Ctrl-C, with the real program.

use crate::support::Supervised;
use rustix::process::Signal;
use std::time::Duration;

/// Two seconds, four times over for a busy machine.
const BOUND: Duration = Duration::from_secs(8);

fn interrupt(children: &str) -> Vec<String> {
    let mut supervised = Supervised::run(&[], &["interrupted", children]);
    // Ctrl-C goes to the whole group.
    supervised.signal_workers(Signal::INT);
    supervised.signal(Signal::INT);
    let (status, time) = supervised.ends();
    assert_eq!(status.code(), Some(130), "{:?}", supervised.stderr());
    assert!(time < BOUND, "{time:?}");
    supervised.stderr()
}

#[test]
fn row_10_interrupt_reaps_one_child_and_three_of_the_same_name() {
    for children in ["1", "3"] {
        interrupt(children);
    }
}

#[test]
fn row_11_interrupt_cancels_a_daemon_gracefully() {
    let stderr = interrupt("1");
    let cleaned = stderr.iter().any(|line| line == "child has cleaned up");
    assert!(cleaned, "{stderr:?}");
}
