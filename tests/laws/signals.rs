//! Law 11: Ctrl-C.

use super::support::{Supervised, actor, in_tree};
use rustix::process::{Pid, Signal, kill_process};
use std::time::Duration;

/// What a shell gives for a program that Ctrl-C ended.
const INTERRUPTED: Option<i32> = Some(130);

#[test]
fn law_11_ctrl_c_cancels_the_tree_gracefully() {
    let mut supervised = Supervised::run(&[], &["interrupted", "3"]);
    supervised.signal(Signal::INT);
    let (status, time) = supervised.ends();
    assert_eq!(status.code(), INTERRUPTED, "{:?}", supervised.stderr());
    let stderr = supervised.stderr().into_iter();
    let cleaned = stderr.filter(|line| line == "child has cleaned up");
    assert_eq!(cleaned.count(), 3, "{:?}", supervised.stderr());
    assert!(time < Duration::from_secs(4), "{time:?}");
}

#[test]
fn law_11_ctrl_c_a_second_time_kills_at_once() {
    let mut supervised = Supervised::run(&["--grace", "30s"], &["interrupted", "3"]);
    supervised.signal_workers(Signal::STOP);
    // Two that come too close are seen as one: whoever presses the keys does so again.
    let (status, time) = supervised.ends_under(|it| it.signal(Signal::INT));
    assert_eq!(status.code(), INTERRUPTED, "{:?}", supervised.stderr());
    assert!(time < Duration::from_secs(10), "{time:?}");
}

#[test]
fn law_11_ctrl_c_of_the_group_is_not_for_workers() {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let daemon = n.start_actor(actor("daemon")).await?;
                let pid = Pid::from_raw(daemon.actor().pid.cast_signed()).expect("a process");
                for signal in [Signal::INT, Signal::QUIT, Signal::HUP, Signal::TERM] {
                    kill_process(pid, signal).expect("it runs");
                    assert_eq!(daemon.call::<u32>("add", (1, 2)).await?, 3);
                }
                daemon.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}
