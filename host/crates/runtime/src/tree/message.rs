//! What a worker says, and whether it may say it now.

use super::actor::{Cause, Request, State};
use super::event::Effect;
use super::machine::{Tree, from_outside};
use super::nursery::Nursery;
use crate::time::Time;
use std::time::Duration;
use tractor_protocol::control::{FromWorker, Level, ToWorker};
use tractor_protocol::{
    CancelReason, Cancellation, Failure, FailureId, FailureKind, NurseryId, RequestId, Restart,
    ScopeId, Uuid,
};

/// How many requests of one worker may be unanswered, or nurseries open, before it is taken for a flood. Far above what guests of the
/// default limits do; each costs the supervisor some hundred bytes.
const MOST: usize = 65_536;

impl Tree {
    /// Hands a message to its handler if the worker may send it now.
    pub(super) fn on_message(&mut self, now: Time, actor: Uuid, message: FromWorker) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        match record.state {
            State::Starting { .. } => self.on_message_of_starting(now, actor, message),
            State::Serving | State::Cancelling | State::Stopping { .. } => {
                self.on_message_of_running(now, actor, message);
            }
            State::Killed {
                cause: Cause::Overdue,
                ..
            } => self.on_late_word(now, actor, message),
            State::Waiting
            | State::Ending
            | State::Lost { .. }
            | State::Killed { .. }
            | State::Reaped => {
                self.on_side_message(actor, message);
            }
        }
    }

    fn on_message_of_starting(&mut self, now: Time, actor: Uuid, message: FromWorker) {
        match message {
            FromWorker::Ready(hello) => self.on_ready(now, actor, hello),
            FromWorker::Ended { failures } => self.on_ended(now, actor, failures),
            FromWorker::Log { .. } | FromWorker::Report { .. } => {
                self.on_side_message(actor, message);
            }
            _ => self.on_violation(now, actor, "asked for something before it was ready"),
        }
    }

    fn on_message_of_running(&mut self, now: Time, actor: Uuid, message: FromWorker) {
        match message {
            FromWorker::Ready(_) if actor == self.root.uuid => {}
            FromWorker::Ready(_) => self.on_violation(now, actor, "was ready twice"),
            FromWorker::Ended { .. } if actor == self.root.uuid => self.on_root_ended(now),
            FromWorker::Ended { failures } => self.on_ended(now, actor, failures),
            FromWorker::OpenNursery {
                nursery,
                grace,
                restart,
            } => self.on_open_nursery(now, actor, nursery, grace, restart),
            FromWorker::CancelNursery {
                nursery,
                cancellation,
            } => self.on_cancel_nursery(now, actor, nursery, &cancellation),
            FromWorker::CloseNursery { nursery, body } => {
                self.on_close_nursery(now, actor, nursery, body);
            }
            FromWorker::Withdraw { request } => self.on_withdraw(now, actor, request),
            FromWorker::Unlinked { actor: peer } => self.on_unlinked(actor, peer),
            FromWorker::Listening { actor: peer, port } => self.on_listening(actor, peer, port),
            FromWorker::Stopping => self.on_stopping(now, actor),
            FromWorker::Log { .. } | FromWorker::Report { .. } => {
                self.on_side_message(actor, message);
            }
            request => self.on_request(now, actor, request),
        }
    }

    /// A numbered request: its number must be new.
    fn on_request(&mut self, now: Time, actor: Uuid, message: FromWorker) {
        let number = number_of(&message);
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        if number.is_some_and(|number| record.requests.contains_key(&number)) {
            return self.on_violation(now, actor, "numbered two requests the same");
        }
        if record.requests.len() >= MOST && actor != self.root.uuid {
            return self.on_violation(now, actor, "has too many unanswered requests");
        }
        match message {
            FromWorker::StartActor {
                request,
                nursery,
                spec,
                one_shot,
            } => self.on_start_actor(now, actor, request, nursery, spec, one_shot),
            FromWorker::CancelActor {
                request,
                actor: target,
                message,
            } => self.on_cancel_actor(now, actor, request, target, message),
            FromWorker::Connect {
                request,
                actor: peer,
            } => self.on_connect(actor, request, peer),
            FromWorker::Find { request, name } => self.on_find(actor, request, &name),
            FromWorker::WaitFor { request, name } => self.on_wait_for(actor, request, name),
            FromWorker::List { request } => self.on_list(actor, request),
            FromWorker::Register { request, name } => self.on_register(actor, request, &name),
            _ => self.on_violation(
                now,
                actor,
                "sent a message that this supervisor does not know",
            ),
        }
    }

    /// What changes nothing in the tree may be said in any state; the rest of a leaving worker's words comes too late.
    pub(super) fn on_side_message(&mut self, actor: Uuid, message: FromWorker) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        let id = record.id.clone();
        match message {
            FromWorker::Log {
                level,
                task,
                message,
            } => self.push(Effect::Log {
                actor: id,
                level,
                task,
                message,
            }),
            FromWorker::Report { request, report } => self.push(Effect::Report {
                actor,
                request,
                report,
            }),
            _ => {}
        }
    }

    fn on_open_nursery(
        &mut self,
        now: Time,
        owner: Uuid,
        nursery: NurseryId,
        grace: Option<Duration>,
        restart: Option<Restart>,
    ) {
        let default = self.config.grace;
        let allowance = self.config.allowance;
        let root = self.root.uuid;
        let Some(record) = self.actors.get_mut(&owner) else {
            return;
        };
        if record.nurseries.contains_key(&nursery) || record.closed.get(nursery).is_some() {
            return self.on_violation(now, owner, "opened a nursery twice");
        }
        if record.nurseries.len() >= MOST && owner != root {
            return self.on_violation(now, owner, "has too many nurseries");
        }
        let mut fresh = Nursery::new(grace.unwrap_or(default), restart);
        // A nursery opened by an actor that is cancelled is cancelled from the first: nothing new is begun on the way out.
        fresh.cancelled = record
            .cancelled
            .as_ref()
            .map(|over| over.below(now, fresh.grace, allowance));
        let told = fresh.cancelled.as_ref().map(|c| c.cancellation.clone());
        record.nurseries.insert(nursery, fresh);
        if let Some(cancellation) = told {
            self.tell(
                owner,
                ToWorker::NurseryCancelled {
                    nursery,
                    cancellation,
                },
            );
        }
    }

    fn on_cancel_nursery(
        &mut self,
        now: Time,
        owner: Uuid,
        nursery: NurseryId,
        cancellation: &Cancellation,
    ) {
        let Some(record) = self.actors.get(&owner) else {
            return;
        };
        if record.closed.get(nursery).is_some() {
            return;
        }
        if !record.nurseries.contains_key(&nursery) {
            return self.on_violation(now, owner, "cancelled a nursery that it does not have");
        }
        self.cancel_nursery(now, owner, nursery, &from_outside(cancellation));
    }

    fn on_withdraw(&mut self, now: Time, asker: Uuid, request: RequestId) {
        let Some(record) = self.actors.get_mut(&asker) else {
            return;
        };
        match record.requests.remove(&request) {
            None | Some(Request::Relink(_)) => {}
            Some(Request::WaitFor(name)) => self.registrar.forget(&name, (asker, request)),
            Some(Request::Cancel(target)) => {
                if let Some(target) = self.actors.get_mut(&target) {
                    target.awaited_by.retain(|other| *other != request);
                }
            }
            Some(Request::Connect(peer)) => self.forget_caller(peer, asker, request),
            Some(Request::Start(child)) => self.undo_start(now, child),
            Some(Request::Turn(key)) => self.forget_turn(asker, key),
        }
    }

    /// The worker sent what is no message. Nothing more is read of it.
    pub(super) fn on_malformed(&mut self, now: Time, actor: Uuid, why: &str) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        match record.state {
            State::Starting { .. }
            | State::Serving
            | State::Cancelling
            | State::Stopping { .. } => {
                self.on_violation(now, actor, &format!("sent what is no message: {why}"));
            }
            _ => self.on_link_lost(now, actor),
        }
    }

    /// The worker broke the protocol: it is killed, and that is a failure of its own.
    pub(super) fn on_violation(&mut self, now: Time, actor: Uuid, what: &str) {
        let Some(record) = self.actors.get(&actor) else {
            return;
        };
        let id = record.id.clone();
        self.log(&id, Level::Error, format!("protocol violation: {what}"));
        if actor == self.root.uuid {
            return;
        }
        let failure = Failure::new(
            FailureId::of_end(actor),
            FailureKind::ProtocolViolation,
            id,
            format!("the worker {what}"),
        );
        self.kill(actor, Cause::Judged);
        self.fail_start(actor, &failure);
        self.record(now, actor, vec![failure]);
        self.cancel_below(now, actor);
    }

    /// The root's body is over, and with it the tree.
    fn on_root_ended(&mut self, now: Time) {
        self.on_shutdown(now, CancelReason::OwnerEnded, None, None);
    }

    /// What a dead actor's subtree is told.
    pub(super) fn owner_ended(&self, owner: Uuid) -> Option<Cancellation> {
        let record = self.actors.get(&owner)?;
        Some(Cancellation {
            scope: ScopeId::default(),
            canceller: record.id.clone(),
            reason: CancelReason::OwnerEnded,
            message: None,
        })
    }
}

fn number_of(message: &FromWorker) -> Option<RequestId> {
    match message {
        FromWorker::StartActor { request, .. }
        | FromWorker::CancelActor { request, .. }
        | FromWorker::Connect { request, .. }
        | FromWorker::Find { request, .. }
        | FromWorker::WaitFor { request, .. }
        | FromWorker::List { request }
        | FromWorker::Register { request, .. } => Some(*request),
        _ => None,
    }
}
