//! Starting actors, and owning them.

use super::call::OpenCall;
use super::child::{Child, Run};
use super::core::{Core, lock};
use super::failures;
use super::hooks::Hook;
use super::incarnation::ChildRecord;
use super::portal::Portal;
use super::rerun::Rerun;
use super::scope::Scope;
use super::task::Opened;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::sync::Notify;
use tractor_protocol::control::{ActorSpec, Answer, Body, FromWorker};
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{
    CancelReason, Cancellation, Error, Failure, FailureKind, Linked, NurseryId, Payload, RequestId,
    Restart, ScopeId, Uuid,
};

/// How a nursery differs from the tree's default.
#[derive(Clone, Copy, Debug, Default)]
pub struct NurseryOptions {
    /// Time for its actors to clean up once cancelled. Never more than this actor has left itself; the default is the tree's.
    pub grace: Option<Duration>,
    /// When its actors are started anew; the default is never, by law 2. A call or context that is under way then ends with a failure
    /// `restarted`; handles reach the new incarnation.
    pub restart: Option<Restart>,
}

/// Owns actors. Cheap to clone; its task does not end before it has closed.
#[derive(Clone)]
pub struct Nursery {
    record: Arc<NurseryRecord>,
    scope: Scope,
}

/// What the worker knows of a nursery.
pub(super) struct NurseryRecord {
    id: NurseryId,
    scope: ScopeId,
    grace: Option<Duration>,
    restart: Option<Restart>,
    members: Mutex<HashSet<Uuid>>,
    /// What satisfies the imports of those that are started in it.
    links: Mutex<Vec<Linked>>,
    /// How the body ended, as the first close has said.
    closing: OnceLock<Option<Error>>,
    closed: OnceLock<Vec<Failure>>,
    result: OnceLock<Result<(), Error>>,
    notify: Notify,
}

impl NurseryRecord {
    /// The supervisor's word that all in it are reaped.
    pub(super) fn set_closed(&self, failures: Vec<Failure>) {
        let _ = self.closed.set(failures);
        self.notify.notify_waiters();
    }

    pub(super) fn scope(&self) -> ScopeId {
        self.scope
    }

    /// The grace period of its own, if it has one.
    pub(super) fn grace(&self) -> Option<Duration> {
        self.grace
    }

    /// Whether this actor was started in it.
    pub(super) fn owns(&self, actor: Uuid) -> bool {
        lock(&self.members).contains(&actor)
    }

    /// A member was started anew.
    pub(super) fn replaced(&self, before: Uuid, now: Uuid) {
        let mut members = lock(&self.members);
        if members.remove(&before) {
            members.insert(now);
        }
    }

    fn body(&self) -> Option<&Error> {
        self.closing.get().and_then(Option::as_ref)
    }

    async fn closed(&self) -> &[Failure] {
        loop {
            let notified = self.notify.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if let Some(failures) = self.closed.get() {
                return failures;
            }
            notified.await;
        }
    }
}

impl Nursery {
    /// Opens a nursery within a scope: when that is cancelled, so are the actors in it.
    pub fn open(within: &Scope, options: NurseryOptions) -> Self {
        let core = within.core();
        let id = NurseryId(core.next_id());
        core.tell(&FromWorker::OpenNursery {
            nursery: id,
            grace: options.grace,
            restart: options.restart,
        });
        let hook = Some(Hook::Nursery(id));
        let (scope, notify) = core.open_scope(Some(within.id), None, false, hook);
        let scope = Scope {
            task: within.task.clone(),
            id: scope,
            notify,
        };
        let record = Arc::new(NurseryRecord {
            id,
            scope: scope.id,
            grace: options.grace,
            restart: options.restart,
            members: Mutex::default(),
            links: Mutex::default(),
            closing: OnceLock::new(),
            closed: OnceLock::new(),
            result: OnceLock::new(),
            notify: Notify::new(),
        });
        core.state().nurseries.insert(id, Arc::clone(&record));
        let nursery = Self { record, scope };
        within.task.owns(Opened::Nursery(nursery.clone()));
        nursery
    }

    /// The scope of the nursery: cancelled by the first failure in it. Run the body within it.
    pub fn scope(&self) -> Scope {
        self.scope.clone()
    }

    /// Satisfies an import of the actors that are started from now on: `ns:pkg/iface`, with or without a version. Without an actor it is the
    /// one that satisfies the same import of this actor, if one does. The last word on an interface counts.
    pub fn link(&self, interface: &str, to: Option<&Portal>) {
        let own = || self.core().settings.links.iter();
        let actor = match to {
            Some(portal) => Some(portal.actor()),
            None => own()
                .find(|link| link.interface == interface)
                .map(|link| link.actor.clone()),
        };
        let mut links = lock(&self.record.links);
        links.retain(|link| link.interface != interface);
        links.extend(actor.map(|actor| Linked {
            interface: interface.to_owned(),
            actor,
        }));
    }

    /// Starts an actor that serves until it is cancelled. Returns when it can be called.
    ///
    /// # Errors
    ///
    /// `not-found` and `denied` name what was asked and what there is; `cancelled` if the nursery is; the reason if the actor died while
    /// starting.
    ///
    /// # Cancel safety
    ///
    /// Dropping it undoes the start.
    pub async fn start_actor(&self, spec: ActorSpec) -> Result<Child, Error> {
        let child = self.start(spec, None).await?;
        Ok(Child::new(self.core(), child, Run::Serves))
    }

    /// Starts an actor, calls one function, and ends the actor with it. Returns when the function was called. Where actors are started
    /// anew, the function is called again in each incarnation.
    ///
    /// # Errors
    ///
    /// As [`start_actor`](Self::start_actor). What the function fails with is raised by the nursery, and by [`Child::output`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it undoes the start.
    pub async fn run_in_actor(
        &self,
        spec: ActorSpec,
        function: String,
        arguments: Payload,
    ) -> Result<Child, Error> {
        let child = self.start(spec, Some(function.clone())).await?;
        let run = match self.record.restart {
            None => self.call_once(&child, &function, arguments).map(Run::Once),
            Some(rules) => {
                let rerun = Rerun {
                    core: Arc::clone(self.core()),
                    child: Arc::clone(&child),
                    scope: self.scope(),
                    function,
                    arguments,
                    policy: rules.policy,
                };
                rerun.begin().map(Run::Again)
            }
        };
        if run.is_err() {
            // It has nothing to do, and would never end.
            self.core().withdraw(child.start);
        }
        Ok(Child::new(self.core(), child, run?))
    }

    fn call_once(
        &self,
        child: &ChildRecord,
        function: &str,
        arguments: Payload,
    ) -> Result<OpenCall, Error> {
        let actor = child.reached.get();
        let lost = || {
            let message = format!("{} ended before it was called", actor.name);
            Error::from(self.core().failure(FailureKind::ConnectionLost, message))
        };
        let link = self.core().link(actor.uuid).ok_or_else(lost)?;
        let (task, time_left) = (self.scope.task.scope_id(), self.scope.time_left());
        let (dialog, cell) = link.start(task, DialogKind::Call, function, arguments, time_left)?;
        Ok(OpenCall { link, dialog, cell })
    }

    async fn start(
        &self,
        mut spec: ActorSpec,
        one_shot: Option<String>,
    ) -> Result<Arc<ChildRecord>, Error> {
        if self.record.closing.get().is_some() {
            return Err(Error::Closed);
        }
        let links = lock(&self.record.links).clone();
        spec.grants.links.extend(links);
        self.scope.enter().await?;
        let nursery = self.record.id;
        let mut number = RequestId(0);
        let start = |request| {
            number = request;
            FromWorker::StartActor {
                request,
                nursery,
                spec,
                one_shot,
            }
        };
        match self.core().ask_long(start).await? {
            Answer::Started(actor) => {
                let child = self.core().child(number, &actor);
                lock(&self.record.members).insert(child.reached.get().uuid);
                Ok(child)
            }
            Answer::Failed(error) => Err(self.own(error)),
            other => Err(self.core().unexpected("a start", &other)),
        }
    }

    /// The supervisor knows no scopes: a cancellation that it answers with is that of the nursery.
    fn own(&self, error: Error) -> Error {
        match error {
            Error::Cancelled(cancellation) => {
                let known = self.scope.cancellation();
                Error::Cancelled(known.unwrap_or(Cancellation {
                    scope: self.scope.id,
                    ..cancellation
                }))
            }
            other => other,
        }
    }

    fn core(&self) -> &Arc<Core> {
        self.scope.core()
    }

    /// Cancels all actors in it, and the scope of its body.
    pub fn cancel(&self, message: Option<String>) {
        self.scope.cancel(message);
    }

    /// Says how the body ended and waits until every actor is reaped. Not cut short by cancellation: the actors of a cancelled nursery
    /// end within its grace period. May be called again, by two at once too, with the same answer.
    ///
    /// # Errors
    ///
    /// All that failed, each failure once, in order, cancelled members behind; a cancellation from outside. A cancellation of the
    /// nursery's own scope is not raised: it has done its work.
    ///
    /// # Cancel safety
    ///
    /// Dropping it leaves the nursery closing; its task waits for that.
    pub async fn close(&self, body: Option<Error>) -> Result<(), Error> {
        if self.record.closing.set(body).is_ok() {
            let nursery = self.record.id;
            if let Some(Error::Closed) = self.record.body() {
                // The supervisor knows no such end of a body, but it is an error like others: those that serve are not waited for.
                self.abandon();
            }
            let body = told(self.record.body());
            self.core()
                .tell(&FromWorker::CloseNursery { nursery, body });
        }
        let failures = self.record.closed().await.to_vec();
        let result = self.record.result.get_or_init(|| {
            let outside = self.scope.cancellation().map(Error::Cancelled);
            let body = self.record.body().cloned();
            failures::raise(body, self.scope.id, outside, failures)
        });
        let id = self.record.id;
        self.scope
            .task
            .forget(|opened| matches!(opened, Opened::Nursery(nursery) if nursery.record.id == id));
        self.core().state().nurseries.remove(&id);
        // A task that opens nurseries for years must not keep a scope of each.
        self.scope.close();
        result.clone()
    }

    /// Cancels it because its handle was dropped without a close.
    pub fn abandon(&self) {
        self.core()
            .cancel_own(self.scope.id, CancelReason::OwnerEnded, None);
    }
}

fn told(body: Option<&Error>) -> Body {
    match body {
        None | Some(Error::Closed) => Body::Ended,
        Some(Error::Failed(failures)) => Body::Failed(failures.clone()),
        Some(Error::Cancelled(cancellation)) => Body::Cancelled(cancellation.clone()),
    }
}
