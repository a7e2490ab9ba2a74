//! One component at work.
//!
//! One `run_concurrent` loop serves all calls of an actor, inside the future that the runtime knows as the driver. What wasmtime
//! allows decides its form:
//!
//! 1. A call that was started is never dropped by the host, whatever its caller does: wasmtime cannot cancel it, and dropping one
//!    that still waits for its turn would break the store. Its value is then given to nobody.
//! 2. A call that was not started can be withdrawn at any time, from outside of the loop, for the loop is not polled while a
//!    guest computes.
//! 3. A trap ends the loop, and the store with it. The driver then resolves with the failure, and the runtime answers for all
//!    calls; so what waits for an answer that never comes waits on.
//! 4. Some ends of an instance are no failure: see `closing`.

mod admission;
mod call;
mod closing;
mod code;
mod command;
mod driver;
mod exports;
mod load;
mod outcome;

pub(crate) use closing::Closing;
pub use load::{loader, prepared_loader};
