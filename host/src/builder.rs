//! Describing a tree.

use crate::error::StartError;
use crate::source::{Bundle, ComponentSource};
use crate::tree::Tree;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tractor_protocol::control::{Level, SpawnBackend};
use tractor_protocol::{Grants, Limits};
use tractor_runtime::spawn::{Exec, Forkserver};
use tractor_runtime::supervisor::{Config, Log, LogLine, Output, Place, Supervisor, Transport};
use tractor_runtime::tree::TreeConfig;
use tractor_wasm::{Cache, Components, Prepared, Progress};

type OnCompile = Box<dyn FnMut(&str, Progress) + Send>;

/// Describes a tree. See [`new`](Self::new) for the defaults.
pub struct TreeBuilder {
    components: Vec<(String, ComponentSource)>,
    native: Vec<String>,
    tree: TreeConfig,
    program: Option<PathBuf>,
    spawn_backend: SpawnBackend,
    transport: Transport,
    cache: Option<PathBuf>,
    use_cache: bool,
    output: Output,
    /// `None` is stderr.
    log: Option<Log>,
    on_compile: OnCompile,
}

impl Default for TreeBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl TreeBuilder {
    /// Describes a tree with these defaults:
    ///
    /// * no components; actors may be granted everything that this program may do, and are granted nothing unless it is said;
    /// * a grace period of 500 ms, and an allowance of 20 ms for each level below;
    /// * limits per actor: 1 GiB of memory, 16 MiB for one message, 1024 actors and 64 levels below it, 4096 dialogs, 65,536 handles, 64 MiB
    ///   in its queues, 10,000 lines logged and printed in a second (ten times as many at once), 200 starts below it in a second (five times
    ///   as many at once), 1 million table elements, 1000 core instances;
    /// * workers run this program again, which must call [`init`](crate::init); they are forked from a process that has the component ready
    ///   where actors of it come often ([`SpawnBackend::Auto`]);
    /// * links between actors are shared memory, or sockets where the system gives none;
    /// * compiled code is cached in `$XDG_CACHE_HOME/tractor-host` or `~/.cache/tractor-host`;
    /// * output of actors goes line by line to stdout and stderr, the log from level `warn` on to stderr. Where nobody reads, actors that
    ///   write wait, and lines of the log are dropped and counted; the tree goes on.
    pub fn new() -> Self {
        let mut tree = TreeConfig::permissive([]);
        tree.pid = std::process::id();
        tree.seed = fastrand::u64(..);
        tree.log = Level::Warn;
        Self {
            components: Vec::new(),
            native: Vec::new(),
            tree,
            program: None,
            spawn_backend: SpawnBackend::Auto,
            transport: Transport::Auto,
            cache: None,
            use_cache: true,
            output: Output::default(),
            log: None,
            on_compile: Box::new(|_, _| {}),
        }
    }

    /// Adds a component to the bundle, under the name by which actors start it.
    #[must_use]
    pub fn component(
        mut self,
        name: impl Into<String>,
        component: impl Into<ComponentSource>,
    ) -> Self {
        self.components.push((name.into(), component.into()));
        self
    }

    /// Adds an actor of Rust functions to the bundle. Its functions are given to [`init_with`](crate::init_with).
    #[must_use]
    pub fn native(mut self, name: impl Into<String>) -> Self {
        self.native.push(name.into());
        self
    }

    /// Bounds what the root may hand on. Sources of directories are paths of the machine.
    #[must_use]
    pub fn grants(mut self, grants: Grants) -> Self {
        self.tree.grants = grants;
        self
    }

    /// Bounds the whole tree: no actor can have more.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.tree.limits = limits;
        self.tree.defaults = limits;
        self
    }

    /// Sets the time that cancelled actors have to clean up.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.tree.grace = grace;
        self
    }

    /// Sets by how much earlier than its owner a cancelled actor must be gone, and how long one that is stopped at the end of its grace
    /// period has to say where it was, before it is killed.
    #[must_use]
    pub fn allowance(mut self, allowance: Duration) -> Self {
        self.tree.allowance = allowance;
        self
    }

    /// Runs workers with another program, which must call [`init`](crate::init) too: for tests, whose own program cannot.
    #[must_use]
    pub fn worker_program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// Says what carries the links between actors, and between them and this program. All carry the same.
    #[must_use]
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// Sets how workers are started, of which nothing else is said ([`ActorSpec::spawn_backend`](crate::ActorSpec::spawn_backend)). A process
    /// that workers are forked from is kept for 10 s after its last use, and there are 8 of them at most.
    #[must_use]
    pub fn spawn_backend(mut self, backend: SpawnBackend) -> Self {
        self.spawn_backend = backend;
        self
    }

    /// Caches compiled code in this folder.
    #[must_use]
    pub fn cache_folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.cache = Some(folder.as_ref().to_owned());
        self
    }

    /// Caches no compiled code.
    #[must_use]
    pub fn without_cache(mut self) -> Self {
        self.use_cache = false;
        self
    }

    /// Writes the output of actors to these, whole lines at a time.
    #[must_use]
    pub fn output(
        mut self,
        stdout: impl Write + Send + 'static,
        stderr: impl Write + Send + 'static,
    ) -> Self {
        self.output = Output::new(stdout, stderr);
        self
    }

    /// Logs from this level on, to `log`, which must not wait: the whole tree would with it.
    #[must_use]
    pub fn log(mut self, level: Level, log: impl Fn(LogLine) + Send + Sync + 'static) -> Self {
        self.tree.log = level;
        self.log = Some(Arc::new(log));
        self
    }

    /// Logs from this level on, to where the log goes.
    #[must_use]
    pub fn log_level(mut self, level: Level) -> Self {
        self.tree.log = level;
        self
    }

    /// Is told when a component has to be compiled, or another process that compiles is waited for.
    #[must_use]
    pub fn on_compile(mut self, told: impl FnMut(&str, Progress) + Send + 'static) -> Self {
        self.on_compile = Box::new(told);
        self
    }

    /// Gives stdin, stdout and stderr of this process to the actor of this component that the root starts.
    #[must_use]
    pub fn terminal(mut self, component: &str) -> Self {
        self.tree.terminal_component = Some(component.to_owned());
        self
    }

    /// Compiles what is not in the cache, and starts the supervisor on the current tokio runtime, which may have one thread or many.
    ///
    /// # Errors
    ///
    /// [`StartError`]: what cannot be read, is no component, cannot be had from the system, or is not built into this program.
    ///
    /// # Cancel safety
    ///
    /// Dropping it leaves nothing but what was compiled, in the cache.
    pub async fn start(mut self) -> Result<Tree, StartError> {
        let (done, is_done) = oneshot::channel();
        // Not a thread of tokio's, which panics where it gets none. Nobody may wait for the answer any more. The compiler's own threads take its name
        // and stay: so it is not one by which tests know what a tree has left.
        let thread = std::thread::Builder::new().name("prepare".into());
        thread.spawn(move || drop(done.send(self.prepare().map(|bundle| (bundle, self)))))?;
        let (bundle, rest) = is_done
            .await
            .map_err(|_| io::Error::other("the compiler panicked"))??;
        rest.supervise(bundle)
    }

    fn prepare(&mut self) -> Result<Bundle, StartError> {
        let mut bundle = Bundle {
            native: std::mem::take(&mut self.native),
            ..Bundle::default()
        };
        let mut compiler = None;
        for (name, source) in std::mem::take(&mut self.components) {
            let prepared = self.prepare_one(&name, source, &mut compiler)?;
            bundle.components.insert(name, prepared);
        }
        Ok(bundle)
    }

    /// The compiler is set up when the first component needs it.
    fn prepare_one(
        &mut self,
        name: &str,
        source: ComponentSource,
        compiler: &mut Option<Components>,
    ) -> Result<Prepared, StartError> {
        if let ComponentSource::Prepared(prepared) = source {
            return Ok(prepared);
        }
        let components = match compiler {
            Some(ready) => ready,
            None => compiler.insert(self.compiler()?),
        };
        let mut told = |progress| (self.on_compile)(name, progress);
        Ok(match source {
            ComponentSource::Prepared(prepared) => prepared,
            ComponentSource::File(path) => components.prepare_file(name, &path, &mut told)?,
            ComponentSource::Bytes(bytes) => components.prepare(name, bytes, &mut told)?,
        })
    }

    fn compiler(&mut self) -> Result<Components, StartError> {
        let folder = self
            .cache
            .take()
            .or_else(tractor_wasm::default_folder)
            .filter(|_| self.use_cache);
        let cache = folder
            .map_or_else(Cache::without_folder, Cache::open)
            .map_err(|error| StartError::Engine(error.to_string()))?;
        Ok(Components::new(cache))
    }

    fn supervise(mut self, bundle: Bundle) -> Result<Tree, StartError> {
        self.tree.bundle = bundle.names().collect();
        let grace = self.tree.grace;
        let log = self.log.map_or_else(stderr_log, Ok)?;
        let exec = self.program.map_or_else(Exec::this_program, Exec::program);
        let backend = Forkserver::new(exec, self.spawn_backend);
        let config = Config {
            tree: self.tree,
            backend: Box::new(backend),
            transport: self.transport,
            code: Arc::new(bundle),
            output: self.output,
            log,
        };
        let (supervisor, worker, task) = Supervisor::start(config)?;
        Ok(Tree::new(supervisor, worker, task, grace))
    }
}

/// Lines on stderr, written by a thread of their own: nobody need read them.
fn stderr_log() -> io::Result<Log> {
    let place = Place::open(io::stderr())?;
    Ok(Arc::new(move |line: LogLine| {
        place.tell(crate::look::log_line(&line));
    }))
}
