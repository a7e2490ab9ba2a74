//! Calling an actor.

use crate::context::OpenedContext;
use crate::error::Result;
use crate::payload::{Arguments, decode, encode_arguments};
use crate::scope::ambient;
use crate::types::ActorId;
use crate::wit::portal as raw;
use serde::de::DeserializeOwned;
use std::rc::Rc;

/// A way to call one actor, and no more than that: whoever may end it holds a [`Child`](crate::Child).
///
/// Functions are named as the component exports them: `burn-cpu`, or `ns:pkg/iface#func`. Cloning gives a way to the same actor.
#[derive(Clone, Debug)]
pub struct Portal(Rc<raw::Portal>);

impl Portal {
    pub(crate) fn raw(&self) -> &raw::Portal {
        &self.0
    }

    /// Gives the id of the actor.
    pub fn actor(&self) -> ActorId {
        self.0.actor()
    }

    /// Calls a function and waits for its value.
    ///
    /// Of a function that gives a `Result<T, E>` the value is the `T`; its `E` is a failure, whose [`value`](crate::Failure::value) decodes it.
    ///
    /// ```no_run
    /// # async fn example(calculator: &tractor_guest::Portal) -> tractor_guest::Result<()> {
    /// let sum: u32 = calculator.call("add", (1, 2)).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The failures of the function or of the actor; no such function; arguments that do not fit; the cancellation of the ambient scope.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped, the called task is cancelled.
    pub async fn call<T: DeserializeOwned>(
        &self,
        function: &str,
        arguments: impl Arguments,
    ) -> Result<T> {
        let arguments = encode_arguments(&arguments)?;
        let within = ambient::scope();
        let value = self
            .0
            .call(within.raw(), function.to_owned(), arguments)
            .await?;
        decode(&value)
    }

    /// Calls a context function, runs `body` with the opener's end and the callee's first value, and waits for the callee's task to end.
    ///
    /// The two tasks are linked: an error of `body` cancels the callee, a failure of the callee cancels `body`. If the future is dropped, the
    /// callee is cancelled.
    ///
    /// ```no_run
    /// # async fn example(server: &tractor_guest::Portal) -> tractor_guest::Result<()> {
    /// let count = server
    ///     .with_context("simple-rpc", (10,), async |ctx, first: u32| {
    ///         assert_eq!(first, 11);
    ///         let mut stream = ctx.open_stream::<String, String>().await?;
    ///         stream.send("ping").await?;
    ///         assert_eq!(stream.next().await?.as_deref(), Some("pong"));
    ///         stream.stop();
    ///         ctx.output::<u32>().await
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// What failed, the callee's failure and that of `body`, each once; a cancellation from outside. A `body` that gives an error on account of
    /// the context's own cancellation has that for its error: there is no other value to give.
    pub async fn with_context<First: DeserializeOwned, T>(
        &self,
        function: &str,
        arguments: impl Arguments,
        body: impl AsyncFnOnce(&OpenedContext, First) -> Result<T>,
    ) -> Result<T> {
        let arguments = encode_arguments(&arguments)?;
        let within = ambient::scope();
        let opened = self
            .0
            .open_context(within.raw(), function.to_owned(), arguments)
            .await?;
        let context = OpenedContext::from(opened);
        let outcome = match context.first() {
            Ok(first) => context.scope().run(body(&context, first)).await,
            Err(error) => Err(error),
        };
        context.close(outcome.as_ref().err()).await?;
        outcome
    }
}

impl From<raw::Portal> for Portal {
    fn from(raw: raw::Portal) -> Self {
        Self(Rc::new(raw))
    }
}
