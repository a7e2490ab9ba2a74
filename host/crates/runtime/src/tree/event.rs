//! What the tree is told, and what it asks for.

use super::teardown::Teardown;
use std::time::Duration;
use tractor_protocol::control::{FromWorker, Level, Overdue, Report, SpawnBackend, ToWorker};
use tractor_protocol::{ActorId, CancelReason, Grants, Limits, Uuid};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// It exited with this code.
    Code(i32),
    /// This signal ended it.
    Signal(u8),
}

/// What happened. Of one worker: `Spawned`, its messages in order, `LinkLost`, `Exited`. Whoever reports must read a link to its end
/// before it reports `Exited`, or a worker's last words are lost; nothing worse happens then.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "messages are nearly all events, and each is handled at once"
)]
pub enum TreeEvent {
    /// A worker, or the root, said this.
    Message {
        /// Who.
        actor: Uuid,
        /// What.
        message: FromWorker,
    },
    /// The worker's process runs.
    Spawned {
        /// Whose.
        actor: Uuid,
        /// Its process id.
        pid: u32,
    },
    /// There is no process, and there will be none. Ends the actor as `Exited` does.
    SpawnFailed {
        /// Whose.
        actor: Uuid,
        /// Why.
        message: String,
    },
    /// The control link came to its end, or broke.
    LinkLost {
        /// Whose.
        actor: Uuid,
    },
    /// The control link brought what is no message, and is not read any more. Comes in the place of `LinkLost`.
    Malformed {
        /// Whose.
        actor: Uuid,
        /// What is wrong with it.
        message: String,
    },
    /// The process has ended and is reaped.
    Exited {
        /// Whose.
        actor: Uuid,
        /// How.
        status: ExitStatus,
        /// The last lines of its stderr.
        stderr: Vec<String>,
    },
    /// The tree is to go down gracefully. A second one can only shorten the time.
    Shutdown {
        /// Why, as the actors are told.
        reason: CancelReason,
        /// What to tell them.
        message: Option<String>,
        /// At most so long; `None` leaves each nursery its own grace.
        grace: Option<Duration>,
    },
    /// The tree is to go down at once.
    ShutdownNow,
}

/// A worker to be spawned: all of its `SpawnSpec` but the code, which is not the tree's to know.
#[derive(Clone, Debug)]
pub struct SpawnRequest {
    /// Who it is; its pid is 0 still.
    pub actor: ActorId,
    /// Who owns it.
    pub owner: ActorId,
    /// The component's name in the bundle; `self` is resolved.
    pub component: String,
    /// What it may touch; paths are the machine's. An owner that may write can have put symbolic links below its directories: whoever
    /// opens `source` must not follow them out of the directory that the root granted.
    pub grants: Grants,
    /// How much it may use; every bound is given.
    pub limits: Limits,
    /// For an actor that ends with its first call: that function.
    pub one_shot: Option<String>,
    /// What becomes of it when a task of it is overdue.
    pub overdue: Overdue,
    /// Time its tasks have to clean up when a caller cancels them: its nursery's grace.
    pub grace: Duration,
    /// By how much earlier what they have called must end.
    pub allowance: Duration,
    /// Whether it has the terminal.
    pub terminal: bool,
    /// The least loud level that is logged.
    pub log: Level,
    /// Whether its end may be answered by a restart.
    pub restarts: bool,
    /// How its process is started, if its owner said.
    pub backend: Option<SpawnBackend>,
}

/// What is to be done, in this order.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Start a worker process and send it its specification. Answered by `Spawned` or `SpawnFailed`.
    Spawn(Box<SpawnRequest>),
    /// Send a message on a control link. A failure to send is not reported; the link's end is.
    Send {
        /// To whom.
        actor: Uuid,
        /// What.
        message: ToWorker,
    },
    /// Make a socketpair, and send `Link` with one end each: `first` has `Side::First`.
    Link {
        /// The one that may open even dialogs.
        first: Uuid,
        /// The one that may open odd dialogs.
        second: Uuid,
    },
    /// End the process with SIGKILL. May come twice, and before the process runs: then it comes again after `Spawned`.
    Kill {
        /// Whose process.
        actor: Uuid,
    },
    /// The process is reaped: close its control link and forget it. The last effect about an actor, but for the account of what went with it.
    CloseControl {
        /// Whose.
        actor: Uuid,
    },
    /// Write to the log of the tree.
    Log {
        /// Who says it.
        actor: ActorId,
        /// How loud.
        level: Level,
        /// The function of the task that says it.
        task: Option<String>,
        /// What it says.
        message: String,
    },
    /// A worker answered a `ToWorker::Report` that the shell sent.
    Report {
        /// Who.
        actor: Uuid,
        /// The shell's number for it.
        request: u64,
        /// How it is doing.
        report: Report,
    },
    /// A process is reaped, or nothing is left of an actor and those below it: how that went.
    Teardown(Box<Teardown>),
    /// Everything but the root is gone after a shutdown. Comes once.
    Finished,
}
