//! One worker: the real tables of scopes and dialogs, and what the worker's shell does between them.
//!
//! 1. All that reaches it is a [`step`](Shell::step): an input, then its tasks are polled until none of them goes on, then what it says is taken.
//! 2. A task that computes holds up all tasks of its worker, but neither links nor timers.
//! 3. After each step every rule about scopes holds, and every task that lost its caller is cancelled: [`audit`](Shell::audit).

mod control;
mod links;
mod scopes;
mod state;
mod work;

pub(in crate::whole) use state::{Birth, Input, Outputs, Shell};
pub(in crate::whole) use state::{Grace, Hook, Known, LinkEnd, NurseryRecord, State};
