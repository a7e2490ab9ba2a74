//! `tractor:actor/task`: the running task and its scopes.

use super::convert::{from_wit, to_wit};
use super::state::{Host, ScopeHandle, State, handle, require};
use crate::bindings::task::{
    Host as TaskHost, HostScope, HostScopeWithStore, HostWithStore, Level, ScopeOptions,
};
use crate::bindings::types::{ActorId, Cancellation, Host as TypesHost};
use tractor_runtime::worker::{self, Task};
use wasmtime::component::{Access, Accessor, Resource};
use wasmtime::{AsContextMut, Result};

impl TypesHost for State {}

impl crate::bindings::capability::Host for State {}

impl TaskHost for State {
    fn current_actor(&mut self) -> Result<ActorId> {
        Ok(to_wit::actor(self.worker.actor()))
    }
}

impl<T: Send + 'static> HostWithStore<T> for Host {
    fn log(mut access: Access<'_, T, Self>, level: Level, message: String) -> Result<()> {
        let task = calling_task(&mut access)?;
        let worker = &access.get().worker;
        worker.log(from_wit::level(level), task.as_ref(), message);
        Ok(())
    }
}

impl HostScope for State {
    fn child(
        &mut self,
        scope: Resource<ScopeHandle>,
        options: ScopeOptions,
    ) -> Result<Resource<ScopeHandle>> {
        let options = worker::ScopeOptions {
            deadline: options.deadline.map(from_wit::duration),
            shield: options.shield,
        };
        let scope = self.table.get(&scope)?.scope.child(options);
        Ok(self.table.push(ScopeHandle {
            scope,
            is_own: true,
        })?)
    }

    fn id(&mut self, scope: Resource<ScopeHandle>) -> Result<u64> {
        Ok(self.table.get(&scope)?.scope.id().0)
    }

    fn cancellation(&mut self, scope: Resource<ScopeHandle>) -> Result<Option<Cancellation>> {
        Ok(self
            .table
            .get(&scope)?
            .scope
            .cancellation()
            .map(to_wit::cancellation))
    }

    fn cancel(&mut self, scope: Resource<ScopeHandle>, message: Option<String>) -> Result<()> {
        self.table.get(&scope)?.scope.cancel(message);
        Ok(())
    }

    fn time_left(&mut self, scope: Resource<ScopeHandle>) -> Result<Option<u64>> {
        Ok(self
            .table
            .get(&scope)?
            .scope
            .time_left()
            .map(to_wit::duration))
    }

    fn drop(&mut self, scope: Resource<ScopeHandle>) -> Result<()> {
        let handle = self.table.delete(scope)?;
        if handle.is_own {
            handle.scope.close();
        }
        Ok(())
    }
}

impl<T: Send + 'static> HostScopeWithStore<T> for Host {
    fn current(mut access: Access<'_, T, Self>) -> Result<Resource<ScopeHandle>> {
        let task = require(calling_task(&mut access)?)?;
        Ok(access.get().table.push(ScopeHandle::of(task.scope()))?)
    }

    async fn sleep(
        accessor: &Accessor<T, Self>,
        scope: Resource<ScopeHandle>,
        time: u64,
    ) -> Result<Result<(), Cancellation>> {
        let scope = handle(accessor, &scope)?.scope;
        let slept = scope.sleep(from_wit::duration(time)).await;
        Ok(slept.map_err(to_wit::cancellation))
    }

    async fn checkpoint(
        accessor: &Accessor<T, Self>,
        scope: Resource<ScopeHandle>,
    ) -> Result<Result<(), Cancellation>> {
        let scope = handle(accessor, &scope)?.scope;
        Ok(scope.checkpoint().await.map_err(to_wit::cancellation))
    }

    async fn cancelled(
        accessor: &Accessor<T, Self>,
        scope: Resource<ScopeHandle>,
    ) -> Result<Cancellation> {
        let scope = handle(accessor, &scope)?.scope;
        Ok(to_wit::cancellation(scope.cancelled().await))
    }
}

/// The task that calls, if a call is under way: none is while the component is being instantiated.
fn calling_task<T: Send + 'static>(access: &mut Access<'_, T, Host>) -> Result<Option<Task>> {
    let stack: Vec<_> = access.as_context_mut().async_call_stack()?.collect();
    let tasks = &access.get().tasks;
    Ok(stack.iter().find_map(|id| tasks.get(id).cloned()))
}
