//! An actor that this one owns.

use super::call::OpenCall;
use super::core::Core;
use super::incarnation::ChildRecord;
use super::portal::Portal;
use super::rerun::LastRun;
use super::scope::Scope;
use std::sync::Arc;
use tractor_protocol::control::{Answer, FromWorker};
use tractor_protocol::{ActorId, Error, Failure, FailureKind, Payload};

/// What an actor was started for.
#[derive(Clone)]
pub(super) enum Run {
    /// To serve.
    Serves,
    /// For this call.
    Once(OpenCall),
    /// For a call that is made again when it is started anew.
    Again(LastRun),
}

impl Run {
    async fn outcome(&self) -> Option<Result<Payload, Error>> {
        match self {
            Self::Serves => None,
            Self::Once(call) => Some(call.outcome().await),
            Self::Again(last) => Some(last.outcome().await),
        }
    }
}

/// A handle to an owned actor, whichever incarnation of it lives. Cheap to clone; dropping it does nothing to the actor.
#[derive(Clone)]
pub struct Child {
    core: Arc<Core>,
    record: Arc<ChildRecord>,
    run: Run,
}

impl Child {
    pub(super) fn new(core: &Arc<Core>, record: Arc<ChildRecord>, run: Run) -> Self {
        Self {
            core: Arc::clone(core),
            record,
            run,
        }
    }

    /// Undoes the start, because whoever asked for it never took the handle: the actor is cancelled, and that is no failure.
    pub fn undo_start(&self) {
        self.core.withdraw(self.record.start);
    }

    /// Who it is now: another one after it was started anew.
    pub fn actor(&self) -> ActorId {
        self.record.reached.get()
    }

    /// The way to call it.
    pub fn portal(&self) -> Portal {
        Portal {
            core: Arc::clone(&self.core),
            reached: self.record.reached.clone(),
        }
    }

    /// Waits for the value of the function it was started for. May be asked again. Of an actor that is started anew it is that of the
    /// last run.
    ///
    /// # Errors
    ///
    /// The function's failures; `misuse` for an actor that serves; `cancelled` once `within` is.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn output(&self, within: &Scope) -> Result<Payload, Error> {
        tokio::select! {
            biased;
            outcome = self.run.outcome() => match outcome {
                Some(outcome) => self.unless_cancelled(outcome, within),
                None => Err(self.no_output()),
            },
            cancellation = within.cancelled() => Err(Error::Cancelled(cancellation)),
        }
    }

    fn no_output(&self) -> Error {
        let name = self.actor().name;
        let message = format!("{name} serves until it is cancelled: it has no output");
        self.core.failure(FailureKind::Misuse, message).into()
    }

    /// If it ended because it was cancelled, and so is whoever asks, then that is the answer.
    fn unless_cancelled(
        &self,
        outcome: Result<Payload, Error>,
        within: &Scope,
    ) -> Result<Payload, Error> {
        let actor = self.actor();
        let only_cancelled = |failures: &[Failure]| {
            failures.iter().all(|failure| match failure.kind {
                FailureKind::ContextCancelled(_) => failure.origin == actor,
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

    /// Cancels the actor, which is not started anew then; returns when it is gone, which takes at most its grace period. Not cut short by cancellation.
    ///
    /// # Errors
    ///
    /// A failure `overdue` if it did not end in time by itself, which its nursery raises too; `closed` if the supervisor is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping it does not take the cancel back.
    pub async fn cancel(&self, message: Option<String>) -> Result<(), Error> {
        let actor = self.actor().uuid;
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

    /// Waits until it has ended by itself, for good: a restart is no end.
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
            failures = self.record.end.wait() => match failures {
                [] => Ok(()),
                failures => Err(Error::Failed(failures.to_vec())),
            },
            cancellation = within.cancelled() => Err(Error::Cancelled(cancellation)),
        }
    }
}
