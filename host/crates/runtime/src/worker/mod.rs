//! One actor's end of everything: its tasks, scopes, nurseries, and its dialogs with other actors.
//!
//! A [`Worker`] is the tokio shell around the pure machines of [`crate::scope`] and [`crate::dialog`]. It runs in the
//! process of each actor, around the actor's [`Code`](crate::code::Code), and in the supervisor's process for the root actor. The words
//! are those of the WIT package `tractor:actor`; the host functions of components call these types.
//!
//! Invariants:
//!  1. A task ends only when each nursery, context and call that it opened has ended (law 1); `task.rs` sees to it.
//!  2. No lock is held across an await, and no two locks at once: what a machine decides is done after its lock is given back.
//!  3. Every spawned task stands in the worker's own set, and ends with the worker.
//!  4. A cancelled scope is acted on at once, by whoever cancelled it, not when the guest next waits: see `hooks.rs`.

mod call;
mod child;
mod context;
mod control;
mod core;
mod failures;
mod hooks;
mod incarnation;
mod lines;
mod linking;
mod nursery;
mod overdue;
mod peer;
mod portal;
mod registrar;
mod report;
mod rerun;
mod run;
mod scope;
mod serve;
mod stream;
mod task;

pub use self::child::Child;
pub use self::context::{Context, OpenedContext};
pub use self::core::Worker;
pub use self::nursery::{Nursery, NurseryOptions};
pub use self::portal::Portal;
pub use self::run::{Left, run};
pub use self::scope::{Scope, ScopeOptions};
pub use self::stream::{MsgStream, StreamOptions};
pub use self::task::Task;
pub use crate::dialog::Overrun;

pub(crate) use self::run::{OfRoot, root};
