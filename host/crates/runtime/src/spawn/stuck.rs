//! Children that hang between fork and exec.
//!
//! The thread that starts a process waits until the child runs its program. A child that is stopped from outside before that (SIGSTOP) holds up the thread, and with it
//! every later start and the end of the supervisor, and nobody but that thread knows of it yet. So it is looked for where the kernel lists it, and killed: then it
//! is a worker that ended before it was ready, as any other.

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::fs;
use std::time::Duration;

/// How long a start may take before its child is looked for. It takes less than a millisecond.
pub(super) const STUCK_AFTER: Duration = Duration::from_millis(250);

/// Kills the children of a thread of this process that are stopped and do not run a program of their own yet.
pub(super) fn kill_stopped_children(thread: Pid) {
    // Where the kernel does not list them nothing is known, and nothing done.
    let list = format!("/proc/self/task/{}/children", thread.as_raw_nonzero());
    let list = fs::read_to_string(list).unwrap_or_default();
    let pids = list
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok().and_then(Pid::from_raw));
    for pid in pids {
        // One that hangs is reaped by nobody yet, so the number is still its own. Others are not like it.
        let Ok(child) = pidfd_open(pid, PidfdFlags::empty()) else {
            continue;
        };
        if is_stopped(pid) && runs_our_program(pid) {
            tracing::warn!(pid = %pid.as_raw_nonzero(), "a process was stopped while it was being started, and is killed");
            // It may have ended meanwhile.
            let _ = pidfd_send_signal(&child, Signal::KILL);
        }
    }
}

fn is_stopped(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let stat = stat.unwrap_or_default();
    let behind_the_name = stat.rsplit(')').next().unwrap_or_default();
    behind_the_name.trim_start().starts_with('T')
}

/// Until it runs its own program it has our memory, and in it our command line. A worker's names it as one.
fn runs_our_program(pid: Pid) -> bool {
    let theirs = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero()));
    let ours = fs::read("/proc/self/cmdline");
    matches!((theirs, ours), (Ok(theirs), Ok(ours)) if theirs == ours)
}
