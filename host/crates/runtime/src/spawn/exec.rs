//! Workers as processes of their own, by running a program anew: portable, and nothing is inherited but two descriptors.
//!
//! The control link is the worker's stdin, so that starting it needs no code between fork and exec and the C library's fast path is
//! taken. A worker with the terminal gets the real stdin over that link.

use super::worker_process::WORKER_VARIABLE;
use super::{Backend, End, Launch, Process, pidfd};
use rustix::process::{Pid, PidfdFlags, Signal};
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
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

    fn command(&self, launch: Launch) -> Command {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where processes are started"
        )]
        let mut command = Command::new(&self.program);
        let mut name = OsString::from("tractor-worker ");
        name.push(&launch.name);
        command.arg0(name).env_clear().env(WORKER_VARIABLE, "1");
        let output = || {
            if launch.terminal {
                Stdio::inherit()
            } else {
                Stdio::piped()
            }
        };
        command
            .stdin(Stdio::from(launch.control))
            .stdout(output())
            .stderr(output());
        command
    }
}

impl Backend for Exec {
    fn spawn(&self, launch: Launch) -> io::Result<Process> {
        let mut child = self.command(launch).spawn()?;
        let pid = Pid::from_child(&child);
        let (stdout, stderr) = (
            child.stdout.take().map(OwnedFd::from),
            child.stderr.take().map(OwnedFd::from),
        );
        let watched = rustix::process::pidfd_open(pid, PidfdFlags::empty()).and_then(|pidfd| {
            let second = rustix::io::fcntl_dupfd_cloexec(&pidfd, 0)?;
            Ok((pidfd, second))
        });
        let (pidfd, second) = watched.map_err(|error| {
            // Without its descriptor it cannot be watched, so it must not live.
            let _ = child.kill();
            let _ = child.wait();
            io::Error::from(error)
        })?;
        let pidfd = Arc::new(pidfd);
        let pidfd_too = Arc::clone(&pidfd);
        let _runtime = self.runtime.enter();
        Ok(Process {
            pid: pid.as_raw_nonzero().get().unsigned_abs(),
            kill: Box::new(move || kill(&pidfd)),
            end: End::new(move || {
                kill(&pidfd_too);
                pidfd::reap(&pidfd_too);
            }),
            exited: pidfd::exited(second)?,
            stdout,
            stderr,
        })
    }
}

fn kill(pidfd: &OwnedFd) {
    // It may have ended by itself.
    let _ = rustix::process::pidfd_send_signal(pidfd, Signal::KILL);
}
