//! The cancel scopes of one worker, as a pure table: no clock, no tasks, nothing to wake.
//!
//! The table says which scopes are cancelled and by whom; whoever calls it wakes what waits in the scopes that a method
//! gives back. Invariants, kept by every method:
//!
//! 1. Ids start at 1, only grow and are never used again; 0 means "from outside this worker".
//! 2. A scope that is cancelled stays so, with its first cancellation: who came first is named, later ones have no effect.
//! 3. Everything in a cancelled scope is cancelled too, but for what stands behind a shield.
//! 4. The cancellation that a scope inherits names the scope that was cancelled at the top, so that code can tell whether it
//!    is its own to swallow.
//! 5. Of deadlines that are found passed together, the earlier one counts first, and of equal ones the outer scope's.

mod table;
#[cfg(test)]
mod tests;

pub use table::ScopeTable;
