//! The one place where processes are reaped: by a descriptor that cannot come to mean another process.
#![expect(
    unsafe_code,
    reason = "tokio cannot know that a descriptor stays open; here it is seen to"
)]

use super::ExitStatus;
use futures::FutureExt;
use futures::future::BoxFuture;
use rustix::process::{WaitId, WaitIdOptions, WaitIdStatus};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Waits for the end of a process, and reaps it.
pub(super) fn exited(pidfd: OwnedFd) -> io::Result<BoxFuture<'static, ExitStatus>> {
    // SAFETY: the `AsyncFd` owns the descriptor, which is never replaced, and gives it up only by being dropped.
    let pidfd = unsafe { AsyncFd::register_with_interest(pidfd, Interest::READABLE) }?;
    Ok(async move {
        // Readable means that it can be reaped. Should the reactor be gone, reaping waits instead.
        let _ = pidfd.readable().await;
        reap(pidfd.get_ref())
    }
    .boxed())
}

pub(super) fn reap(pidfd: &OwnedFd) -> ExitStatus {
    loop {
        match rustix::process::waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED) {
            Ok(Some(status)) => return exit_status(&status),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            // Reaped by someone else's wait: it is gone, and how is not to be known.
            Err(_) => return ExitStatus::Code(0),
        }
    }
}

fn exit_status(status: &WaitIdStatus) -> ExitStatus {
    let signal = status
        .terminating_signal()
        .and_then(|signal| u8::try_from(signal).ok());
    match signal {
        Some(signal) => ExitStatus::Signal(signal),
        None => ExitStatus::Code(status.exit_status().unwrap_or(0)),
    }
}
