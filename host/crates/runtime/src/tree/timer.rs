//! Timers as a table: one for each actor at most.

use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};
use tractor_protocol::Uuid;

/// What an actor's timer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The time to become ready.
    Start,
    /// The grace period of a cancelled actor.
    Grace,
    /// The time to answer `Stop`, and then to say the last word.
    Stop,
    /// The time to exit after the last word.
    Exit,
    /// The time before it is started anew.
    Backoff,
}

/// All timers, ordered by when they fire.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeSet<(Time, Uuid)>,
    of: BTreeMap<Uuid, (Time, Timer)>,
}

impl Timers {
    /// Sets the actor's only timer.
    pub(super) fn set(&mut self, actor: Uuid, timer: Timer, at: Time) {
        self.clear(actor);
        self.due.insert((at, actor));
        self.of.insert(actor, (at, timer));
    }

    /// Removes the actor's timer, if it has one.
    pub(super) fn clear(&mut self, actor: Uuid) {
        if let Some((at, _)) = self.of.remove(&actor) {
            self.due.remove(&(at, actor));
        }
    }

    /// When the next one fires.
    pub(super) fn next(&self) -> Option<Time> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes out the earliest one that is due.
    pub(super) fn take_due(&mut self, now: Time) -> Option<(Uuid, Timer)> {
        let (at, actor) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
        self.due.remove(&(at, actor));
        self.of.remove(&actor).map(|(_, timer)| (actor, timer))
    }

    /// The actor's timer.
    pub(super) fn of(&self, actor: Uuid) -> Option<(Time, Timer)> {
        self.of.get(&actor).copied()
    }

    /// Whose timers there are.
    pub(super) fn actors(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.of.keys().copied()
    }
}
