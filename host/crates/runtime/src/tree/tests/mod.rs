//! Each rule of the tree by itself, with workers that say what the test says. `harness` holds the tree and what it did.

mod cancelling;
mod closing;
mod ending;
mod harness;
mod linking;
mod looking;
mod misbehaving;
mod naming;
mod restarting;
mod restarting_at_random;
mod restarting_together;
mod starting;
mod teardown;
mod turns;
mod unlinking;
