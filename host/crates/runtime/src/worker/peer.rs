//! One peer link: the dialog machine, who waits for it, and the socket.

mod wire;

use self::wire::Wire;
use super::core::{Core, End, Worker, lock};
use crate::dialog::{DialogEvent, Dialogs};
use crate::time::Time;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;
use tokio::sync::{Notify, SetOnce};
use tractor_protocol::control::{FromWorker, Level};
use tractor_protocol::peer::{DialogKind, PeerMessage};
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, DialogId, Error, Failure, FailureId, FailureKind, Frame,
    Payload, ScopeId, Side,
};

/// How long the supervisor's word on why an actor ended is waited for: by a lost link, and beyond the grace of an actor that it
/// ends. A worker's death is reaped within milliseconds; this bound is for a supervisor that is busy.
pub(super) const WORD_OF_END: Duration = Duration::from_secs(1);

/// This end of a link to one other actor.
pub(super) struct PeerLink {
    core: Weak<Core>,
    pub(super) peer: ActorId,
    /// What carries it, once that is there; nothing if it never will be.
    wire: SetOnce<Option<Wire>>,
    /// Over a network: where the other end listens, if it does.
    pub(super) port: SetOnce<Option<u16>>,
    machine: Mutex<Machine>,
    /// What the supervisor says of the peer's end. It may say it before the link is seen to be lost.
    pub(super) end: End,
    /// Tells the pump that frames wait in the machine, because much waits for the socket.
    full: Notify,
}

struct Machine {
    dialogs: Dialogs,
    cells: HashMap<DialogId, Arc<DialogCell>>,
}

/// What is known of one dialog at this end, and who waits for more.
#[derive(Default)]
pub(super) struct DialogCell {
    notify: Notify,
    pub(super) first: OnceLock<Payload>,
    pub(super) outcome: OnceLock<Result<Payload, Error>>,
    /// As callee: the scope of the task. As opener of a context: the scope of the body, which a failure cancels.
    pub(super) scope: OnceLock<ScopeId>,
    /// As opener: the scope of the task that opened it.
    pub(super) opener: Option<ScopeId>,
}

impl DialogCell {
    /// Waits until `look` finds something.
    pub(super) async fn wait<T>(&self, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        loop {
            let notified = self.notify.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if let Some(found) = look(self) {
                return found;
            }
            notified.await;
        }
    }

    pub(super) async fn outcome(&self) -> Result<Payload, Error> {
        self.wait(|cell| cell.outcome.get().cloned()).await
    }
}

impl PeerLink {
    /// Notes a link to `peer`. What is said on it waits until it is [`made`](Self::made).
    pub(super) fn begin(core: &Arc<Core>, peer: ActorId, side: Side) -> Arc<Self> {
        let (us, seed) = (core.actor.clone(), lock(&core.rng).u64(..));
        let dialogs = Dialogs::new(side, us, peer.clone(), core.settings.dialogs.clone(), seed)
            .sharing(core.queues.clone());
        let link = Arc::new(Self {
            core: Arc::downgrade(core),
            peer: peer.clone(),
            wire: SetOnce::new(),
            port: SetOnce::new(),
            machine: Mutex::new(Machine {
                dialogs,
                cells: HashMap::new(),
            }),
            end: End::default(),
            full: Notify::new(),
        });
        core.state().links.insert(peer.uuid, Arc::clone(&link));
        link
    }

    /// Takes in a frame; gives whom to blame if it must not have come.
    fn take(&self, frame: Frame<PeerMessage>) -> Option<Failure> {
        self.with(|machine| {
            let violation = machine.dialogs.handle(frame).err()?;
            Some(machine.dialogs.blame(&violation))
        })
    }

    /// This end of the link is gone: says why to every dialog on it. If nobody knows yet, the supervisor does: it says that the peer's
    /// actor has ended, or, once the peer says the same as this end, that the link was cut.
    pub(super) async fn lost(self: Arc<Self>, failure: Option<Failure>) {
        let Some(core) = self.core.upgrade() else {
            return;
        };
        if let Some(failure) = &failure {
            let message = format!("the link to {} is closed: {}", self.peer, failure.message);
            Worker(Arc::clone(&core)).log(Level::Warn, None, message);
        }
        core.tell(&FromWorker::Unlinked {
            actor: self.peer.uuid,
        });
        let failure = match failure {
            Some(failure) => failure,
            None => self.word_of_end(&core).await,
        };
        self.lose(&core, failure);
    }

    /// Both ends of the link are gone, and both actors live.
    pub(super) fn cut(&self, core: &Core) {
        let (us, peer) = (&core.actor.name, &self.peer.name);
        let message = format!("the connection between {us} and {peer} was lost");
        self.lose(
            core,
            self.failure(core, FailureKind::ConnectionLost, message),
        );
    }

    /// Ends every dialog with this failure. The first one counts.
    fn lose(&self, core: &Core, failure: Failure) {
        {
            let mut state = core.state();
            let known = state.links.get(&self.peer.uuid);
            if known.is_some_and(|link| std::ptr::eq(&**link, self)) {
                state.links.remove(&self.peer.uuid);
            }
        }
        // If nothing carries it yet, nothing will.
        let _ = self.wire.set(None);
        self.wire().inspect(|wire| wire.sender.close());
        // The pump holds the link, and with it the socket, until it sees that.
        self.full.notify_one();
        self.with(|machine| machine.dialogs.lost(failure));
    }

    pub(super) fn failure(&self, core: &Core, kind: FailureKind, message: String) -> Failure {
        let id = FailureId(lock(&core.rng).u64(..));
        Failure::new(id, kind, self.peer.clone(), message)
    }

    async fn word_of_end(&self, core: &Core) -> Failure {
        match tokio::time::timeout(WORD_OF_END, self.end.wait()).await {
            Ok([first, ..]) => first.clone(),
            Ok([]) => match self.end.cancellation.get() {
                Some(cancellation) => self.cancelled(core, cancellation.clone()),
                None => self.gone("has ended"),
            },
            Err(_) => self.gone("cannot be reached any more"),
        }
    }

    /// The peer was cancelled, and has left without a word: the failure is the one that it would have answered with.
    fn cancelled(&self, core: &Core, cancellation: Cancellation) -> Failure {
        let message = format!("cancelled by {}", cancellation.canceller);
        Failure {
            origin: self.peer.clone(),
            ..core.failure(FailureKind::ContextCancelled(cancellation), message)
        }
    }

    fn gone(&self, what: &str) -> Failure {
        let id = FailureId::of_end(self.peer.uuid);
        Failure::new(
            id,
            FailureKind::ConnectionLost,
            self.peer.clone(),
            format!("{} {what}", self.peer.name),
        )
    }

    /// Works on the machine; then sends what it wants sent, and acts on what it tells.
    fn with<R>(&self, work: impl FnOnce(&mut Machine) -> R) -> R {
        let mut events = Vec::new();
        let (result, timeout) = {
            let mut machine = lock(&self.machine);
            let result = work(&mut machine);
            self.transmit(&mut machine.dialogs);
            while let Some(event) = machine.dialogs.poll_event() {
                events.extend(self.note(&mut machine, event));
            }
            (result, machine.dialogs.next_timeout())
        };
        events
            .into_iter()
            .for_each(|(event, cell)| self.act(event, cell));
        if timeout.is_some()
            && let Some(core) = self.core.upgrade()
        {
            core.rearm_for(timeout);
        }
        result
    }

    /// Notes an event in its cell while the lock is held; gives back what is to be done without it.
    fn note(
        &self,
        machine: &mut Machine,
        event: DialogEvent,
    ) -> Option<(DialogEvent, Arc<DialogCell>)> {
        let dialog = event.dialog();
        let cell = match &event {
            DialogEvent::Incoming { .. } => Arc::clone(machine.cells.entry(dialog).or_default()),
            DialogEvent::Ended { .. } => machine.cells.remove(&dialog)?,
            _ => Arc::clone(machine.cells.get(&dialog)?),
        };
        match &event {
            DialogEvent::Started { first, .. } => drop(cell.first.set(first.clone())),
            DialogEvent::Ended { outcome, .. } => drop(cell.outcome.set(outcome.clone())),
            _ => {}
        }
        cell.notify.notify_waiters();
        // Who waits for the stream knows now, and that is all. It is told for each frame, so it costs no memory.
        let is_done = matches!(event, DialogEvent::Readable(_) | DialogEvent::Writable(_));
        (!is_done).then_some((event, cell))
    }

    fn act(&self, event: DialogEvent, cell: Arc<DialogCell>) {
        let Some(core) = self.core.upgrade() else {
            return;
        };
        match event {
            DialogEvent::Incoming {
                dialog,
                kind,
                function,
                arguments,
                time_left,
            } => {
                if let Some(link) = core.link(self.peer.uuid) {
                    let room = lock(&self.machine).dialogs.take_arguments_room(dialog);
                    core.serve(
                        link,
                        cell,
                        super::serve::Call {
                            dialog,
                            kind,
                            function,
                            arguments,
                            room,
                            time_left,
                        },
                    );
                }
            }
            DialogEvent::Cancelled {
                dialog,
                cancellation,
                time_left,
            } => {
                if let Some(scope) = cell.scope.get() {
                    // First its time: what the task has called gets less.
                    core.begin_grace(*scope, self.peer.uuid, dialog, time_left);
                    core.cancel_scope(*scope, cancellation);
                }
            }
            DialogEvent::Ended {
                outcome: Err(Error::Failed(failures)),
                ..
            } => {
                if let Some(scope) = cell.scope.get() {
                    self.cancel_body(&core, *scope, &failures);
                }
            }
            _ => {}
        }
    }

    /// The callee of a context failed: cancels the body's scope.
    pub(super) fn cancel_body(&self, core: &Core, scope: ScopeId, failures: &[Failure]) {
        let lost = failures
            .iter()
            .any(|failure| failure.kind == FailureKind::ConnectionLost);
        let reason = if lost {
            CancelReason::ConnectionLost
        } else {
            CancelReason::SiblingFailed
        };
        let message = failures.first().map(|failure| failure.message.clone());
        core.cancel_scope(
            scope,
            Cancellation {
                scope,
                canceller: self.peer.clone(),
                reason,
                message,
            },
        );
    }

    /// Opens a dialog, for the task of this scope.
    pub(super) fn start(
        &self,
        task: ScopeId,
        kind: DialogKind,
        function: &str,
        arguments: Payload,
        time_left: Option<Duration>,
    ) -> Result<(DialogId, Arc<DialogCell>), Error> {
        self.with(|machine| {
            let dialog = machine
                .dialogs
                .start(kind, function.to_owned(), arguments, time_left)?;
            let cell = Arc::new(DialogCell {
                opener: Some(task),
                ..DialogCell::default()
            });
            machine.cells.insert(dialog, Arc::clone(&cell));
            Ok((dialog, cell))
        })
    }

    /// Works on one end of a dialog.
    pub(super) fn dialogs<R>(&self, work: impl FnOnce(&mut Dialogs) -> R) -> R {
        self.with(|machine| work(&mut machine.dialogs))
    }

    pub(super) fn cancel(&self, dialog: DialogId, cancellation: Cancellation) {
        let Some(core) = self.core.upgrade() else {
            return;
        };
        let opener = lock(&self.machine)
            .cells
            .get(&dialog)
            .and_then(|c| c.opener);
        // One that has none any more has ended.
        if let Some(task) = opener {
            let (now, grace) = (core.now(), core.grace_of(self.peer.uuid, task));
            self.with(|machine| machine.dialogs.cancel(now, dialog, cancellation, grace));
        }
    }

    /// The time of this actor has shrunk, and with it that of the callees whose tasks were cancelled before.
    pub(super) fn hasten(&self, core: &Core) {
        let opened: Vec<_> = {
            let machine = lock(&self.machine);
            let cells = machine.cells.iter();
            cells
                .filter_map(|(dialog, cell)| Some((*dialog, cell.opener?)))
                .collect()
        };
        let now = core.now();
        let grace = |task| core.grace_of(self.peer.uuid, task);
        let graces: Vec<_> = opened
            .into_iter()
            .map(|(dialog, task)| (dialog, grace(task)))
            .collect();
        self.with(|machine| {
            for (dialog, grace) in graces {
                machine.dialogs.hasten(now, dialog, grace);
            }
        });
    }

    /// Ends a dialog as callee.
    pub(super) fn finish(&self, dialog: DialogId, result: Result<Payload, Error>) {
        self.with(|machine| {
            machine.dialogs.finish(dialog, result);
            if let Some(cell) = machine.cells.remove(&dialog) {
                cell.notify.notify_waiters();
            }
        });
    }

    pub(super) fn handle_timeout(&self, now: Time) {
        self.with(|machine| machine.dialogs.handle_timeout(now));
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        lock(&self.machine).dialogs.next_timeout()
    }

    /// Dialogs that are open, and stream messages that wait to be received.
    pub(super) fn counts(&self) -> (u32, u64) {
        let machine = lock(&self.machine);
        (
            machine.dialogs.open_dialogs() as u32,
            machine.dialogs.queued_messages() as u64,
        )
    }

    /// Answers every task that is served here with one failure: the code has broken down.
    pub(super) fn break_down(&self, failure: &Failure) {
        self.with(|machine| {
            let served: Vec<_> = machine.dialogs.served().collect();
            for dialog in served {
                machine
                    .dialogs
                    .finish(dialog, Err(Error::from(failure.clone())));
            }
        });
    }
}
