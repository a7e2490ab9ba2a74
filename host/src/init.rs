//! The first thing in `main`.

use crate::native::Native;
use futures::future::BoxFuture;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tractor_protocol::Failure;
use tractor_protocol::control::{Code, SpawnSpec};
use tractor_runtime::code::{Load, Loaded};
use tractor_runtime::native::NativeLoad;
use tractor_runtime::spawn::{self, Role};
use tractor_runtime::worker::Worker;

/// Makes this program able to be its own worker. To be called first thing in `main`, before threads, arguments and output: in a worker
/// process, and in one that workers are forked from, it runs the actor and does not return. Elsewhere it does nothing.
///
/// A program that forgets it cannot start actors: its workers would run `main` again.
pub fn init() {
    init_with(std::iter::empty::<(String, Native)>());
}

/// As [`init`], for a program some of whose actors are Rust functions of its own. The same actors are to be given to
/// [`TreeBuilder::native`](crate::TreeBuilder::native) by name.
pub fn init_with(actors: impl IntoIterator<Item = (impl Into<String>, Native)>) {
    let Some(role) = spawn::role() else {
        return;
    };
    let actors = actors.into_iter();
    let actors = actors.map(|(name, actor)| (name.into(), actor.into_raw()));
    let load = AnyLoad {
        native: NativeLoad::new(actors),
    };
    match role {
        Role::Worker => spawn::run_worker(Box::new(load)),
        Role::Zygote => spawn::run_zygote(move |code, files| load.prepared(code, &files)),
    }
}

/// Loads components and native actors.
struct AnyLoad {
    native: NativeLoad,
}

impl AnyLoad {
    fn prepared(self, code: &Code, files: &[OwnedFd]) -> Result<Box<dyn Load>, String> {
        match code {
            // They are in the program, and so are as ready as they can be.
            Code::Native(_) => Ok(Box::new(self)),
            Code::Component { .. } => tractor_wasm::prepared_loader(code, files),
        }
    }
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
