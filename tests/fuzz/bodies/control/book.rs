//! The processes of a tree, as whoever reports of them knows them.

use std::collections::{BTreeMap, BTreeSet};
use tractor_protocol::control::{FromWorker, Level};
use tractor_protocol::{NurseryId, Uuid};
use tractor_runtime::tree::Effect;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    /// To be spawned.
    Asked,
    Running,
    /// Its link is at its end.
    Silent,
}

#[derive(Debug)]
pub(super) struct Worker {
    owner: Uuid,
    /// None for one whose start waited for its turn.
    nursery: Option<NurseryId>,
    pub(super) process: Process,
    pub(super) killed: bool,
}

#[derive(Debug)]
pub(super) struct Book {
    root: Uuid,
    pub(super) workers: BTreeMap<Uuid, Worker>,
    /// In the order of their births; the dead among them, so that they are spoken of.
    pub(super) born: Vec<Uuid>,
    pub(super) finished: bool,
    /// Who has asked for an actor.
    starters: BTreeSet<Uuid>,
}

impl Book {
    pub(super) fn new(root: Uuid) -> Self {
        Self {
            root,
            workers: BTreeMap::new(),
            born: vec![root],
            finished: false,
            starters: BTreeSet::new(),
        }
    }

    /// Whether what `actor` says reaches the supervisor.
    pub(super) fn speaks(&self, actor: Uuid) -> bool {
        let worker = self.workers.get(&actor);
        actor == self.root || worker.is_some_and(|worker| worker.process == Process::Running)
    }

    /// Notes and checks what the tree did when `said` came.
    pub(super) fn after(&mut self, said: Option<(Uuid, &FromWorker)>, effects: &[Effect]) {
        if let Some((actor, FromWorker::StartActor { .. })) = said {
            self.starters.insert(actor);
        }
        let concerned = self.concerned_by_violation(effects);
        for effect in effects {
            if let (Some(concerned), Some(actor)) = (&concerned, harmed(effect)) {
                assert!(
                    concerned.contains(&actor),
                    "{actor} is harmed by a violation"
                );
            }
            self.note(said, effect);
        }
    }

    /// Where a worker broke the protocol: its whole nursery, and all below. Only there may anyone be ended (by law 2).
    fn concerned_by_violation(&self, effects: &[Effect]) -> Option<BTreeSet<Uuid>> {
        let violator = effects.iter().find_map(|effect| match effect {
            Effect::Log {
                actor,
                level: Level::Error,
                task: None,
                message,
            } if message.starts_with("protocol violation: ") => Some(actor.uuid),
            _ => None,
        })?;
        let Some(home) = self.workers.get(&violator) else {
            // The root is trusted, and is not ended.
            return Some(BTreeSet::new());
        };
        let is_kill =
            |effect: &Effect| matches!(effect, Effect::Kill { actor } if *actor == violator);
        assert!(effects.iter().any(is_kill), "{violator} goes on");
        let mut concerned: BTreeSet<Uuid> = self.members(home.owner, home.nursery).collect();
        let mut fresh = Vec::from_iter(concerned.iter().copied());
        while let Some(owner) = fresh.pop() {
            for member in self.members(owner, None) {
                if concerned.insert(member) {
                    fresh.push(member);
                }
            }
        }
        Some(concerned)
    }

    fn members(&self, owner: Uuid, nursery: Option<NurseryId>) -> impl Iterator<Item = Uuid> {
        let workers = self.workers.iter();
        workers
            .filter(move |(_, worker)| worker.owner == owner)
            .filter(move |(_, worker)| {
                let of_one = nursery.zip(worker.nursery);
                of_one.is_none_or(|(nursery, own)| nursery == own)
            })
            .map(|(uuid, _)| *uuid)
    }

    fn note(&mut self, said: Option<(Uuid, &FromWorker)>, effect: &Effect) {
        match effect {
            Effect::Spawn(request) => {
                let owner = request.owner.uuid;
                let nursery = match said {
                    Some((asker, FromWorker::StartActor { nursery, .. })) if asker == owner => {
                        Some(*nursery)
                    }
                    _ => None,
                };
                assert!(
                    self.starters.contains(&owner),
                    "{} is spawned unasked",
                    request.actor
                );
                let worker = Worker {
                    owner,
                    nursery,
                    process: Process::Asked,
                    killed: false,
                };
                let before = self.workers.insert(request.actor.uuid, worker);
                assert!(before.is_none(), "{} is spawned twice", request.actor);
                self.born.push(request.actor.uuid);
            }
            Effect::Send { actor, .. } => {
                let known = *actor == self.root || self.workers.contains_key(actor);
                assert!(known, "{actor} is told something, and is gone");
            }
            Effect::Link { first, second } => assert!(self.speaks(*first) && self.speaks(*second)),
            Effect::Kill { actor } => {
                self.workers.get_mut(actor).expect("it lives").killed = true;
            }
            Effect::CloseControl { actor } => {
                self.workers.remove(actor).expect("it lived");
            }
            Effect::Finished => {
                assert!(self.workers.is_empty() && !self.finished);
                self.finished = true;
            }
            Effect::Log { .. } | Effect::Report { .. } | Effect::Teardown(_) => {}
        }
    }
}

/// Who is ended by an effect.
fn harmed(effect: &Effect) -> Option<Uuid> {
    use tractor_protocol::control::ToWorker;
    match effect {
        Effect::Kill { actor }
        | Effect::Send {
            actor,
            message: ToWorker::Cancel { .. } | ToWorker::Stop,
        } => Some(*actor),
        _ => None,
    }
}
