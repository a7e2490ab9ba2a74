//! A running tree, as the program that holds its root.

use crate::builder::TreeBuilder;
use crate::error::Error;
use crate::nursery::Nursery;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tractor_protocol::control::Report;
use tractor_protocol::{ActorId, CancelReason, Uuid};
use tractor_runtime::supervisor::Supervisor;
use tractor_runtime::tree::TreeSnapshot;
use tractor_runtime::worker::{NurseryOptions, Scope, Task, Worker};

/// How long a snapshot waits for the reports of workers that are busy.
const REPORT_PATIENCE: Duration = Duration::from_millis(200);

/// A running tree of actors, of which this program is the root. Dropped, every worker is killed and reaped.
pub struct Tree {
    supervisor: Arc<Supervisor>,
    worker: Worker,
    task: Task,
    grace: Duration,
}

impl Tree {
    /// Begins to describe a tree.
    pub fn builder() -> TreeBuilder {
        TreeBuilder::new()
    }

    pub(crate) fn new(supervisor: Supervisor, worker: Worker, task: Task, grace: Duration) -> Self {
        Self {
            supervisor: Arc::new(supervisor),
            worker,
            task,
            grace,
        }
    }

    /// The root actor, which is this program.
    pub fn root(&self) -> &ActorId {
        self.worker.actor()
    }

    /// The scope of the root's task, cancelled when the tree is shut down.
    pub fn scope(&self) -> Scope {
        self.task.scope()
    }

    /// Opens a nursery, runs `body`, and waits until every actor in it is reaped. The first failure of an actor cancels the others and
    /// the body's waits; an error of the body cancels the actors.
    ///
    /// # Errors
    ///
    /// All that failed, each failure once; the body's own error as itself, if nothing else failed; [`Error::Closed`] if the body was cut
    /// short by the nursery's own cancellation.
    ///
    /// # Cancel safety
    ///
    /// Dropping it cancels the actors, which are gone within their grace period.
    pub async fn nursery<T>(
        &self,
        body: impl AsyncFnOnce(&Nursery) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.nursery_with(NurseryOptions::default(), body).await
    }

    /// As [`nursery`](Self::nursery), with options.
    ///
    /// # Errors
    ///
    /// As [`nursery`](Self::nursery).
    ///
    /// # Cancel safety
    ///
    /// As [`nursery`](Self::nursery).
    pub async fn nursery_with<T>(
        &self,
        options: NurseryOptions,
        body: impl AsyncFnOnce(&Nursery) -> Result<T, Error>,
    ) -> Result<T, Error> {
        Nursery::run(&self.task.scope(), options, self.grace, body).await
    }

    /// Opens a nursery within a scope, which may have a deadline.
    ///
    /// # Errors
    ///
    /// As [`nursery`](Self::nursery).
    ///
    /// # Cancel safety
    ///
    /// As [`nursery`](Self::nursery).
    pub async fn nursery_within<T>(
        &self,
        scope: &Scope,
        body: impl AsyncFnOnce(&Nursery) -> Result<T, Error>,
    ) -> Result<T, Error> {
        Nursery::run(scope, NurseryOptions::default(), self.grace, body).await
    }

    /// Cancels the whole tree gracefully, and waits until nothing is left of it.
    ///
    /// # Cancel safety
    ///
    /// Dropping it leaves the tree going down.
    pub async fn shutdown(&self, message: Option<String>) {
        self.supervisor
            .shutdown(CancelReason::Shutdown, message, None)
            .await;
        self.supervisor.finished().await;
    }

    /// Kills every worker at once, and waits until all are reaped.
    ///
    /// # Cancel safety
    ///
    /// Dropping it does not take it back.
    pub async fn kill(&self) {
        self.supervisor.shutdown_now().await;
        self.supervisor.finished().await;
    }

    /// The tree as it is, and what each worker reports of itself. Workers that compute for longer than 200 ms without waiting are left out
    /// of the reports.
    pub(crate) async fn snapshot(&self) -> Option<(TreeSnapshot, HashMap<Uuid, Report>)> {
        self.supervisor.snapshot(REPORT_PATIENCE).await
    }
}
