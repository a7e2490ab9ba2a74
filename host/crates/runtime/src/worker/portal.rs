//! Calling an actor.

use super::call::{OpenCall, Waiting};
use super::context::OpenedContext;
use super::core::Core;
use super::incarnation::Reached;
use super::peer::PeerLink;
use super::scope::Scope;
use std::sync::Arc;
use tractor_protocol::control::{Answer, FromWorker};
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{ActorId, Error, FailureKind, Payload};

/// A way to call one actor, whichever incarnation of it lives, and no more than that. Cheap to clone; dropping it does nothing to the actor.
#[derive(Clone)]
pub struct Portal {
    pub(super) core: Arc<Core>,
    pub(super) reached: Reached,
}

impl Portal {
    /// Who is called, as far as is known here: one that was started anew is known by the next call, or at once by its owner.
    pub fn actor(&self) -> ActorId {
        self.reached.get()
    }

    /// Calls a function and waits for its value. The call is linked: when this side ends or is cancelled, the called task is.
    ///
    /// # Errors
    ///
    /// The callee's failures; `restarted` if it was started anew meanwhile; `cancelled` once `within` is cancelled and the callee's task has ended; a failure `overdue` if it has
    /// not ended within its grace period.
    ///
    /// # Cancel safety
    ///
    /// Dropping it cancels the called task, and the calling task does not end before that.
    pub async fn call(
        &self,
        within: &Scope,
        function: &str,
        arguments: Payload,
    ) -> Result<Payload, Error> {
        within.enter().await?;
        let link = self.link(within).await?;
        let call = OpenCall::open(link, within, DialogKind::Call, function, arguments)?;
        Waiting::new(call, within).outcome().await
    }

    /// Starts a function whose first parameter is a context; returns when it has said `started`.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call); `misuse` if the callee returns without having started.
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    pub async fn open_context(
        &self,
        within: &Scope,
        function: &str,
        arguments: Payload,
    ) -> Result<OpenedContext, Error> {
        within.enter().await?;
        let link = self.link(within).await?;
        within.check()?;
        OpenedContext::open(link, within, function, arguments).await
    }

    async fn link(&self, within: &Scope) -> Result<Arc<PeerLink>, Error> {
        let actor = self.actor();
        if let Some(link) = self.core.link(actor.uuid) {
            return Ok(link);
        }
        within.check()?;
        self.refuse_self(&actor)?;
        let connect = |request| FromWorker::Connect {
            request,
            actor: actor.uuid,
        };
        let current = match self.core.ask(within, connect).await? {
            Answer::Connected(current) => current,
            Answer::Failed(error) => return Err(error),
            other => return Err(self.core.unexpected("a connect", &other)),
        };
        let link = self.core.link(current.uuid);
        self.reached.set(current);
        link.ok_or_else(|| {
            let message = format!("there is no connection to {} any more", actor.name);
            let kind = FailureKind::ConnectionLost;
            self.core.failure(kind, message).into()
        })
    }

    fn refuse_self(&self, actor: &ActorId) -> Result<(), Error> {
        if *actor != self.core.actor {
            return Ok(());
        }
        let message = "an actor does not call itself through a portal: call the function";
        Err(self.core.failure(FailureKind::Misuse, message).into())
    }
}
