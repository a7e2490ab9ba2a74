//! Calling an actor.

use super::call::{OpenCall, Waiting};
use super::context::OpenedContext;
use super::core::Core;
use super::peer::PeerLink;
use super::scope::Scope;
use std::sync::Arc;
use tractor_protocol::control::{Answer, FromWorker};
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{ActorId, Error, FailureKind, Payload};

/// A way to call one actor, and no more than that. Cheap to clone; dropping it does nothing to the actor.
#[derive(Clone)]
pub struct Portal {
    pub(super) core: Arc<Core>,
    pub(super) actor: ActorId,
}

impl Portal {
    /// Who is called.
    pub fn actor(&self) -> &ActorId {
        &self.actor
    }

    /// Calls a function and waits for its value. The call is linked: when this side ends or is cancelled, the called task is.
    ///
    /// # Errors
    ///
    /// The callee's failures; `cancelled` once `within` is cancelled and the callee's task has ended; a failure `overdue` if it has
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
        if let Some(link) = self.core.link(self.actor.uuid) {
            return Ok(link);
        }
        within.check()?;
        self.refuse_self()?;
        let actor = self.actor.uuid;
        let answer = self
            .core
            .ask(within, |request| FromWorker::Connect { request, actor })
            .await?;
        match (answer, self.core.link(actor)) {
            (Answer::Failed(error), _) => Err(error),
            (_, Some(link)) => Ok(link),
            (_, None) => {
                let message = format!("there is no connection to {} any more", self.actor.name);
                Err(self
                    .core
                    .failure(FailureKind::ConnectionLost, message)
                    .into())
            }
        }
    }

    fn refuse_self(&self) -> Result<(), Error> {
        if self.actor != self.core.actor {
            return Ok(());
        }
        let message = "an actor does not call itself through a portal: call the function";
        Err(self.core.failure(FailureKind::Misuse, message).into())
    }
}
