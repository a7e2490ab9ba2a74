//! Owning actors, after `worker/nursery.rs` and `worker/child.rs`.

use super::dialog::Call;
use super::program::Fuel;
use super::shell::{Hook, NurseryRecord};
use super::task::{Opened, Task, raise};
use std::collections::BTreeSet;
use std::time::Duration;
use tractor_protocol::control::{ActorSpec, Answer, Body, FromWorker};
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Error, FailureKind, Grants, Limits, Names, NurseryId,
    Payload, ScopeId, Uuid,
};

/// An open nursery. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Nursery {
    pub(super) id: NurseryId,
    pub(super) scope: ScopeId,
}

/// An owned actor.
#[derive(Clone)]
pub(crate) struct Child {
    pub(super) actor: ActorId,
    call: Option<Call>,
}

impl Nursery {
    pub(crate) fn open(task: &Task, within: ScopeId, grace: Option<Duration>) -> Self {
        let shell = &task.shell;
        let id = NurseryId(shell.next_id());
        shell.tell(FromWorker::OpenNursery {
            nursery: id,
            grace,
            restart: None,
        });
        let scope = shell.open_scope(within, None, false, Some(Hook::Nursery(id)));
        let record = NurseryRecord {
            scope,
            grace,
            members: BTreeSet::new(),
            closing: false,
            closed: None,
        };
        shell.with(|state| state.nurseries.insert(id, record));
        let nursery = Self { id, scope };
        task.owns(Opened::Nursery(nursery.clone()));
        nursery
    }

    pub(crate) async fn start_actor(&self, task: &Task) -> Result<Child, Error> {
        let actor = self.start(task, None).await?;
        Ok(Child { actor, call: None })
    }

    pub(crate) async fn run_in_actor(&self, task: &Task, fuel: Fuel) -> Result<Child, Error> {
        let actor = self.start(task, Some("f".to_owned())).await?;
        let link = task
            .shell
            .with(|state| state.link_of.get(&actor.uuid).copied());
        let Some(link) = link else {
            let text = "it ended before it was called";
            return Err(task.shell.failure(FailureKind::ConnectionLost, text).into());
        };
        let call = Call::start(task, link, self.scope, DialogKind::Call, fuel)?;
        let call = Some(call);
        Ok(Child { actor, call })
    }

    async fn start(&self, task: &Task, one_shot: Option<String>) -> Result<ActorId, Error> {
        let closing = |state: &mut super::shell::State| {
            let record = state.nurseries.get(&self.id);
            record.is_none_or(|record| record.closing)
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
                    state.peers.push(actor.uuid);
                    if let Some(record) = state.nurseries.get_mut(&nursery) {
                        record.members.insert(actor.uuid);
                    }
                });
                Ok(actor)
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
        let first = task.shell.with(|state| {
            let record = state.nurseries.get_mut(&nursery);
            record.is_some_and(|record| !std::mem::replace(&mut record.closing, true))
        });
        if first {
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

fn spec(task: &Task) -> ActorSpec {
    ActorSpec {
        component: "a".to_owned(),
        name: ["ant", "bee", "cat", "dog"][task.dice(4) as usize].to_owned(),
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
    }
}

impl Child {
    pub(crate) fn uuid(&self) -> Uuid {
        self.actor.uuid
    }

    pub(crate) fn is_daemon(&self) -> bool {
        self.call.is_none()
    }

    pub(crate) async fn output(&self, task: &Task, within: ScopeId) -> Result<Payload, Error> {
        let Some(call) = &self.call else {
            return Err(Error::Closed);
        };
        task.wait_within(within, |_| call.known.borrow().outcome.clone())
            .await?
    }

    pub(crate) async fn cancel(&self, task: &Task) -> Result<(), Error> {
        let actor = self.actor.uuid;
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

    /// Waits until it has ended.
    pub(crate) async fn ended(&self, task: &Task, within: ScopeId) -> Result<(), Error> {
        let actor = self.actor.uuid;
        let failures = task
            .wait_within(within, |state| state.ends.get(&actor).cloned())
            .await?;
        match failures.is_empty() {
            true => Ok(()),
            false => Err(Error::Failed(failures)),
        }
    }
}
