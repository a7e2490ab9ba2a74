//! Actors whose code is Rust functions of the host program: for tests, and for programs that embed the host.

use crate::code::{Code, Invocation, Load, Loaded, name_alone};
use crate::worker::Worker;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::any::Any;
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::Notify;
use tractor_protocol::control::{self, SpawnSpec};
use tractor_protocol::{Error, Failure, FailureKind, Payload};

type Function = Arc<dyn Fn(Invocation) -> BoxFuture<'static, Result<Payload, Error>> + Send + Sync>;

/// Functions by name. A panic in one of them is a trap: it ends the actor.
#[derive(Clone, Default)]
pub struct Native {
    functions: BTreeMap<String, Function>,
}

impl Native {
    /// Makes an actor without functions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function. It sees to its arguments' codec itself.
    #[must_use]
    pub fn function<F, R>(mut self, name: &str, function: F) -> Self
    where
        F: Fn(Invocation) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Payload, Error>> + Send + 'static,
    {
        let function: Function = Arc::new(move |invocation| function(invocation).boxed());
        self.functions.insert(name.to_owned(), function);
        self
    }
}

/// Loads native actors by name.
#[derive(Clone, Default)]
pub struct NativeLoad {
    actors: Arc<BTreeMap<String, Native>>,
}

impl NativeLoad {
    /// Knows these actors.
    pub fn new(actors: impl IntoIterator<Item = (String, Native)>) -> Self {
        Self {
            actors: Arc::new(actors.into_iter().collect()),
        }
    }

    /// The names it knows.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.actors.keys().map(String::as_str)
    }
}

impl Load for NativeLoad {
    fn load(
        self: Box<Self>,
        worker: Worker,
        spec: Arc<SpawnSpec>,
        _files: Vec<OwnedFd>,
    ) -> BoxFuture<'static, Result<Loaded, Failure>> {
        let found = match &spec.code {
            control::Code::Native(name) => self.actors.get(name).cloned(),
            control::Code::Component { .. } => None,
        };
        let loaded = found
            .map(|native| native.loaded(worker.clone()))
            .ok_or_else(|| {
                worker.failure(
                    FailureKind::NotFound,
                    format!("this program has no native code for {:?}", spec.code),
                )
            });
        std::future::ready(loaded).boxed()
    }
}

struct Running {
    functions: BTreeMap<String, Function>,
    worker: Worker,
    broken: Arc<Broken>,
}

/// Why the code can run no more.
#[derive(Default)]
struct Broken {
    why: std::sync::Mutex<Option<Failure>>,
    notify: Notify,
}

impl Native {
    fn loaded(self, worker: Worker) -> Loaded {
        let broken = Arc::<Broken>::default();
        let code = Arc::new(Running {
            functions: self.functions,
            worker,
            broken: Arc::clone(&broken),
        });
        let driver = async move {
            loop {
                broken.notify.notified().await;
                let why = broken.why.lock().ok().and_then(|mut why| why.take());
                if let Some(why) = why {
                    return why;
                }
            }
        };
        Loaded {
            code,
            driver: driver.boxed(),
        }
    }
}

impl Broken {
    fn set(&self, failure: Failure) {
        if let Ok(mut why) = self.why.lock() {
            why.get_or_insert(failure);
        }
        self.notify.notify_one();
    }
}

impl Code for Running {
    fn invoke(&self, mut invocation: Invocation) -> BoxFuture<'static, Result<Payload, Error>> {
        let name = name_alone(&invocation.function);
        let Some(function) = self.functions.get(name).cloned() else {
            let known: Vec<_> = self.functions.keys().map(String::as_str).collect();
            let message = format!("no function `{name}`; there is {}", known.join(", "));
            let failure = self.worker.failure(FailureKind::NotFound, message);
            return std::future::ready(Err(failure.into())).boxed();
        };
        // It begins at once.
        drop(invocation.room.take());
        let (worker, broken) = (self.worker.clone(), Arc::clone(&self.broken));
        async move {
            let running = AssertUnwindSafe(async move { function(invocation).await });
            match running.catch_unwind().await {
                Ok(result) => result,
                Err(panic) => {
                    let message = text(&*panic);
                    broken.set(worker.failure(FailureKind::Trap(message.clone()), message));
                    // The driver answers for this task, as it does for a component that trapped.
                    std::future::pending().await
                }
            }
        }
        .boxed()
    }

    fn stop(&self) {
        self.broken
            .set(self.worker.failure(FailureKind::Other, "stopped"));
    }
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}
