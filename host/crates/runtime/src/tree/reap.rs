//! When an actor is gone: its process is reaped and nothing is left below it. Then its nursery may close, and so on upwards.

use super::actor::Actor;
use super::machine::Tree;
use super::nursery::Nursery;
use crate::time::Time;
use tractor_protocol::control::{Answer, ToWorker};
use tractor_protocol::{Error, Failure, FailureKind, NurseryId, Uuid};

impl Tree {
    /// Drops the record of an actor that is gone, and then of its owner if that waited for nothing else, and so on upwards.
    pub(super) fn settle(&mut self, now: Time, actor: Uuid) {
        let mut next = Some(actor);
        while let Some(actor) = next.take() {
            if !self.actors.get(&actor).is_some_and(Actor::is_gone) {
                return;
            }
            self.pass_up(now, actor);
            if self.renew(now, actor) {
                return;
            }
            self.forget_start(actor);
            let Some(mut record) = self.actors.remove(&actor) else {
                return;
            };
            self.end_line(&mut record);
            let Some(home) = record.home else {
                return;
            };
            self.note_ended(now, &record);
            self.count_out(home.owner);
            self.account_for(&record.id, Some(home.owner));
            let answer = word_of_cancel(&record);
            for request in record.awaited_by {
                if let Some(owner) = self.actors.get_mut(&home.owner) {
                    owner.requests.remove(&request);
                }
                self.answer(home.owner, request, answer.clone());
            }
            if let Some(nursery) = self.nursery_mut(home.owner, home.nursery) {
                nursery.members.remove(&record.birth);
            }
            self.advance(now, home);
            self.close_if_done(home.owner, home.nursery);
            next = Some(home.owner);
        }
    }

    /// What failed in nurseries that the actor did not live to close goes to its own: no failure is lost.
    fn pass_up(&mut self, now: Time, actor: Uuid) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        let left_open = record.nurseries.values().flat_map(Nursery::failures);
        let untold = record.untold.iter().chain(left_open);
        let untold = untold.map(|failure| failure.clone().relayed_by(&record.id));
        let untold: Vec<_> = untold.collect();
        if self.is_held(actor) {
            let id = record.id.clone();
            return self.log_below(&id, &untold);
        }
        self.record(now, actor, untold);
    }

    /// One actor less below `owner` and everyone above.
    fn count_out(&mut self, owner: Uuid) {
        let mut above = Some(owner);
        while let Some(record) = above.and_then(|uuid| self.actors.get_mut(&uuid)) {
            record.below = record.below.saturating_sub(1);
            above = record.home.map(|home| home.owner);
        }
    }

    /// Closes a nursery whose body and members are over, and tells its owner.
    pub(super) fn close_if_done(&mut self, owner: Uuid, id: NurseryId) {
        let Some(record) = self.actors.get_mut(&owner) else {
            return;
        };
        if !record.nurseries.get(&id).is_some_and(|n| n.is_done()) {
            return;
        }
        let Some(nursery) = record.nurseries.remove(&id) else {
            return;
        };
        if !record.goes_on() {
            record.untold.extend(nursery.failures().cloned());
        }
        let failures = nursery.into_outcome();
        record.closed.remember(id, failures.clone());
        self.tell(
            owner,
            ToWorker::NurseryClosed {
                nursery: id,
                failures,
            },
        );
    }
}

/// What is said to an owner that cancelled the actor and waits for its end: that it did not end in time is a failure.
fn word_of_cancel(gone: &Actor) -> Answer {
    let overdue = |failure: &&Failure| matches!(failure.kind, FailureKind::Overdue(_));
    let failures: Vec<_> = gone.failures.iter().filter(overdue).cloned().collect();
    match failures.is_empty() {
        true => Answer::Done,
        false => Answer::Failed(Error::Failed(failures)),
    }
}
