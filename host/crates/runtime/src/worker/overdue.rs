//! Tasks that their callers have cancelled, and that run on although their grace period is over.
//!
//! wasmtime cannot end one task of an instance from outside, so such a task is counted until it ends by itself. Law 6: the actor serves others on, up to
//! a limit, or ends at once if it is to. An actor that is cancelled as a whole is the supervisor's to end, not ours.

use super::core::{Core, State};
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tractor_protocol::control::Overdue;
use tractor_protocol::{Cancellation, DialogId, Failure, FailureId, FailureKind, ScopeId, Uuid};

/// The grace periods of the tasks of an actor, by the scopes of the tasks.
#[derive(Default)]
pub(super) struct Graces {
    running: HashMap<ScopeId, Grace>,
    due: BTreeSet<(Time, ScopeId)>,
    overdue: BTreeMap<ScopeId, Grace>,
}

/// One of them.
#[derive(Clone, Copy)]
struct Grace {
    until: Time,
    time: Duration,
    /// What the caller calls the failure that the task did not end in it.
    failure: FailureId,
}

impl Graces {
    /// When the next one is over.
    pub(super) fn next(&self) -> Option<Time> {
        self.due.first().map(|(at, _)| *at)
    }

    /// When the grace period of a task is over, if it has begun.
    pub(super) fn end_of(&self, scope: ScopeId) -> Option<Time> {
        let grace = self
            .running
            .get(&scope)
            .or_else(|| self.overdue.get(&scope));
        grace.map(|grace| grace.until)
    }

    /// When that of a task will be over, if it has begun and is not over yet.
    pub(super) fn running_until(&self, scope: ScopeId) -> Option<Time> {
        self.running.get(&scope).map(|grace| grace.until)
    }

    /// How many tasks are overdue.
    pub(super) fn overdue(&self) -> u32 {
        u32::try_from(self.overdue.len()).unwrap_or(u32::MAX)
    }

    /// Forgets a task that has ended.
    pub(super) fn ended(&mut self, scope: ScopeId) {
        self.overdue.remove(&scope);
        if let Some(grace) = self.running.remove(&scope) {
            self.due.remove(&(grace.until, scope));
        }
    }

    fn begin(&mut self, scope: ScopeId, grace: Grace) {
        if let Some(before) = self.running.insert(scope, grace) {
            self.due.remove(&(before.until, scope));
        }
        self.due.insert((grace.until, scope));
    }

    fn take_due(&mut self, now: Time) -> Option<ScopeId> {
        let &(at, scope) = self.due.first().filter(|(at, _)| *at <= now)?;
        self.due.remove(&(at, scope));
        let grace = self.running.remove(&scope)?;
        self.overdue.insert(scope, grace);
        Some(scope)
    }
}

impl Core {
    /// A task was cancelled by its caller, which waits for its end for so long. Shields hold no longer than that.
    pub(super) fn begin_grace(
        &self,
        scope: ScopeId,
        caller: Uuid,
        dialog: DialogId,
        time: Duration,
    ) {
        let until = self.now() + time;
        let failure = FailureId::of_overdue(caller, self.actor.uuid, dialog);
        let mut state = self.state();
        if state.scopes.contains(scope) {
            state.graces.begin(
                scope,
                Grace {
                    until,
                    time,
                    failure,
                },
            );
        }
        drop(state);
        self.rearm();
    }

    /// Ends the actor if it may not go on with the tasks that are overdue.
    pub(super) fn judge_overdue(&self) {
        let Some(failure) = self.reason_to_end() else {
            return;
        };
        if self.given_up.set(failure).is_ok() {
            self.code().into_iter().for_each(|code| code.stop());
        }
    }

    fn reason_to_end(&self) -> Option<Failure> {
        let (count, most) = {
            let state = self.state();
            if state.cancelled.is_some() {
                return None;
            }
            if self.settings.overdue == Overdue::EndActor {
                let (scope, grace) = state.graces.overdue.first_key_value()?;
                return Some(self.overdue(state.scopes.cancellation(*scope)?, *grace));
            }
            (state.graces.overdue(), self.settings.overdue_tasks)
        };
        (count > most).then(|| {
            let message = format!(
                "overdue-tasks: {count} tasks were cancelled and have not ended within their grace periods, and the actor may have {most}"
            );
            let kind = FailureKind::Limit(message.clone());
            Failure::new(FailureId::of_end(self.actor.uuid), kind, self.actor.clone(), message)
        })
    }

    fn overdue(&self, cancellation: Cancellation, grace: Grace) -> Failure {
        let message = after(grace.time);
        let kind = FailureKind::Overdue(cancellation);
        Failure::new(grace.failure, kind, self.actor.clone(), message)
    }

    /// The failure of code that broke down: if it was stopped, why it was. The backtrace says where it was then.
    pub(super) fn why_stopped(&self, failure: Failure) -> Failure {
        if let Some(why) = self.given_up.get().cloned() {
            let backtrace = failure.backtrace;
            return Failure { backtrace, ..why };
        }
        let state = self.state();
        let stopped = self.stopped.load(Ordering::Relaxed);
        match state.cancelled.as_ref().filter(|_| stopped) {
            Some(over) => Failure {
                kind: FailureKind::Overdue(over.cancellation.clone()),
                message: after(over.until.since(over.since)),
                ..failure
            },
            None => failure,
        }
    }
}

/// What the failure of an actor says that was stopped at the end of a grace period.
fn after(grace: Duration) -> String {
    format!("{} and was stopped", Failure::overdue_message(grace))
}

impl State {
    /// Ends the grace periods that are over: shields in the scopes of the tasks hold no longer. Gives what is newly cancelled.
    pub(super) fn end_graces(&mut self, now: Time) -> Vec<ScopeId> {
        let mut cancelled = Vec::new();
        while let Some(scope) = self.graces.take_due(now) {
            if let Some(cancellation) = self.scopes.cancellation(scope) {
                cancelled.extend(self.scopes.cancel_through_shields(scope, cancellation));
            }
        }
        cancelled
    }
}
