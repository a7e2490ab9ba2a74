//! An actor's code, as the runtime sees it: functions that are called as tasks.
//!
//! Components implement it in the crate `tractor-wasm`; [`crate::native`] implements it with Rust functions.

use crate::dialog::Held;
use crate::worker::{Context, Task, Worker};
use futures::future::BoxFuture;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tractor_protocol::control::SpawnSpec;
use tractor_protocol::{Error, Failure, Payload};

/// One function to run, as a task.
pub struct Invocation {
    /// The task.
    pub task: Task,
    /// The function: `ns:pkg/iface#func`, or the bare name where unambiguous; see [`name_alone`].
    pub function: String,
    /// Its arguments. The value goes back in the same codec.
    pub arguments: Payload,
    /// What they hold of the actor's queues: to be dropped when the function begins, for then they wait no more.
    pub room: Option<Held>,
    /// The callee's end, if the caller opened a context. A function that takes no context refuses to run with one, and
    /// the other way round, with a failure `misuse`.
    pub context: Option<Context>,
}

/// The name of a function that was asked for, without what the asker says behind it of the types of its messages: `join{receives string}`.
pub fn name_alone(function: &str) -> &str {
    function.split_once('{').map_or(function, |(name, _)| name)
}

/// An actor's code.
pub trait Code: Send + Sync + 'static {
    /// Runs one function to its end. Tasks run at once and interleave where they wait.
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Result<Payload, Error>>;

    /// Stops the code now, even if it never waits. The driver then resolves with a failure that says where it was.
    fn stop(&self);

    /// What the code waits in while it holds everything else up, if it does: `wasi:io/poll`. May be asked meanwhile.
    fn blocked(&self) -> Option<&'static str> {
        None
    }

    /// Linear memory in use, in bytes.
    fn memory_bytes(&self) -> u64 {
        0
    }
}

/// Code that is ready to be called.
pub struct Loaded {
    /// The code.
    pub code: Arc<dyn Code>,
    /// Polled for the actor's life. Resolves only when the code has broken down: it trapped, exited, hit a limit or
    /// was stopped.
    pub driver: BoxFuture<'static, Failure>,
}

/// Turns the specification of an actor into its code.
pub trait Load: Send + 'static {
    /// Called once in a worker, before it says that it is ready. `files` came along with the specification.
    fn load(
        self: Box<Self>,
        worker: Worker,
        spec: Arc<SpawnSpec>,
        files: Vec<OwnedFd>,
    ) -> BoxFuture<'static, Result<Loaded, Failure>>;
}
