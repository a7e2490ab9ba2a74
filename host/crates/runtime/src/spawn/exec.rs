//! Workers as processes of their own, by running a program anew: portable, and nothing is inherited but two descriptors.
//!
//! The control link is the worker's stdin, so that starting it needs no code between fork and exec and the C library's fast path is
//! taken. A worker with the terminal gets the real stdin over that link.

use super::child::{self, Pipes};
use super::worker_process::{Role, WORKER_VARIABLE};
use super::{Backend, Launch, Process};
use rustix::process::Pid;
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tokio::runtime::Handle;

/// Runs a program for each worker: by default the one that runs now.
pub struct Exec {
    program: PathBuf,
    runtime: Handle,
}

impl Exec {
    /// Runs this program anew. It must call its `init()` first thing in `main`.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, which waits for the processes.
    pub fn this_program() -> Self {
        // The link of the kernel's works even if the file was replaced or removed since.
        Self::program("/proc/self/exe")
    }

    /// Runs another program, which must become a worker when [`WORKER_VARIABLE`] is set.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, which waits for the processes.
    pub fn program(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            runtime: Handle::current(),
        }
    }

    /// The runtime that waits for the processes.
    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// The program in a role, with one end of a socket as its stdin, and as `name` in the list of processes.
    pub(super) fn command(&self, role: Role, name: &OsStr, stdin: OwnedFd) -> Command {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where processes are started"
        )]
        let mut command = Command::new(&self.program);
        command.arg0(name).env_clear();
        command.env(WORKER_VARIABLE, role.value()).stdin(stdin);
        command
    }
}

impl Backend for Exec {
    fn spawn(&mut self, launch: Launch) -> io::Result<Process> {
        let name = format!("tractor-worker {}", launch.name);
        let mut command = self.command(Role::Worker, name.as_ref(), launch.control);
        let output = || match launch.terminal {
            true => Stdio::inherit(),
            false => Stdio::piped(),
        };
        let mut child = command.stdout(output()).stderr(output()).spawn()?;
        let pipes = Pipes {
            stdout: child.stdout.take().map(OwnedFd::from),
            stderr: child.stderr.take().map(OwnedFd::from),
        };
        child::adopt(Pid::from_child(&child), pipes, &self.runtime)
    }
}
