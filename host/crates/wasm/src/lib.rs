//! Components as the code of actors: compiled once, run by wasmtime, within limits and grants.
//!
//! The only library that links wasmtime. A supervisor prepares components with [`Components`], over the [`Cache`] of compiled
//! code; a worker runs one with the loader that [`loader`] gives, or
//! [`prepared_loader`] before it was forked.
//!
//! | module | holds |
//! | --- | --- |
//! | `engine`, `cache`, `compiled` | settings, compiling, mapping |
//! | `components` | what the supervisor does with a component |
//! | `instance` | one component at work: its exports, its calls, the loop that drives it |
//! | `host`, `bindings` | the host functions of `tractor:actor` |
//! | [`value`], [`inspect`] | values and types, as text and bytes |
//! | `limits`, `grants`, `output`, `pipe`, `lines`, `terminal`, `epoch`, `fault` | what a guest may use, how it is stopped, what is told of its end |

mod bindings;
mod cache;
mod compiled;
mod components;
mod engine;
mod epoch;
mod fault;
mod grants;
mod host;
pub mod inspect;
mod instance;
mod last_words;
mod limits;
mod lines;
mod output;
mod pipe;
mod terminal;
#[cfg(test)]
mod testing;
pub mod value;

pub use cache::{Cache, CompileError, Compiled, Key, Listed, Progress, default_folder};
pub use components::{Components, PrepareError, Prepared};
pub use instance::{loader, prepared_loader};
pub use limits::{DEFAULT_MEMORY_BYTES, DEFAULT_MESSAGE_BYTES};
