//! The function of a one-shot whose nursery restarts: it is called again in each incarnation, until one run is the last. After
//! `worker/rerun.rs`.

use super::dialog::Call;
use super::program::Fuel;
use super::shell::{ChildRecord, State};
use super::task::Task;
use std::cell::RefCell;
use std::rc::Rc;
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{Error, Failure, FailureKind, Payload, RestartPolicy, ScopeId, Uuid};

/// How the last run ended, once it is known.
pub(super) type LastRun = Rc<RefCell<Option<Result<Payload, Error>>>>;

/// What is called again.
pub(super) struct Rerun {
    pub(super) task: Task,
    /// By the id that its start was answered with.
    pub(super) child: Uuid,
    pub(super) scope: ScopeId,
    pub(super) fuel: Fuel,
    pub(super) policy: RestartPolicy,
}

impl Rerun {
    /// Calls the function once now, and again whenever the child is started anew.
    pub(super) fn begin(self) -> Result<LastRun, Error> {
        let seen = self.restarts();
        let first = self.call();
        if let Err(error) = &first
            && is_ours(error)
        {
            return Err(error.clone());
        }
        let last = LastRun::default();
        let shell = self.task.shell.clone();
        shell.spawn(Box::pin(self.run(seen, first, Rc::clone(&last))));
        Ok(last)
    }

    fn look<R>(&self, look: impl FnOnce(&mut ChildRecord) -> R) -> Option<R> {
        let child = |state: &mut State| state.children.get_mut(&self.child).map(look);
        self.task.shell.with(child)
    }

    fn restarts(&self) -> u64 {
        self.look(|child| child.restarts).unwrap_or(0)
    }

    fn call(&self) -> Result<Call, Error> {
        call(&self.task, self.child, self.scope, self.fuel)
    }

    async fn run(self, mut seen: u64, mut call: Result<Call, Error>, last: LastRun) {
        loop {
            let hopeless = call.as_ref().is_err_and(is_ours);
            let outcome = match call {
                Ok(call) => call.outcome(&self.task).await,
                Err(error) => Err(error),
            };
            let returned = outcome.is_ok() && self.policy == RestartPolicy::OnFailure;
            if returned || hopeless {
                self.task.shell.child_is_done(self.child, seen);
                return self.set(&last, outcome);
            }
            if let Some(failures) = self.next(seen).await {
                return self.set(
                    &last,
                    match outcome {
                        Err(_) if !failures.is_empty() => Err(Error::Failed(failures)),
                        outcome => outcome,
                    },
                );
            }
            self.task.shell.books().seen("function called again");
            seen = self.restarts();
            call = self.call();
        }
    }

    /// Waits for more restarts than were seen, or gives with what it has ended for good.
    async fn next(&self, seen: u64) -> Option<Vec<Failure>> {
        self.task
            .wait(|state| {
                let child = state.children.get(&self.child)?;
                match child.restarts > seen {
                    true => Some(None),
                    false => child.end.clone().map(Some),
                }
            })
            .await
    }

    fn set(&self, last: &LastRun, outcome: Result<Payload, Error>) {
        last.borrow_mut().get_or_insert(outcome);
        self.task.shell.touch();
    }
}

/// Calls the function of a one-shot in the incarnation that lives.
pub(super) fn call(task: &Task, child: Uuid, scope: ScopeId, fuel: Fuel) -> Result<Call, Error> {
    let link = task.shell.with(|state| {
        let child = state.children.get(&child)?;
        state.link_of.get(&child.reached.uuid).copied()
    });
    let Some(link) = link else {
        let text = "it ended before it was called";
        return Err(task.shell.failure(FailureKind::ConnectionLost, text).into());
    };
    Call::start(task, link, scope, DialogKind::Call, fuel)
}

/// Whether a call that could not be opened failed at this end, and not for want of a callee.
fn is_ours(error: &Error) -> bool {
    let limit = |failure: &Failure| matches!(failure.kind, FailureKind::Limit(_));
    matches!(error, Error::Failed(failures) if failures.iter().any(limit))
}
