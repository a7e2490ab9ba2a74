//! Actors for tractor-host in Rust.
//!
//! An actor is one process that runs one component; its functions are what the component exports. Whoever starts an actor owns it
//! through a [`nursery()`], which does not close until the process is gone. A whole program:
//!
//! ```no_run
//! use tractor_guest::{export, nursery, program, Error};
//!
//! #[program]
//! async fn run() -> Result<(), Error> {
//!     let sum: u32 = nursery(async |n| {
//!         let child = n.run_in_actor("self", "add", (1, 2)).await?; // its own process
//!         child.output().await
//!     })
//!     .await?;
//!     println!("{sum}");
//!     Ok(())
//! }
//!
//! #[export]
//! fn add(a: u32, b: u32) -> u32 {
//!     a + b
//! }
//! # fn main() {}
//! ```
//!
//! It is a library of `crate-type = ["cdylib"]`, built for `wasm32-wasip2`.
//!
//! # Exporting functions
//!
//! [`#[program]`](macro@program) exports what `tractor-host run` starts, [`#[export]`](export) any other function, of plain types and with
//! no WIT file. For records and enums of one's own, and for interfaces that others share, write WIT and use [`generate!`]; both may be mixed.
//!
//! # Scopes
//!
//! Scopes are closures, because Rust has no async drop: [`nursery()`], [`Portal::with_context`], [`move_on_after`], [`fail_after`],
//! [`shield()`]. All that waits inside waits within that scope, also in branches of `join!` and the like. Cancellation comes as
//! [`Error::Cancelled`] from whatever waits, and goes on coming: pass it on with `?`.
//!
//! To drop a future is to give up: what it waited for is cancelled, as its `Cancel safety` says.
//!
//! # Tasks of one actor
//!
//! Each call of an exported function is a task; tasks of one actor run on one thread, in turns, where they wait. They share statics and
//! thread-locals. Where one waits for another inside the guest, by a channel or an async lock, the feature `inter-task-wakeup` is needed;
//! without it such a wait panics.

mod context;
mod error;
pub mod log;
mod nursery;
mod payload;
mod portal;
pub mod registrar;
mod scope;
mod task;
mod types;
pub mod wit;

pub use context::{
    Context, Message, MsgStream, OpenedContext, Overrun, Receiver, Sender, StreamOptions,
};
pub use error::{Error, Failures, Result};
pub use nursery::{
    Access, ActorSpec, Child, Names, Nursery, NurseryOptions, Overdue, Restart, RestartStrategy,
    nursery, nursery_with,
};
pub use payload::Arguments;
pub use portal::Portal;
pub use scope::{
    Scope, cancel_scope, checkpoint, fail_after, move_on_after, shield, sleep, sleep_forever,
};
pub use task::{current_actor, task};
pub use tractor_guest_macros::{export, generate, program};
pub use types::{ActorId, CancelReason, Cancellation, Codec, Failure, FailureKind, Payload};

/// What the code that the attributes write refers to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::task::Outcome;
    pub use wit_bindgen;
}
