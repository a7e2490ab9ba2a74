//! The program: what it says and how it ends, for what people do to it. Every run ends in the check that no process of it is left.

#[path = "../support/guests.rs"]
mod guests;
#[path = "../support/large.rs"]
mod large;
#[path = "../support/process.rs"]
mod process;

mod calls;
mod ended;
mod inputs;
mod links;
mod looks;
mod new;
mod plugins;
mod program;
mod restarts;
