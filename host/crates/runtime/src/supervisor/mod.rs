//! The tokio shell around [`crate::tree`]: control links, processes, output, timers.
//!
//! One task owns the tree and does what it decides, in order. Readers of control links, waits for processes and the spawning thread only
//! report to it over one bounded queue, so a worker that floods it is slowed by its own socket.

mod account;
mod handle;
mod linker;
mod output;
mod place;
mod shell;
mod workers;

pub use self::handle::{Config, Log, LogLine, Supervisor};
pub use self::linker::Transport;
pub use self::output::Output;
pub use self::place::Place;

use std::os::fd::OwnedFd;
use tractor_protocol::control::Code;

/// Where the code of components comes from.
pub trait CodeSource: Send + Sync + 'static {
    /// Gives what a worker needs to load a component of the bundle: its code, and the files that belong to it.
    ///
    /// # Errors
    ///
    /// One line that says why the component cannot be loaded.
    fn code(&self, component: &str) -> Result<(Code, Vec<OwnedFd>), String>;
}
