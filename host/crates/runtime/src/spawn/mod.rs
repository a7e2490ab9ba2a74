//! Starting worker processes, behind one trait.
//!
//! A backend only starts, kills and waits. Who is started with what, and what an end means, is decided by [`crate::tree`].

mod exec;
mod in_process;
mod pidfd;
mod stdin;
mod stuck;
mod thread;
mod worker_process;

pub use self::exec::Exec;
pub use self::in_process::InProcess;
pub use self::worker_process::{WORKER_VARIABLE, is_worker, run_worker};
pub use crate::tree::ExitStatus;

pub(crate) use self::thread::Spawner;

use futures::future::BoxFuture;
use std::io;
use std::os::fd::OwnedFd;

/// A worker to start.
pub struct Launch {
    /// The actor's name, for the process list.
    pub name: String,
    /// The worker's end of its control link.
    pub control: OwnedFd,
    /// Whether it writes to the terminal itself. Others write to pipes.
    pub terminal: bool,
}

/// A worker that was started.
pub struct Process {
    /// Its process id.
    pub pid: u32,
    /// Kills it at once. May be called at any time, and more than once.
    pub kill: Box<dyn Fn() + Send + Sync>,
    /// Kills it and waits until it is reaped, without a runtime, if nobody takes care of it any more.
    pub end: End,
    /// Resolves when it has ended and is reaped.
    pub exited: BoxFuture<'static, ExitStatus>,
    /// The reading end of its stdout, if that is a pipe.
    pub stdout: Option<OwnedFd>,
    /// The reading end of its stderr, if that is a pipe.
    pub stderr: Option<OwnedFd>,
}

/// Ends a process when it is dropped: a supervisor that is dropped leaves none, not even one that it has not heard of yet.
pub struct End(Option<Box<dyn FnOnce() + Send + Sync>>);

impl End {
    /// Ends a process by this, which is to kill it and to wait until it is reaped.
    pub fn new(end: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(end)))
    }

    /// The process has ended.
    pub(crate) fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

/// A way to start workers.
pub trait Backend: Send + Sync + 'static {
    /// Starts a worker. Called on one thread that lives as long as the supervisor, for the signal that a worker gets at its parent's
    /// death follows the thread that started it.
    ///
    /// # Errors
    ///
    /// What the system says: the limit of processes or files is reached, the program cannot be run.
    fn spawn(&self, launch: Launch) -> io::Result<Process>;
}
