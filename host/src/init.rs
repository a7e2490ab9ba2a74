//! The first thing in `main`.

use crate::native::Native;
use futures::future::BoxFuture;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tractor_protocol::Failure;
use tractor_protocol::control::{Code, SpawnSpec};
use tractor_runtime::code::{Load, Loaded};
use tractor_runtime::native::NativeLoad;
use tractor_runtime::spawn;
use tractor_runtime::worker::Worker;

/// Makes this program able to be its own worker. To be called first thing in `main`, before threads, arguments and output: in a worker
/// process it runs the actor and does not return. Elsewhere it does nothing.
///
/// A program that forgets it cannot start actors: its workers would run `main` again.
pub fn init() {
    init_with(std::iter::empty::<(String, Native)>());
}

/// As [`init`], for a program some of whose actors are Rust functions of its own. The same actors are to be given to
/// [`TreeBuilder::native`](crate::TreeBuilder::native) by name.
pub fn init_with(actors: impl IntoIterator<Item = (impl Into<String>, Native)>) {
    if spawn::is_worker() {
        let actors = actors.into_iter();
        let actors = actors.map(|(name, actor)| (name.into(), actor.into_raw()));
        spawn::run_worker(Box::new(AnyLoad {
            native: NativeLoad::new(actors),
        }));
    }
}

/// Loads components and native actors.
struct AnyLoad {
    native: NativeLoad,
}

impl Load for AnyLoad {
    fn load(
        self: Box<Self>,
        worker: Worker,
        spec: Arc<SpawnSpec>,
        files: Vec<OwnedFd>,
    ) -> BoxFuture<'static, Result<Loaded, Failure>> {
        match &spec.code {
            Code::Native(_) => Box::new(self.native).load(worker, spec, files),
            Code::Component { .. } => tractor_wasm::loader().load(worker, spec, files),
        }
    }
}
