//! The cache of compiled components: compiled once, mapped into every worker.
//!
//! 1. An entry is named by what went into it: the component's bytes, wasmtime's version and settings, and the form of the entry.
//!    So it is never out of date, and nothing in it is ever changed.
//! 2. An entry appears whole or not at all, is checked against its digest before each use, and is made anew if damaged.
//! 3. Two processes that need the same component compile it once: the second waits. What they wait on is a lock that the system
//!    takes back from the dead, so a crash leaves nothing to clean up.
//! 4. A folder that cannot be used costs time, never the run: code is then compiled into a file without a name.
//!
//! Layout: `<folder>/<first two digits>/<key>.cwasm`; the folder of two digits is also the lock for what is in it.

mod compile;
mod entry;
mod folder;
mod key;
mod load;

#[cfg(test)]
mod tests;

pub use compile::CompileError;
pub(crate) use compile::one_line;
pub use folder::{Listed, default_folder};
pub use key::Key;
pub use load::{Cache, Compiled, Progress};
