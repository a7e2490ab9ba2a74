//! Finding actors by name or id, for those who were granted it.

use super::core::Worker;
use super::incarnation::Reached;
use super::portal::Portal;
use super::scope::Scope;
use std::sync::Arc;
use tractor_protocol::control::{Answer, FromWorker};
use tractor_protocol::{ActorId, Error, FailureKind, RequestId, Uuid};

impl Worker {
    /// Finds the actor that registered this name first and still lives.
    ///
    /// # Errors
    ///
    /// `denied` without the grant `names.find`; `cancelled` once `within` is.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn find(&self, within: &Scope, name: &str) -> Result<Option<Portal>, Error> {
        let name = name.to_owned();
        match self
            .registrar(within, |request| FromWorker::Find { request, name })
            .await?
        {
            Answer::Found(actor) => Ok(actor.map(|actor| self.portal(actor))),
            other => Err(self.0.unexpected("a find", &other)),
        }
    }

    /// Waits until there is an actor of this name.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn wait_for(&self, within: &Scope, name: &str) -> Result<Portal, Error> {
        let name = name.to_owned();
        match self
            .registrar(within, |request| FromWorker::WaitFor { request, name })
            .await?
        {
            Answer::Found(Some(actor)) => Ok(self.portal(actor)),
            other => Err(self.0.unexpected("a wait", &other)),
        }
    }

    /// Links this actor to one of which only the id is known, because it was handed out.
    ///
    /// # Errors
    ///
    /// `denied` without the grant `names.find`, unless this actor owns it; `not-found` if it cannot be called; `misuse` for this actor itself;
    /// `cancelled` once `within` is.
    ///
    /// # Cancel safety
    ///
    /// Dropping it may leave the two linked, which has no effect.
    pub async fn connect(&self, within: &Scope, actor: Uuid) -> Result<Portal, Error> {
        // Asked even if there is a link: whoever was called by an actor may not call it for that.
        let connect = |request| FromWorker::Connect { request, actor };
        let current = match self.registrar(within, connect).await? {
            Answer::Connected(current) => current,
            other => return Err(self.0.unexpected("a connect", &other)),
        };
        match self.0.link(current.uuid) {
            Some(_) => Ok(self.portal(current)),
            None => {
                let message = "the actor ended while it was connected to";
                Err(self.0.failure(FailureKind::ConnectionLost, message).into())
            }
        }
    }

    /// Lists the actors of the tree.
    ///
    /// # Errors
    ///
    /// `denied` without the grant `names.list`; `cancelled` once `within` is.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn list(&self, within: &Scope) -> Result<Vec<ActorId>, Error> {
        match self
            .registrar(within, |request| FromWorker::List { request })
            .await?
        {
            Answer::Listed(actors) => Ok(actors),
            other => Err(self.0.unexpected("a list", &other)),
        }
    }

    /// Registers this actor under one more name, until it ends.
    ///
    /// # Errors
    ///
    /// `denied` without the grant `names.register`; `cancelled` once `within` is.
    ///
    /// # Cancel safety
    ///
    /// Dropping it may leave the name registered.
    pub async fn register(&self, within: &Scope, name: &str) -> Result<(), Error> {
        let name = name.to_owned();
        self.registrar(within, |request| FromWorker::Register { request, name })
            .await
            .map(drop)
    }

    /// The way to call an actor that satisfies an import of this one. The supervisor looks at the first call whether that is so.
    pub fn linked(&self, actor: ActorId) -> Portal {
        self.portal(actor)
    }

    fn portal(&self, actor: ActorId) -> Portal {
        Portal {
            core: Arc::clone(&self.0),
            reached: Reached::new(actor),
        }
    }

    async fn registrar(
        &self,
        within: &Scope,
        message: impl FnOnce(RequestId) -> FromWorker,
    ) -> Result<Answer, Error> {
        match self.0.ask(within, message).await? {
            Answer::Failed(error) => Err(error),
            answer => Ok(answer),
        }
    }
}
