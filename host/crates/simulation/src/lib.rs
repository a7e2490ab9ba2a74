//! Whole trees in virtual time, from seeds: the decisions of tractor-runtime without processes, sockets and clocks.
//!
//! Two worlds run the same supervisor's machine, and the same oracle keeps simpler books beside it:
//!
//! | world | workers | finds |
//! | --- | --- | --- |
//! | [`World::Tree`] | say anything a worker may say, and much that none should | what a broken or hostile worker does to the tree |
//! | [`World::Whole`] | are made of the real tables of scopes and dialogs, and run random programs | what the parts do to each other under faults |
//!
//! The same seed does the same, so one that fails replays: `cargo xtask simulate --from SEED --seeds 1 --trace`.

mod coverage;
mod fake;
mod oracle;
mod whole;

pub use coverage::Coverage;

/// Which world is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// The supervisor's machine alone, among workers that misbehave.
    Tree,
    /// Whole trees: supervisor, workers, links and programs, under faults.
    Whole,
}

/// What came of one run.
pub struct Report {
    /// What contradicts the laws; empty if all is well.
    pub wrong: Vec<String>,
    /// One line for each thing that happened; empty unless asked for.
    pub trace: Vec<String>,
    /// What kinds of things happened.
    pub seen: Coverage,
}

/// Runs one world to its end. A trace costs more than all the rest.
pub fn run(world: World, seed: u64, traced: bool) -> Report {
    match world {
        World::Tree => fake::run(seed, traced),
        World::Whole => whole::run(seed, traced),
    }
}
