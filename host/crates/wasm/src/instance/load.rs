//! From a specification to a component that can be called.

use super::closing::Closing;
use super::code::{Calls, ComponentCode};
use super::driver::drive;
use super::exports::Exports;
use crate::cache::one_line;
use crate::compiled;
use crate::engine::{Purpose, engine};
use crate::epoch::Ticker;
use crate::fault;
use crate::grants::{Machine, Start};
use crate::host::{State, link, link_imports};
use crate::inspect::Functions;
use crate::last_words::LastWords;
use crate::limits::Limiter;
use crate::lines::Admit;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use tokio::sync::mpsc;
use tractor_protocol::control::{Code as Specified, SpawnSpec};
use tractor_protocol::{Failure, FailureKind};
use tractor_runtime::code::{Load, Loaded};
use tractor_runtime::worker::Worker;
use wasmtime::component::{Component, InstancePre};
use wasmtime::{Engine, Store};

/// Gives what loads components in a worker. The first file that comes with the specification is the compiled code.
pub fn loader() -> Box<dyn Load> {
    Box::new(ComponentLoad)
}

struct ComponentLoad;

impl Load for ComponentLoad {
    fn load(
        self: Box<Self>,
        worker: Worker,
        spec: Arc<SpawnSpec>,
        files: Vec<OwnedFd>,
    ) -> BoxFuture<'static, Result<Loaded, Failure>> {
        load(worker, spec, files).boxed()
    }
}

async fn load(
    worker: Worker,
    spec: Arc<SpawnSpec>,
    files: Vec<OwnedFd>,
) -> Result<Loaded, Failure> {
    let Specified::Component { name, .. } = &spec.code else {
        let message = format!("{:?} is no component", spec.code);
        return Err(worker.failure(FailureKind::NotFound, message));
    };
    let engine = engine(Purpose::Run).map_err(|error| {
        let message = format!("the engine does not start: {}", one_line(&error));
        worker.failure(FailureKind::Other, message)
    })?;
    let component =
        map(&engine, &files).map_err(|message| worker.failure(FailureKind::Other, message))?;
    let functions = Functions::of(name, &component)
        .map_err(|error| worker.failure(FailureKind::NotFound, error.to_string()))?;
    let functions = Arc::new(functions);
    let linked = tie(&component, &functions, &spec, &worker)
        .map_err(|(kind, message)| worker.failure(kind, message))?;
    let last_words = LastWords::default();
    let machine = machine(&worker, &spec, name, &last_words);
    let wasi = machine
        .build(Start::default())
        .map_err(|error| worker.failure(FailureKind::Denied, error.to_string()))?;
    let ticker = Ticker::start(&engine).map_err(|error| {
        worker.failure(FailureKind::Other, format!("no thread for ticks: {error}"))
    })?;
    let closing = Closing::default();
    let limiter = Limiter::new(&spec.limits);
    let memory_bytes = limiter.shared_memory_bytes();
    let stop = ticker.stop().clone();
    let state = State::new(
        worker.clone(),
        wasi,
        limiter,
        stop,
        closing.clone(),
        last_words,
        Arc::clone(&functions),
    );
    let blocked = state.shared_blocked();
    let mut store = Store::new(&engine, state);
    store.limiter(|state| &mut state.limiter);
    Limiter::new(&spec.limits).bound(&mut store);
    ticker.stop().watch(&mut store);
    let exports = instantiate(functions, &linked, &mut store, &ticker).await?;
    let (calls, queued) = mpsc::unbounded_channel();
    let calls = Calls::new(exports, calls, closing.clone());
    let code = ComponentCode {
        calls: Arc::new(calls),
        machine: Arc::new(machine),
        stop: ticker.stop().clone(),
        memory_bytes,
        blocked,
    };
    Ok(Loaded {
        code: Arc::new(code),
        driver: drive(store, queued, ticker, closing).boxed(),
    })
}

/// What the guest may see of this machine.
fn machine(worker: &Worker, spec: &SpawnSpec, name: &str, last_words: &LastWords) -> Machine {
    let printing = worker.clone();
    let admit: Admit = Arc::new(move || printing.admit_line());
    Machine::new(spec.grants.clone(), name, spec.terminal, admit, last_words)
}

/// Maps the compiled code.
fn map(engine: &Engine, files: &[OwnedFd]) -> Result<Component, String> {
    let file = files
        .first()
        .ok_or("no compiled code came with the specification")?;
    compiled::map(engine, file.as_fd())
        .map_err(|error| format!("the compiled code cannot be mapped: {}", one_line(&error)))
}

/// Ties the component's imports to the host's functions, and to the actors that were named for them.
fn tie(
    component: &Component,
    functions: &Functions,
    spec: &SpawnSpec,
    worker: &Worker,
) -> Result<InstancePre<State>, (FailureKind, String)> {
    let not_found = |message: String| (FailureKind::NotFound, message);
    let mut linker = link(component).map_err(|error| {
        let message = format!("the host functions clash: {}", one_line(&error));
        (FailureKind::Other, message)
    })?;
    link_imports(&mut linker, functions, &spec.grants.links, worker).map_err(not_found)?;
    linker.instantiate_pre(component).map_err(|error| {
        let (name, why) = (functions.component(), one_line(&error));
        not_found(format!(
            "`{name}` needs what this host does not have: {why}"
        ))
    })
}

async fn instantiate(
    functions: Arc<Functions>,
    linked: &InstancePre<State>,
    store: &mut Store<State>,
    ticker: &Ticker,
) -> Result<Exports, Failure> {
    match ticker.during(linked.instantiate_async(&mut *store)).await {
        Ok(instance) => Ok(Exports::of(functions, instance, store)),
        Err(error) => {
            let state = store.data();
            let actor = state.worker.actor();
            let last = &state.last_words;
            Err(fault::failure(&error, &state.limiter, last, actor))
        }
    }
}
