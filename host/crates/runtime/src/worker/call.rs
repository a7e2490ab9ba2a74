//! A call that is under way, and that its task outlives even if the guest stopped waiting for it.

use super::core::Core;
use super::hooks::Hook;
use super::peer::{DialogCell, PeerLink};
use super::scope::Scope;
use super::task::{Opened, Task};
use std::sync::Arc;
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, DialogId, Error, FailureKind, Payload, ScopeId, Uuid,
};

/// An open dialog, as its opener sees it.
#[derive(Clone)]
pub(super) struct OpenCall {
    pub(super) link: Arc<PeerLink>,
    pub(super) dialog: DialogId,
    pub(super) cell: Arc<DialogCell>,
}

impl OpenCall {
    /// Opens a dialog within a scope: the scope's cancellation is the dialog's, its time left goes along.
    pub(super) fn open(
        link: Arc<PeerLink>,
        within: &Scope,
        kind: DialogKind,
        function: &str,
        arguments: Payload,
    ) -> Result<Self, Error> {
        within.check()?;
        let (task, time_left) = (within.task.scope_id(), within.time_left());
        let (dialog, cell) = link.start(task, kind, function, arguments, time_left)?;
        let call = Self { link, dialog, cell };
        within.core().hook(within.id, call.hook());
        Ok(call)
    }

    pub(super) fn hook(&self) -> Hook {
        Hook::Dialog(Arc::downgrade(&self.link), self.dialog)
    }

    pub(super) fn callee(&self) -> &ActorId {
        &self.link.peer
    }

    pub(super) async fn outcome(&self) -> Result<Payload, Error> {
        self.cell.outcome().await
    }

    /// Cancels it, for nobody waits for it, and waits for its end. What it fails with is lost with whoever waited.
    pub(super) async fn abandoned(&self) -> Result<(), Error> {
        self.outcome().await.map(drop)
    }

    pub(super) fn cancel(
        &self,
        core: &Core,
        scope: ScopeId,
        reason: CancelReason,
        message: Option<String>,
    ) {
        let canceller = core.actor.clone();
        self.link.cancel(
            self.dialog,
            Cancellation {
                scope,
                canceller,
                reason,
                message,
            },
        );
    }

    fn ended_quietly(&self) -> bool {
        let outcome = self.cell.outcome.get();
        outcome.is_some_and(|outcome| !matches!(outcome, Err(Error::Failed(_))))
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.dialog == other.dialog && Arc::ptr_eq(&self.link, &other.link)
    }
}

/// Keeps a call of a guest linked to its task: if the guest drops the host call, the callee's task is cancelled, and the
/// caller's does not end before it.
pub(super) struct Waiting {
    call: OpenCall,
    scope: ScopeId,
    task: Task,
    done: bool,
}

impl Waiting {
    pub(super) fn new(call: OpenCall, within: &Scope) -> Self {
        Self {
            call,
            scope: within.id,
            task: within.task.clone(),
            done: false,
        }
    }

    pub(super) async fn outcome(mut self) -> Result<Payload, Error> {
        let outcome = self.call.outcome().await;
        self.done = true;
        outcome
    }

    /// Waits for the first value of a context; an end without one is the error.
    pub(super) async fn first(mut self) -> Result<(OpenCall, Payload), Error> {
        let looked = self
            .call
            .cell
            .wait(|cell| {
                cell.first
                    .get()
                    .cloned()
                    .map(Ok)
                    .or_else(|| cell.outcome.get().cloned().map(Err))
            })
            .await;
        self.done = true;
        match looked {
            Ok(first) => Ok((self.call.clone(), first)),
            Err(Err(error)) => Err(error),
            Err(Ok(_)) => {
                let message = format!(
                    "{} returned without having started its context",
                    self.call.callee().name
                );
                Err(self
                    .task
                    .core()
                    .failure(FailureKind::Misuse, message)
                    .into())
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let core = self.task.core();
        core.unhook(self.scope, &self.call.link, self.call.dialog);
        if !self.done && self.call.cell.outcome.get().is_none() {
            self.call
                .cancel(core, self.scope, CancelReason::OwnerEnded, None);
            // Those that were given up before and have ended since have nothing more to say, unless they failed.
            self.task
                .forget(|opened| matches!(opened, Opened::Call(call) if call.ended_quietly()));
            self.task.owns(Opened::Call(self.call.clone()));
        }
    }
}

impl Core {
    pub(super) fn link(&self, actor: Uuid) -> Option<Arc<PeerLink>> {
        self.state().links.get(&actor).cloned()
    }
}
