//! The main function of a worker process.

use super::fork::leave_copy;
use super::standard::{Standard, replace};
use crate::code::Load;
use crate::worker::{self, Left};
use rustix::process::Signal;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};
use tractor_protocol::control::FRAME_LIMIT_BYTES;
use tractor_transport::Link;

/// Set in the environment of a worker process, or of one that workers are made of, and of no other.
pub const WORKER_VARIABLE: &str = "TRACTOR_HOST_WORKER";

/// What a process was started to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It runs one actor.
    Worker,
    /// It prepares the code of an actor, and is forked.
    Zygote,
}

impl Role {
    /// What [`WORKER_VARIABLE`] is set to.
    pub(super) fn value(self) -> &'static str {
        match self {
            Self::Worker => "1",
            Self::Zygote => "zygote",
        }
    }
}

/// The exit code of a worker whose supervisor is gone, or that could not even begin.
pub(super) const LOST: i32 = 70;

/// What this process was started to be, if not what it is by itself.
pub fn role() -> Option<Role> {
    let value = std::env::var_os(WORKER_VARIABLE)?;
    Some(match value == Role::Zygote.value() {
        true => Role::Zygote,
        false => Role::Worker,
    })
}

/// Runs this process as a worker, and exits.
pub fn run_worker(load: Box<dyn Load>) -> ! {
    // Of one that is forked, the process that it was copied from has done so.
    super::heap::set_up();
    std::process::exit(run(control, load))
}

/// As [`run_worker`], in a process that was forked and has its control link already.
pub(super) fn run_forked(control: io::Result<OwnedFd>, load: Box<dyn Load>) -> ! {
    leave_copy(run(|| control, load))
}

/// Gives the exit code.
fn run(control: impl FnOnce() -> io::Result<OwnedFd>, load: Box<dyn Load>) -> i32 {
    let left = die_with_parent().and_then(|()| {
        try_files()?;
        // One thread: a round trip crosses none. The blocking pool serves files.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let left = runtime.block_on(async {
            let _ignored = ignore_signals()?;
            let link = Link::from_fd(control()?, FRAME_LIMIT_BYTES)?;
            Ok(worker::run(link, load, take_terminal).await)
        });
        // Dropped, it would wait for threads that sit in a system call for the guest, and take the instance apart piece by piece.
        std::mem::forget(runtime);
        left
    });
    match left {
        Ok(Left::Ended) => 0,
        Ok(Left::Lost) => LOST,
        Err(error) => {
            // Nobody listens to events here. The supervisor reads this, and quotes it as last words.
            let _ = writeln!(io::stderr(), "a worker could not begin: {error}");
            LOST
        }
    }
}

/// Descriptors that it takes to begin: the reactor's, and those by which signals are heard.
const FIRST_FILES: usize = 10;

/// Fails if there are not enough files to begin with: tokio panics where it gets none.
fn try_files() -> io::Result<()> {
    let tried = std::iter::repeat_with(|| rustix::io::fcntl_dupfd_cloexec(io::stdin().as_fd(), 3));
    let tried: Result<Vec<OwnedFd>, _> = tried.take(FIRST_FILES).collect();
    Ok(tried.map(drop)?)
}

/// The end of the control link covers a parent that dies before this takes hold.
pub(super) fn die_with_parent() -> io::Result<()> {
    Ok(rustix::process::set_parent_process_death_signal(Some(
        Signal::KILL,
    ))?)
}

/// What the terminal sends to the whole group is for the supervisor, which decides; here it has no effect.
fn ignore_signals() -> io::Result<Vec<Listener>> {
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::quit(),
        SignalKind::hangup(),
        SignalKind::terminate(),
    ];
    kinds.into_iter().map(signal).collect()
}

/// Takes the control link off stdin, so that no guest can read it.
pub(super) fn control() -> io::Result<OwnedFd> {
    let control = rustix::io::fcntl_dupfd_cloexec(io::stdin().as_fd(), 3)?;
    let null = rustix::fs::open(
        "/dev/null",
        rustix::fs::OFlags::RDWR,
        rustix::fs::Mode::empty(),
    )?;
    replace(Standard::Input, null)?;
    Ok(control)
}

/// The terminal's stdin, for the one worker that has it.
fn take_terminal(terminal: OwnedFd) {
    if let Err(error) = replace(Standard::Input, terminal) {
        tracing::warn!(%error, "stdin could not be taken over");
    }
}
