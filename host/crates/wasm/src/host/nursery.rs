//! `tractor:actor/nursery`: starting actors, and owning them.

use super::convert::{from_wit, to_wit};
use super::state::{self, ChildHandle, Host, ScopeHandle, State, give, handle, scope};
use crate::bindings::nursery::{
    ActorSpec, Host as NurseryInterface, HostChild, HostChildWithStore, HostNursery,
    HostNurseryWithStore, NurseryOptions,
};
use crate::bindings::types::{ActorId, Error, Payload};
use tractor_runtime::worker::{self, Child, Nursery, Portal};
use wasmtime::Result;
use wasmtime::component::{Accessor, Resource, ResourceTable};

impl NurseryInterface for State {}

impl HostNursery for State {
    fn open(
        &mut self,
        within: Resource<ScopeHandle>,
        options: NurseryOptions,
    ) -> Result<Resource<Nursery>> {
        let options = worker::NurseryOptions {
            grace: options.grace.map(from_wit::duration),
            restart: options.restart.map(from_wit::restart),
        };
        let nursery = Nursery::open(&self.table.get(&within)?.scope, options);
        Ok(self.table.push(nursery)?)
    }

    fn scope(&mut self, nursery: Resource<Nursery>) -> Result<Resource<ScopeHandle>> {
        let scope = self.table.get(&nursery)?.scope();
        Ok(self.table.push(ScopeHandle::of(scope))?)
    }

    fn link(
        &mut self,
        nursery: Resource<Nursery>,
        interface: String,
        to: Option<Resource<Portal>>,
    ) -> Result<()> {
        let to = to.map(|portal| self.table.get(&portal)).transpose()?;
        self.table.get(&nursery)?.link(&interface, to);
        Ok(())
    }

    fn cancel(&mut self, nursery: Resource<Nursery>, message: Option<String>) -> Result<()> {
        self.table.get(&nursery)?.cancel(message);
        Ok(())
    }

    fn drop(&mut self, nursery: Resource<Nursery>) -> Result<()> {
        self.table.delete(nursery)?.abandon();
        Ok(())
    }
}

impl<T: Send + 'static> HostNurseryWithStore<T> for Host {
    async fn start_actor(
        accessor: &Accessor<T, Self>,
        nursery: Resource<Nursery>,
        spec: ActorSpec,
    ) -> Result<Result<Resource<ChildHandle>, Error>> {
        let nursery = handle(accessor, &nursery)?;
        match nursery.start_actor(from_wit::actor_spec(spec)).await {
            Ok(child) => Ok(Ok(give(accessor, untaken(child))?)),
            Err(error) => Ok(Err(to_wit::error(error))),
        }
    }

    async fn run_in_actor(
        accessor: &Accessor<T, Self>,
        nursery: Resource<Nursery>,
        spec: ActorSpec,
        function: String,
        arguments: Payload,
    ) -> Result<Result<Resource<ChildHandle>, Error>> {
        let nursery = handle(accessor, &nursery)?;
        let (spec, arguments) = (from_wit::actor_spec(spec), from_wit::payload(arguments));
        match nursery.run_in_actor(spec, function, arguments).await {
            Ok(child) => Ok(Ok(give(accessor, untaken(child))?)),
            Err(error) => Ok(Err(to_wit::error(error))),
        }
    }

    async fn close(
        accessor: &Accessor<T, Self>,
        nursery: Resource<Nursery>,
        body: Option<Error>,
    ) -> Result<Result<(), Error>> {
        let nursery = handle(accessor, &nursery)?;
        let body = state::body(accessor, body);
        Ok(nursery.close(body).await.map_err(to_wit::error))
    }
}

impl HostChild for State {
    fn actor(&mut self, child: Resource<ChildHandle>) -> Result<ActorId> {
        Ok(to_wit::actor(&take(&mut self.table, &child)?.actor()))
    }

    fn portal(&mut self, child: Resource<ChildHandle>) -> Result<Resource<Portal>> {
        let portal = take(&mut self.table, &child)?.portal();
        Ok(self.table.push(portal)?)
    }

    fn drop(&mut self, child: Resource<ChildHandle>) -> Result<()> {
        let handle = self.table.delete(child)?;
        if !handle.is_taken {
            handle.child.undo_start();
        }
        Ok(())
    }
}

impl<T: Send + 'static> HostChildWithStore<T> for Host {
    async fn output(
        accessor: &Accessor<T, Self>,
        child: Resource<ChildHandle>,
        within: Resource<ScopeHandle>,
    ) -> Result<Result<Payload, Error>> {
        let (child, within) = (taken(accessor, &child)?, scope(accessor, &within)?);
        Ok(to_wit::answer(child.output(&within).await))
    }

    async fn cancel(
        accessor: &Accessor<T, Self>,
        child: Resource<ChildHandle>,
        message: Option<String>,
    ) -> Result<Result<(), Error>> {
        let child = taken(accessor, &child)?;
        Ok(child.cancel(message).await.map_err(to_wit::error))
    }

    async fn ended(
        accessor: &Accessor<T, Self>,
        child: Resource<ChildHandle>,
        within: Resource<ScopeHandle>,
    ) -> Result<Result<(), Error>> {
        let (child, within) = (taken(accessor, &child)?, scope(accessor, &within)?);
        Ok(child.ended(&within).await.map_err(to_wit::error))
    }
}

fn untaken(child: Child) -> ChildHandle {
    ChildHandle {
        child,
        is_taken: false,
    }
}

/// The child behind a handle that the guest uses.
fn take<'a>(table: &'a mut ResourceTable, child: &Resource<ChildHandle>) -> Result<&'a Child> {
    let handle = table.get_mut(child)?;
    handle.is_taken = true;
    Ok(&handle.child)
}

fn taken<T>(accessor: &Accessor<T, Host>, child: &Resource<ChildHandle>) -> Result<Child> {
    accessor.with(|mut access| Ok(take(&mut access.get().table, child)?.clone()))
}
