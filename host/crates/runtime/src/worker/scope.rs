//! Cancel scopes, as the code of an actor uses them.

use super::core::Core;
use super::task::Task;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tractor_protocol::{CancelReason, Cancellation, Error, ScopeId};

/// How a scope differs from the one around it. The default is no deadline and no shield.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScopeOptions {
    /// Cancels the scope when this much time has passed.
    pub deadline: Option<Duration>,
    /// Keeps cancellation from outside away, until the task's grace period is over.
    pub shield: bool,
}

/// A span of work that is cancelled as one. Cheap to clone; it ends with its task, or by [`close`](Self::close).
#[derive(Clone)]
pub struct Scope {
    pub(super) task: Task,
    pub(super) id: ScopeId,
    pub(super) notify: Arc<Notify>,
}

impl Scope {
    pub(super) fn core(&self) -> &Arc<Core> {
        self.task.core()
    }

    /// The task it belongs to.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Makes a scope inside this one.
    pub fn child(&self, options: ScopeOptions) -> Self {
        let (id, notify) =
            self.core()
                .open_scope(Some(self.id), options.deadline, options.shield, None);
        Self {
            task: self.task.clone(),
            id,
            notify,
        }
    }

    /// Its number, unique in this actor.
    pub fn id(&self) -> ScopeId {
        self.id
    }

    /// Waits that long.
    ///
    /// # Errors
    ///
    /// The cancellation, at once when the scope is cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn sleep(&self, time: Duration) -> Result<(), Cancellation> {
        tokio::select! {
            biased;
            cancellation = self.cancelled() => {
                // Code that does not care and waits again must not keep the other tasks of its actor from running.
                tokio::task::yield_now().await;
                Err(cancellation)
            }
            () = tokio::time::sleep(time) => Ok(()),
        }
    }

    /// Gives way to other tasks.
    ///
    /// # Errors
    ///
    /// The cancellation, if there is one.
    pub async fn checkpoint(&self) -> Result<(), Cancellation> {
        tokio::task::yield_now().await;
        self.cancellation().map_or(Ok(()), Err)
    }

    /// Waits until the scope is cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn cancelled(&self) -> Cancellation {
        loop {
            let notified = self.notify.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if let Some(cancellation) = self.cancellation() {
                return cancellation;
            }
            notified.await;
        }
    }

    /// The cancellation, if there is one by now.
    pub fn cancellation(&self) -> Option<Cancellation> {
        self.core().state().scopes.cancellation(self.id)
    }

    /// Cancels it and all in it. A second time has no effect.
    pub fn cancel(&self, message: Option<String>) {
        self.core()
            .cancel_own(self.id, CancelReason::Requested, message);
    }

    /// Time until the nearest deadline around it, up to the first shield. The end of the grace period of its task, or of the actor, is one
    /// too, shield or not.
    pub fn time_left(&self) -> Option<Duration> {
        let now = self.core().now();
        let state = self.core().state();
        let deadline = state.scopes.deadline(self.id);
        let grace = state.end_of_grace(self.task.scope_id());
        let nearest = [deadline, grace].into_iter().flatten().min()?;
        Some(nearest.since(now))
    }

    /// Ends it: its deadline no longer fires, scopes inside belong to the scope around it.
    pub fn close(&self) {
        self.core().close_scope(self.id);
    }

    /// As [`check`](Self::check), for calls that may wait: gives way before it says no, as [`sleep`](Self::sleep) does.
    pub(super) async fn enter(&self) -> Result<(), Error> {
        if let Err(error) = self.check() {
            tokio::task::yield_now().await;
            return Err(error);
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        self.cancellation()
            .map_or(Ok(()), |cancellation| Err(Error::Cancelled(cancellation)))
    }
}
