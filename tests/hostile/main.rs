//! Guests that are up to no good, each its own small program in `guests/rust/hostile` or here, beside a sibling that is to notice nothing of it.
//!
//! Each test says what the guest does, who gets which failure, and how much memory it may cost the host; `beside` sees to the sibling, and
//! that every process stays within its bound. Like all tests of whole trees they end in the check that nothing is left.

#[path = "../support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "it is made for all test binaries, and this one does not run scenarios"
)]
mod support;

mod beside;

mod calls;
mod cancelling;
mod flags;
mod handles;
mod leaving;
mod lies;
mod loops;
mod memory;
mod output;
mod spawns;
mod streams;
mod values;
