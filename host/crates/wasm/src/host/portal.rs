//! `tractor:actor/portal`: calling an actor.

use super::convert::{from_wit, to_wit};
use super::state::{Host, ScopeHandle, State, give, handle, scope};
use super::typing::{OpenedHandle, Typing};
use crate::bindings::portal::{Host as PortalInterface, HostPortal, HostPortalWithStore};
use crate::bindings::types::{ActorId, Error, Payload};
use crate::inspect::Known;
use tractor_runtime::worker::{OpenedContext, Portal, Worker};
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
    ) -> Result<Result<Resource<OpenedHandle>, Error>> {
        let (portal, within) = (handle(accessor, &portal)?, scope(accessor, &within)?);
        let arguments = from_wit::payload(arguments);
        let (known, worker) = accessor.with(|mut access| {
            let state = access.get();
            (state.functions.known(&function), state.worker.clone())
        });
        let asked = known.as_ref().map_or(&*function, Known::asked);
        let opened = portal.open_context(&within, asked, arguments).await;
        let typed = match opened {
            Ok(context) => typed(context, known, worker).await,
            Err(error) => Err(error),
        };
        match typed {
            Ok(opened) => Ok(Ok(give(accessor, opened)?)),
            Err(error) => Ok(Err(to_wit::error(error))),
        }
    }
}

/// A context that was opened, by what this component knows of its messages. A first value that does not fit ends it.
async fn typed(
    context: OpenedContext,
    known: Option<Known>,
    worker: Worker,
) -> Result<OpenedHandle, tractor_protocol::Error> {
    let Some(known) = known else {
        let typing = None;
        return Ok(OpenedHandle { context, typing });
    };
    let typing = Typing::of_opener(known, &context, worker);
    match typing.check_first(context.first()) {
        Ok(()) => Ok(OpenedHandle {
            context,
            typing: Some(typing),
        }),
        Err(error) => Err(match context.close(Some(error.clone())).await {
            Ok(()) => error,
            Err(failed) => failed,
        }),
    }
}
