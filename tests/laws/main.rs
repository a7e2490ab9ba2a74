//! The eleven laws of DESIGN.md, section 2, with real processes and real components.
//!
//! At least one test is named after each law. Every one ends in the check that no process, zombie, socket or file of it is left.

#[path = "../support/mod.rs"]
mod support;

mod bounds;
mod cancellation;
mod containment;
mod failures;
mod links;
mod nurseries;
mod orphans;
mod processes;
mod restarts;
mod scarcity;
mod signals;
mod streams;
mod transports;
