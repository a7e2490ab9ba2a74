//! What people see of a running tree: its log, its failures, and the tree itself, from inside and from other processes.
//!
//! What guests say is shown with its control characters escaped.

mod ask;
mod failures;
mod log;
mod proc;
mod serve;
mod text;
mod tree;
mod why;

pub use ask::Running;
pub(crate) use failures::story;
pub use failures::tell;
pub use log::log_line;
pub(crate) use serve::{Window, look};
pub use text::{duration, size};
pub use why::Account;
