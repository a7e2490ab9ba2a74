//! What the supervisor says, after `worker/control.rs`.

use super::{ChildRecord, Shell, State};
use std::time::Duration;
use tractor_protocol::control::{Answer, FromWorker, Report, ToWorker};
use tractor_protocol::{
    ActorId, Cancellation, Failure, FailureId, FailureKind, NurseryId, RequestId, ScopeId, Uuid,
};

impl Shell {
    pub(super) fn obey(&self, message: ToWorker) {
        match message {
            ToWorker::Answer { request, answer } => self.answered(request, answer),
            ToWorker::ChildRestarted { child, actor } => self.child_restarted(child, actor),
            ToWorker::ChildEnded { child, failures } => self.with(|state| {
                if let Some(child) = state.children.get_mut(&child) {
                    child.end.get_or_insert(failures);
                }
            }),
            ToWorker::ActorEnded { actor, failures } => {
                self.with(|state| {
                    state.ends.entry(actor).or_insert(failures);
                });
                self.give_up_links();
            }
            ToWorker::Unlinked { actor } => {
                self.cut(actor);
                self.give_up_the_shot(actor);
            }
            ToWorker::NurseryCancelled {
                nursery,
                cancellation,
            } => self.nursery_cancelled(nursery, cancellation),
            ToWorker::NurseryClosed { nursery, failures } => self.with(|state| {
                if let Some(record) = state.nurseries.get_mut(&nursery) {
                    record.closed.get_or_insert(failures);
                }
            }),
            ToWorker::Cancel {
                cancellation,
                time_left,
                restart,
            } => {
                self.with(|state| state.restarting = restart);
                self.cancel_actor(cancellation, time_left);
            }
            ToWorker::Stop => self.stop(),
            ToWorker::Report { request } => {
                let report = Report::default();
                self.tell(FromWorker::Report { request, report });
            }
            _ => {}
        }
    }

    fn answered(&self, request: RequestId, answer: Answer) {
        self.with(|state| {
            if let Answer::Started(child) = &answer {
                let record = ChildRecord {
                    start: request,
                    reached: child.clone(),
                    restarts: 0,
                    done: false,
                    end: None,
                };
                state.children.insert(child.uuid, record);
            }
            if let Some(waiting) = state.answers.get_mut(&request) {
                *waiting = Some(answer);
            }
        });
    }

    fn child_restarted(&self, child: Uuid, actor: ActorId) {
        self.books().seen("child restarted");
        let unwanted = self.with(|state| {
            let record = state.children.get_mut(&child)?;
            let before = std::mem::replace(&mut record.reached, actor.clone());
            record.restarts += 1;
            for nursery in state.nurseries.values_mut() {
                if nursery.members.remove(&before.uuid) {
                    nursery.members.insert(actor.uuid);
                }
            }
            record.done.then_some(actor.uuid)
        });
        unwanted
            .into_iter()
            .for_each(|actor| self.cancel_unheard(actor));
    }

    /// Nobody wants this child to be started anew any more: its value is there.
    pub(in crate::whole) fn child_is_done(&self, child: Uuid, seen: u64) {
        let restarted = self.with(|state| {
            let record = state.children.get_mut(&child)?;
            record.done = true;
            (record.restarts > seen).then_some(record.reached.uuid)
        });
        restarted
            .into_iter()
            .for_each(|actor| self.cancel_unheard(actor));
    }

    /// Cancels a child that nobody holds, and does not wait for it.
    fn cancel_unheard(&self, actor: Uuid) {
        let request = RequestId(self.next_id());
        self.tell(FromWorker::CancelActor {
            request,
            actor,
            message: None,
        });
    }

    /// The link with its owner is gone before the call came for which it was started.
    fn give_up_the_shot(&self, owner: Uuid) {
        let waits = |state: &mut State| state.one_shot == Some(owner) && !state.shot;
        if self.with(|state| waits(state) && state.cancelled.is_none()) {
            self.books().seen("one-shot is never called");
            let text = "the connection to its owner was lost";
            self.leave(vec![self.failure(FailureKind::ConnectionLost, text)]);
        }
    }

    fn nursery_cancelled(&self, nursery: NurseryId, cancellation: Cancellation) {
        let scope = self.with(|state| Some(state.nurseries.get(&nursery)?.scope));
        if let Some(scope) = scope {
            self.cancel_scope(scope, cancellation);
        }
    }

    fn cancel_actor(&self, cancellation: Cancellation, time_left: Duration) {
        let (cancellation, tasks) = self.with(|state| {
            let until = state.now + time_left;
            let over = state.cancelled.get_or_insert((cancellation, until));
            over.1 = over.1.min(until);
            let tasks: Vec<ScopeId> = state.tasks.keys().copied().collect();
            (over.0.clone(), tasks)
        });
        for task in tasks {
            self.cancel_scope(task, cancellation.clone());
        }
        self.hasten();
        self.leave_if_done();
    }

    fn stop(&self) {
        self.books().seen("guest stopped");
        self.tell(FromWorker::Stopping);
        let Some((cancellation, _)) = self.with(|state| state.cancelled.clone()) else {
            return;
        };
        let id = FailureId(self.with(|state| state.rng.u64(..)));
        let kind = FailureKind::Overdue(cancellation);
        self.break_down(&Failure::new(id, kind, self.0.id.clone(), "stopped"));
    }

    pub(super) fn leave_if_done(&self) {
        if self.with(|state| state.cancelled.is_some() && state.tasks.is_empty()) {
            self.leave(Vec::new());
        }
    }
}
