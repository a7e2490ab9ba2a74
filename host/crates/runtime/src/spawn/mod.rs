//! Starting worker processes, behind one trait.
//!
//! A backend only starts, kills and waits. Who is started with what, and what an end means, is decided by [`crate::tree`].

mod child;
mod exec;
mod fork;
mod heap;
mod in_process;
mod pidfd;
mod standard;
mod stuck;
mod thread;
mod worker_process;

pub use self::exec::Exec;
pub use self::fork::{Forkserver, run_zygote};
pub use self::in_process::InProcess;
pub use self::worker_process::{Role, WORKER_VARIABLE, role, run_worker};
pub use crate::tree::ExitStatus;

pub(crate) use self::thread::Spawner;

use futures::future::BoxFuture;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;
use tractor_protocol::control::{Code, SpawnBackend};

/// A worker to start.
pub struct Launch {
    /// The actor's name, for the process list.
    pub name: String,
    /// The worker's end of its control link.
    pub control: OwnedFd,
    /// Whether it writes to the terminal itself. Others write to pipes.
    pub terminal: bool,
    /// What it will be told to run, for backends that prepare it.
    pub code: Code,
    /// The compiled code, if that is a file and there was a descriptor to spare for it.
    pub file: Option<OwnedFd>,
    /// How it is to be started, if that was said for this one.
    pub backend: Option<SpawnBackend>,
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

/// A way to start workers. It lives on one thread, as long as the supervisor, for the signal that a worker gets at its parent's death follows
/// the thread that started it. Dropped, it leaves no process but the workers.
pub trait Backend: Send + 'static {
    /// Starts a worker.
    ///
    /// # Errors
    ///
    /// What the system says: the limit of processes or files is reached, the program cannot be run.
    fn spawn(&mut self, launch: Launch) -> io::Result<Process>;

    /// What it waits for: when one of these is readable, [`tend`](Self::tend) is called. By default nothing.
    fn watched(&self) -> Vec<BorrowedFd<'_>> {
        Vec::new()
    }

    /// After how long [`tend`](Self::tend) is called in any case. By default never.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Sees to what it keeps beside workers.
    fn tend(&mut self) {}

    /// Ends and reaps what it keeps beside workers: nothing will be started any more.
    fn rest(&mut self) {}
}
