//! Owning actors, after `worker/nursery.rs`, `worker/child.rs` and `worker/incarnation.rs`.

use super::dialog::Call;
use super::program::Fuel;
use super::rerun::{self, LastRun, Rerun};
use super::shell::{Hook, NurseryRecord, State};
use super::task::{Opened, Task, raise};
use std::collections::BTreeSet;
use std::time::Duration;
use tractor_protocol::control::{ActorSpec, Answer, Body, FromWorker};
use tractor_protocol::{
    CancelReason, Cancellation, Error, Grants, Limits, Names, NurseryId, Payload, Restart, ScopeId,
    Uuid,
};

/// An open nursery. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Nursery {
    pub(super) id: NurseryId,
    pub(super) scope: ScopeId,
}

/// What an actor was started for.
#[derive(Clone)]
enum Run {
    Serves,
    Once(Call),
    Again(LastRun),
}

/// An owned actor, whichever incarnation of it lives.
#[derive(Clone)]
pub(crate) struct Child {
    /// The id that its start was answered with.
    first: Uuid,
    run: Run,
}

impl Nursery {
    pub(crate) fn open(
        task: &Task,
        within: ScopeId,
        grace: Option<Duration>,
        restart: Option<Restart>,
    ) -> Self {
        let shell = &task.shell;
        let id = NurseryId(shell.next_id());
        shell.tell(FromWorker::OpenNursery {
            nursery: id,
            grace,
            restart,
        });
        let scope = shell.open_scope(within, None, false, Some(Hook::Nursery(id)));
        let record = NurseryRecord {
            scope,
            grace,
            restart,
            members: BTreeSet::new(),
            closing: None,
            closed: None,
        };
        shell.with(|state| state.nurseries.insert(id, record));
        let nursery = Self { id, scope };
        task.owns(Opened::Nursery(nursery.clone()));
        nursery
    }

    pub(crate) async fn start_actor(&self, task: &Task) -> Result<Child, Error> {
        let first = self.start(task, None).await?;
        let run = Run::Serves;
        Ok(Child { first, run })
    }

    pub(crate) async fn run_in_actor(&self, task: &Task, fuel: Fuel) -> Result<Child, Error> {
        let first = self.start(task, Some("f".to_owned())).await?;
        let restart = task
            .shell
            .with(|state| state.nurseries.get(&self.id)?.restart);
        let run = match restart {
            None => rerun::call(task, first, self.scope, fuel).map(Run::Once),
            Some(rules) => {
                let rerun = Rerun {
                    task: task.clone(),
                    child: first,
                    scope: self.scope,
                    fuel,
                    policy: rules.policy,
                };
                rerun.begin().map(Run::Again)
            }
        };
        if run.is_err() {
            // It has nothing to do, and would never end.
            let start = |state: &mut State| state.children.get(&first).map(|child| child.start);
            let start = task.shell.with(start);
            start
                .into_iter()
                .for_each(|request| task.shell.tell(FromWorker::Withdraw { request }));
        }
        let run = run?;
        Ok(Child { first, run })
    }

    async fn start(&self, task: &Task, one_shot: Option<String>) -> Result<Uuid, Error> {
        let closing = |state: &mut State| {
            let record = state.nurseries.get(&self.id);
            record.is_none_or(|record| record.closing.is_some())
        };
        if task.shell.with(closing) {
            return Err(Error::Closed);
        }
        task.shell.check(self.scope)?;
        let nursery = self.id;
        let spec = spec(task);
        let answer = task
            .ask(|request| FromWorker::StartActor {
                request,
                nursery,
                spec,
                one_shot,
            })
            .await?;
        match answer {
            Answer::Started(actor) => {
                task.shell.with(|state| {
                    let child = state.children.get(&actor.uuid);
                    let now = child.map_or(actor.uuid, |child| child.reached.uuid);
                    if let Some(record) = state.nurseries.get_mut(&nursery) {
                        record.members.insert(now);
                    }
                });
                Ok(actor.uuid)
            }
            Answer::Failed(error) => Err(self.own(task, error)),
            _ => Err(Error::Closed),
        }
    }

    /// The supervisor knows no scopes: a cancellation that it answers with is that of the nursery.
    fn own(&self, task: &Task, error: Error) -> Error {
        match error {
            Error::Cancelled(cancellation) => {
                let known = task.shell.cancellation(self.scope);
                Error::Cancelled(known.unwrap_or(Cancellation {
                    scope: self.scope,
                    ..cancellation
                }))
            }
            other => other,
        }
    }

    pub(crate) fn cancel(&self, task: &Task) {
        task.shell.cancel_own(self.scope, CancelReason::Requested);
    }

    pub(crate) fn abandon(&self, task: &Task) {
        task.shell.cancel_own(self.scope, CancelReason::OwnerEnded);
    }

    pub(crate) async fn close(&self, task: &Task, body: Option<Error>) -> Result<(), Error> {
        let nursery = self.id;
        let (first, body) = task.shell.with(|state| {
            let record = state.nurseries.get_mut(&nursery);
            record.map_or((false, None), |record| {
                let first = record.closing.is_none();
                (first, record.closing.get_or_insert(body).clone())
            })
        });
        if first {
            if body == Some(Error::Closed) {
                // The supervisor knows no such end of a body: those that serve are not waited for.
                self.abandon(task);
            }
            let body = told(body.as_ref());
            task.shell.tell(FromWorker::CloseNursery { nursery, body });
        }
        let failures = task
            .wait(|state| state.nurseries.get(&nursery)?.closed.clone())
            .await;
        let outside = task.shell.cancellation(self.scope).map(Error::Cancelled);
        let result = raise(body, self.scope, outside, failures);
        task.forget(|opened| matches!(opened, Opened::Nursery(other) if other.id == nursery));
        task.shell.close_scope(self.scope);
        result
    }
}

fn told(body: Option<&Error>) -> Body {
    match body {
        None | Some(Error::Closed) => Body::Ended,
        Some(Error::Failed(failures)) => Body::Failed(failures.clone()),
        Some(Error::Cancelled(cancellation)) => Body::Cancelled(cancellation.clone()),
    }
}

/// Names are unique in a worker, so that the oracle can tell whose next incarnation an actor is.
fn spec(task: &Task) -> ActorSpec {
    let name = ["ant", "bee", "cat", "dog"][task.dice(4) as usize];
    ActorSpec {
        component: "a".to_owned(),
        name: format!("{name}{}", task.shell.next_id()),
        grants: Grants {
            components: vec!["*".to_owned()],
            names: Names {
                find: true,
                list: true,
                register: true,
            },
            ..Grants::default()
        },
        limits: Limits::default(),
        overdue: None,
        spawn_backend: None,
    }
}

impl Child {
    /// Who it is now.
    pub(crate) fn uuid(&self, task: &Task) -> Uuid {
        task.shell.with(|state| {
            let child = state.children.get(&self.first);
            child.map_or(self.first, |child| child.reached.uuid)
        })
    }

    pub(crate) fn is_daemon(&self) -> bool {
        matches!(self.run, Run::Serves)
    }

    pub(crate) async fn output(&self, task: &Task, within: ScopeId) -> Result<Payload, Error> {
        task.wait_within(within, |_| match &self.run {
            Run::Serves => Some(Err(Error::Closed)),
            Run::Once(call) => call.known.borrow().outcome.clone(),
            Run::Again(last) => last.borrow().clone(),
        })
        .await?
    }

    pub(crate) async fn cancel(&self, task: &Task) -> Result<(), Error> {
        let actor = self.uuid(task);
        let message = None;
        let asked = task.ask(|request| FromWorker::CancelActor {
            request,
            actor,
            message,
        });
        match asked.await? {
            Answer::Failed(error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Waits until it has ended for good.
    pub(crate) async fn ended(&self, task: &Task, within: ScopeId) -> Result<(), Error> {
        let failures = task
            .wait_within(within, |state| state.children.get(&self.first)?.end.clone())
            .await?;
        match failures.is_empty() {
            true => Ok(()),
            false => Err(Error::Failed(failures)),
        }
    }
}
