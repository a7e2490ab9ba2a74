//! Finding actors by name or id, for those who were granted it.
//!
//! Without the grant each call is a failure of kind `denied`. A name is known from when its actor can be called until that actor ends.

use crate::error::Result;
use crate::portal::Portal;
use crate::scope::ambient;
use crate::types::ActorId;
use crate::wit::registrar as raw;

/// Gives the actor of that name that registered first and still lives, if there is one.
///
/// # Errors
///
/// `denied`; the cancellation of the ambient scope.
pub async fn find(name: &str) -> Result<Option<Portal>> {
    let found = raw::find(ambient::scope().raw(), name.to_owned()).await?;
    Ok(found.map(Portal::from))
}

/// Waits until there is an actor of that name, and gives it.
///
/// # Errors
///
/// `denied`; the cancellation of the ambient scope.
///
/// # Cancel safety
///
/// May be dropped at any time.
pub async fn wait_for(name: &str) -> Result<Portal> {
    let found = raw::wait_for(ambient::scope().raw(), name.to_owned()).await?;
    Ok(found.into())
}

/// Gives the way to call an actor of which another has handed out the id; for an actor that this one owns, the grant is not needed.
///
/// ```no_run
/// # use tractor_guest::{registrar, ActorId, Portal, Result};
/// # async fn example(server: &Portal) -> Result<()> {
/// let helper: ActorId = server.call("lend-helper", ()).await?;
/// let helper = registrar::connect(&helper).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// `denied`; `not-found` if it cannot be called in this tree; `misuse` for this actor itself; the cancellation of the ambient scope.
pub async fn connect(actor: &ActorId) -> Result<Portal> {
    let connected = raw::connect(ambient::scope().raw(), actor.clone()).await?;
    Ok(connected.into())
}

/// Gives the ids of all actors of the tree, owners before those they own.
///
/// # Errors
///
/// `denied`; the cancellation of the ambient scope.
pub async fn list() -> Result<Vec<ActorId>> {
    raw::list(ambient::scope().raw()).await
}

/// Registers this actor under one more name, until it ends.
///
/// # Errors
///
/// `denied`; the cancellation of the ambient scope.
pub async fn register(name: &str) -> Result<()> {
    raw::register(ambient::scope().raw(), name.to_owned()).await
}
