//! What is done at once when a scope is cancelled, by whom it may be: a deadline, a caller, the supervisor or the guest.
//!
//! The guest may be computing, and a host call of its may not be polled for a while. So the cancellation goes out to nurseries and
//! dialogs from here, and those who wait are woken.

use super::core::{Cell, Core};
use super::peer::PeerLink;
use crate::time::Time;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tractor_protocol::control::FromWorker;
use tractor_protocol::{CancelReason, Cancellation, DialogId, NurseryId, ScopeId};

/// What a cancelled scope takes with it.
#[derive(Clone)]
pub(super) enum Hook {
    /// The actors of a nursery.
    Nursery(NurseryId),
    /// A dialog that was opened in the scope.
    Dialog(Weak<PeerLink>, DialogId),
}

impl Core {
    /// Makes the scope of a task, with the time that its caller has left.
    pub(super) fn open_task_scope(&self, time_left: Option<Duration>) -> (ScopeId, Arc<Notify>) {
        let (now, notify) = (self.now(), Arc::new(Notify::new()));
        let id = {
            let mut state = self.state();
            let deadline = time_left.map(|time| now + time);
            let id = state.scopes.insert_task(deadline, now);
            let cell = Cell {
                notify: Arc::clone(&notify),
                hooks: Vec::new(),
            };
            state.cells.insert(id, cell);
            id
        };
        self.rearm();
        (id, notify)
    }

    /// Makes a scope. It may be cancelled from the start.
    pub(super) fn open_scope(
        &self,
        parent: Option<ScopeId>,
        deadline: Option<Duration>,
        shield: bool,
        hook: Option<Hook>,
    ) -> (ScopeId, Arc<Notify>) {
        let now = self.now();
        let notify = Arc::new(Notify::new());
        let (id, cancelled) = {
            let mut state = self.state();
            let (id, cancelled) =
                state
                    .scopes
                    .insert(parent, deadline.map(|time| now + time), shield, now);
            let hooks = hook.into_iter().collect();
            state.cells.insert(
                id,
                Cell {
                    notify: Arc::clone(&notify),
                    hooks,
                },
            );
            (id, cancelled)
        };
        self.act_on(&cancelled);
        self.rearm();
        (id, notify)
    }

    /// Ends a scope. Whoever still waits in it is cancelled, because it has ended; what it contains goes on in the scope around it.
    pub(super) fn close_scope(&self, id: ScopeId) {
        let (ended, cell, cancellation) = {
            let mut state = self.state();
            let ended = state.scopes.remove(id);
            state.graces.ended(id);
            (
                ended,
                state.cells.remove(&id),
                state.scopes.cancellation(id),
            )
        };
        if let (Some(cell), Some(cancellation)) = (cell, cancellation) {
            cell.notify.notify_waiters();
            let dialogs = cell
                .hooks
                .iter()
                .filter(|hook| matches!(hook, Hook::Dialog(..)));
            dialogs.for_each(|hook| self.pull(hook, &cancellation));
        }
        self.act_on(&ended);
        let mut state = self.state();
        for id in ended {
            if !state.scopes.contains(id) {
                state.cells.remove(&id);
            }
        }
    }

    /// Hangs a dialog on a scope; cancels it at once if the scope is cancelled already.
    pub(super) fn hook(&self, scope: ScopeId, hook: Hook) {
        let cancellation = {
            let mut state = self.state();
            if let Some(cell) = state.cells.get_mut(&scope) {
                cell.hooks.push(hook.clone());
            }
            state.scopes.cancellation(scope)
        };
        if let Some(cancellation) = cancellation {
            self.pull(&hook, &cancellation);
        }
    }

    /// Takes a dialog off a scope. Each link numbers its own dialogs, so both say which.
    pub(super) fn unhook(&self, scope: ScopeId, link: &Arc<PeerLink>, dialog: DialogId) {
        let link = Arc::downgrade(link);
        let is_it =
            |hook: &Hook| matches!(hook, Hook::Dialog(on, id) if *id == dialog && on.ptr_eq(&link));
        if let Some(cell) = self.state().cells.get_mut(&scope) {
            cell.hooks.retain(|hook| !is_it(hook));
        }
    }

    /// Cancels a scope and all in it that stands not behind a shield.
    pub(super) fn cancel_scope(&self, id: ScopeId, cancellation: Cancellation) {
        let cancelled = self.state().scopes.cancel(id, cancellation);
        self.act_on(&cancelled);
    }

    /// Cancels a scope on this actor's own account.
    pub(super) fn cancel_own(&self, id: ScopeId, reason: CancelReason, message: Option<String>) {
        let cancellation = Cancellation {
            scope: id,
            canceller: self.actor.clone(),
            reason,
            message,
        };
        self.cancel_scope(id, cancellation);
    }

    pub(super) fn act_on(&self, cancelled: &[ScopeId]) {
        for id in cancelled {
            let (hooks, cancellation) = {
                let state = self.state();
                let Some(cell) = state.cells.get(id) else {
                    continue;
                };
                cell.notify.notify_waiters();
                (cell.hooks.clone(), state.scopes.cancellation(*id))
            };
            let Some(cancellation) = cancellation else {
                continue;
            };
            hooks.iter().for_each(|hook| self.pull(hook, &cancellation));
        }
    }

    fn pull(&self, hook: &Hook, cancellation: &Cancellation) {
        match hook {
            Hook::Nursery(nursery) => {
                let cancellation = cancellation.clone();
                self.tell(&FromWorker::CancelNursery {
                    nursery: *nursery,
                    cancellation,
                });
            }
            Hook::Dialog(link, dialog) => {
                if let Some(link) = link.upgrade() {
                    link.cancel(*dialog, cancellation.clone());
                }
            }
        }
    }

    /// Wakes the timer task if it sleeps longer than it may.
    pub(super) fn rearm(&self) {
        let next = self.state().next_timeout();
        self.rearm_for(next);
    }

    pub(super) fn rearm_for(&self, next: Option<Time>) {
        let state = self.state();
        if next.is_some_and(|next| state.armed.is_none_or(|armed| next < armed)) {
            self.timer.notify_one();
        }
    }

    /// Fires what is due: deadlines, ends of shields, ends of grace.
    pub(super) fn fire(&self) {
        let now = self.now();
        let (cancelled, links) = {
            let mut state = self.state();
            let mut cancelled = state.scopes.expire(now);
            cancelled.extend(state.end_graces(now));
            (cancelled, state.links.values().cloned().collect::<Vec<_>>())
        };
        self.act_on(&cancelled);
        self.judge_overdue();
        links.iter().for_each(|link| link.handle_timeout(now));
    }

    /// Fires timers until the worker ends.
    pub(super) async fn run_timers(self: Arc<Self>) {
        loop {
            let next = self.arm();
            tokio::select! {
                () = self.timer.notified() => {}
                () = crate::clock::sleep_until(&self.clock, next) => self.fire(),
            }
        }
    }

    fn arm(&self) -> Option<Time> {
        let links: Vec<_> = self.state().links.values().cloned().collect();
        let dialogs = links.iter().filter_map(|link| link.next_timeout()).min();
        let mut state = self.state();
        let next = [state.next_timeout(), dialogs].into_iter().flatten().min();
        state.armed = next;
        next
    }
}

impl super::core::State {
    fn next_timeout(&self) -> Option<Time> {
        [self.scopes.next_timeout(), self.graces.next()]
            .into_iter()
            .flatten()
            .min()
    }

    /// When the time of a cancelled task will be over, of itself or of the actor. One that is overdue has all the time that those have whom
    /// it calls: nothing is gained by blaming them.
    pub(super) fn time_of(&self, task: ScopeId) -> Option<Time> {
        let of_actor = self.cancelled.as_ref().map(|over| over.until);
        [self.graces.running_until(task), of_actor]
            .into_iter()
            .flatten()
            .min()
    }

    /// When a task must be over that is cancelled, by its caller or with the actor.
    pub(super) fn end_of_grace(&self, task: ScopeId) -> Option<Time> {
        let of_actor = self.cancelled.as_ref().map(|over| over.until);
        [self.graces.end_of(task), of_actor]
            .into_iter()
            .flatten()
            .min()
    }
}
