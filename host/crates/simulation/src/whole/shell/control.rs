//! What the supervisor says, after `worker/control.rs`.

use super::Shell;
use std::time::Duration;
use tractor_protocol::control::FromWorker;
use tractor_protocol::control::{Report, ToWorker};
use tractor_protocol::{Cancellation, Failure, FailureId, FailureKind, NurseryId, ScopeId};

impl Shell {
    pub(super) fn obey(&self, message: ToWorker) {
        match message {
            ToWorker::Answer { request, answer } => self.with(|state| {
                if let Some(waiting) = state.answers.get_mut(&request) {
                    *waiting = Some(answer);
                }
            }),
            ToWorker::ActorEnded { actor, failures } => {
                self.with(|state| {
                    state.ends.entry(actor).or_insert(failures);
                });
                self.give_up_links();
            }
            ToWorker::Unlinked { actor } => self.cut(actor),
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
                restart: _,
            } => self.cancel_actor(cancellation, time_left),
            ToWorker::Stop => self.stop(),
            ToWorker::Report { request } => {
                let report = Report::default();
                self.tell(FromWorker::Report { request, report });
            }
            _ => {}
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
        self.leave_if_done();
    }

    fn stop(&self) {
        self.books().seen("guest stopped");
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
