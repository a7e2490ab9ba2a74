//! The host functions of `tractor:actor`, and the state of a store.
//!
//! Each function is thin: convert, clone the handle out of the table, call the runtime, convert back.
//!
//! 1. A handle is cloned before anything is awaited, so no call in flight borrows the table.
//! 2. A resource that is dropped without its closing call ends what it stands for: nurseries and opened contexts are
//!    abandoned, streams stopped, scopes that the guest made are closed.
//! 3. What a guest gets wrong beyond what the types say is a trap, with a message for its author.

mod blocking;
mod context;
mod convert;
mod files;
mod linked;
mod nursery;
mod portal;
mod registrar;
mod state;
mod task;
mod typing;

pub(crate) use blocking::Blocked;
pub(crate) use convert::from_wit::error as error_from_wit;
pub(crate) use linked::{LinkedCallError, link_imports};
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub use state::{ChildHandle, ScopeHandle};
pub(crate) use state::{State, link};
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub use typing::{ContextHandle, OpenedHandle, StreamHandle};
pub(crate) use typing::{Typing, end_of};
