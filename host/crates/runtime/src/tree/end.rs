//! The end of a worker: its last word, the loss of its link, its reaping, and what that means for those above, below and beside.

use super::actor::{Request, State};
use super::event::{Effect, ExitStatus};
use super::machine::Tree;
use super::nursery::Source;
use super::timer::Timer;
use super::verdict::{end_of, judge, real, was_cancelled};
use crate::time::Time;
use tractor_protocol::control::{Answer, FromWorker, ToWorker};
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Error, Failure, FailureKind, NurseryId, ScopeId, Uuid,
};

impl Tree {
    /// The worker's last word.
    pub(super) fn on_ended(&mut self, now: Time, actor: Uuid, failures: Vec<Failure>) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        let mut failures = real(failures);
        if matches!(record.state, State::Starting { .. }) && failures.is_empty() {
            failures.push(end_of(
                record,
                FailureKind::Other,
                "ended before it was ready".to_owned(),
            ));
        }
        if let Some(failure) = failures.first().cloned() {
            self.fail_start(actor, &failure);
        }
        self.expect_exit(now, actor, State::Ending);
        self.accounts.answered(actor);
        self.record(now, actor, failures);
        self.cancel_below(now, actor);
    }

    /// A word that crossed with our SIGKILL: what it says of its failure is better than what we know.
    pub(super) fn on_late_word(&mut self, now: Time, actor: Uuid, message: FromWorker) {
        match message {
            FromWorker::Ended { failures } => self.record(now, actor, real(failures)),
            other => self.on_side_message(actor, other),
        }
    }

    /// The control link is at its end: the process is about to be.
    pub(super) fn on_link_lost(&mut self, now: Time, actor: Uuid) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        let (request, stopped) = match &mut record.state {
            State::Starting { request } => (request.take(), false),
            State::Serving | State::Cancelling => (None, false),
            State::Stopping { .. } => (None, true),
            State::Waiting
            | State::Ending
            | State::Lost { .. }
            | State::Killed { .. }
            | State::Reaped => return,
        };
        self.expect_exit(now, actor, State::Lost { request, stopped });
        self.cancel_below(now, actor);
    }

    /// The worker is leaving: it has some time to exit, or what its own cancellation leaves of that.
    fn expect_exit(&mut self, now: Time, actor: Uuid, state: State) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        record.state = state;
        self.accounts.leaves(actor, self.config.exit_allowance);
        let by_itself = now + self.config.exit_allowance;
        let cancelled = record.cancelled.as_ref();
        let at = cancelled.map_or(by_itself, |over| {
            by_itself.min(over.deadline.max(now) + self.config.allowance)
        });
        self.timers.set(actor, Timer::Exit, at);
        self.leave(actor);
    }

    /// The worker said its last word, or lost its link, and does not exit.
    pub(super) fn on_exit_overdue(&mut self, actor: Uuid) {
        let cause = self
            .actors
            .get(&actor)
            .and_then(|record| record.state.cause_of_kill());
        if let Some(cause) = cause {
            self.kill(actor, cause);
        }
    }

    /// There will be no process.
    pub(super) fn on_spawn_failed(&mut self, now: Time, actor: Uuid, message: &str) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        let failure = match record.state {
            State::Starting { .. } | State::Lost { .. } => Some(end_of(
                record,
                FailureKind::Other,
                format!("its worker could not be started: {message}"),
            )),
            _ => None,
        };
        self.reap(now, actor, failure);
    }

    /// The process is reaped.
    pub(super) fn on_exited(
        &mut self,
        now: Time,
        actor: Uuid,
        status: ExitStatus,
        stderr: &[String],
    ) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        let failure = judge(record, status, stderr);
        self.reap(now, actor, failure);
    }

    /// Tells everyone of the end of the process. `failure` is what the end itself adds to what the worker said.
    fn reap(&mut self, now: Time, actor: Uuid, failure: Option<Failure>) {
        match &failure {
            Some(failure) => self.fail_start(actor, failure),
            None => self.answer_start(actor, Answer::Failed(Error::Closed)),
        }
        self.leave(actor);
        self.timers.clear(actor);
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        if matches!(record.state, State::Reaped) {
            return;
        }
        record.state = State::Reaped;
        let teardown = self.accounts.reaped(&record.id);
        let held = self.is_held(actor);
        let said = self.actors.get(&actor).map(|record| &record.failures);
        let mut failures = said.cloned().unwrap_or_default();
        failures.extend(failure.clone());
        if held {
            self.record(now, actor, failure.into_iter().collect());
            failures = self.decide(now, actor);
        }
        let peers = self.part_links(actor, &failures);
        self.push(Effect::Teardown(Box::new(teardown)));
        self.push(Effect::CloseControl { actor });
        if !held {
            // What it said while it was held is its nursery's now, too.
            self.record(now, actor, failures);
        }
        if !self.is_held(actor) {
            self.note_cancelled(actor);
            self.forget_start(actor);
        }
        self.cancel_below(now, actor);
        self.settle(now, actor);
        for peer in peers {
            self.relink(peer, actor);
        }
    }

    /// The worker asks nothing more, and cannot be found any more.
    pub(super) fn leave(&mut self, actor: Uuid) {
        self.unregister_all(actor);
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        for (number, request) in std::mem::take(&mut record.requests) {
            match request {
                Request::WaitFor(name) => self.registrar.forget(&name, (actor, number)),
                Request::Cancel(target) => {
                    if let Some(target) = self.actors.get_mut(&target) {
                        target.awaited_by.retain(|other| *other != number);
                    }
                }
                Request::Connect(peer) => self.forget_caller(peer, actor, number),
                Request::Turn(key) => self.forget_turn(actor, key),
                Request::Start(_) | Request::Relink(_) => {}
            }
        }
    }

    /// Notes failures of a member. They are its nursery's, unless its end may be answered by a restart.
    pub(super) fn record(&mut self, now: Time, actor: Uuid, failures: Vec<Failure>) {
        if failures.is_empty() {
            return;
        }
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        for failure in &failures {
            if record.failures.iter().all(|known| known.id != failure.id) {
                record.failures.push(failure.clone());
            }
        }
        if !self.is_held(actor) {
            self.fail_nursery(now, actor, &failures);
        }
    }

    /// Law 2: counts failures of a member, and cancels its nursery at the first.
    pub(super) fn fail_nursery(&mut self, now: Time, actor: Uuid, failures: &[Failure]) {
        let Some((failed, home)) = self
            .actors
            .get(&actor)
            .and_then(|record| Some((record.id.clone(), record.home?)))
        else {
            return;
        };
        let Some(nursery) = self.nursery_mut(home.owner, home.nursery) else {
            return;
        };
        for failure in failures {
            nursery.count(Source::Member, failure);
        }
        if nursery.cancelled.is_none() {
            self.cancel_siblings(now, home.owner, home.nursery, failed);
        }
    }

    fn cancel_siblings(&mut self, now: Time, owner: Uuid, nursery: NurseryId, failed: ActorId) {
        let cancellation = Cancellation {
            scope: ScopeId::default(),
            canceller: failed,
            reason: CancelReason::SiblingFailed,
            message: None,
        };
        self.tell(
            owner,
            ToWorker::NurseryCancelled {
                nursery,
                cancellation: cancellation.clone(),
            },
        );
        self.cancel_nursery(now, owner, nursery, &cancellation);
    }

    /// A member that ended because it was cancelled stands beside the failures.
    pub(super) fn note_cancelled(&mut self, actor: Uuid) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        let (Some(home), Some(failure)) = (record.home, was_cancelled(record)) else {
            return;
        };
        if !record.failures.is_empty() {
            return;
        }
        if let Some(nursery) = self.nursery_mut(home.owner, home.nursery) {
            nursery.note_cancelled(failure);
        }
    }

    /// Answers the start of `actor`, if it is not answered yet.
    pub(super) fn answer_start(&mut self, actor: Uuid, answer: Answer) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        let Some(request) = record.state.start().and_then(Option::take) else {
            return;
        };
        if let Some(home) = record.home {
            self.answer(home.owner, request, answer);
        }
    }

    /// Answers the start of `actor` with a failure, if it is not answered yet.
    pub(super) fn fail_start(&mut self, actor: Uuid, failure: &Failure) {
        self.answer_start(actor, Answer::Failed(failure.clone().into()));
    }

    /// A start can be withdrawn as long as there is a process; there is none any more.
    pub(super) fn forget_start(&mut self, actor: Uuid) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        let number = record.started_by;
        let Some(owner) = record
            .home
            .and_then(|home| self.actors.get_mut(&home.owner))
        else {
            return;
        };
        if matches!(owner.requests.get(&number), Some(Request::Start(child)) if *child == actor) {
            owner.requests.remove(&number);
        }
    }
}
