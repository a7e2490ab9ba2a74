//! A child process of ours, from when its id is known.

use super::{End, ExitStatus, Process, pidfd};
use futures::future::BoxFuture;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tokio::runtime::Handle;

/// The reading ends of a process's stdout and stderr, where those are pipes.
#[derive(Debug, Default)]
pub(super) struct Pipes {
    pub(super) stdout: Option<OwnedFd>,
    pub(super) stderr: Option<OwnedFd>,
}

/// Takes care of a child that nobody has waited for, so that its id cannot have come to mean another process.
///
/// # Errors
///
/// If there are no descriptors left to watch it by. It is gone then.
pub(super) fn adopt(pid: Pid, pipes: Pipes, runtime: &Handle) -> io::Result<Process> {
    let watched = watch(pid, runtime).inspect_err(|_| end_unwatched(pid));
    let (pidfd, exited) = watched?;
    let pidfd = Arc::new(pidfd);
    let pidfd_too = Arc::clone(&pidfd);
    Ok(Process {
        pid: pid.as_raw_nonzero().get().unsigned_abs(),
        kill: Box::new(move || kill(&pidfd)),
        end: End::new(move || {
            kill(&pidfd_too);
            pidfd::reap(&pidfd_too);
        }),
        exited,
        stdout: pipes.stdout,
        stderr: pipes.stderr,
    })
}

type Watched = (OwnedFd, BoxFuture<'static, ExitStatus>);

fn watch(pid: Pid, runtime: &Handle) -> io::Result<Watched> {
    let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
    let second = rustix::io::fcntl_dupfd_cloexec(&pidfd, 0)?;
    let _runtime = runtime.enter();
    Ok((pidfd, pidfd::exited(second)?))
}

/// Ends a child that cannot be watched, so must not live.
pub(super) fn end_unwatched(pid: Pid) {
    // It may have ended by itself.
    let _ = rustix::process::kill_process(pid, Signal::KILL);
    let _ = rustix::io::retry_on_intr(|| {
        rustix::process::waitpid(Some(pid), WaitOptions::empty()).map(drop)
    });
}

pub(super) fn kill(pidfd: &OwnedFd) {
    // It may have ended by itself.
    let _ = rustix::process::pidfd_send_signal(pidfd, Signal::KILL);
}
