//! What one worker knows, and the handle to it.

use super::hooks::Hook;
use super::incarnation::ChildRecord;
use super::lines::Lines;
use super::nursery::NurseryRecord;
use super::overdue::Graces;
use super::peer::PeerLink;
use super::task::Task;
use crate::clock::Clock;
use crate::code::Code;
use crate::dialog::{DialogLimits, Queues};
use crate::scope::ScopeTable;
use bytes::Bytes;
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;
use tractor_protocol::control::{Answer, FromWorker, Level, Overdue};
use tractor_protocol::{
    ActorId, Cancellation, Failure, FailureId, FailureKind, Identity, Linked, NurseryId, RequestId,
    ScopeId, Uuid,
};
use tractor_transport::{SendError, Sender};

use crate::time::Time;

/// Locks, whether or not a holder panicked: the machines behind our locks leave no half-made state on a panic path, and a
/// worker that panicked is leaving anyway.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A handle to this actor's worker. Cheap to clone.
#[derive(Clone)]
pub struct Worker(pub(super) Arc<Core>);

/// What a worker was told about itself when it started.
pub(super) struct Settings {
    /// For an actor that ends with the first call of its owner: the owner.
    pub(super) one_shot: Option<Uuid>,
    /// What becomes of the actor when a task is overdue, and how many tasks may be if it serves on.
    pub(super) overdue: Overdue,
    pub(super) overdue_tasks: u32,
    pub(super) grace: Duration,
    /// By how much earlier than a cancelled task what it has called must end.
    pub(super) allowance: Duration,
    pub(super) log: Level,
    pub(super) dialogs: DialogLimits,
    pub(super) frame_bytes: usize,
    /// The supervisor says what its end means to those who call it.
    pub(super) restarts: bool,
    /// What satisfies the imports of its component.
    pub(super) links: Vec<Linked>,
    /// Lines that it may log and print in a second.
    pub(super) log_rate: u32,
    /// By what it proves who it is, where links go over a network.
    #[cfg_attr(
        not(feature = "network"),
        expect(dead_code, reason = "there is no network")
    )]
    pub(super) identity: Option<Identity>,
}

pub(super) struct Core {
    pub(super) actor: ActorId,
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) control: Sender<FromWorker>,
    pub(super) state: Mutex<State>,
    code: Mutex<Option<Arc<dyn Code>>>,
    /// Wakes the timer task when an earlier time was set.
    pub(super) timer: Notify,
    /// Every spawned task of this worker; aborted and joined when it ends.
    pub(super) spawned: Mutex<JoinSet<()>>,
    /// Tells the main loop to leave, with these failures.
    pub(super) leaving: OnceLock<Vec<Failure>>,
    pub(super) leave: Notify,
    /// Whether the first call of a one-shot's owner has come.
    pub(super) shot: AtomicBool,
    /// Tells that the whole actor is cancelled.
    pub(super) over: Notify,
    /// Whether the supervisor had the code stopped.
    pub(super) stopped: AtomicBool,
    /// Whether it is cancelled to be started anew.
    pub(super) restarting: AtomicBool,
    /// Why this worker itself had the code stopped.
    pub(super) given_up: OnceLock<Failure>,
    pub(super) rng: Mutex<fastrand::Rng>,
    pub(super) lines: Mutex<Lines>,
    /// What waits on all links together.
    pub(super) queues: Queues,
}

/// The tables of a worker, behind one lock.
pub(super) struct State {
    pub(super) scopes: ScopeTable,
    pub(super) cells: HashMap<ScopeId, Cell>,
    /// The grace periods of tasks that their callers cancelled.
    pub(super) graces: Graces,
    /// The time for which the timer task sleeps.
    pub(super) armed: Option<Time>,
    pub(super) links: HashMap<Uuid, Arc<PeerLink>>,
    pub(super) requests: HashMap<RequestId, oneshot::Sender<Answer>>,
    pub(super) nurseries: HashMap<NurseryId, Arc<NurseryRecord>>,
    /// By the ids that their starts were answered with; gone when they have ended for good.
    pub(super) children: HashMap<Uuid, Arc<ChildRecord>>,
    pub(super) tasks: HashMap<u64, Task>,
    /// The cancellation of the whole actor.
    pub(super) cancelled: Option<Cancelled>,
    pub(super) last_id: u64,
}

/// That the whole actor is cancelled.
pub(super) struct Cancelled {
    pub(super) cancellation: Cancellation,
    pub(super) since: Time,
    /// The moment by which it must be gone.
    pub(super) until: Time,
}

/// Who waits for a scope, and what else its cancellation cancels.
pub(super) struct Cell {
    pub(super) notify: Arc<Notify>,
    pub(super) hooks: Vec<Hook>,
}

/// The end of another actor, or of one incarnation of it, once it is known.
#[derive(Default)]
pub(super) struct End {
    /// What it failed with.
    pub(super) failures: OnceLock<Vec<Failure>>,
    /// Why it ended, if it did so because it was cancelled.
    pub(super) cancellation: OnceLock<Cancellation>,
    pub(super) notify: Notify,
}

impl End {
    pub(super) fn set(&self, mut failures: Vec<Failure>) {
        let cancellation = failures.iter().find_map(|failure| match &failure.kind {
            FailureKind::Cancelled(cancellation) => Some(cancellation.clone()),
            _ => None,
        });
        if let Some(cancellation) = cancellation {
            let _ = self.cancellation.set(cancellation);
        }
        failures.retain(|failure| !failure.is_cancelled());
        // A second word about the same end adds nothing.
        let _ = self.failures.set(failures);
        self.notify.notify_waiters();
    }

    pub(super) async fn wait(&self) -> &[Failure] {
        loop {
            let notified = self.notify.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if let Some(failures) = self.failures.get() {
                return failures;
            }
            notified.await;
        }
    }
}

impl Core {
    pub(super) fn new(
        actor: ActorId,
        settings: Settings,
        control: Sender<FromWorker>,
    ) -> Arc<Self> {
        let state = State {
            scopes: ScopeTable::new(actor.clone()),
            cells: HashMap::new(),
            graces: Graces::default(),
            armed: None,
            links: HashMap::new(),
            requests: HashMap::new(),
            nurseries: HashMap::new(),
            children: HashMap::new(),
            tasks: HashMap::new(),
            cancelled: None,
            last_id: 0,
        };
        let seed = u64::from_be_bytes(*actor.uuid.0.last_chunk().expect("a uuid has 16 bytes"));
        let lines = Mutex::new(Lines::new(settings.log_rate));
        let queues = Queues::new(settings.dialogs.queue_bytes);
        Arc::new(Self {
            lines,
            queues,
            actor,
            settings,
            clock: Clock::start(),
            control,
            state: Mutex::new(state),
            code: Mutex::new(None),
            timer: Notify::new(),
            over: Notify::new(),
            spawned: Mutex::new(JoinSet::new()),
            leaving: OnceLock::new(),
            leave: Notify::new(),
            shot: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            restarting: AtomicBool::new(false),
            given_up: OnceLock::new(),
            // Failure ids must differ between actors: the seed is random bits of the actor's own id.
            rng: Mutex::new(fastrand::Rng::with_seed(seed)),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(super) fn now(&self) -> Time {
        self.clock.now()
    }

    pub(super) fn next_id(&self) -> u64 {
        let mut state = self.state();
        state.last_id += 1;
        state.last_id
    }

    pub(super) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let mut spawned = lock(&self.spawned);
        // Each call is one: those that have ended must not pile up.
        while spawned.try_join_next().is_some() {}
        spawned.spawn(future);
    }

    /// Says something to the supervisor. If it is gone the control loop notices by itself.
    pub(super) fn tell(&self, message: &FromWorker) {
        if let Err(SendError::Frame(error)) = self.control.push(message, &Bytes::new()) {
            match message.slim() {
                Some(slim) => drop(self.control.push(&slim, &Bytes::new())),
                None => tracing::warn!(%error, "a message to the supervisor was not sent"),
            }
        }
    }

    pub(super) fn failure(&self, kind: FailureKind, message: impl Into<String>) -> Failure {
        let id = FailureId(lock(&self.rng).u64(..));
        Failure::new(id, kind, self.actor.clone(), message)
    }

    pub(super) fn code(&self) -> Option<Arc<dyn Code>> {
        lock(&self.code).clone()
    }

    pub(super) fn set_code(&self, code: Arc<dyn Code>) {
        *lock(&self.code) = Some(code);
    }

    /// Ends every task of this worker and lets go of everything. The code, the tasks and the links refer back to here, so without this
    /// nothing would ever be freed, and no socket closed.
    pub(super) fn end_all(&self) {
        lock(&self.spawned).abort_all();
        let code = lock(&self.code).take();
        let mut state = self.state();
        let tasks = std::mem::take(&mut state.tasks);
        let left = (
            std::mem::take(&mut state.links),
            std::mem::take(&mut state.requests),
            std::mem::take(&mut state.nurseries),
            std::mem::take(&mut state.children),
            std::mem::take(&mut state.cells),
        );
        // Dropped without the lock: what is dropped may want it.
        drop(state);
        tasks.values().for_each(Task::let_go);
        drop((code, tasks, left));
    }

    /// Asks the main loop to leave. The first reason counts.
    pub(super) fn leave(&self, failures: Vec<Failure>) {
        let _ = self.leaving.set(failures);
        self.leave.notify_one();
    }
}

impl Worker {
    /// Who this is.
    pub fn actor(&self) -> &ActorId {
        &self.0.actor
    }

    /// Writes to the log of the tree, unless the line is less loud than the tree's level. What is beyond 64 KiB is cut off, and lines beyond
    /// the actor's rate are dropped; how many, stands in the log.
    pub fn log(&self, level: Level, task: Option<&Task>, message: String) {
        let task = task.map(|task| task.function().to_owned());
        self.0.log(level, task, message);
    }

    /// The cancellation of the whole actor, if it is cancelled.
    pub fn cancellation(&self) -> Option<Cancellation> {
        self.0.cancellation()
    }

    /// Waits until the whole actor is cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn cancelled(&self) -> Cancellation {
        loop {
            let over = self.0.over.notified();
            tokio::pin!(over);
            over.as_mut().enable();
            if let Some(cancellation) = self.cancellation() {
                return cancellation;
            }
            over.await;
        }
    }

    /// How many cancel scopes are open, for whoever looks for what is never closed.
    pub fn open_scopes(&self) -> usize {
        self.0.state().scopes.len()
    }

    /// Makes a failure that originates in this actor.
    pub fn failure(&self, kind: FailureKind, message: impl Into<String>) -> Failure {
        self.0.failure(kind, message)
    }

    /// Lets go of everything, for there is no supervisor any more.
    pub(crate) fn end(&self) {
        self.0.end_all();
    }
}
