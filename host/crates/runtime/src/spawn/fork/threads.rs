//! How many threads this process has.

use crate::clock::Clock;
use std::io;
use std::time::Duration;

/// How long a thread that was joined may take to be gone for the kernel too, 1 s: it is microseconds.
const LAST_STEPS: Duration = Duration::from_secs(1);

pub(super) fn count() -> io::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/task")?.count())
}

/// Waits until threads that were joined are gone: a thread can be joined a little before it has left.
///
/// # Errors
///
/// If there are others.
pub(super) fn wait_until_alone() -> io::Result<()> {
    let clock = Clock::start();
    loop {
        match count()? {
            1 => return Ok(()),
            threads if clock.now().0 > LAST_STEPS => {
                let text = format!(
                    "the process to be forked has {threads} threads: `init` was not called first thing in `main`"
                );
                return Err(io::Error::other(text));
            }
            _ => std::thread::yield_now(),
        }
    }
}
