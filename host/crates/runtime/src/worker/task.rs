//! A running task, and what it has opened: it does not end before all of that has.

use super::call::OpenCall;
use super::context::OpenedContext;
use super::core::{Core, Worker, lock};
use super::failures;
use super::nursery::Nursery;
use super::scope::Scope;
use crate::time::Time;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tractor_protocol::{ActorId, Error, Failure, Payload, ScopeId};

/// A running task: one function, called once. Cheap to clone.
#[derive(Clone)]
pub struct Task(Arc<Inner>);

struct Inner {
    worker: Worker,
    id: u64,
    scope: ScopeId,
    notify: Arc<Notify>,
    function: String,
    caller: ActorId,
    started: Time,
    opened: Mutex<Vec<Opened>>,
}

/// Something that a task opened, and that must end before it.
#[derive(Clone)]
pub(super) enum Opened {
    Nursery(Nursery),
    Context(OpenedContext),
    Call(OpenCall),
}

impl Task {
    /// Registers a task. `time_left` is its caller's.
    pub(super) fn begin(
        core: &Arc<Core>,
        function: String,
        caller: ActorId,
        time_left: Option<Duration>,
    ) -> Self {
        let (scope, notify) = core.open_task_scope(time_left);
        let id = core.next_id();
        let started = core.now();
        let worker = Worker(Arc::clone(core));
        let opened = Mutex::new(Vec::new());
        let task = Self(Arc::new(Inner {
            worker,
            id,
            scope,
            notify,
            function,
            caller,
            started,
            opened,
        }));
        core.state().tasks.insert(id, task.clone());
        task
    }

    /// The scope of the task: cancelled when its caller ends, fails, cancels or is lost.
    pub fn scope(&self) -> Scope {
        Scope {
            task: self.clone(),
            id: self.0.scope,
            notify: Arc::clone(&self.0.notify),
        }
    }

    /// The worker it runs in.
    pub fn worker(&self) -> &Worker {
        &self.0.worker
    }

    /// The function it runs.
    pub fn function(&self) -> &str {
        &self.0.function
    }

    /// Who called it.
    pub fn caller(&self) -> &ActorId {
        &self.0.caller
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.0.worker.0
    }

    pub(super) fn id(&self) -> u64 {
        self.0.id
    }

    pub(super) fn scope_id(&self) -> ScopeId {
        self.0.scope
    }

    pub(super) fn started(&self) -> Time {
        self.0.started
    }

    /// Takes note of something the task must outlive.
    pub(super) fn owns(&self, opened: Opened) {
        lock(&self.0.opened).push(opened);
    }

    /// Forgets what has ended in good order.
    pub(super) fn forget(&self, ended: impl Fn(&Opened) -> bool) {
        lock(&self.0.opened).retain(|opened| !ended(opened));
    }

    /// Forgets all that it opened, for it will not be finished: what it opened refers back to it.
    pub(super) fn let_go(&self) {
        let opened = std::mem::take(&mut *lock(&self.0.opened));
        drop(opened);
    }

    /// Closes what the task left open, newest first, and gives its final result. What failed in there is not lost.
    pub(super) async fn finish(&self, result: Result<Payload, Error>) -> Result<Payload, Error> {
        let mut left = Vec::new();
        loop {
            let Some(opened) = lock(&self.0.opened).pop() else {
                break;
            };
            left.extend(opened.end().await);
        }
        self.core().state().tasks.remove(&self.0.id);
        self.core().close_scope(self.0.scope);
        failures::with_left_over(result, left)
    }
}

impl Opened {
    async fn end(self) -> Vec<Failure> {
        let ended = match self {
            Self::Nursery(nursery) => {
                nursery.abandon();
                nursery.close(None).await
            }
            Self::Context(context) => {
                context.abandon();
                context.close(None).await
            }
            Self::Call(call) => call.abandoned().await,
        };
        match ended {
            Err(Error::Failed(failures)) => failures,
            _ => Vec::new(),
        }
    }
}
