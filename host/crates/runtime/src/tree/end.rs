//! The end of a worker: its last word, the loss of its link, its reaping, and what that means for those above, below and beside.

use super::actor::{Actor, Cause, Request, State};
use super::event::{Effect, ExitStatus};
use super::machine::Tree;
use super::nursery::Source;
use super::timer::Timer;
use crate::time::Time;
use tractor_protocol::control::{Answer, FromWorker, ToWorker};
use tractor_protocol::{Cancellation, Failure, FailureId, FailureKind, NurseryId, Uuid};

/// How many of the last lines of stderr a failure's message holds.
const LAST_LINES: usize = 5;

/// Signals by which a process ends itself: traps of the machine and `abort`. Others come from outside.
const CRASHES: [u8; 7] = [4, 5, 6, 7, 8, 11, 31];

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
        self.record(now, actor, failures);
        self.cancel_below(now, actor);
    }

    /// A word that crossed with our SIGKILL: what it says of its failure is better than what we know.
    pub(super) fn on_late_word(&mut self, now: Time, actor: Uuid, message: FromWorker) {
        if let FromWorker::Ended { failures } = message {
            self.record(now, actor, real(failures));
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
            State::Stopping => (None, true),
            State::Ending | State::Lost { .. } | State::Killed { .. } | State::Reaped => return,
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
        if let Some(failure) = &failure {
            self.fail_start(actor, failure);
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
        let mut failures = record.failures.clone();
        failures.extend(failure.clone());
        self.part_links(actor, &failures);
        self.push(Effect::CloseControl { actor });
        self.record(now, actor, failure.into_iter().collect());
        self.note_cancelled(actor);
        self.forget_start(actor);
        self.cancel_below(now, actor);
        self.settle(actor);
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
                Request::Start(_) => {}
            }
        }
    }

    /// Law 2: notes failures of a member, and cancels its nursery at the first.
    pub(super) fn record(&mut self, now: Time, actor: Uuid, failures: Vec<Failure>) {
        if failures.is_empty() {
            return;
        }
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        let Some(home) = record.home else {
            return;
        };
        for failure in &failures {
            if record.failures.iter().all(|known| known.id != failure.id) {
                record.failures.push(failure.clone());
            }
        }
        let failed = record.id.clone();
        let Some(nursery) = self.nursery_mut(home.owner, home.nursery) else {
            return;
        };
        for failure in &failures {
            nursery.count(Source::Member, failure);
        }
        if nursery.cancelled.is_none() {
            self.cancel_siblings(now, home.owner, home.nursery, failed);
        }
    }

    fn cancel_siblings(
        &mut self,
        now: Time,
        owner: Uuid,
        nursery: NurseryId,
        failed: tractor_protocol::ActorId,
    ) {
        let cancellation = Cancellation {
            scope: tractor_protocol::ScopeId::default(),
            canceller: failed,
            reason: tractor_protocol::CancelReason::SiblingFailed,
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
    fn note_cancelled(&mut self, actor: Uuid) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        let (Some(home), Some(over)) = (record.home, &record.cancelled) else {
            return;
        };
        if !record.failures.is_empty() {
            return;
        }
        let kind = FailureKind::Cancelled(over.cancellation.clone());
        let failure = end_of(record, kind, "was cancelled".to_owned());
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
    fn forget_start(&mut self, actor: Uuid) {
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

    /// Drops the record of an actor that is gone, and then of its owner if that waited for nothing else, and so on upwards.
    fn settle(&mut self, actor: Uuid) {
        let mut next = Some(actor);
        while let Some(actor) = next.take() {
            if !self.actors.get(&actor).is_some_and(Actor::is_gone) {
                return;
            }
            let Some(record) = self.actors.remove(&actor) else {
                return;
            };
            let Some(home) = record.home else {
                return;
            };
            self.count_out(home.owner);
            for request in record.awaited_by {
                if let Some(owner) = self.actors.get_mut(&home.owner) {
                    owner.requests.remove(&request);
                }
                self.answer(home.owner, request, Answer::Done);
            }
            if let Some(nursery) = self.nursery_mut(home.owner, home.nursery) {
                nursery.members.remove(&record.birth);
            }
            self.close_if_done(home.owner, home.nursery);
            next = Some(home.owner);
        }
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

/// What the end of the process says that the worker itself did not. `None`: it said enough, or it was cancelled and obeyed.
fn judge(record: &Actor, status: ExitStatus, stderr: &[String]) -> Option<Failure> {
    let crashed = matches!(status, ExitStatus::Signal(signal) if CRASHES.contains(&signal))
        || matches!(status, ExitStatus::Code(code) if code != 0);
    match &record.state {
        State::Reaped | State::Ending => None,
        State::Killed { cause, .. } => judge_killed(record, *cause),
        State::Stopping | State::Lost { stopped: true, .. } => overdue(record),
        State::Cancelling if !crashed => None,
        State::Lost { .. } if record.cancelled.is_some() && !crashed => None,
        State::Starting { .. }
        | State::Lost {
            request: Some(_), ..
        } => Some(unexpected(record, status, stderr, " before it was ready")),
        State::Serving | State::Cancelling | State::Lost { .. } => {
            Some(unexpected(record, status, stderr, ""))
        }
    }
}

fn judge_killed(record: &Actor, cause: Cause) -> Option<Failure> {
    match cause {
        Cause::Cancelled | Cause::Judged | Cause::Lingered => None,
        Cause::Overdue if record.failures.is_empty() => overdue(record),
        Cause::Overdue => None,
        Cause::Deaf if record.cancelled.is_some() => None,
        Cause::Deaf => Some(end_of(
            record,
            FailureKind::ConnectionLost,
            "closed its control link and did not exit".to_owned(),
        )),
    }
}

fn overdue(record: &Actor) -> Option<Failure> {
    let over = record.cancelled.as_ref()?;
    Some(end_of(
        record,
        FailureKind::Overdue(over.cancellation.clone()),
        "did not end within its grace period".to_owned(),
    ))
}

fn unexpected(record: &Actor, status: ExitStatus, stderr: &[String], when: &str) -> Failure {
    let (kind, mut message) = match status {
        ExitStatus::Signal(signal) => (
            FailureKind::Killed(signal),
            format!("was ended by signal {signal}{when}"),
        ),
        ExitStatus::Code(0) => (FailureKind::Other, format!("left without a word{when}")),
        ExitStatus::Code(code) => (
            FailureKind::Exit(u8::try_from(code & 0xff).unwrap_or(u8::MAX)),
            format!("exited with code {code}{when}"),
        ),
    };
    let last = &stderr[stderr.len().saturating_sub(LAST_LINES)..];
    if !last.is_empty() {
        message.push_str("; its last words: ");
        message.push_str(&last.join(" | "));
    }
    end_of(record, kind, message)
}

/// The failure that is the end of this actor itself.
fn end_of(record: &Actor, kind: FailureKind, message: String) -> Failure {
    Failure::new(
        FailureId::of_end(record.id.uuid),
        kind,
        record.id.clone(),
        message,
    )
}

/// A worker's own failures: being cancelled is none.
fn real(mut failures: Vec<Failure>) -> Vec<Failure> {
    failures.retain(|failure| !failure.is_cancelled());
    failures
}
