//! The body of a nursery ends.

use super::machine::Tree;
use super::nursery::{Phase, Source};
use super::verdict::real;
use crate::time::Time;
use tractor_protocol::control::{Body, ToWorker};
use tractor_protocol::{CancelReason, Cancellation, Failure, NurseryId, ScopeId, Uuid};

impl Tree {
    /// Takes in how the body ended. The first word counts; a second is answered the same, as soon as there is an answer.
    pub(super) fn on_close_nursery(&mut self, now: Time, owner: Uuid, id: NurseryId, body: Body) {
        let Some(record) = self.actors.get_mut(&owner) else {
            return;
        };
        if let Some(outcome) = record.closed.get(id) {
            let failures = outcome.clone();
            let nursery = id;
            return self.tell(owner, ToWorker::NurseryClosed { nursery, failures });
        }
        let Some(nursery) = record.nurseries.get_mut(&id) else {
            return self.on_violation(now, owner, "closed a nursery that it does not have");
        };
        if nursery.phase == Phase::Closing {
            return;
        }
        nursery.phase = Phase::Closing;
        match body {
            Body::Ended => {}
            Body::Failed(failures) => self.on_body_failed(now, owner, id, &real(failures)),
            Body::Cancelled(cancellation) => {
                let cancellation = Cancellation {
                    scope: ScopeId::default(),
                    reason: CancelReason::OwnerEnded,
                    ..cancellation
                };
                self.cancel_nursery(now, owner, id, &cancellation);
            }
        }
        self.close_if_done(owner, id);
    }

    fn on_body_failed(&mut self, now: Time, owner: Uuid, id: NurseryId, failures: &[Failure]) {
        if let Some(nursery) = self.nursery_mut(owner, id) {
            for failure in failures {
                nursery.count(Source::Body, failure);
            }
        }
        if let Some(cancellation) = self.owner_ended(owner) {
            self.cancel_nursery(now, owner, id, &cancellation);
        }
    }
}
