//! Actors that ended lately, for people who ask why.
//!
//! What is kept is bounded, whatever ends: so many actors, of each so many failures, of each failure so much text.

use super::actor::Actor;
use super::machine::Tree;
use crate::time::Time;
use std::collections::VecDeque;
use std::time::Duration;
use tractor_protocol::{ActorId, Cancellation, Failure, Uuid};

/// How many are remembered: as many as people may still ask about, and little memory.
const MOST_ACTORS: usize = 256;

/// Failures that are kept of one actor, the first ones. Those of a whole subtree can be many.
const MOST_FAILURES: usize = 4;

/// What is kept of a backtrace: its first frames.
const MOST_BACKTRACE_BYTES: usize = 2 << 10;

/// An actor that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedActor {
    /// Who.
    pub actor: ActorId,
    /// Its component.
    pub component: Option<String>,
    /// For an actor that ended with its first call: that function.
    pub one_shot: Option<String>,
    /// Who owned it, and who owned that, up to the root.
    pub owners: Vec<ActorId>,
    /// How long it was there.
    pub lived: Duration,
    /// How long ago it ended.
    pub ago: Duration,
    /// Who cancelled it, and why.
    pub cancellation: Option<Cancellation>,
    /// What it failed with, the first failures in brief.
    pub failures: Vec<Failure>,
    /// How many failures more there were.
    pub more_failures: usize,
}

/// The actors that ended last, oldest first, each with the moment of its end.
#[derive(Debug, Default)]
pub(super) struct Ended(VecDeque<(Time, EndedActor)>);

impl Ended {
    fn push(&mut self, at: Time, actor: EndedActor) {
        if self.0.len() == MOST_ACTORS {
            self.0.pop_front();
        }
        self.0.push_back((at, actor));
    }

    /// What is still known of an actor.
    pub(super) fn find(&self, actor: Uuid) -> Option<&EndedActor> {
        let mut all = self.0.iter().rev();
        all.find_map(|(_, ended)| (ended.actor.uuid == actor).then_some(ended))
    }

    /// Whether an actor was known to be owned by this one.
    pub(super) fn was_owned(&self, actor: Uuid, owner: Uuid) -> bool {
        let owners = self.find(actor).map(|ended| &ended.owners);
        owners.is_some_and(|owners| owners.first().is_some_and(|first| first.uuid == owner))
    }

    /// All of them, as of now.
    pub(super) fn as_of(&self, now: Time) -> Vec<EndedActor> {
        let all = self.0.iter();
        all.map(|(at, actor)| EndedActor {
            ago: now.since(*at),
            ..actor.clone()
        })
        .collect()
    }
}

impl Tree {
    /// Takes note of an actor that is gone, while its owners are known.
    pub(super) fn note_ended(&mut self, now: Time, record: &Actor) {
        let ended = EndedActor {
            actor: record.id.clone(),
            component: record.component.clone(),
            one_shot: record.one_shot.clone(),
            owners: self.owners(record),
            lived: now.since(record.born),
            ago: Duration::ZERO,
            cancellation: record.cancelled.as_ref().map(|c| c.cancellation.clone()),
            failures: record
                .failures
                .iter()
                .take(MOST_FAILURES)
                .map(brief)
                .collect(),
            more_failures: record.failures.len().saturating_sub(MOST_FAILURES),
        };
        self.ended.push(now, ended);
    }

    /// Who owns it, nearest first.
    fn owners(&self, record: &Actor) -> Vec<ActorId> {
        let mut owners = Vec::new();
        let mut above: Option<Uuid> = record.home.map(|home| home.owner);
        while let Some(owner) = above.and_then(|uuid| self.actors.get(&uuid)) {
            owners.push(owner.id.clone());
            above = owner.home.map(|home| home.owner);
        }
        owners
    }
}

/// A failure without what can be long, but for the first frames of its backtrace.
pub(super) fn brief(failure: &Failure) -> Failure {
    let backtrace = failure.backtrace.as_deref().map(|frames| {
        let end = frames.floor_char_boundary(MOST_BACKTRACE_BYTES);
        frames[..end].to_owned()
    });
    Failure {
        backtrace,
        ..failure.slim()
    }
}
