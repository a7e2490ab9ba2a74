//! The life of a worker, from its specification to its last word.

use super::core::{Core, Settings, Worker};
use super::task::Task;
use crate::code::{Load, Loaded};
use crate::dialog::DialogLimits;
use bytes::Bytes;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use tractor_protocol::control::{FromWorker, Level, Overdue, SpawnSpec, ToWorker};
use tractor_protocol::handshake::Hello;
use tractor_protocol::{ActorId, Failure, Identity, frame};
use tractor_transport::{Link, Sender};

/// How long the last words may take to be written. Peers that do not read must not keep a worker that is done.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It said its last word, and the supervisor knows.
    Ended,
    /// The supervisor is gone, or never was one.
    Lost,
}

/// Runs a worker over its control link until it has ended. The terminal's stdin, if it is to have that, comes as the last file of its
/// specification and goes to `take_terminal`.
///
/// # Cancel safety
///
/// Dropping it ends the worker at once, without a word; its links close.
pub async fn run(link: Link, load: Box<dyn Load>, take_terminal: impl FnOnce(OwnedFd)) -> Left {
    let (control, mut orders) = link.split::<FromWorker, ToWorker>();
    let Ok(Some(mut first)) = orders.receive().await else {
        return Left::Lost;
    };
    let ToWorker::Spec(mut spec) = first.frame.message else {
        return Left::Lost;
    };
    if Hello::OURS.answer(spec.hello).is_err() {
        // The supervisor cannot but refuse this, and says why.
        let _ = control.push(&FromWorker::Ready(Hello::OURS), &Bytes::new());
        let _ = tokio::time::timeout(LAST_WORDS, control.flush()).await;
        return Left::Lost;
    }
    // The supervisor wrote this before there was a process.
    spec.actor.pid = std::process::id();
    let spec = Arc::<SpawnSpec>::from(spec);
    if spec.terminal {
        first.files.pop().map(take_terminal);
    }
    let core = Core::new(spec.actor.clone(), Settings::of(&spec), control.clone());
    core.spawn(drive(control));
    core.spawn(Arc::clone(&core).run_timers());
    core.spawn(Arc::clone(&core).live(load, spec, first.files));
    let left = tokio::select! {
        biased;
        () = core.leave.notified() => core.last_words().await,
        () = Arc::clone(&core).obey(orders) => Left::Lost,
    };
    core.end_all();
    left
}

/// What the worker of the root actor is told of its tree.
pub(crate) struct OfRoot {
    pub(crate) grace: Duration,
    pub(crate) allowance: Duration,
    pub(crate) log: Level,
}

/// Makes the worker of the root actor, which has no code and no process of its own.
pub(crate) fn root(
    actor: ActorId,
    of_root: OfRoot,
    identity: Option<Identity>,
    link: Link,
) -> (Worker, Task) {
    let (control, orders) = link.split::<FromWorker, ToWorker>();
    let frame_bytes = frame::DEFAULT_LIMIT_BYTES + frame::HEADER_ROOM_BYTES;
    let dialogs = DialogLimits::default();
    let settings = Settings {
        one_shot: None,
        grace: of_root.grace,
        allowance: of_root.allowance,
        log: of_root.log,
        dialogs,
        overdue: Overdue::ServeOn,
        overdue_tasks: u32::MAX,
        frame_bytes,
        restarts: false,
        links: Vec::new(),
        // The program's own lines are its own business.
        log_rate: u32::MAX,
        identity,
    };
    let core = Core::new(actor.clone(), settings, control.clone());
    core.spawn(drive(control));
    core.spawn(Arc::clone(&core).run_timers());
    let obeying = Arc::clone(&core);
    core.spawn(async move {
        Arc::clone(&obeying).obey(orders).await;
        obeying.end_all();
    });
    let task = Task::begin(&core, "root".to_owned(), actor, None);
    (Worker(core), task)
}

async fn drive(control: Sender<FromWorker>) {
    // The reader of the same link sees the end of the supervisor, and ends the worker.
    let _ = control.drive().await;
}

impl Settings {
    fn of(spec: &SpawnSpec) -> Self {
        let message_bytes = spec
            .limits
            .message_bytes
            .map_or(frame::DEFAULT_LIMIT_BYTES, |bytes| bytes as usize);
        let mut dialogs = DialogLimits {
            message_bytes,
            grace: spec.grace,
            ..DialogLimits::default()
        };
        if let Some(open) = spec.limits.dialogs {
            dialogs.dialogs = open as usize;
        }
        if let Some(bytes) = spec.limits.queue_bytes {
            dialogs.queue_bytes = bytes;
        }
        Self {
            one_shot: spec.one_shot.as_ref().map(|_| spec.owner.uuid),
            grace: spec.grace,
            allowance: spec.allowance,
            log: spec.log,
            dialogs,
            overdue: spec.overdue,
            overdue_tasks: spec.limits.overdue_tasks.unwrap_or(u32::MAX),
            frame_bytes: frame::DEFAULT_LIMIT_BYTES + frame::HEADER_ROOM_BYTES,
            restarts: spec.restarts,
            links: spec.grants.links.clone(),
            log_rate: spec.limits.log_rate.unwrap_or(u32::MAX),
            identity: spec.identity.clone(),
        }
    }
}

impl Core {
    /// Loads the code, says that it is ready, and watches it until it breaks down.
    async fn live(self: Arc<Self>, load: Box<dyn Load>, spec: Arc<SpawnSpec>, files: Vec<OwnedFd>) {
        let failure = match load.load(Worker(Arc::clone(&self)), spec, files).await {
            Ok(Loaded { code, driver }) => {
                self.set_code(code);
                self.tell(&FromWorker::Ready(Hello::OURS));
                driver.await
            }
            Err(failure) => failure,
        };
        self.break_down(failure).await;
    }

    /// The code can run no more: every open dialog is answered with the reason, and the worker leaves. Where that may mean a restart, the
    /// supervisor knows, and answers them.
    async fn break_down(&self, failure: Failure) {
        let failure = self.why_stopped(failure);
        if !self.settings.restarts {
            let links: Vec<_> = self.state().links.values().cloned().collect();
            links.iter().for_each(|link| link.break_down(&failure));
        }
        self.leave(vec![failure]);
    }

    /// Lets peers and the supervisor have what is still queued for them.
    async fn last_words(&self) -> Left {
        let links: Vec<_> = self.state().links.values().cloned().collect();
        let failures = self.leaving.get().cloned().unwrap_or_default();
        let flushes = links.iter().map(|link| link.say_all());
        // A peer that does not read goes without.
        let _ = tokio::time::timeout(LAST_WORDS, futures::future::join_all(flushes)).await;
        self.tell_dropped();
        self.tell(&FromWorker::Ended { failures });
        match tokio::time::timeout(LAST_WORDS, self.control.flush()).await {
            Ok(Ok(())) => Left::Ended,
            _ => Left::Lost,
        }
    }
}
