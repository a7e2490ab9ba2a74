//! The function of a one-shot whose nursery restarts: it is called again in each incarnation, until one run is the last.

use super::call::OpenCall;
use super::core::Core;
use super::incarnation::{ChildRecord, Next};
use super::scope::Scope;
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{Error, Failure, FailureKind, Payload, RestartPolicy};

/// How the last run ended, once it is known. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct LastRun(Arc<Inner>);

#[derive(Default)]
struct Inner {
    outcome: OnceLock<Result<Payload, Error>>,
    notify: Notify,
}

impl LastRun {
    fn set(&self, outcome: Result<Payload, Error>) {
        // There is one runner, and it sets this once.
        let _ = self.0.outcome.set(outcome);
        self.0.notify.notify_waiters();
    }

    pub(super) async fn outcome(&self) -> Result<Payload, Error> {
        loop {
            let notified = self.0.notify.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if let Some(outcome) = self.0.outcome.get() {
                return outcome.clone();
            }
            notified.await;
        }
    }
}

/// What is called again.
pub(super) struct Rerun {
    pub(super) core: Arc<Core>,
    pub(super) child: Arc<ChildRecord>,
    /// Its time left is the function's.
    pub(super) scope: Scope,
    pub(super) function: String,
    pub(super) arguments: Payload,
    pub(super) policy: RestartPolicy,
}

impl Rerun {
    /// Calls the function once now, and again whenever the child is started anew.
    ///
    /// # Errors
    ///
    /// What no other run would do better: arguments that are too large, too many dialogs.
    pub(super) fn begin(self) -> Result<LastRun, Error> {
        let seen = self.child.restarts();
        let first = self.call();
        if let Err(error) = &first
            && is_ours(error)
        {
            return Err(error.clone());
        }
        let last = LastRun::default();
        let core = Arc::clone(&self.core);
        core.spawn(self.run(seen, first, last.clone()));
        Ok(last)
    }

    fn call(&self) -> Result<OpenCall, Error> {
        let actor = self.child.reached.get();
        let link = self.core.link(actor.uuid).ok_or_else(|| {
            let message = format!("{} ended before it was called", actor.name);
            Error::from(self.core.failure(FailureKind::ConnectionLost, message))
        })?;
        let (task, time_left) = (self.scope.task.scope_id(), self.scope.time_left());
        let (function, arguments) = (&self.function, self.arguments.clone());
        let (dialog, cell) = link.start(task, DialogKind::Call, function, arguments, time_left)?;
        Ok(OpenCall { link, dialog, cell })
    }

    async fn run(self, mut seen: u64, mut call: Result<OpenCall, Error>, last: LastRun) {
        loop {
            let hopeless = call.as_ref().is_err_and(is_ours);
            let outcome = match call {
                Ok(call) => call.outcome().await,
                Err(error) => Err(error),
            };
            let returned = outcome.is_ok() && self.policy == RestartPolicy::OnFailure;
            if returned || hopeless {
                self.core.is_done(&self.child);
                return last.set(outcome);
            }
            match self.child.next(seen).await {
                Next::Restarted => {}
                Next::Ended(failures) => {
                    return last.set(match outcome {
                        // The supervisor's word says more: how often it was tried.
                        Err(_) if !failures.is_empty() => Err(Error::Failed(failures.to_vec())),
                        outcome => outcome,
                    });
                }
            }
            seen = self.child.restarts();
            call = self.call();
        }
    }
}

/// Whether a call that could not be opened failed at this end, and not for want of a callee.
fn is_ours(error: &Error) -> bool {
    let limit = |failure: &Failure| matches!(failure.kind, FailureKind::Limit(_));
    matches!(error, Error::Failed(failures) if failures.iter().any(limit))
}
