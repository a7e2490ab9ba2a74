//! A world around one `Tree`: fake workers, links with delays, processes that die, and an oracle that watches.
//!
//! `world` owns virtual time and carries messages; `worker` decides what a fake worker does next, well or badly; `oracle` keeps its own,
//! simpler books of what the tree was told and what it did, and says what contradicts the laws.

mod coverage;
mod oracle;
mod worker;
mod world;

pub(crate) use coverage::Coverage;
pub(crate) use world::run;

/// What came of one run.
pub(crate) struct Report {
    /// What contradicts the laws.
    pub(crate) wrong: Vec<String>,
    /// One line for each thing that happened.
    pub(crate) trace: Vec<String>,
    /// What kinds of things happened.
    pub(crate) seen: Coverage,
}
