//! A whole tree: the supervisor's machine, workers made of the real tables of scopes and dialogs, links between them, random programs in
//! them, and faults.
//!
//! | module | holds |
//! | --- | --- |
//! | `world` | virtual time, the processes, control links |
//! | `world::faults` | what goes wrong from outside |
//! | `wire` | peer links: order, delay, loss |
//! | `shell` | one worker: what stands between the real machines, and when its tasks are polled |
//! | `task`, `nursery`, `dialog` | what a guest's task can do, as futures |
//! | `program` | random guests |
//! | `books` | what dialogs and streams must come to, at both ends |
//!
//! Invariants:
//!
//! 1. Nothing here decides by a clock, an address or a hash: the same seed does the same.
//! 2. The machines are the real ones. What a shell adds is written after `tractor_runtime::worker`; where the two differ the simulation is wrong.

mod books;
mod dialog;
mod nursery;
mod program;
mod shell;
mod task;
mod wire;
mod world;

pub(crate) use world::run;
