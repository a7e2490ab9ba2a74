//! A running tree, as the program that holds its root.

use crate::builder::TreeBuilder;
use crate::error::Error;
use crate::look::{self, Window};
use crate::nursery::Nursery;
use std::sync::Arc;
use std::time::Duration;
use tractor_protocol::{ActorId, CancelReason};
use tractor_runtime::supervisor::Supervisor;
use tractor_runtime::worker::{NurseryOptions, Scope, Task, Worker};

/// A running tree of actors, of which this program is the root. Dropped, every worker is killed and reaped.
///
/// The same user can look at it from outside with `tractor-host tree`, over a socket that has no file.
pub struct Tree {
    supervisor: Arc<Supervisor>,
    worker: Worker,
    task: Task,
    grace: Duration,
    /// Without it nobody can look in from outside, and all else works.
    _window: Option<Window>,
}

impl Tree {
    /// Begins to describe a tree.
    pub fn builder() -> TreeBuilder {
        TreeBuilder::new()
    }

    pub(crate) fn new(supervisor: Supervisor, worker: Worker, task: Task, grace: Duration) -> Self {
        let supervisor = Arc::new(supervisor);
        let window = Window::open(&supervisor)
            .inspect_err(|error| tracing::info!(%error, "nobody can look at the tree from outside"))
            .ok();
        Self {
            supervisor,
            worker,
            task,
            grace,
            _window: window,
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
        let options = NurseryOptions::default();
        self.nursery_within_with(scope, options, body).await
    }

    /// As [`nursery_within`](Self::nursery_within), with options.
    ///
    /// # Errors
    ///
    /// As [`nursery`](Self::nursery).
    ///
    /// # Cancel safety
    ///
    /// As [`nursery`](Self::nursery).
    pub async fn nursery_within_with<T>(
        &self,
        scope: &Scope,
        options: NurseryOptions,
        body: impl AsyncFnOnce(&Nursery) -> Result<T, Error>,
    ) -> Result<T, Error> {
        Nursery::run(scope, options, self.grace, body).await
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

    /// The tree as text, one line for each actor, as `tractor-host tree` shows it. Takes 100 ms, in which processor time is watched, and
    /// up to 400 ms more if workers compute without waiting.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn look(&self) -> String {
        let look = look::look(&Arc::downgrade(&self.supervisor)).await;
        look.unwrap_or_default()
    }
}
