//! Starting a supervisor, and telling it things.

use super::CodeSource;
use super::linker::{Linker, Transport};
use super::output::Output;
use super::shell::{Command, Event, Shell};
use crate::spawn::{Backend, Spawner};
use crate::tree::{Tree, TreeConfig, TreeSnapshot};
use crate::worker::{self, Task, Worker};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tractor_protocol::control::{FRAME_LIMIT_BYTES, Level, Report};
use tractor_protocol::{ActorId, CancelReason, Uuid};
use tractor_transport::Link;

/// Events that may wait for the supervisor. Beyond, whoever reports waits.
const QUEUED_EVENTS: usize = 1024;

/// A line of the tree's log.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Who says it.
    pub actor: ActorId,
    /// How loud.
    pub level: Level,
    /// The function of the task that says it.
    pub task: Option<String>,
    /// What it says.
    pub message: String,
}

/// Where the log goes. Called on the supervisor's own task, which must not wait for a reader: see [`Place`](super::Place).
pub type Log = Arc<dyn Fn(LogLine) + Send + Sync>;

/// What a supervisor needs.
pub struct Config {
    /// The tree's own settings.
    pub tree: TreeConfig,
    /// How workers are started.
    pub backend: Box<dyn Backend>,
    /// What carries the links between them.
    pub transport: Transport,
    /// Where their code comes from.
    pub code: Arc<dyn CodeSource>,
    /// Where the output of actors without the terminal goes.
    pub output: Output,
    /// Where the log goes.
    pub log: Log,
}

/// A handle to a running supervisor. When it is dropped every worker is killed.
pub struct Supervisor {
    commands: mpsc::Sender<Event>,
    finished: watch::Receiver<bool>,
    shell: JoinHandle<()>,
    root: Worker,
}

impl Supervisor {
    /// Starts a supervisor with its root actor, on the current tokio runtime. Gives the root's worker and its one task.
    ///
    /// # Errors
    ///
    /// What the system says when it is out of threads, files or randomness; `Unsupported` if this program is built without that transport.
    pub fn start(config: Config) -> io::Result<(Self, Worker, Task)> {
        let frame_bytes = FRAME_LIMIT_BYTES;
        let (near, far) = Link::memory_pair(frame_bytes);
        let of_root = worker::OfRoot {
            grace: config.tree.grace,
            allowance: config.tree.allowance,
            log: config.tree.log,
        };
        let clock = crate::clock::Clock::start();
        let tree = Tree::new(config.tree, clock.now());
        let linker = Linker::new(config.transport)?;
        let identity = linker.identity(tree.root().uuid)?;
        let (worker, task) = worker::root(tree.root().clone(), of_root, identity, far);
        let spawner = Spawner::start(config.backend)?;
        let (commands, events) = mpsc::channel(QUEUED_EVENTS);
        let (done, finished) = watch::channel(false);
        let shell = Shell::new(
            clock,
            tree,
            spawner,
            linker,
            config.code,
            config.output.open()?,
            config.log,
            commands.clone(),
            done,
        );
        #[expect(
            clippy::disallowed_methods,
            reason = "the supervisor's one task, owned by its handle"
        )]
        let shell = tokio::spawn(shell.run(near, events));
        Ok((
            Self {
                commands,
                finished,
                shell,
                root: worker.clone(),
            },
            worker,
            task,
        ))
    }

    /// Cancels the whole tree gracefully.
    pub async fn shutdown(
        &self,
        reason: CancelReason,
        message: Option<String>,
        grace: Option<Duration>,
    ) {
        self.command(Command::Shutdown {
            reason,
            message,
            grace,
        })
        .await;
    }

    /// Kills every worker at once.
    pub async fn shutdown_now(&self) {
        self.command(Command::ShutdownNow).await;
    }

    /// The tree as it is, with what each worker reports of itself within the given time.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn snapshot(
        &self,
        patience: Duration,
    ) -> Option<(TreeSnapshot, HashMap<Uuid, Report>)> {
        let (answer, answered) = oneshot::channel();
        self.command(Command::Snapshot { patience, answer }).await;
        answered.await.ok()
    }

    /// Waits until, after a shutdown, no worker is left.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn finished(&self) {
        // An error means that the shell is gone, and its workers with it.
        let _ = self.finished.clone().wait_for(|finished| *finished).await;
    }

    async fn command(&self, command: Command) {
        // The shell ends only with this handle.
        let _ = self.commands.send(Event::Command(command)).await;
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.shell.abort();
        // Its tasks refer to it: if the runtime goes down now, they do not get to see the end of their link.
        self.root.end();
    }
}
