//! Which workers have a link with each other.

use super::actor::{Actor, Request};
use super::event::Effect;
use super::machine::Tree;
use super::verdict::was_cancelled;
use std::collections::BTreeSet;
use tractor_protocol::control::{Answer, ToWorker};
use tractor_protocol::{Failure, FailureKind, RequestId, Uuid};

impl Tree {
    /// A worker wants to call an actor. Its own children it is linked to already; others it must be granted to find.
    pub(super) fn on_connect(&mut self, asker: Uuid, request: RequestId, peer: Uuid) {
        let peer = self.current(peer);
        let Some(record) = self.actors.get(&asker) else {
            return;
        };
        // A link that the other asked for gives no right to call it.
        if !self.may_call(record, peer) && !self.ended.was_owned(peer, asker) {
            let text = "connecting to an actor that it does not own needs names.find".to_owned();
            return self.refuse(asker, request, FailureKind::Denied, text);
        }
        if record.unlinked.contains(&peer) {
            // Answered once it is known what became of the other end: soon, for it saw the same.
            return self.note_relink(asker, request, peer);
        }
        let other = self.actors.get(&peer);
        if let Some(other) = other.filter(|_| record.links.contains(&peer)) {
            let answer = Answer::Connected(other.id.clone());
            return self.answer(asker, request, answer);
        }
        if peer == asker {
            let text = "an actor has no link to itself".to_owned();
            return self.refuse(asker, request, FailureKind::Misuse, text);
        }
        match self.actors.get(&peer) {
            Some(other) if other.serves() => {
                let answer = Answer::Connected(other.id.clone());
                self.link(asker, peer);
                self.answer(asker, request, answer);
            }
            Some(_) if self.is_held(peer) => self.await_restart(asker, request, peer),
            Some(other) if other.is_starting() => {
                let text = format!("actor `{}` is not serving yet", other.id);
                self.refuse(asker, request, FailureKind::NotFound, text);
            }
            // It was there, or the asker would not know it: this link is as lost as one that was made.
            Some(other) => {
                let text = format!("actor `{}` is ending", other.id);
                self.refuse(asker, request, FailureKind::ConnectionLost, text);
            }
            None => self.refuse_the_ended(asker, request, peer),
        }
    }

    /// The actor is gone, and its name with it, if that was long ago.
    fn refuse_the_ended(&mut self, asker: Uuid, request: RequestId, peer: Uuid) {
        let (kind, text) = match self.ended.find(peer) {
            Some(ended) => (
                FailureKind::ConnectionLost,
                format!("actor `{}` has ended", ended.actor),
            ),
            None => (
                FailureKind::NotFound,
                format!("no actor {peer} lives in this tree"),
            ),
        };
        self.refuse(asker, request, kind, text);
    }

    /// Whether an actor may call another: one that it owns, one that satisfies an import of its, or any if it may find them.
    pub(super) fn may_call(&self, asker: &Actor, peer: Uuid) -> bool {
        let peer = self.current(peer);
        let owner = self.home(peer).map(|home| home.owner);
        let mut links = asker.grants.links.iter();
        asker.grants.names.find
            || owner == Some(asker.id.uuid)
            || links.any(|link| self.current(link.actor.uuid) == peer)
    }

    /// The actor is between two incarnations, or on its way there.
    fn await_restart(&mut self, asker: Uuid, request: RequestId, peer: Uuid) {
        if let Some(peer) = self.actors.get_mut(&peer) {
            peer.line.callers.push((asker, request));
        }
        if let Some(asker) = self.actors.get_mut(&asker) {
            asker.requests.insert(request, Request::Connect(peer));
        }
    }

    /// Whoever waited for the next incarnation of `peer` does so no more.
    pub(super) fn forget_caller(&mut self, peer: Uuid, asker: Uuid, request: RequestId) {
        if let Some(peer) = self.actors.get_mut(&peer) {
            peer.line.callers.retain(|c| *c != (asker, request));
        }
    }

    fn note_relink(&mut self, asker: Uuid, request: RequestId, peer: Uuid) {
        if let Some(record) = self.actors.get_mut(&asker) {
            record.requests.insert(request, Request::Relink(peer));
        }
    }

    /// Decides on what waited for the end of the old link with `peer`.
    pub(super) fn relink(&mut self, asker: Uuid, peer: Uuid) {
        let Some(record) = self.actors.get_mut(&asker) else {
            return;
        };
        let waited = |request: &Request| matches!(request, Request::Relink(to) if *to == peer);
        let waiting = record.requests.extract_if(.., |_, request| waited(request));
        let numbers: Vec<RequestId> = waiting.map(|(number, _)| number).collect();
        for number in numbers {
            self.on_connect(asker, number, peer);
        }
    }

    /// Gives two workers a link, unless they have one.
    pub(super) fn link(&mut self, first: Uuid, second: Uuid) {
        for (one, other) in [(first, second), (second, first)] {
            let Some(record) = self.actors.get_mut(&one) else {
                return;
            };
            if !record.links.insert(other) {
                return;
            }
        }
        self.push(Effect::Link { first, second });
    }

    /// A worker's end of a link is gone. That says nothing of the other's actor: a death is told by `part_links`. Once both workers
    /// have said it, both live, and the link is no more; they may be linked anew.
    pub(super) fn on_unlinked(&mut self, asker: Uuid, peer: Uuid) {
        let both = self
            .actors
            .get(&peer)
            .is_some_and(|other| other.unlinked.contains(&asker));
        let Some(record) = self.actors.get_mut(&asker) else {
            return;
        };
        if !record.links.contains(&peer) {
            return;
        }
        record.unlinked.insert(peer);
        if !both {
            return;
        }
        for (one, other) in [(asker, peer), (peer, asker)] {
            if let Some(record) = self.actors.get_mut(&one) {
                record.links.remove(&other);
                record.unlinked.remove(&other);
            }
            self.tell(one, ToWorker::Unlinked { actor: other });
        }
        self.relink(asker, peer);
        self.relink(peer, asker);
    }

    /// The process of `actor` is reaped: tells whoever has a link with it why, a cancellation if nothing failed. Gives who they are.
    pub(super) fn part_links(&mut self, actor: Uuid, failures: &[Failure]) -> BTreeSet<Uuid> {
        let Some(record) = self.actors.get_mut(&actor) else {
            return BTreeSet::new();
        };
        record.unlinked.clear();
        let told = match failures {
            [] => was_cancelled(record).into_iter().collect(),
            failures => failures.to_vec(),
        };
        let peers = std::mem::take(&mut record.links);
        for &peer in &peers {
            if let Some(other) = self.actors.get_mut(&peer) {
                other.links.remove(&actor);
                other.unlinked.remove(&actor);
            }
            let failures = told.clone();
            self.tell(peer, ToWorker::ActorEnded { actor, failures });
        }
        peers
    }
}
