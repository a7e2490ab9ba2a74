//! The record of one nursery: its members, how far it is, and what failed in it.

use super::line::Restarts;
use crate::time::Time;
use std::collections::BTreeMap;
use std::time::Duration;
use tractor_protocol::{
    CancelReason, Cancellation, Failure, FailureId, NurseryId, Restart, ScopeId, Uuid,
};

/// How far a nursery is. A closed one is only remembered by its outcome, in [`Closed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its body runs.
    Open,
    /// Its body has ended; it closes with its last member.
    Closing,
}

/// That something is cancelled: the first canceller, and the tightest deadline so far.
#[derive(Clone, Debug)]
pub(super) struct Cancelled {
    pub(super) cancellation: Cancellation,
    pub(super) deadline: Time,
}

impl Cancelled {
    /// What this means one level below, where members have `grace`: an allowance less, and told that the owner ends.
    pub(super) fn below(&self, now: Time, grace: Duration, allowance: Duration) -> Self {
        Self {
            cancellation: passed_down(&self.cancellation),
            deadline: (now + grace).min(self.deadline - allowance),
        }
    }
}

/// The cancellation as the next level below is told it: the same canceller and message, and that the owner ends. A shutdown stays one.
pub(super) fn passed_down(cancellation: &Cancellation) -> Cancellation {
    let reason = match cancellation.reason {
        CancelReason::Shutdown => CancelReason::Shutdown,
        _ => CancelReason::OwnerEnded,
    };
    Cancellation {
        scope: ScopeId::default(),
        reason,
        ..cancellation.clone()
    }
}

/// Who brought a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A member; its version is the better one.
    Member,
    /// The body.
    Body,
}

/// One nursery.
#[derive(Debug)]
pub(super) struct Nursery {
    pub(super) grace: Duration,
    pub(super) phase: Phase,
    pub(super) cancelled: Option<Cancelled>,
    /// By order of birth.
    pub(super) members: BTreeMap<u64, Uuid>,
    /// `None` where nothing is started anew.
    pub(super) restarts: Option<Restarts>,
    failures: Vec<(Source, Failure)>,
    /// Where in `failures` an id stands.
    places: BTreeMap<FailureId, usize>,
    cancelled_members: Vec<Failure>,
}

impl Nursery {
    /// Makes an open one.
    pub(super) fn new(grace: Duration, restart: Option<Restart>) -> Self {
        Self {
            grace,
            phase: Phase::Open,
            cancelled: None,
            members: BTreeMap::new(),
            restarts: restart.map(Restarts::new),
            failures: Vec::new(),
            places: BTreeMap::new(),
            cancelled_members: Vec::new(),
        }
    }

    /// Counts a failure, once by its id; a member's version replaces the body's, in its place.
    pub(super) fn count(&mut self, source: Source, failure: &Failure) {
        let known = self.places.get(&failure.id).copied();
        match known.and_then(|place| self.failures.get_mut(place)) {
            None => {
                self.places.insert(failure.id, self.failures.len());
                self.failures.push((source, failure.clone()));
            }
            Some(entry) if entry.0 == Source::Body && source == Source::Member => {
                *entry = (source, failure.clone());
            }
            Some(_) => {}
        }
    }

    /// What failed so far.
    pub(super) fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.failures.iter().map(|(_, failure)| failure)
    }

    /// Notes that a member ended because it was cancelled.
    pub(super) fn note_cancelled(&mut self, failure: Failure) {
        self.cancelled_members.push(failure);
    }

    /// Whether it can close now.
    pub(super) fn is_done(&self) -> bool {
        self.phase == Phase::Closing && self.members.is_empty()
    }

    /// What it raises: what failed, and only if something did, the cancelled members behind. One that is told as a failure already, because
    /// the body met its end on a link, is not told again.
    pub(super) fn into_outcome(self) -> Vec<Failure> {
        if self.failures.is_empty() {
            return Vec::new();
        }
        let mut cancelled = self.cancelled_members;
        cancelled.retain(|member| !self.places.contains_key(&member.id));
        let failed = self.failures.into_iter().map(|(_, failure)| failure);
        failed.chain(cancelled).collect()
    }
}

/// How many closed nurseries of one actor are remembered, so that a repeated close has the same answer. The worker remembers its own
/// answers too, so this covers only what crosses on the wire; a close of one forgotten is a protocol violation.
const REMEMBERED: usize = 1024;

/// The outcomes of the nurseries that an actor closed last.
#[derive(Debug, Default)]
pub(super) struct Closed {
    outcomes: BTreeMap<NurseryId, (u64, Vec<Failure>)>,
    order: BTreeMap<u64, NurseryId>,
    count: u64,
}

impl Closed {
    /// Remembers an outcome, and forgets the oldest.
    pub(super) fn remember(&mut self, nursery: NurseryId, outcome: Vec<Failure>) {
        self.count += 1;
        self.outcomes.insert(nursery, (self.count, outcome));
        self.order.insert(self.count, nursery);
        if self.order.len() > REMEMBERED
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.outcomes.remove(&oldest);
        }
    }

    /// The outcome of a nursery.
    pub(super) fn get(&self, nursery: NurseryId) -> Option<&Vec<Failure>> {
        self.outcomes.get(&nursery).map(|(_, outcome)| outcome)
    }
}
