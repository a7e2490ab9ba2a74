//! What belongs to one store, and the linker for it.

use super::blocking::{self, Blocked};
use super::convert::from_wit;
use crate::bindings::{capability, context, nursery, portal, registrar, task, types};
use crate::epoch::Stop;
use crate::inspect::Functions;
use crate::instance::Closing;
use crate::last_words::LastWords;
use crate::limits::Limiter;
use std::collections::HashMap;
use std::sync::Arc;
use tractor_protocol::Error;
use tractor_runtime::worker::{Child, Scope, Task, Worker};
use wasmtime::bail;
use wasmtime::component::{
    Accessor, Component, GuestTaskId, HasData, Linker, Resource, ResourceTable,
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// The state of an actor's store.
pub(crate) struct State {
    pub(crate) table: ResourceTable,
    pub(crate) limiter: Limiter,
    pub(crate) worker: Worker,
    pub(crate) last_words: LastWords,
    /// What the component says of itself, and of others.
    pub(super) functions: Arc<Functions>,
    /// The tasks under way, by what wasmtime calls them.
    pub(crate) tasks: HashMap<GuestTaskId, Task>,
    pub(super) stop: Stop,
    pub(crate) closing: Closing,
    pub(super) blocked: Blocked,
    pub(super) wasi: WasiCtx,
}

impl State {
    pub(crate) fn new(
        worker: Worker,
        wasi: WasiCtx,
        limiter: Limiter,
        stop: Stop,
        closing: Closing,
        last_words: LastWords,
        functions: Arc<Functions>,
    ) -> Self {
        Self {
            table: ResourceTable::new(),
            limiter,
            worker,
            last_words,
            functions,
            tasks: HashMap::new(),
            stop,
            closing,
            blocked: Blocked::default(),
            wasi,
        }
    }
}

impl State {
    /// Shows the guest another machine from now on. What it has opened of the former one stays open.
    pub(crate) fn set_wasi(&mut self, wasi: WasiCtx) {
        self.wasi = wasi;
    }

    /// What the guest waits in while it holds the store, as it changes.
    pub(crate) fn shared_blocked(&self) -> Blocked {
        self.blocked.clone()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// Names the part of a store's state that the host functions use: all of it.
pub(crate) struct Host;

impl HasData for Host {
    type Data<'a> = &'a mut State;
}

/// A scope as a guest holds it.
#[derive(Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct ScopeHandle {
    pub(super) scope: Scope,
    /// Whether the guest made it, so that dropping the handle ends it. Others belong to a task, nursery or context.
    pub(super) is_own: bool,
}

/// A child as a guest holds it.
#[derive(Clone)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct ChildHandle {
    pub(super) child: Child,
    /// Whether the guest has asked it for anything. It may never have come to have the handle: a guest that gives up on a start which was
    /// just answered drops the answer unseen.
    pub(super) is_taken: bool,
}

impl ScopeHandle {
    /// A handle to the scope of something else.
    pub(super) fn of(scope: Scope) -> Self {
        Self {
            scope,
            is_own: false,
        }
    }
}

/// Makes the linker for a component: all of `tractor:actor`, and WASI in the versions that it imports. Each version is hundreds of functions,
/// which would be made in every worker that starts.
pub(crate) fn link(component: &Component) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(component.engine());
    if imports_wasi(component, "@0.2") {
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        blocking::shadow(&mut linker)?;
    }
    if imports_wasi(component, "@0.3") {
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    }
    types::add_to_linker::<State, Host>(&mut linker, |state| state)?;
    task::add_to_linker::<State, Host>(&mut linker, |state| state)?;
    capability::add_to_linker::<State, Host>(&mut linker, |state| state)?;
    context::add_to_linker::<State, Host>(&mut linker, |state| state)?;
    portal::add_to_linker::<State, Host>(&mut linker, |state| state)?;
    nursery::add_to_linker::<State, Host>(&mut linker, |state| state)?;
    registrar::add_to_linker::<State, Host>(&mut linker, |state| state)?;
    Ok(linker)
}

fn imports_wasi(component: &Component, version: &str) -> bool {
    let ty = component.component_type();
    ty.imports(component.engine())
        .any(|(name, _)| name.starts_with("wasi:") && name.contains(version))
}

/// A clone of the handle behind `resource`.
pub(super) fn handle<T, R>(
    accessor: &Accessor<T, Host>,
    resource: &Resource<R>,
) -> wasmtime::Result<R>
where
    R: Clone + Send + 'static,
{
    accessor.with(|mut access| Ok(access.get().table.get(resource)?.clone()))
}

/// The scope that a call waits in.
pub(super) fn scope<T>(
    accessor: &Accessor<T, Host>,
    within: &Resource<ScopeHandle>,
) -> wasmtime::Result<Scope> {
    Ok(handle(accessor, within)?.scope)
}

/// How the body of a nursery or context ended, in the guest's words.
pub(super) fn body<T>(accessor: &Accessor<T, Host>, body: Option<types::Error>) -> Option<Error> {
    let worker = accessor.with(|mut access| access.get().worker.clone());
    body.map(|error| from_wit::error(error, &|kind, message| worker.failure(kind, message)))
}

/// Gives a guest a new resource.
pub(super) fn give<T, R>(accessor: &Accessor<T, Host>, value: R) -> wasmtime::Result<Resource<R>>
where
    R: Send + 'static,
{
    accessor.with(|mut access| Ok(access.get().table.push(value)?))
}

/// Refuses to go on without a task.
pub(super) fn require(task: Option<Task>) -> wasmtime::Result<Task> {
    let Some(task) = task else {
        bail!(
            "scope.current was called outside of a call: not while the component starts, nor after the function returned"
        );
    };
    Ok(task)
}
