//! Starting actors, and owning them.

mod restart;
mod spec;

use crate::error::Result;
use crate::payload::{Arguments, decode, encode_arguments};
use crate::portal::Portal;
use crate::scope::Scope;
use crate::scope::ambient;
use crate::wit::nursery as raw;
pub use restart::{Restart, RestartStrategy};
use serde::de::DeserializeOwned;
pub use spec::{Access, ActorSpec, Names, NurseryOptions, Overdue};
use std::ops::Deref;

/// Opens a nursery, runs `body` with it, and waits until every actor started in it is gone.
///
/// The first failure, of a child or of `body`, cancels the others. Actors that serve are waited for until someone cancels them. If the future
/// is dropped, the nursery is cancelled, and the task does not end before its children have.
///
/// ```no_run
/// use tractor_guest::{nursery, Result};
///
/// # async fn example() -> Result<()> {
/// let pid: u32 = nursery(async |n| {
///     let child = n.run_in_actor("self", "burn-cpu", (50_000,)).await?;
///     child.output().await
/// })
/// .await?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// What failed in it: one failure as itself, several as a group, each once; the error of `body` among them. A `body` that gives an error on
/// account of the nursery's own cancellation has that for its error.
pub async fn nursery<T>(body: impl AsyncFnOnce(&Nursery) -> Result<T>) -> Result<T> {
    nursery_with(NurseryOptions::new(), body).await
}

/// [`nursery()`] with options.
///
/// # Errors
///
/// Those of [`nursery()`].
pub async fn nursery_with<T>(
    options: NurseryOptions,
    body: impl AsyncFnOnce(&Nursery) -> Result<T>,
) -> Result<T> {
    let within = ambient::scope();
    let nursery = Nursery {
        raw: raw::Nursery::open(within.raw(), options.into_raw()),
    };
    let outcome = nursery.scope().run(body(&nursery)).await;
    let error = outcome.as_ref().err();
    nursery.raw.close(error.cloned()).await?;
    outcome
}

/// Owns actors; see [`nursery()`].
#[derive(Debug)]
pub struct Nursery {
    raw: raw::Nursery,
}

impl Nursery {
    /// Gives its scope, which is the ambient one of the body.
    pub fn scope(&self) -> Scope {
        self.raw.scope().into()
    }

    /// Satisfies an import of the children that are started from now on: calls of the functions of `interface` (`ns:pkg/iface`) are calls
    /// of that actor, whose component exports them. An error that such a function declares is what its caller gets; whatever else goes
    /// wrong in the actor is a trap of the caller.
    pub fn link(&self, interface: &str, to: &Portal) {
        self.raw.link(interface, Some(to.raw()));
    }

    /// As [`link`](Self::link), to the actor that satisfies the same import of this one.
    pub fn link_on(&self, interface: &str) {
        self.raw.link(interface, None);
    }

    /// Starts an actor that serves until it is cancelled. Returns when it can be called.
    ///
    /// # Errors
    ///
    /// What kept it from being started: no such component, a grant or limit that this actor does not have, what went wrong in it.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped, the actor is cancelled, or not started.
    pub async fn start_actor(&self, spec: impl Into<ActorSpec>) -> Result<Child> {
        let child = self.raw.start_actor(spec.into().into_raw()).await?;
        Ok(child.into())
    }

    /// Starts an actor, calls one function in it, and ends the actor with the function. [`Child::output`] gives the value.
    ///
    /// # Errors
    ///
    /// Those of [`start_actor`](Self::start_actor). What the function fails with is a failure of the child.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped, the actor is cancelled, or not started.
    pub async fn run_in_actor(
        &self,
        spec: impl Into<ActorSpec>,
        function: &str,
        arguments: impl Arguments,
    ) -> Result<Child> {
        let arguments = encode_arguments(&arguments)?;
        let spec = spec.into().into_raw();
        let function = function.to_owned();
        let child = self.raw.run_in_actor(spec, function, arguments).await?;
        Ok(child.into())
    }

    /// Cancels all children and the body. Returns at once.
    pub fn cancel(&self) {
        self.raw.cancel(None);
    }

    /// Cancels all children and the body, and says why.
    pub fn cancel_because(&self, message: &str) {
        self.raw.cancel(Some(message));
    }
}

/// An actor that this one owns, through a nursery; it can be called as a [`Portal`] can. Dropping it does nothing to the actor.
#[derive(Debug)]
pub struct Child {
    raw: raw::Child,
    portal: Portal,
}

impl Child {
    /// Gives the way to call it, to be handed on.
    pub fn portal(&self) -> Portal {
        self.portal.clone()
    }

    /// Gives the value of the function that it was started for; waits for it. May be asked again.
    ///
    /// # Errors
    ///
    /// The failures of the function or of the actor; `misuse` for an actor that serves; the cancellation of the ambient scope.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time.
    pub async fn output<T: DeserializeOwned>(&self) -> Result<T> {
        decode(&self.raw.output(ambient::scope().raw()).await?)
    }

    /// Cancels the actor and waits until it is gone. Not cut short by cancellation: it takes at most the grace period.
    ///
    /// # Errors
    ///
    /// A failure of kind `overdue` if the actor did not end in time by itself.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped, the actor is cancelled all the same.
    pub async fn cancel(&self) -> Result<()> {
        self.raw.cancel(None).await
    }

    /// Cancels the actor, says why, and waits until it is gone.
    ///
    /// # Errors
    ///
    /// Those of [`cancel`](Self::cancel).
    pub async fn cancel_because(&self, message: &str) -> Result<()> {
        self.raw.cancel(Some(message.to_owned())).await
    }

    /// Waits until the actor has ended.
    ///
    /// # Errors
    ///
    /// Its failures; the cancellation of the ambient scope.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time.
    pub async fn ended(&self) -> Result<()> {
        self.raw.ended(ambient::scope().raw()).await
    }
}

impl From<raw::Child> for Child {
    fn from(raw: raw::Child) -> Self {
        let portal = raw.portal().into();
        Self { raw, portal }
    }
}

impl Deref for Child {
    type Target = Portal;

    fn deref(&self) -> &Portal {
        &self.portal
    }
}
