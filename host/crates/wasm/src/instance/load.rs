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
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Store};

/// Gives what loads components in a worker. The first file that comes with the specification is the compiled code.
pub fn loader() -> Box<dyn Load> {
    Box::new(ComponentLoad)
}

/// Does as much of loading `code` as needs no actor, for a process that is forked for each actor of it. Its files are those that come with a
/// specification. It starts no thread and opens nothing that its copies must not share.
///
/// # Errors
///
/// One line that says why the code cannot be loaded by whomever.
pub fn prepared_loader(code: &Specified, files: &[OwnedFd]) -> Result<Box<dyn Load>, String> {
    let Specified::Component { name, digest } = code else {
        return Err(format!("{code:?} is no component"));
    };
    let mapped = Mapped::map(name, files).map_err(|(_, message)| message)?;
    Ok(Box::new(PreparedLoad {
        digest: *digest,
        // What stands in the way of this is for the actor to say.
        linked: mapped.tie_alone().ok(),
        mapped,
    }))
}

struct ComponentLoad;

impl Load for ComponentLoad {
    fn load(
        self: Box<Self>,
        worker: Worker,
        spec: Arc<SpawnSpec>,
        files: Vec<OwnedFd>,
    ) -> BoxFuture<'static, Result<Loaded, Failure>> {
        load_anew(worker, spec, files).boxed()
    }
}

struct PreparedLoad {
    digest: [u8; 32],
    mapped: Mapped,
    /// `None` where imports are to be tied to other actors, which are not known before the actor is.
    linked: Option<InstancePre<State>>,
}

impl Load for PreparedLoad {
    fn load(
        self: Box<Self>,
        worker: Worker,
        spec: Arc<SpawnSpec>,
        files: Vec<OwnedFd>,
    ) -> BoxFuture<'static, Result<Loaded, Failure>> {
        let Self {
            digest,
            mapped,
            linked,
        } = *self;
        match &spec.code {
            Specified::Component {
                name,
                digest: asked,
            } if *asked == digest => {
                let mapped = mapped.called(name);
                let mapped = mapped.map_err(|(kind, message)| worker.failure(kind, message));
                async move { load(worker, spec, mapped?, linked).await }.boxed()
            }
            _ => load_anew(worker, spec, files).boxed(),
        }
    }
}

/// A component that is there, and not tied to anything.
struct Mapped {
    engine: Engine,
    component: Component,
    functions: Arc<Functions>,
}

impl Mapped {
    fn map(name: &str, files: &[OwnedFd]) -> Result<Self, Refusal> {
        let engine = engine(Purpose::Run).map_err(|error| {
            let message = format!("the engine does not start: {}", one_line(&error));
            (FailureKind::Other, message)
        })?;
        let component = map(&engine, files).map_err(|message| (FailureKind::Other, message))?;
        let functions = functions_of(name, &component)?;
        Ok(Self {
            engine,
            component,
            functions,
        })
    }

    /// The same under another name, if it has another one: two files may hold one component.
    fn called(self, name: &str) -> Result<Self, Refusal> {
        let functions = match self.functions.component() == name {
            true => self.functions,
            false => functions_of(name, &self.component)?,
        };
        Ok(Self { functions, ..self })
    }
}

fn functions_of(name: &str, component: &Component) -> Result<Arc<Functions>, Refusal> {
    let functions = Functions::of(name, component);
    let functions = functions.map_err(|error| (FailureKind::NotFound, error.to_string()))?;
    Ok(Arc::new(functions))
}

async fn load_anew(
    worker: Worker,
    spec: Arc<SpawnSpec>,
    files: Vec<OwnedFd>,
) -> Result<Loaded, Failure> {
    let mapped = match &spec.code {
        Specified::Component { name, .. } => Mapped::map(name, &files),
        code => Err((FailureKind::NotFound, format!("{code:?} is no component"))),
    };
    let mapped = mapped.map_err(|(kind, message)| worker.failure(kind, message))?;
    load(worker, spec, mapped, None).await
}

async fn load(
    worker: Worker,
    spec: Arc<SpawnSpec>,
    mapped: Mapped,
    linked: Option<InstancePre<State>>,
) -> Result<Loaded, Failure> {
    let linked = match linked {
        Some(linked) => linked,
        None => mapped
            .tie(&spec, &worker)
            .map_err(|(kind, message)| worker.failure(kind, message))?,
    };
    let Mapped {
        engine, functions, ..
    } = mapped;
    let last_words = LastWords::default();
    let machine = machine(&worker, &spec, functions.component(), &last_words);
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

/// Why a component is not loaded.
type Refusal = (FailureKind, String);

impl Mapped {
    /// Ties the component's imports to the host's functions, and to the actors that were named for them.
    fn tie(&self, spec: &SpawnSpec, worker: &Worker) -> Result<InstancePre<State>, Refusal> {
        let mut linker = self.linker()?;
        link_imports(&mut linker, &self.functions, &spec.grants.links, worker)
            .map_err(|message| (FailureKind::NotFound, message))?;
        self.instantiate_pre(&linker)
    }

    /// Ties them to the host's functions, if those are enough.
    fn tie_alone(&self) -> Result<InstancePre<State>, Refusal> {
        self.instantiate_pre(&self.linker()?)
    }

    fn linker(&self) -> Result<Linker<State>, Refusal> {
        link(&self.component).map_err(|error| {
            let message = format!("the host functions clash: {}", one_line(&error));
            (FailureKind::Other, message)
        })
    }

    fn instantiate_pre(&self, linker: &Linker<State>) -> Result<InstancePre<State>, Refusal> {
        linker.instantiate_pre(&self.component).map_err(|error| {
            let (name, why) = (self.functions.component(), one_line(&error));
            let message = format!("`{name}` needs what this host does not have: {why}");
            (FailureKind::NotFound, message)
        })
    }
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
