//! Starting actors, and owning them.

use crate::codec::{self, Arguments};
use crate::error::{Ended, Error};
use crate::portal::Portal;
use crate::spec::ActorSpec;
use serde::de::DeserializeOwned;
use std::ops::Deref;
use std::time::Duration;
use tractor_protocol::{ActorId, Payload};
use tractor_runtime::worker::{self, NurseryOptions, Scope};

/// Owns actors, for the body of [`Tree::nursery`](crate::Tree::nursery).
pub struct Nursery {
    raw: worker::Nursery,
    closed: bool,
}

impl Nursery {
    pub(crate) async fn run<T>(
        within: &Scope,
        options: NurseryOptions,
        patience: Duration,
        body: impl AsyncFnOnce(&Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut nursery = Self {
            raw: worker::Nursery::open(within, options),
            closed: false,
        };
        let scope = nursery.scope();
        let result = tokio::select! {
            result = body(&nursery) => result,
            cancellation = overdue(&scope, options.grace.unwrap_or(patience)) => Err(cancellation),
        };
        let (value, result) = match result {
            Ok(value) => (Some(value), Ok(())),
            Err(error) => (None, Err(error)),
        };
        let ended = Ended::new(result, &scope);
        let closed = nursery.raw.close(ended.told.clone()).await;
        nursery.closed = true;
        // Without this a root that opens nurseries for years would keep a scope of each.
        scope.close();
        ended.raise(closed)?;
        // Without a value and without an error the body was cut short by a cancellation of the nursery's own.
        value.ok_or(Error::Closed)
    }

    /// The scope of the nursery: cancelled by the first failure in it.
    pub fn scope(&self) -> Scope {
        self.raw.scope()
    }

    /// Starts an actor that serves until it is cancelled. Returns when it can be called.
    ///
    /// # Errors
    ///
    /// What is not found or not granted, by name; the reason if it died while starting; the cancellation of the nursery.
    ///
    /// # Cancel safety
    ///
    /// Dropping it undoes the start.
    pub async fn start_actor(&self, actor: impl Into<ActorSpec>) -> Result<Child, Error> {
        let raw = self.raw.start_actor(actor.into().into_raw()).await?;
        Ok(Child::new(raw, self.scope()))
    }

    /// Starts an actor, calls one function, and ends the actor with it.
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
        actor: impl Into<ActorSpec>,
        function: &str,
        arguments: impl Arguments,
    ) -> Result<Child, Error> {
        self.run_in_actor_payload(actor, function, codec::arguments(&arguments)?)
            .await
    }

    /// As [`run_in_actor`](Self::run_in_actor), with arguments as they are on the wire.
    ///
    /// # Errors
    ///
    /// As [`run_in_actor`](Self::run_in_actor).
    ///
    /// # Cancel safety
    ///
    /// As [`run_in_actor`](Self::run_in_actor).
    pub async fn run_in_actor_payload(
        &self,
        actor: impl Into<ActorSpec>,
        function: &str,
        arguments: Payload,
    ) -> Result<Child, Error> {
        let raw = self
            .raw
            .run_in_actor(actor.into().into_raw(), function.to_owned(), arguments)
            .await?;
        Ok(Child::new(raw, self.scope()))
    }

    /// Cancels all actors in it, and the waits of its body.
    pub fn cancel(&self) {
        self.raw.cancel(None);
    }
}

impl Drop for Nursery {
    fn drop(&mut self) {
        if !self.closed {
            self.raw.abandon();
        }
    }
}

/// A body that waits for something of its own does not see its cancellation. It has the grace period to see it, then it is dropped.
async fn overdue(scope: &Scope, grace: Duration) -> Error {
    let cancellation = scope.cancelled().await;
    tokio::time::sleep(grace).await;
    Error::Cancelled(cancellation)
}

/// An owned actor; calls it as a [`Portal`] does. Dropping it does nothing to the actor.
#[derive(Clone)]
pub struct Child {
    raw: worker::Child,
    portal: Portal,
    scope: Scope,
}

impl Child {
    fn new(raw: worker::Child, scope: Scope) -> Self {
        Self {
            portal: Portal::new(raw.portal(), scope.clone()),
            raw,
            scope,
        }
    }

    /// Who it is: another one after it was started anew.
    pub fn actor(&self) -> ActorId {
        self.raw.actor()
    }

    /// The way to call it.
    pub fn portal(&self) -> &Portal {
        &self.portal
    }

    /// Waits for the value of the function it was started for. May be asked again. Of an actor that is started anew it is that of the
    /// last run.
    ///
    /// # Errors
    ///
    /// The function's failures, the cancellation of the nursery, or a value of another type.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn output<T: DeserializeOwned>(&self) -> Result<T, Error> {
        codec::decode(&self.output_payload().await?)
    }

    /// As [`output`](Self::output), as it is on the wire, in the codec of the arguments.
    ///
    /// # Errors
    ///
    /// As [`output`](Self::output).
    ///
    /// # Cancel safety
    ///
    /// As [`output`](Self::output).
    pub async fn output_payload(&self) -> Result<Payload, Error> {
        Ok(self.raw.output(&self.scope).await?)
    }

    /// Cancels the actor, which is not started anew then; returns when it is gone, which takes at most its grace period and a constant.
    ///
    /// # Errors
    ///
    /// A failure `overdue` if the actor did not end in time by itself, which its nursery raises too; [`Error::Closed`] if the tree is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping it does not take the cancel back.
    pub async fn cancel(&self) -> Result<(), Error> {
        Ok(self.raw.cancel(None).await?)
    }

    /// Waits until it has ended by itself, for good: a restart is no end.
    ///
    /// # Errors
    ///
    /// What it failed with, or the cancellation of the nursery.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn ended(&self) -> Result<(), Error> {
        Ok(self.raw.ended(&self.scope).await?)
    }
}

impl Deref for Child {
    type Target = Portal;

    fn deref(&self) -> &Portal {
        &self.portal
    }
}
