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
use crate::host::{State, link};
use crate::inspect::Functions;
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
use wasmtime::component::InstancePre;
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
    let linked =
        map(&engine, name, &files).map_err(|(kind, message)| worker.failure(kind, message))?;
    let functions = Functions::of(name, linked.component())
        .map_err(|error| worker.failure(FailureKind::NotFound, error.to_string()))?;
    let printing = worker.clone();
    let admit: Admit = Arc::new(move || printing.admit_line());
    let machine = Machine::new(spec.grants.clone(), name, spec.terminal, admit);
    let wasi = machine
        .build(Start::default())
        .map_err(|error| worker.failure(FailureKind::Denied, error.to_string()))?;
    let ticker = Ticker::start(&engine).map_err(|error| {
        worker.failure(FailureKind::Other, format!("no thread for ticks: {error}"))
    })?;
    let closing = Closing::new(ticker.stop().clone());
    let limiter = Limiter::new(&spec.limits);
    let memory_bytes = limiter.shared_memory_bytes();
    let state = State::new(worker.clone(), wasi, limiter, ticker.stop().clone());
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

/// Maps the compiled code, and ties its imports to the host's functions.
fn map(
    engine: &Engine,
    name: &str,
    files: &[OwnedFd],
) -> Result<InstancePre<State>, (FailureKind, String)> {
    let other = |what: &str, error: &wasmtime::Error| {
        (FailureKind::Other, format!("{what}: {}", one_line(error)))
    };
    let file = files.first().ok_or_else(|| {
        let message = "no compiled code came with the specification";
        (FailureKind::Other, message.to_owned())
    })?;
    let component = compiled::map(engine, file.as_fd())
        .map_err(|error| other("the compiled code cannot be mapped", &error))?;
    let linker = link(&component).map_err(|error| other("the host functions clash", &error))?;
    linker.instantiate_pre(&component).map_err(|error| {
        let why = one_line(&error);
        let message = format!("`{name}` needs what this host does not have: {why}");
        (FailureKind::NotFound, message)
    })
}

async fn instantiate(
    functions: Functions,
    linked: &InstancePre<State>,
    store: &mut Store<State>,
    ticker: &Ticker,
) -> Result<Exports, Failure> {
    match ticker.during(linked.instantiate_async(&mut *store)).await {
        Ok(instance) => Ok(Exports::of(functions, instance, store)),
        Err(error) => {
            let state = store.data();
            let actor = state.worker.actor();
            Err(fault::failure(&error, &state.limiter, actor))
        }
    }
}
