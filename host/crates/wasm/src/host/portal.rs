//! `tractor:actor/portal`: calling an actor.

use super::convert::{from_wit, to_wit};
use super::state::{Host, ScopeHandle, State, give, handle, scope};
use crate::bindings::portal::{Host as PortalInterface, HostPortal, HostPortalWithStore};
use crate::bindings::types::{ActorId, Error, Payload};
use tractor_runtime::worker::{OpenedContext, Portal};
use wasmtime::Result;
use wasmtime::component::{Accessor, Resource};

impl PortalInterface for State {}

impl HostPortal for State {
    fn actor(&mut self, portal: Resource<Portal>) -> Result<ActorId> {
        Ok(to_wit::actor(&self.table.get(&portal)?.actor()))
    }

    fn drop(&mut self, portal: Resource<Portal>) -> Result<()> {
        self.table.delete(portal)?;
        Ok(())
    }
}

impl<T: Send + 'static> HostPortalWithStore<T> for Host {
    async fn call(
        accessor: &Accessor<T, Self>,
        portal: Resource<Portal>,
        within: Resource<ScopeHandle>,
        function: String,
        arguments: Payload,
    ) -> Result<Result<Payload, Error>> {
        let (portal, within) = (handle(accessor, &portal)?, scope(accessor, &within)?);
        let arguments = from_wit::payload(arguments);
        Ok(to_wit::answer(
            portal.call(&within, &function, arguments).await,
        ))
    }

    async fn open_context(
        accessor: &Accessor<T, Self>,
        portal: Resource<Portal>,
        within: Resource<ScopeHandle>,
        function: String,
        arguments: Payload,
    ) -> Result<Result<Resource<OpenedContext>, Error>> {
        let (portal, within) = (handle(accessor, &portal)?, scope(accessor, &within)?);
        let arguments = from_wit::payload(arguments);
        match portal.open_context(&within, &function, arguments).await {
            Ok(opened) => Ok(Ok(give(accessor, opened)?)),
            Err(error) => Ok(Err(to_wit::error(error))),
        }
    }
}
