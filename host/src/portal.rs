//! Calling an actor.

use crate::codec::{self, Arguments};
use crate::context::OpenedContext;
use crate::error::{Ended, Error};
use serde::de::DeserializeOwned;
use tractor_protocol::{ActorId, Payload};
use tractor_runtime::worker::{self, Scope};

/// A way to call one actor. Cheap to clone; dropping it does nothing to the actor.
#[derive(Clone)]
pub struct Portal {
    raw: worker::Portal,
    scope: Scope,
}

impl Portal {
    pub(crate) fn new(raw: worker::Portal, scope: Scope) -> Self {
        Self { raw, scope }
    }

    /// Who is called, as far as is known here: one that was started anew is known by the next call, or at once by its owner.
    pub fn actor(&self) -> ActorId {
        self.raw.actor()
    }

    /// The same portal, whose calls wait within another scope.
    #[must_use]
    pub fn within(&self, scope: &Scope) -> Self {
        Self {
            raw: self.raw.clone(),
            scope: scope.clone(),
        }
    }

    /// Calls a function and waits for its value. The call is linked: when this side ends or is cancelled, the called task is.
    ///
    /// # Errors
    ///
    /// The failures of the function or its actor, `restarted` if that is started anew meanwhile, the cancellation of the scope, or a value that is not of the type asked for.
    ///
    /// # Cancel safety
    ///
    /// Dropping it cancels the called task.
    pub async fn call<T: DeserializeOwned>(
        &self,
        function: &str,
        arguments: impl Arguments,
    ) -> Result<T, Error> {
        let value = self
            .call_payload(function, codec::arguments(&arguments)?)
            .await?;
        codec::decode(&value)
    }

    /// As [`call`](Self::call), with values as they are on the wire. The value comes back in the codec of the arguments.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    pub async fn call_payload(&self, function: &str, arguments: Payload) -> Result<Payload, Error> {
        Ok(self.raw.call(&self.scope, function, arguments).await?)
    }

    /// Calls a context function, runs `body` with this end and the callee's first value, and waits for the callee's task to end. An
    /// error of the body cancels the callee, a failure of the callee cancels the body's waits.
    ///
    /// # Errors
    ///
    /// What failed, the callee's failure and the body's, each once; a cancellation from outside.
    ///
    /// # Cancel safety
    ///
    /// Dropping it cancels the callee's task.
    pub async fn with_context<F: DeserializeOwned, T>(
        &self,
        function: &str,
        arguments: impl Arguments,
        body: impl AsyncFnOnce(&OpenedContext, F) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let arguments = codec::arguments(&arguments)?;
        let context = OpenedContext::new(
            self.raw
                .open_context(&self.scope, function, arguments)
                .await?,
        );
        let result = match codec::decode(&context.raw().first()) {
            Ok(first) => body(&context, first).await,
            Err(error) => Err(error),
        };
        let (value, result) = match result {
            Ok(value) => (Some(value), Ok(())),
            Err(error) => (None, Err(error)),
        };
        let ended = Ended::new(result, &self.scope);
        let closed = context.raw().close(ended.told.clone()).await;
        context.scope().close();
        ended.raise(closed)?;
        // Without a value and without an error the body was cut short by a cancellation of the context's own scope.
        value.ok_or(Error::Closed)
    }
}
