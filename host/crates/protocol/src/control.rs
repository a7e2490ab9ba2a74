//! Messages between the supervisor and a worker.
//!
//! The supervisor decides and the worker asks: each request carries a number, and its answer carries the same. Values of calls
//! never pass here, they go over peer links.

use crate::capability::{Grants, Limits};
use crate::failure::{Cancellation, Error, Failure};
use crate::handshake::Hello;
use crate::id::{ActorId, NurseryId, RequestId, Side, Uuid};
use crate::identity::Identity;
use crate::restart::Restart;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The largest frame on a control link: 4 MiB. No values of calls pass there, and what a worker can make the supervisor hold must be
/// little. Failures that are larger go without their values and backtraces, see [`FromWorker::slim`].
pub const FRAME_LIMIT_BYTES: usize = 4 << 20;

/// How loud a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Every step.
    Trace,
    /// For those who look for a mistake.
    Debug,
    /// Worth knowing.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
}

/// The code of an actor, as its worker is to load it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    /// Rust functions of the host program, registered under this name.
    Native(String),
    /// A compiled component; the open file of the compiled code is passed along with the specification.
    Component {
        /// Its name for people, usually the file's.
        name: String,
        /// The digest of the component's bytes, as the cache names it.
        digest: [u8; 32],
    },
}

/// What a worker is to be. The first message on a control link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpawnSpec {
    /// The supervisor's versions.
    pub hello: Hello,
    /// Who the worker is.
    pub actor: ActorId,
    /// Who owns it.
    pub owner: ActorId,
    /// What it runs.
    pub code: Code,
    /// What it may touch; paths are the machine's.
    pub grants: Grants,
    /// How much it may use; every bound is given.
    pub limits: Limits,
    /// For an actor that ends with its first call: that function.
    pub one_shot: Option<String>,
    /// What becomes of it when a task of it is overdue.
    pub overdue: Overdue,
    /// Time its tasks have to clean up when a caller cancels them.
    pub grace: Duration,
    /// By how much earlier than a task of its what that has called must end, once it is cancelled.
    pub allowance: Duration,
    /// Whether it has the terminal's stdin, stdout and stderr.
    pub terminal: bool,
    /// The least loud level that is logged.
    pub log: Level,
    /// Whether its end may be answered by a restart. Then it leaves those who call it to the supervisor's word on what its end means.
    pub restarts: bool,
    /// By what it proves who it is, where links go over a network.
    pub identity: Option<Identity>,
}

/// A request for a new actor, in its owner's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorSpec {
    /// A component of the bundle, or `self`.
    pub component: String,
    /// Its name; need not be unique.
    pub name: String,
    /// What it is granted.
    pub grants: Grants,
    /// How much it may use.
    pub limits: Limits,
    /// What becomes of it when a task of it is overdue; `None` is [`Overdue::EndActor`] for one that ends with its first
    /// call, and [`Overdue::ServeOn`] for others.
    pub overdue: Option<Overdue>,
    /// How its process is started; `None` leaves it to the tree.
    pub spawn_backend: Option<SpawnBackend>,
}

/// How the process of a worker is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SpawnBackend {
    /// By a fork of a process that has the code ready, where there is or will be one: for a component from its second actor in some seconds
    /// on. Until such a process is ready, and where none can be had, by running the program anew.
    #[default]
    Auto,
    /// By running the program anew.
    Exec,
    /// As `Auto`, from the first actor on, which waits until the process to be forked is ready.
    Fork,
}

/// What becomes of an actor when a task of it, cancelled by its caller, does not end within its grace period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Overdue {
    /// It serves others on. The task is counted until it ends, and there is a limit on how many there may be.
    ServeOn,
    /// It ends with the failure that the task is.
    EndActor,
}

/// What carries a link between two workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Carrier {
    /// A socketpair; the worker's end of it comes along.
    Socket,
    /// Memory that both ends share, and a socketpair by which they wake each other; the memory comes along behind the socket.
    SharedMemory,
    /// TLS over TCP. The second end listens, and says where by [`FromWorker::Listening`]; the first is told by [`ToWorker::Reach`].
    Tcp,
    /// QUIC, made as the one over TCP is.
    Quic,
}

/// How the body of a nursery ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// It came to its end.
    Ended,
    /// It failed with these.
    Failed(Vec<Failure>),
    /// It was cancelled.
    Cancelled(Cancellation),
}

/// What the supervisor says to a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ToWorker {
    /// First: what the worker is. Comes with the files that its code needs.
    Spec(Box<SpawnSpec>),
    /// Answers a request.
    Answer {
        /// Which.
        request: RequestId,
        /// With what.
        answer: Answer,
    },
    /// Here is this worker's end of a link to that actor. Comes with the files of its carrier.
    Link {
        /// Who is across.
        peer: ActorId,
        /// Which end this worker has.
        side: Side,
        /// What carries it.
        carrier: Carrier,
    },
    /// An actor that this one is linked to has ended and is reaped.
    ActorEnded {
        /// Which.
        actor: Uuid,
        /// Why, if not of its own accord: one of kind `cancelled` if it ended as it was asked to, `restarted` if it is started anew.
        failures: Vec<Failure>,
    },
    /// A nursery of this worker is cancelled: cancel its scope.
    NurseryCancelled {
        /// Which.
        nursery: NurseryId,
        /// Who, and why.
        cancellation: Cancellation,
    },
    /// A nursery of this worker has closed: all of its actors, and all below them, are reaped.
    NurseryClosed {
        /// Which.
        nursery: NurseryId,
        /// What failed, in order, each once; those of the body among them. Cancelled members stand behind.
        failures: Vec<Failure>,
    },
    /// Cancel every task, clean up, and end.
    Cancel {
        /// Who, and why.
        cancellation: Cancellation,
        /// After so long the guest is stopped.
        time_left: Duration,
        /// It is to be started anew, with the sibling that failed: calls to it end as `restarted`.
        restart: bool,
    },
    /// The grace period is over: stop the guest now, and say where it was. Answered by `Stopping` at once, and by `Ended`.
    Stop,
    /// Asks for a report.
    Report {
        /// The supervisor's number for it.
        request: u64,
    },
    /// The link to that actor was cut: both ends have said so, and both live.
    Unlinked {
        /// Which.
        actor: Uuid,
    },
    /// An actor that this one owns was started anew and can be called; its link came just before.
    ChildRestarted {
        /// Which: the id that its start was answered with.
        child: Uuid,
        /// Who it is now.
        actor: ActorId,
    },
    /// An actor that this one owns has ended for good, and all below it.
    ChildEnded {
        /// Which: the id that its start was answered with.
        child: Uuid,
        /// Why, if not of its own accord or as it was asked to.
        failures: Vec<Failure>,
    },
    /// Where the second end of a link over a network listens. To its first end, which connects.
    Reach {
        /// Who is across.
        actor: Uuid,
        /// The port, on the machine's own address 127.0.0.1; none if it cannot listen.
        port: Option<u16>,
    },
}

/// The supervisor's answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It is done.
    Done,
    /// It was not done.
    Failed(Error),
    /// The actor is started and can be called; its link came just before.
    Started(ActorId),
    /// The actor of that name, if there is one.
    Found(Option<ActorId>),
    /// The actors of the tree.
    Listed(Vec<ActorId>),
    /// There is a link to that actor, which may be a later incarnation of the one that was asked for.
    Connected(ActorId),
}

/// What a worker says to the supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "each is encoded or handled at once, and none is kept"
)]
pub enum FromWorker {
    /// First: the worker's versions. Its code is loaded and it can be called.
    Ready(Hello),
    /// A task opened a nursery.
    OpenNursery {
        /// Numbered by the worker.
        nursery: NurseryId,
        /// Time for its actors to clean up once cancelled; `None` is the tree's default.
        grace: Option<Duration>,
        /// When its actors are started anew; `None` is never.
        restart: Option<Restart>,
    },
    /// Start an actor in a nursery. Answered by `Started` or `Failed`.
    StartActor {
        /// The number of this request.
        request: RequestId,
        /// Which nursery.
        nursery: NurseryId,
        /// What to start.
        spec: ActorSpec,
        /// For an actor that ends with its first call: that function.
        one_shot: Option<String>,
    },
    /// Cancel an actor that this one owns. Answered by `Done` when it is reaped. It is not started anew.
    CancelActor {
        /// The number of this request.
        request: RequestId,
        /// Which, by the id of any of its late incarnations.
        actor: Uuid,
        /// What to tell it.
        message: Option<String>,
    },
    /// Cancel a nursery of this worker, and all in it.
    CancelNursery {
        /// Which.
        nursery: NurseryId,
        /// Who, and why.
        cancellation: Cancellation,
    },
    /// The body of a nursery has ended. Answered by `NurseryClosed`.
    CloseNursery {
        /// Which.
        nursery: NurseryId,
        /// How the body ended.
        body: Body,
    },
    /// Link this worker to an actor. Answered by `Connected`, just after the `Link`, or by `Failed`; of one that is being started
    /// anew, once it serves or is given up.
    Connect {
        /// The number of this request.
        request: RequestId,
        /// Which actor, by the id of any of its late incarnations.
        actor: Uuid,
    },
    /// Find the actor that first registered this name and lives. Answered by `Found`.
    Find {
        /// The number of this request.
        request: RequestId,
        /// The name.
        name: String,
    },
    /// Wait for an actor of this name. Answered by `Found`.
    WaitFor {
        /// The number of this request.
        request: RequestId,
        /// The name.
        name: String,
    },
    /// List the actors of the tree. Answered by `Listed`.
    List {
        /// The number of this request.
        request: RequestId,
    },
    /// Register this actor under one more name. Answered by `Done`.
    Register {
        /// The number of this request.
        request: RequestId,
        /// The name.
        name: String,
    },
    /// Nobody waits for that request any more. A start that is under way is undone; others are forgotten.
    Withdraw {
        /// Which request.
        request: RequestId,
    },
    /// Writes to the log of the tree.
    Log {
        /// How loud.
        level: Level,
        /// The function of the task that says it.
        task: Option<String>,
        /// What it says.
        message: String,
    },
    /// Answers `Report`.
    Report {
        /// The supervisor's number for it.
        request: u64,
        /// How the worker is doing.
        report: Report,
    },
    /// Last: every task has ended and the worker leaves.
    Ended {
        /// What failed: a fault of the guest, or the failure of a one-shot's function.
        failures: Vec<Failure>,
    },
    /// This worker's link to that actor is at its end. Answered by `ActorEnded` if that actor is ending too, or by `Unlinked`, when
    /// its worker says the same.
    Unlinked {
        /// Which.
        actor: Uuid,
    },
    /// It was told to stop and does: said at once, before it is found out where the guest was, which may take long.
    Stopping,
    /// This worker, the second end of a link over a network, waits for the first. Passed on to that as [`ToWorker::Reach`].
    Listening {
        /// Who is across.
        actor: Uuid,
        /// The port, on the machine's own address 127.0.0.1; none if it cannot listen. A port and no more, so that no worker can send
        /// another to somewhere else.
        port: Option<u16>,
    },
}

/// How a worker is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Running tasks.
    pub tasks: Vec<TaskReport>,
    /// Stream messages that wait at this worker to be received.
    pub queued_messages: u64,
    /// Open dialogs with peers, as caller or callee.
    pub dialogs: u32,
    /// Linear memory of the guest, in bytes.
    pub memory_bytes: u64,
    /// Tasks that run on although their grace period is over.
    pub overdue_tasks: u32,
    /// What the guest waits in while it holds everything else up: `wasi:io/poll`.
    pub blocked: Option<String>,
    /// Its links with other actors.
    pub links: Vec<LinkReport>,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkReport {
    /// Who is across.
    pub peer: ActorId,
    /// What carries it: `socket`, `shared memory`, `tcp` or `quic`; none while it is being made.
    pub transport: Option<String>,
}

/// One running task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskReport {
    /// The function it runs.
    pub function: String,
    /// Who called it.
    pub caller: ActorId,
    /// How long it has been running.
    pub age: Duration,
    /// Its cancellation, if it has one.
    pub cancelled: Option<Cancellation>,
}

impl FromWorker {
    /// The same message with failures that are short: for one that is over [`FRAME_LIMIT_BYTES`]. `None` if it holds no failures.
    pub fn slim(&self) -> Option<Self> {
        let slim = |failures: &[Failure]| failures.iter().map(Failure::slim).collect();
        match self {
            Self::Ended { failures } => Some(Self::Ended {
                failures: slim(failures),
            }),
            Self::CloseNursery {
                nursery,
                body: Body::Failed(failures),
            } => Some(Self::CloseNursery {
                nursery: *nursery,
                body: Body::Failed(slim(failures)),
            }),
            _ => None,
        }
    }
}

impl ToWorker {
    /// As [`FromWorker::slim`].
    pub fn slim(&self) -> Option<Self> {
        let slim = |failures: &[Failure]| failures.iter().map(Failure::slim).collect();
        match self {
            Self::ActorEnded { actor, failures } => Some(Self::ActorEnded {
                actor: *actor,
                failures: slim(failures),
            }),
            Self::ChildEnded { child, failures } => Some(Self::ChildEnded {
                child: *child,
                failures: slim(failures),
            }),
            Self::NurseryClosed { nursery, failures } => Some(Self::NurseryClosed {
                nursery: *nursery,
                failures: slim(failures),
            }),
            Self::Answer {
                request,
                answer: Answer::Failed(Error::Failed(failures)),
            } => {
                let answer = Answer::Failed(Error::Failed(slim(failures)));
                Some(Self::Answer {
                    request: *request,
                    answer,
                })
            }
            _ => None,
        }
    }
}
