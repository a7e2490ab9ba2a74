//! Counts what happened, so that a simulation that became tame is noticed.

use crate::World;
use std::collections::BTreeMap;
use std::fmt;

/// How often each kind of thing happened.
#[derive(Clone, Default)]
pub struct Coverage(BTreeMap<&'static str, u64>);

/// What must happen somewhere among the seeds, in both worlds.
const IN_BOTH: [&str; 14] = [
    "spawn",
    "spawn failed",
    "started",
    "start failed",
    "start cancelled",
    "link",
    "cancel",
    "stop",
    "kill",
    "nursery cancelled",
    "nursery closed well",
    "nursery closed with one failure",
    "nursery closed with a group",
    "cancelled member listed",
];

/// What must happen among workers that misbehave.
const IN_TREE: [&str; 5] = [
    "start withdrawn",
    "cancel done",
    "name found",
    "killed from outside",
    "violation",
];

/// What must happen in whole trees.
const IN_WHOLE: [&str; 31] = [
    "break down",
    "call dropped",
    "cancel done",
    "cancellation ignored",
    "clock jump",
    "context opened",
    "control link cut",
    "dialog fails",
    "dialog gives a value",
    "dialog is cancelled",
    "dialog is cancelled by its callee",
    "dialog is killed",
    "dialog is lost",
    "dialog is misused",
    "dialog is overdue",
    "guest stopped",
    "killed from outside",
    "left open",
    "link cut",
    "link lost",
    "moved on after a deadline",
    "overdue task ends its actor",
    "process frozen",
    "receive cut short",
    "request withdrawn",
    "send waits for room",
    "shielded clean-up cut short",
    "shielded clean-up done",
    "stream ended",
    "stream message received",
    "worker leaves",
];

impl Coverage {
    pub(crate) fn note(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    /// Adds what happened in another run.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// What hardly ever happened, and should: fewer than `least` times.
    pub fn missing(&self, world: World, least: u64) -> Vec<&'static str> {
        let own: &[&'static str] = match world {
            World::Tree => &IN_TREE,
            World::Whole => &IN_WHOLE,
        };
        let all = IN_BOTH.iter().chain(own).copied();
        all.filter(|what| self.0.get(what).is_none_or(|count| *count < least))
            .collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.0 {
            writeln!(f, "{count:>12}  {what}")?;
        }
        Ok(())
    }
}
