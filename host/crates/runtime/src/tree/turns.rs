//! Starts that wait for their turn, because more are asked for in a second than there may be.
//!
//! A start counts for its owner and for everyone above, and its turn comes when it may be for all of them. Until then there is no actor,
//! only the request: withdrawn, or its owner gone, it is forgotten; when its turn has come it is looked at as if it were asked then.

use super::actor::Request;
use super::machine::Tree;
use crate::time::Time;
use std::collections::BTreeMap;
use tractor_protocol::control::{ActorSpec, Answer};
use tractor_protocol::{Error, NurseryId, RequestId, Uuid};

/// How many seconds' worth of starts may be at once. A tree that comes up does so at once, and one that starts without end is slowed.
pub(super) const BURST_SECONDS: u32 = 5;

/// A start that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) owner: Uuid,
    pub(super) request: RequestId,
    pub(super) nursery: NurseryId,
    pub(super) spec: ActorSpec,
    pub(super) one_shot: Option<String>,
}

/// Those that wait, in the order of their turns.
#[derive(Debug, Default)]
pub(super) struct Turns {
    queue: BTreeMap<(Time, u64), Waiting>,
    last: u64,
}

impl Turns {
    /// When the next turn comes.
    pub(super) fn next(&self) -> Option<Time> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Takes out the next one whose turn has come.
    fn take_due(&mut self, now: Time) -> Option<Waiting> {
        let first = self.queue.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// Forgets one.
    fn forget(&mut self, owner: Uuid, key: (Time, u64)) {
        let waiting = self.queue.remove(&key);
        debug_assert!(waiting.is_none_or(|waiting| waiting.owner == owner));
    }

    /// Who waits, and for which requests.
    pub(super) fn requests(&self) -> impl Iterator<Item = (Uuid, RequestId)> + '_ {
        self.queue.values().map(|one| (one.owner, one.request))
    }
}

impl Tree {
    /// Uses up a start of `owner` and of everyone above. Gives when it may be; `None` is never.
    pub(super) fn reserve_start(&mut self, now: Time, owner: Uuid) -> Option<Time> {
        let mut turn = now;
        let mut above = Some(owner);
        while let Some(record) = above.and_then(|uuid| self.actors.get(&uuid)) {
            turn = turn.max(record.starts.turn(now)?);
            above = record.home.map(|home| home.owner);
        }
        let mut above = Some(owner);
        while let Some(record) = above.and_then(|uuid| self.actors.get_mut(&uuid)) {
            record.starts.reserve(now);
            above = record.home.map(|home| home.owner);
        }
        Some(turn)
    }

    /// Lets a start wait for its turn.
    pub(super) fn wait_for_turn(&mut self, turn: Time, waiting: Waiting) {
        self.turns.last += 1;
        let key = (turn, self.turns.last);
        if let Some(owner) = self.actors.get_mut(&waiting.owner) {
            owner.requests.insert(waiting.request, Request::Turn(key));
            self.turns.queue.insert(key, waiting);
        }
    }

    /// Forgets a start that waits for its turn.
    pub(super) fn forget_turn(&mut self, owner: Uuid, key: (Time, u64)) {
        self.turns.forget(owner, key);
    }

    /// Starts those whose turn has come.
    pub(super) fn take_turns(&mut self, now: Time) {
        while let Some(waiting) = self.turns.take_due(now) {
            let Some(owner) = self.actors.get_mut(&waiting.owner) else {
                continue;
            };
            owner.requests.remove(&waiting.request);
            if owner.nurseries.contains_key(&waiting.nursery) {
                self.start(now, waiting);
            } else {
                let answer = Answer::Failed(Error::Closed);
                self.answer(waiting.owner, waiting.request, answer);
            }
        }
    }
}
