//! The control link at the worker's end: requests out, answers and orders in.

use super::core::{Cancelled, Core};
use super::peer::WORD_OF_END;
use super::scope::Scope;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::oneshot;
use tractor_protocol::control::{Answer, FromWorker, ToWorker};
use tractor_protocol::{Cancellation, Error, FailureKind, NurseryId, RequestId, ScopeId, Uuid};
use tractor_transport::{Received, Receiver};

/// Takes a request back if nobody waits for its answer any more.
struct Asked {
    core: Arc<Core>,
    request: RequestId,
    answer: oneshot::Receiver<Answer>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        let waiting = self.core.state().requests.remove(&self.request).is_some();
        // An answer that came and was not taken: an actor that was started for nobody.
        if waiting || matches!(self.answer.try_recv(), Ok(Answer::Started(_))) {
            self.core.withdraw(self.request);
        }
    }
}

impl Core {
    /// Asks the supervisor, and waits within a scope.
    pub(super) async fn ask(
        self: &Arc<Self>,
        within: &Scope,
        message: impl FnOnce(RequestId) -> FromWorker,
    ) -> Result<Answer, Error> {
        tokio::select! {
            biased;
            answer = self.ask_long(message) => answer,
            cancellation = within.cancelled() => Err(Error::Cancelled(cancellation)),
        }
    }

    /// Asks the supervisor, and waits for the answer however long it takes: the supervisor answers within its bounds.
    pub(super) async fn ask_long(
        self: &Arc<Self>,
        message: impl FnOnce(RequestId) -> FromWorker,
    ) -> Result<Answer, Error> {
        let request = RequestId(self.next_id());
        let (answered, answer) = oneshot::channel();
        self.state().requests.insert(request, answered);
        let mut asked = Asked {
            core: Arc::clone(self),
            request,
            answer,
        };
        self.tell(&message(request));
        (&mut asked.answer).await.map_err(|_| Error::Closed)
    }

    /// Takes back a request, or the start that it was: that is undone, even if it is done.
    pub(super) fn withdraw(&self, request: RequestId) {
        self.tell(&FromWorker::Withdraw { request });
    }

    pub(super) fn unexpected(&self, what: &str, answer: &Answer) -> Error {
        self.failure(
            FailureKind::Other,
            format!("the supervisor answered {what} with {answer:?}"),
        )
        .into()
    }

    /// Obeys the supervisor until its link ends.
    pub(super) async fn obey(self: Arc<Self>, mut orders: Receiver<ToWorker>) {
        while let Ok(Some(received)) = orders.receive().await {
            self.obey_one(received);
        }
    }

    fn obey_one(self: &Arc<Self>, received: Received<ToWorker>) {
        match received.frame.message {
            ToWorker::Answer { request, answer } => self.answered(request, answer),
            ToWorker::Link {
                peer,
                side,
                carrier,
            } => self.linked(peer, side, carrier, received.files),
            ToWorker::Reach { actor, port } => self.reach(actor, port),
            ToWorker::ActorEnded { actor, failures } => {
                let link = self.link(actor);
                link.inspect(|link| link.end.set(failures));
            }
            ToWorker::ChildRestarted { child, actor } => self.child_restarted(child, actor),
            ToWorker::ChildEnded { child, failures } => self.child_ended(child, failures),
            ToWorker::Unlinked { actor } => {
                self.link(actor).into_iter().for_each(|link| link.cut(self));
                self.give_up_the_shot(actor);
            }
            ToWorker::NurseryCancelled {
                nursery,
                cancellation,
            } => self.nursery_cancelled(nursery, cancellation),
            ToWorker::NurseryClosed { nursery, failures } => {
                let record = self.state().nurseries.get(&nursery).cloned();
                record.inspect(|record| record.set_closed(failures));
            }
            ToWorker::Cancel {
                cancellation,
                time_left,
                restart,
            } => {
                self.restarting.store(restart, Ordering::Relaxed);
                self.cancel_actor(cancellation, time_left);
            }
            ToWorker::Stop => self.stop_code(),
            ToWorker::Report { request } => {
                let report = self.report();
                self.tell(&FromWorker::Report { request, report });
            }
            other => tracing::warn!(?other, "an order that this worker does not know"),
        }
    }

    /// Answers first, and itself: once the guest is stopped the one thread here looks up where that was.
    fn stop_code(&self) {
        self.tell(&FromWorker::Stopping);
        // What the link does not take now its driver writes.
        let _ = self.control.try_flush();
        self.stopped.store(true, Ordering::Relaxed);
        self.code().into_iter().for_each(|code| code.stop());
    }

    fn answered(&self, request: RequestId, answer: Answer) {
        if let Answer::Started(child) = &answer {
            self.child_started(request, child);
        }
        let waiting = self.state().requests.remove(&request);
        if let Some(waiting) = waiting {
            // Whoever asked may have gone meanwhile.
            let _ = waiting.send(answer);
        }
    }

    /// An actor that ends with its first call, whose link with its owner is gone before the call came: it would wait for ever.
    fn give_up_the_shot(&self, owner: Uuid) {
        let waits = self.settings.one_shot == Some(owner) && !self.shot.load(Ordering::Relaxed);
        if waits && self.cancellation().is_none() {
            let message = "the connection to its owner was lost before it was called";
            self.leave(vec![self.failure(FailureKind::ConnectionLost, message)]);
        }
    }

    fn nursery_cancelled(&self, nursery: NurseryId, cancellation: Cancellation) {
        let record = self.state().nurseries.get(&nursery).cloned();
        if let Some(record) = record {
            self.cancel_scope(record.scope(), cancellation);
        }
    }

    /// Cancels every task. The worker leaves when the last has ended.
    fn cancel_actor(&self, cancellation: Cancellation, time_left: Duration) {
        let tasks = {
            let mut state = self.state();
            let now = self.now();
            let over = state.cancelled.get_or_insert(Cancelled {
                cancellation,
                since: now,
                until: now + time_left,
            });
            over.until = over.until.min(now + time_left);
            state.tasks.values().cloned().collect::<Vec<_>>()
        };
        self.over.notify_waiters();
        let cancellation = self.cancellation();
        for task in &tasks {
            cancellation
                .iter()
                .for_each(|cancellation| self.cancel_scope(task.scope_id(), cancellation.clone()));
        }
        // What was cancelled before has no longer than what is cancelled now.
        let links: Vec<_> = self.state().links.values().cloned().collect();
        links.iter().for_each(|link| link.hasten(self));
        self.leave_if_done();
    }

    /// The cancellation of the whole actor.
    pub(super) fn cancellation(&self) -> Option<Cancellation> {
        let state = self.state();
        let over = state.cancelled.as_ref();
        over.map(|over| over.cancellation.clone())
    }

    /// How long a cancelled callee of a task may take: the grace period, and less than the task and this actor have left, so that they
    /// hear of its being late while they can still end well. An actor of a nursery that is cancelled as well is ended by the supervisor:
    /// what that says of it is waited for, so that one failure is not told as two.
    pub(super) fn grace_of(&self, callee: Uuid, task: ScopeId) -> Duration {
        let (now, default) = (self.now(), self.settings.grace);
        let state = self.state();
        let mut nurseries = state.nurseries.values();
        let ended = nurseries.find(|nursery| {
            nursery.owns(callee) && state.scopes.cancellation(nursery.scope()).is_some()
        });
        if let Some(nursery) = ended {
            return nursery.grace().unwrap_or(default) + WORD_OF_END;
        }
        let left = state.time_of(task).map(|until| until.since(now));
        left.map_or(default, |left| self.below(left).min(default))
    }

    /// What is left for those below: an allowance less, or half where that would be less than nothing much.
    fn below(&self, left: Duration) -> Duration {
        left - self.settings.allowance.min(left / 2)
    }

    /// A cancelled actor with no task left has nothing more to do.
    pub(super) fn leave_if_done(&self) {
        let done = {
            let state = self.state();
            state.cancelled.is_some() && state.tasks.is_empty()
        };
        if done {
            self.leave(Vec::new());
        }
    }
}
