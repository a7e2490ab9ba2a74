//! Counts what happened, so that a simulation that became tame is noticed.

use std::collections::BTreeMap;

/// How often each kind of thing happened.
#[derive(Default)]
pub(crate) struct Coverage(BTreeMap<&'static str, u64>);

/// What must happen somewhere among the seeds.
const EVERYTHING: [&str; 19] = [
    "spawn",
    "spawn failed",
    "started",
    "start failed",
    "start cancelled",
    "start withdrawn",
    "link",
    "cancel",
    "stop",
    "kill",
    "nursery cancelled",
    "nursery closed well",
    "nursery closed with one failure",
    "nursery closed with a group",
    "cancelled member listed",
    "cancel done",
    "name found",
    "killed from outside",
    "violation",
];

impl Coverage {
    pub(crate) fn note(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    pub(crate) fn assert_everything_happened(&self) {
        for what in EVERYTHING {
            assert!(
                self.0.get(what).is_some_and(|count| *count >= 20),
                "hardly any `{what}` in all runs: {:?}",
                self.0
            );
        }
    }
}
