//! A tree whose actors run the test guest.

use futures::future::BoxFuture;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tractor_protocol::control::{ActorSpec, Code, SpawnSpec};
use tractor_protocol::{CancelReason, Codec, Error, Failure, Grants, Limits, Payload};
use tractor_runtime::code::{Load, Loaded};
use tractor_runtime::native::{Native, NativeLoad};
use tractor_runtime::spawn::InProcess;
use tractor_runtime::supervisor::{CodeSource, Config, Output, Supervisor, Transport};
use tractor_runtime::tree::TreeConfig;
use tractor_runtime::worker::{Child, Nursery, Task, Worker};
use tractor_wasm::{Cache, Components, Prepared};

/// No test takes longer, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// Compiled once for all tests.
static GUEST: LazyLock<Prepared> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let components = Components::new(Cache::open(folder).expect("an engine"));
    components
        .prepare_file("test_actor", &guests().join("test_actor.wasm"), &mut |_| {})
        .expect("the guests are built: `cargo xtask guests` builds them")
});

fn guests() -> PathBuf {
    std::env::var_os("TRACTOR_GUESTS").map_or_else(
        || {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../../guests/target/wasm32-wasip2/release")
        },
        PathBuf::from,
    )
}

struct Source;

impl CodeSource for Source {
    fn code(&self, component: &str) -> Result<(Code, Vec<OwnedFd>), String> {
        if component == NATIVE {
            return Ok((Code::Native(component.to_owned()), Vec::new()));
        }
        let code = Code::Component {
            name: component.to_owned(),
            digest: GUEST.digest(),
        };
        let file = GUEST.clone_file().map_err(|error| error.to_string())?;
        Ok((code, vec![file]))
    }
}

/// The component that is Rust functions.
pub(crate) const NATIVE: &str = "native";

/// Loads the guest, or what is native.
struct EitherLoad(Native);

impl Load for EitherLoad {
    fn load(
        self: Box<Self>,
        worker: Worker,
        spec: Arc<SpawnSpec>,
        files: Vec<OwnedFd>,
    ) -> BoxFuture<'static, Result<Loaded, Failure>> {
        let load: Box<dyn Load> = match spec.code {
            Code::Native(_) => Box::new(NativeLoad::new([(NATIVE.to_owned(), self.0)])),
            Code::Component { .. } => tractor_wasm::loader(),
        };
        load.load(worker, spec, files)
    }
}

pub(crate) fn spec() -> ActorSpec {
    ActorSpec {
        component: "guest".to_owned(),
        name: "guest".to_owned(),
        grants: Grants::default(),
        limits: Limits::default(),
        overdue: None,
        spawn_backend: None,
    }
}

pub(crate) fn json(text: &str) -> Payload {
    Payload::new(Codec::Json, text.to_owned())
}

/// The one failure of a call.
pub(crate) fn failure(result: Result<Payload, Error>) -> Failure {
    match result {
        Err(Error::Failed(mut failures)) if failures.len() == 1 => failures.remove(0),
        other => panic!("one failure is expected, and this came: {other:?}"),
    }
}

/// Runs `body` in the root's task, then sees that the tree goes down to nothing.
pub(crate) async fn in_tree(body: impl AsyncFnOnce(&Task)) {
    in_tree_with(Native::new(), body).await;
}

/// The same, where the component [`NATIVE`] is `native`.
pub(crate) async fn in_tree_with(native: Native, body: impl AsyncFnOnce(&Task)) {
    let config = Config {
        tree: TreeConfig::permissive(["guest", NATIVE].map(str::to_owned)),
        backend: Box::new(InProcess::new(move || Box::new(EitherLoad(native.clone())))),
        transport: Transport::default(),
        code: Arc::new(Source),
        output: Output::default(),
        log: Arc::new(|_| {}),
    };
    let (supervisor, _worker, task) = Supervisor::start(config).expect("a supervisor");
    tokio::time::timeout(PATIENCE, body(&task))
        .await
        .expect("the body ends");
    supervisor
        .shutdown(CancelReason::Shutdown, None, None)
        .await;
    tokio::time::timeout(PATIENCE, supervisor.finished())
        .await
        .expect("the tree goes down");
}

/// Runs `body` with one actor that serves. What it fails with is the body's business.
pub(crate) async fn with_actor(body: impl AsyncFnOnce(&Nursery, &Child)) {
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let child = nursery.start_actor(spec()).await.expect("started");
        body(&nursery, &child).await;
        nursery.cancel(None);
        let _ = nursery.close(None).await;
    })
    .await;
}
