//! Components as the code of actors: compiled once, run by wasmtime, within limits and grants.
//!
//! The only library that links wasmtime, and none of its types is in the interface. A supervisor prepares components with a
//! [`Cache`]; a worker runs one through the loader.

mod bindings;
mod cache;
mod compiled;
mod engine;
mod epoch;
mod fault;
mod grants;
mod host;
mod limits;

pub use cache::{Cache, CompileError, Compiled, Key, Listed, Progress, default_folder};
pub use limits::{DEFAULT_MEMORY_BYTES, DEFAULT_MESSAGE_BYTES};
