//! Workers as tasks of this process, for tests and native actors. A kill aborts the task; a guest that never waits cannot be killed so.

use super::{Backend, End, ExitStatus, Launch, Process};
use crate::code::Load;
use crate::worker;
use futures::FutureExt;
use std::io;
use std::sync::Arc;
use tokio::runtime::Handle;
use tractor_protocol::control::FRAME_LIMIT_BYTES;
use tractor_transport::Link;

/// The signal that a killed task is said to have ended by: SIGKILL.
const KILLED: u8 = 9;

/// Runs workers in this process.
pub struct InProcess {
    load: Arc<dyn Fn() -> Box<dyn Load> + Send + Sync>,
    runtime: Handle,
}

impl InProcess {
    /// Runs workers on the current runtime; `load` makes the loader of each.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn new(load: impl Fn() -> Box<dyn Load> + Send + Sync + 'static) -> Self {
        Self {
            load: Arc::new(load),
            runtime: Handle::current(),
        }
    }
}

impl Backend for InProcess {
    fn spawn(&mut self, launch: Launch) -> io::Result<Process> {
        let _runtime = self.runtime.enter();
        let link = Link::from_fd(launch.control, FRAME_LIMIT_BYTES)?;
        // Aborting drops the worker and its set of tasks, so this is its only spawn.
        let task = self.runtime.spawn(worker::run(link, (self.load)(), drop));
        let abort = task.abort_handle();
        let abort_too = abort.clone();
        let exited = async move {
            match task.await {
                Ok(_) => ExitStatus::Code(0),
                Err(_) => ExitStatus::Signal(KILLED),
            }
        };
        Ok(Process {
            pid: std::process::id(),
            kill: Box::new(move || abort.abort()),
            end: End::new(move || abort_too.abort()),
            exited: exited.boxed(),
            stdout: None,
            stderr: None,
        })
    }
}
