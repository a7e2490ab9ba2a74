//! The account of how actors went: a `tracing` event at level debug for those who measure, and a line of the tree's log for people.
//!
//! The event has the target `tractor::teardown` and the fields `actor`, `pid`, `processes` (1 and no `subtree` for one process), `reason`, and
//! in microseconds since the asking `allowed`, `answered`, `stopped`, `killed`, `reaped`; what did not happen is left out.

use super::handle::{Log, LogLine};
use crate::tree::{Extent, Teardown, Tree};
use std::time::Duration;
use tractor_protocol::control::Level;

/// Tells of one account.
pub(super) fn tell(tree: &Tree, log: &Log, teardown: &Teardown) {
    trace(teardown);
    if tree.logs(Level::Debug) {
        log(LogLine {
            actor: teardown.actor.clone(),
            level: Level::Debug,
            task: None,
            message: teardown.to_string(),
        });
    }
}

/// Tells of something odd that is the supervisor's own, as the root's.
pub(super) fn warn(tree: &Tree, log: &Log, message: String) {
    if tree.logs(Level::Warn) {
        log(LogLine {
            actor: tree.root().clone(),
            level: Level::Warn,
            task: None,
            message,
        });
    }
}

fn trace(teardown: &Teardown) {
    let (subtree, processes, stops, kills) = match teardown.extent {
        Extent::Process => (false, 1, None, None),
        Extent::Subtree {
            processes,
            stopped,
            killed,
        } => (true, processes, Some(stopped), Some(killed)),
    };
    tracing::debug!(
        target: "tractor::teardown",
        actor = %teardown.actor.name,
        pid = teardown.actor.pid,
        subtree,
        processes,
        stops,
        kills,
        reason = teardown.reason.map(tracing::field::debug),
        allowed = micros(teardown.allowed),
        answered = teardown.answered.map(micros),
        stopped = teardown.stopped.map(micros),
        killed = teardown.killed.map(micros),
        reaped = micros(teardown.reaped),
        "gone"
    );
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
