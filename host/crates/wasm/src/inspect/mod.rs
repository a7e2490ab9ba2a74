//! What a component says of itself: its functions, what it asks for, and why it cannot be run.
//!
//! Two readers for two purposes. [`Signatures`] reads a component's bytes for people, with the names of its types.
//! [`Functions`] reads a compiled component for dispatch: it resolves the names that callers use, and knows each
//! function's types, but compiled components keep no names for types.
//!
//! Both refuse, in words that say what to do: [`ComponentError`] what is no component that this host can run,
//! [`ResolveError`] what names no single function.

mod asks;
mod bytes;
mod error;
mod functions;
mod imports;
mod messages;
mod names;
mod resolve;
mod signatures;
#[cfg(test)]
mod tests;
mod version;
mod wit_text;

pub use asks::{Ask, asks};
pub use bytes::{as_component, check_bytes};
pub use error::ComponentError;
pub use functions::{Function, Functions, Kind};
pub use imports::{Import, ImportedFunction, LinkError};
pub(crate) use messages::Known;
pub use resolve::{
    AmbiguousFunction, MistypedFunction, MistypedMessages, ResolveError, UnknownFunction,
};
pub use signatures::{Listed, Signatures};
pub use version::ACTOR_VERSION;
