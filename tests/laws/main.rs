//! The eleven laws of DESIGN.md, section 2, with real processes and real components.
//!
//! At least one test is named after each law, and each runs twice: with workers that are started by exec, and with such as are forked. Every
//! one ends in the check that no process, zombie, socket or file of it is left.

#[path = "../support/mod.rs"]
mod support;

#[path = "laws.rs"]
mod by_exec;
#[expect(
    clippy::duplicate_mod,
    reason = "the same tests of another way to start workers"
)]
#[path = "laws.rs"]
mod by_fork;
mod network;
mod transports;
mod zygotes;
