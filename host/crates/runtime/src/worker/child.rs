//! An actor that this one owns.

use super::call::OpenCall;
use super::core::{Core, End};
use super::nursery::Started;
use super::portal::Portal;
use super::scope::Scope;
use std::sync::Arc;
use tractor_protocol::control::{Answer, FromWorker};
use tractor_protocol::{ActorId, Error, Failure, FailureKind, Payload, RequestId};

/// A handle to an owned actor. Cheap to clone; dropping it does nothing to the actor.
#[derive(Clone)]
pub struct Child {
    core: Arc<Core>,
    actor: ActorId,
    start: RequestId,
    call: Option<OpenCall>,
    end: Arc<End>,
}

impl Child {
    pub(super) fn new(core: &Arc<Core>, started: Started, call: Option<OpenCall>) -> Self {
        let Started { actor, request } = started;
        let end = core.end_of(actor.uuid);
        Self {
            core: Arc::clone(core),
            actor,
            start: request,
            call,
            end,
        }
    }

    /// Undoes the start, because whoever asked for it never took the handle: the actor is cancelled, and that is no failure.
    pub fn undo_start(&self) {
        self.core.withdraw(self.start);
    }

    /// Who it is.
    pub fn actor(&self) -> &ActorId {
        &self.actor
    }

    /// The way to call it.
    pub fn portal(&self) -> Portal {
        Portal {
            core: Arc::clone(&self.core),
            actor: self.actor.clone(),
        }
    }

    /// Waits for the value of the function it was started for. May be asked again.
    ///
    /// # Errors
    ///
    /// The function's failures; `misuse` for an actor that serves; `cancelled` once `within` is.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn output(&self, within: &Scope) -> Result<Payload, Error> {
        let Some(call) = &self.call else {
            let message = format!(
                "{} serves until it is cancelled: it has no output",
                self.actor.name
            );
            return Err(self.core.failure(FailureKind::Misuse, message).into());
        };
        tokio::select! {
            biased;
            outcome = call.outcome() => self.unless_cancelled(outcome, within),
            cancellation = within.cancelled() => Err(Error::Cancelled(cancellation)),
        }
    }

    /// If it ended because it was cancelled, and so is whoever asks, then that is the answer.
    fn unless_cancelled(
        &self,
        outcome: Result<Payload, Error>,
        within: &Scope,
    ) -> Result<Payload, Error> {
        let only_cancelled = |failures: &[Failure]| {
            failures.iter().all(|failure| match failure.kind {
                FailureKind::ContextCancelled(_) => failure.origin == self.actor,
                _ => failure.is_cancelled(),
            })
        };
        match (outcome, within.cancellation()) {
            (Err(Error::Failed(failures)), Some(cancellation)) if only_cancelled(&failures) => {
                Err(Error::Cancelled(cancellation))
            }
            (outcome, _) => outcome,
        }
    }

    /// Cancels the actor; returns when it is gone, which takes at most its grace period. Not cut short by cancellation.
    ///
    /// # Errors
    ///
    /// A failure `overdue` if it did not end in time by itself, which its nursery raises too; `closed` if the supervisor is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping it does not take the cancel back.
    pub async fn cancel(&self, message: Option<String>) -> Result<(), Error> {
        let actor = self.actor.uuid;
        match self
            .core
            .ask_long(|request| FromWorker::CancelActor {
                request,
                actor,
                message,
            })
            .await?
        {
            Answer::Failed(error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    ///
    /// What it failed with; `cancelled` once `within` is.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn ended(&self, within: &Scope) -> Result<(), Error> {
        tokio::select! {
            biased;
            failures = self.end.wait() => match failures {
                [] => Ok(()),
                failures => Err(Error::Failed(failures.to_vec())),
            },
            cancellation = within.cancelled() => Err(Error::Cancelled(cancellation)),
        }
    }
}
