//! Whether a process computes.

use super::{DEADLINE, within};
use std::fs;

/// Waits until a process has computed for a while.
pub(crate) async fn computes(pid: u32) {
    let time = || cpu_ticks(pid).expect("it runs");
    let before = time();
    assert!(
        within(DEADLINE, || time() >= before + 10).await,
        "it computes"
    );
}

/// Hundredths of a second that a process has spent in its own code.
fn cpu_ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let rest = &stat[stat.rfind(')')? + 2..];
    rest.split(' ').nth(11)?.parse().ok()
}
