//! Cancelling: actors, nurseries, the whole tree, and what happens as their time runs out.
//!
//! One cancel goes through the whole subtree at once, each level an allowance tighter. An actor's deadline passes in three steps:
//! `Cancel` now, `Stop` at the deadline, SIGKILL an allowance later. A worker that answers `Stop` has some time to say where its guest was.
//! Who has no time, or is still starting, is killed at once; who has said its last word must exit an allowance after the deadline, or after
//! that word.

use super::actor::{Cause, Request, State};
use super::event::Effect;
use super::line::Fate;
use super::machine::Tree;
use super::nursery::Cancelled;
use super::timer::Timer;
use crate::time::Time;
use std::time::Duration;
use tractor_protocol::control::{Answer, ToWorker};
use tractor_protocol::{
    CancelReason, Cancellation, Error, FailureKind, NurseryId, RequestId, ScopeId, Uuid,
};

impl Tree {
    /// An owner wants an actor of its own gone.
    pub(super) fn on_cancel_actor(
        &mut self,
        now: Time,
        asker: Uuid,
        request: RequestId,
        target: Uuid,
        message: Option<String>,
    ) {
        let target = self.current(target);
        let Some(record) = self.actors.get_mut(&target) else {
            return self.answer(asker, request, Answer::Done);
        };
        if record.home.is_none_or(|home| home.owner != asker) {
            let text = format!("only its owner may cancel actor `{}`", record.id);
            return self.refuse(asker, request, FailureKind::Denied, text);
        }
        record.awaited_by.push(request);
        if let Some(asker) = self.actors.get_mut(&asker) {
            asker.requests.insert(request, Request::Cancel(target));
        }
        self.cancel_member(now, target, CancelReason::Requested, message);
    }

    /// Nobody wants the actor that was started any more. No failure of anyone.
    pub(super) fn undo_start(&mut self, now: Time, child: Uuid) {
        if let Some(record) = self.actors.get_mut(&child)
            && let Some(request) = record.state.start()
        {
            *request = None;
        }
        let message = Some("its start was withdrawn".to_owned());
        self.cancel_member(now, child, CancelReason::Requested, message);
    }

    /// Cancels one actor in its owner's name. It is not started anew.
    fn cancel_member(
        &mut self,
        now: Time,
        target: Uuid,
        reason: CancelReason,
        message: Option<String>,
    ) {
        let Some(home) = self.home(target) else {
            return;
        };
        let Some(owner) = self.actors.get(&home.owner) else {
            return;
        };
        let Some(nursery) = owner.nurseries.get(&home.nursery) else {
            return;
        };
        let deadline = now + nursery.grace;
        let held = owner.cancelled.as_ref().map(|over| over.deadline);
        let cancellation = Cancellation {
            scope: ScopeId::default(),
            canceller: owner.id.clone(),
            reason,
            message,
        };
        let deadline = held.map_or(deadline, |held| deadline.min(held - self.config.allowance));
        if let Some(record) = self.actors.get_mut(&target) {
            record.line.fate = Fate::Ends;
        }
        self.cancel_all(
            now,
            vec![Order {
                actor: target,
                over: Cancelled {
                    cancellation,
                    deadline,
                },
            }],
        );
        // Those that are to be started anew with it wait for it no more.
        self.advance(now, home);
    }

    /// Cancels every member of a nursery. A second time changes nothing: its deadline could only be later.
    pub(super) fn cancel_nursery(
        &mut self,
        now: Time,
        owner: Uuid,
        id: NurseryId,
        cancellation: &Cancellation,
    ) {
        let allowance = self.config.allowance;
        let Some(record) = self.actors.get_mut(&owner) else {
            return;
        };
        let held = record.cancelled.as_ref().map(|over| over.deadline);
        let Some(nursery) = record.nurseries.get_mut(&id) else {
            return;
        };
        if nursery.cancelled.is_some() {
            return;
        }
        let full = now + nursery.grace;
        let over = Cancelled {
            cancellation: cancellation.clone(),
            deadline: held.map_or(full, |held| full.min(held - allowance)),
        };
        nursery.cancelled = Some(over.clone());
        let orders = nursery.members.values().rev().map(|member| Order {
            actor: *member,
            over: over.clone(),
        });
        let orders = orders.collect();
        self.cancel_all(now, orders);
    }

    /// The process of `owner` ends, or is about to: all below it is cancelled.
    pub(super) fn cancel_below(&mut self, now: Time, owner: Uuid) {
        let Some(cancellation) = self.owner_ended(owner) else {
            return;
        };
        let Some(record) = self.actors.get(&owner) else {
            return;
        };
        let nurseries: Vec<NurseryId> = record.nurseries.keys().copied().collect();
        for nursery in nurseries {
            self.cancel_nursery(now, owner, nursery, &cancellation);
        }
    }

    /// Carries out orders and what follows from them below, without recursion: trees may be deep.
    pub(super) fn cancel_all(&mut self, now: Time, mut orders: Vec<Order>) {
        while let Some(order) = orders.pop() {
            self.cancel_one(now, &order);
            self.pass_down(now, &order, &mut orders);
        }
    }

    fn cancel_one(&mut self, now: Time, order: &Order) {
        let Some(record) = self.actors.get_mut(&order.actor) else {
            return;
        };
        match record.state {
            State::Waiting => self.vanish(now, order.actor, &order.over),
            State::Starting { .. } => self.cancel_starting(now, order),
            State::Serving => {
                record.cancelled = Some(order.over.clone());
                self.begin_grace(now, order.actor);
            }
            State::Cancelling => self.shorten(now, order),
            // Its end is under way, and was not asked for by this cancel, which only makes it exit in time.
            State::Ending | State::Lost { .. } => self.hasten(now, order),
            State::Stopping { .. } | State::Killed { .. } | State::Reaped => {}
        }
    }

    /// An actor that is about to exit has no more time for that than if it were asked now.
    fn hasten(&mut self, now: Time, order: &Order) {
        let deadline = order.over.deadline.max(now);
        let at = deadline + self.config.allowance;
        let later = |(set, _): (Time, Timer)| set > at;
        if self.timers.of(order.actor).is_some_and(later) {
            self.timers.set(order.actor, Timer::Exit, at);
        }
        let reason = order.over.cancellation.reason;
        self.accounts.asked(order.actor, reason, deadline);
    }

    fn cancel_starting(&mut self, now: Time, order: &Order) {
        if let Some(record) = self.actors.get_mut(&order.actor) {
            record.cancelled = Some(order.over.clone());
        }
        let reason = order.over.cancellation.reason;
        self.accounts.asked(order.actor, reason, now);
        self.kill(order.actor, Cause::Cancelled);
        let error = Error::Cancelled(order.over.cancellation.clone());
        self.answer_start(order.actor, Answer::Failed(error));
    }

    /// A cancel of a cancel: the first canceller stays, and the time only shrinks.
    fn shorten(&mut self, now: Time, order: &Order) {
        let Some(record) = self.actors.get_mut(&order.actor) else {
            return;
        };
        let Some(over) = &mut record.cancelled else {
            return;
        };
        if order.over.deadline >= over.deadline {
            return;
        }
        over.deadline = order.over.deadline;
        self.begin_grace(now, order.actor);
    }

    /// Tells an actor that it is cancelled and how long it has, or kills it if that is nothing.
    fn begin_grace(&mut self, now: Time, actor: Uuid) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        let Some(over) = record.cancelled.clone() else {
            return;
        };
        let reason = over.cancellation.reason;
        self.accounts.asked(actor, reason, over.deadline.max(now));
        let time_left = over.deadline.since(now);
        if time_left == Duration::ZERO {
            return self.kill(actor, Cause::Cancelled);
        }
        record.state = State::Cancelling;
        self.unregister_all(actor);
        self.timers.set(actor, Timer::Grace, over.deadline);
        let restart = self.is_held(actor);
        self.tell(
            actor,
            ToWorker::Cancel {
                cancellation: over.cancellation,
                time_left,
                restart,
            },
        );
    }

    /// Orders the same for every nursery below, unless what holds there is tighter already.
    pub(super) fn pass_down(&mut self, now: Time, order: &Order, orders: &mut Vec<Order>) {
        let allowance = self.config.allowance;
        let Some(record) = self.actors.get_mut(&order.actor) else {
            return;
        };
        for nursery in record.nurseries.values_mut().rev() {
            let mut over = order.over.below(now, nursery.grace, allowance);
            if let Some(held) = &nursery.cancelled {
                if held.deadline <= over.deadline {
                    continue;
                }
                over.cancellation = held.cancellation.clone();
            }
            nursery.cancelled = Some(over.clone());
            orders.extend(nursery.members.values().rev().map(|member| Order {
                actor: *member,
                over: over.clone(),
            }));
        }
    }

    /// The grace period is over.
    pub(super) fn on_grace_over(&mut self, now: Time, actor: Uuid) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        record.state = State::Stopping { answered: false };
        self.accounts.stopped(actor);
        self.timers
            .set(actor, Timer::Stop, now + self.config.allowance);
        self.tell(actor, ToWorker::Stop);
    }

    /// The worker answers `Stop`: it has some time to say where its guest was.
    pub(super) fn on_stopping(&mut self, now: Time, actor: Uuid) {
        let allowed = self.config.stop_allowance;
        match self.actors.get_mut(&actor).map(|record| &mut record.state) {
            Some(State::Stopping { answered }) if !*answered => {
                *answered = true;
                self.timers.set(actor, Timer::Stop, now + allowed);
            }
            _ => self.on_violation(now, actor, "stops and was not told to"),
        }
    }

    /// The worker did not answer `Stop`, or did not say its last word after that.
    pub(super) fn on_stop_unanswered(&mut self, actor: Uuid) {
        self.kill(actor, Cause::Overdue);
    }

    /// Kills the process. What the actor's end means is judged when it is reaped.
    pub(super) fn kill(&mut self, actor: Uuid, cause: Cause) {
        let Some(record) = self.actors.get_mut(&actor) else {
            return;
        };
        let request = record.state.start().and_then(Option::take);
        record.state = State::Killed { cause, request };
        self.accounts.killed(actor);
        self.push(Effect::Kill { actor });
        self.timers.clear(actor);
        self.leave(actor);
    }
}

/// That an actor is to be cancelled.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) actor: Uuid,
    pub(super) over: Cancelled,
}
