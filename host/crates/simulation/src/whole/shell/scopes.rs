//! Scopes and what hangs on them, after `worker/hooks.rs`; and what must hold of them.

use super::{Hook, Shell, State};
use std::time::Duration;
use tractor_protocol::control::{FromWorker, Overdue};
use tractor_protocol::{
    CancelReason, Cancellation, DialogId, Error, Failure, FailureKind, ScopeId, Uuid,
};
use tractor_runtime::time::Time;

/// What the books know of a scope.
pub(in crate::whole) struct Kin {
    parent: Option<ScopeId>,
    shield: bool,
    /// When it is cancelled at the latest.
    due: Option<Time>,
    /// Who cancelled it first, and why.
    first: Option<(Uuid, CancelReason)>,
}

impl Shell {
    /// Makes the scope of a task, with its caller's time.
    pub(in crate::whole) fn open_task_scope(&self, time_left: Option<Duration>) -> ScopeId {
        self.with(|state| {
            let deadline = time_left.map(|time| state.now + time);
            let id = state.scopes.insert_task(deadline, state.now);
            let kin = Kin {
                parent: None,
                shield: false,
                due: deadline.map(|at| at + Duration::from_millis(200)),
                first: None,
            };
            state.kin.insert(id, kin);
            id
        })
    }

    pub(in crate::whole) fn open_scope(
        &self,
        parent: ScopeId,
        deadline: Option<Duration>,
        shield: bool,
        hook: Option<Hook>,
    ) -> ScopeId {
        let (id, cancelled) = self.with(|state| {
            let at = deadline.map(|time| state.now + time);
            let (id, cancelled) = state.scopes.insert(Some(parent), at, shield, state.now);
            let kin = Kin {
                parent: Some(parent).filter(|parent| state.kin.contains_key(parent)),
                shield,
                due: at,
                first: None,
            };
            state.kin.insert(id, kin);
            state.hooks.insert(id, hook.into_iter().collect());
            (id, cancelled)
        });
        self.act_on(&cancelled);
        id
    }

    pub(in crate::whole) fn close_scope(&self, id: ScopeId) {
        let ended = self.with(|state| {
            let ended = state.scopes.remove(id);
            state.hooks.remove(&id);
            state.graces.remove(&id);
            let parent = state.kin.remove(&id).and_then(|kin| kin.parent);
            state
                .kin
                .values_mut()
                .filter(|kin| kin.parent == Some(id))
                .for_each(|kin| kin.parent = parent);
            ended
        });
        self.act_on(&ended);
        self.with(|state| {
            let State {
                scopes, kin, hooks, ..
            } = state;
            kin.retain(|id, _| scopes.contains(*id));
            hooks.retain(|id, _| scopes.contains(*id));
        });
        self.touch();
    }

    /// Hangs something on a scope; acts at once if that is cancelled.
    pub(in crate::whole) fn hook(&self, scope: ScopeId, hook: Hook) {
        let cancellation = self.with(|state| {
            if let Some(hooks) = state.hooks.get_mut(&scope) {
                hooks.push(hook.clone());
            } else if state.scopes.contains(scope) {
                state.hooks.insert(scope, vec![hook.clone()]);
            }
            state.scopes.cancellation(scope)
        });
        if let Some(cancellation) = cancellation {
            self.pull(&hook, &cancellation);
        }
    }

    pub(in crate::whole) fn unhook(&self, scope: ScopeId, dialog: (u64, DialogId)) {
        self.with(|state| {
            if let Some(hooks) = state.hooks.get_mut(&scope) {
                hooks.retain(|hook| *hook != Hook::Dialog(dialog.0, dialog.1));
            }
        });
    }

    pub(in crate::whole) fn cancellation(&self, scope: ScopeId) -> Option<Cancellation> {
        self.with(|state| state.scopes.cancellation(scope))
    }

    pub(in crate::whole) fn check(&self, scope: ScopeId) -> Result<(), Error> {
        match self.cancellation(scope) {
            Some(cancellation) => Err(Error::Cancelled(cancellation)),
            None => Ok(()),
        }
    }

    pub(in crate::whole) fn cancel_scope(&self, id: ScopeId, cancellation: Cancellation) {
        let cancelled = self.with(|state| state.scopes.cancel(id, cancellation));
        self.act_on(&cancelled);
    }

    pub(in crate::whole) fn cancel_own(&self, id: ScopeId, reason: CancelReason) {
        let cancellation = Cancellation {
            scope: id,
            canceller: self.0.id.clone(),
            reason,
            message: None,
        };
        self.cancel_scope(id, cancellation);
    }

    fn act_on(&self, cancelled: &[ScopeId]) {
        if !cancelled.is_empty() {
            self.touch();
        }
        for id in cancelled {
            let (hooks, cancellation) = self.with(|state| {
                let hooks = state.hooks.get(id).cloned().unwrap_or_default();
                (hooks, state.scopes.cancellation(*id))
            });
            if let Some(cancellation) = cancellation {
                hooks.iter().for_each(|hook| self.pull(hook, &cancellation));
            }
        }
    }

    fn pull(&self, hook: &Hook, cancellation: &Cancellation) {
        match hook {
            Hook::Nursery(nursery) => {
                let (nursery, cancellation) = (*nursery, cancellation.clone());
                self.tell(FromWorker::CancelNursery {
                    nursery,
                    cancellation,
                });
            }
            Hook::Dialog(link, dialog) => {
                self.cancel_dialog((*link, *dialog), cancellation.clone());
            }
        }
    }

    /// A task was cancelled by its caller, which waits for so long.
    pub(in crate::whole) fn begin_grace(
        &self,
        scope: ScopeId,
        caller: Uuid,
        dialog: DialogId,
        time: Duration,
    ) {
        let us = self.0.id.uuid;
        self.with(|state| {
            if !state.scopes.contains(scope) {
                return;
            }
            let grace = super::Grace {
                until: state.now + time,
                failure: tractor_protocol::FailureId::of_overdue(caller, us, dialog),
            };
            state.graces.insert(scope, grace);
        });
    }

    /// Fires what is due.
    pub(super) fn fire(&self) {
        let cancelled = self.with(|state| {
            let now = state.now;
            while state.wakes.first().is_some_and(|at| *at <= now) {
                state.wakes.pop_first();
            }
            if state.computing.is_some_and(|until| until <= now) {
                state.computing = None;
            }
            state.scopes.expire(now)
        });
        self.act_on(&cancelled);
        self.end_graces();
        self.with(|state| {
            let now = state.now;
            for link in state.links.values_mut() {
                link.dialogs.handle_timeout(now);
            }
        });
        self.pump();
        self.give_up_links();
    }

    fn end_graces(&self) {
        let due: Vec<ScopeId> = self.with(|state| {
            let due = state.graces.iter().filter(|(_, g)| g.until <= state.now);
            due.map(|(scope, _)| *scope).collect()
        });
        for scope in due {
            let (grace, cancelled) = self.with(|state| {
                let cancellation = state.scopes.cancellation(scope);
                let through = cancellation.clone();
                let cancelled = through.map(|c| state.scopes.cancel_through_shields(scope, c));
                let grace = state.graces.remove(&scope);
                (grace.zip(cancellation), cancelled.unwrap_or_default())
            });
            self.act_on(&cancelled);
            self.check_forced(scope);
            let is_cancelled = self.with(|state| state.cancelled.is_some());
            if let (Some((grace, cancellation)), Overdue::EndActor, false) =
                (grace, self.0.overdue, is_cancelled)
            {
                self.books().seen("overdue task ends its actor");
                let kind = FailureKind::Overdue(cancellation);
                let id = self.0.id.clone();
                self.break_down(&Failure::new(grace.failure, kind, id, "overdue"));
            }
        }
    }
}

impl Shell {
    /// The time of a task is over: no shield in it holds.
    fn check_forced(&self, task: ScopeId) {
        let holds = self.with(|state| {
            let inside = |id: &ScopeId| {
                let mut above = Some(*id);
                while let Some(kin) = above
                    .filter(|id| *id != task)
                    .and_then(|id| state.kin.get(&id))
                {
                    above = kin.parent;
                }
                above == Some(task)
            };
            let mut all = state.kin.keys().filter(|id| inside(id));
            all.any(|id| state.scopes.cancellation(*id).is_none())
        });
        self.books().expect(!holds, || {
            format!("a shield holds in {task:?}, whose time is over")
        });
    }
}

/// Scopes: what is cancelled stays so, by the first; all in it is, but for shields; and deadlines fire.
pub(super) fn audit(state: &mut State) -> Vec<String> {
    let mut wrong = Vec::new();
    let State {
        scopes, kin, now, ..
    } = state;
    for (id, kin) in kin.iter_mut() {
        let found = scopes.cancellation(*id);
        let is = found.map(|found| (found.canceller.uuid, found.reason));
        match (&kin.first, &is) {
            (None, _) => kin.first = is,
            (first, is) if first == is => {}
            (first, is) => wrong.push(format!("{id:?} was cancelled by {first:?}, now by {is:?}")),
        }
        let above = kin.parent.filter(|_| !kin.shield);
        let above = above.and_then(|parent| scopes.cancellation(parent));
        if above.is_some() && kin.first.is_none() {
            wrong.push(format!("{id:?} is not cancelled, the scope around it is"));
        }
        if kin.due.is_some_and(|due| due <= *now) && kin.first.is_none() {
            wrong.push(format!("the deadline of {id:?} did not fire"));
        }
    }
    wrong
}
