//! Actors of Rust functions.

use crate::codec::{self, Arguments};
use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tractor_protocol::{ActorId, Payload};
use tractor_runtime::code::Invocation;
use tractor_runtime::native;
use tractor_runtime::worker::{Scope, Task};

/// An actor whose code is Rust functions of this program. It runs in a worker process of its own as any other. A panic in one of its
/// functions is a trap: it ends the actor.
#[derive(Clone, Default)]
pub struct Native(native::Native);

impl Native {
    /// Makes an actor without functions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function. It is given the call and its arguments as a tuple; what it returns goes to the caller. It is to wait within the
    /// [scope](Call::scope) of the call.
    ///
    /// ```
    /// use tractor_host::{Call, Error, Native};
    ///
    /// async fn add(_: Call, (a, b): (u32, u32)) -> Result<u32, Error> {
    ///     a.checked_add(b).ok_or_else(|| Error::body("too much"))
    /// }
    ///
    /// let calculator = Native::new().function("add", add);
    /// ```
    #[must_use]
    pub fn function<A, T, R>(
        self,
        name: &str,
        function: impl Fn(Call, A) -> R + Send + Sync + 'static,
    ) -> Self
    where
        A: Arguments + DeserializeOwned,
        T: Serialize,
        R: Future<Output = Result<T, Error>> + Send + 'static,
    {
        self.function_payload(name, move |invocation| {
            let call = Call(invocation.task);
            let codec = invocation.arguments.codec;
            let running = codec::decode_arguments(&invocation.arguments)
                .map(|arguments| function(call.clone(), arguments));
            async move {
                let result = match running {
                    Ok(running) => running.await,
                    Err(error) => Err(error),
                };
                let result = result.and_then(|value| codec::output(codec, &value));
                result.map_err(|error| error.into_raised(&call.scope()))
            }
        })
    }

    /// As [`function`](Self::function), with values as they are on the wire, and with the context if the caller opened one.
    #[must_use]
    pub fn function_payload<R>(
        self,
        name: &str,
        function: impl Fn(Invocation) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: Future<Output = Result<Payload, tractor_protocol::Error>> + Send + 'static,
    {
        Self(self.0.function(name, function))
    }

    pub(crate) fn into_raw(self) -> native::Native {
        self.0
    }
}

/// A call that a function of a [`Native`] actor serves. Cheap to clone.
#[derive(Clone)]
pub struct Call(Task);

impl Call {
    /// The actor that runs the function.
    pub fn actor(&self) -> &ActorId {
        self.0.worker().actor()
    }

    /// The actor that called it.
    pub fn caller(&self) -> &ActorId {
        self.0.caller()
    }

    /// The scope of the call: cancelled when the caller ends, fails or is cancelled.
    pub fn scope(&self) -> Scope {
        self.0.scope()
    }
}
