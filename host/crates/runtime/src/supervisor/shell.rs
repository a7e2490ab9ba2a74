//! The task that owns the tree.

use super::CodeSource;
use super::handle::{Log, LogLine};
use super::linker::{Ends, Linker};
use super::output::Places;
use super::workers::{self, WorkerEnd};
use crate::clock::{Clock, sleep_until};
use crate::spawn::{Process, Spawner};
use crate::tree::{Effect, ExitStatus, SpawnRequest, Tree, TreeEvent, TreeSnapshot};
use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tractor_protocol::control::{FromWorker, Report, ToWorker};
use tractor_protocol::{CancelReason, Side, Uuid};
use tractor_transport::Link;

/// What reaches the task.
#[expect(
    clippy::large_enum_variant,
    reason = "messages are nearly all events, and the queue of them is short"
)]
pub(super) enum Event {
    Tree(TreeEvent),
    Spawned(Uuid, io::Result<Process>),
    Command(Command),
    Patience(u64),
    /// Nothing is left beside workers.
    Rested,
}

pub(super) enum Command {
    Shutdown {
        reason: CancelReason,
        message: Option<String>,
        grace: Option<Duration>,
    },
    ShutdownNow,
    Snapshot {
        patience: Duration,
        answer: oneshot::Sender<(TreeSnapshot, HashMap<Uuid, Report>)>,
    },
}

/// A snapshot that waits for reports.
struct Census {
    snapshot: TreeSnapshot,
    reports: HashMap<Uuid, Report>,
    missing: usize,
    answer: oneshot::Sender<(TreeSnapshot, HashMap<Uuid, Report>)>,
}

pub(super) struct Shell {
    clock: Clock,
    tree: Tree,
    spawner: Spawner,
    linker: Linker,
    code: Arc<dyn CodeSource>,
    output: Places,
    log: Log,
    events: mpsc::Sender<Event>,
    finished: watch::Sender<bool>,
    workers: HashMap<Uuid, WorkerEnd>,
    tasks: JoinSet<()>,
    censuses: HashMap<u64, Census>,
    last_census: u64,
}

impl Shell {
    #[expect(
        clippy::too_many_arguments,
        reason = "called once; a struct for it would say the same again"
    )]
    pub(super) fn new(
        clock: Clock,
        tree: Tree,
        spawner: Spawner,
        linker: Linker,
        code: Arc<dyn CodeSource>,
        output: Places,
        log: Log,
        events: mpsc::Sender<Event>,
        finished: watch::Sender<bool>,
    ) -> Self {
        Self {
            clock,
            tree,
            spawner,
            linker,
            code,
            output,
            log,
            events,
            finished,
            workers: HashMap::new(),
            tasks: JoinSet::new(),
            censuses: HashMap::new(),
            last_census: 0,
        }
    }

    /// Runs until the handle is dropped.
    pub(super) async fn run(mut self, root: Link, mut events: mpsc::Receiver<Event>) {
        let actor = self.tree.root().uuid;
        let end = workers::serve_link(&mut self.tasks, actor, root, self.events.clone());
        self.workers.insert(actor, end);
        loop {
            let timeout = self.tree.next_timeout();
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.take(event),
                    None => break,
                },
                () = sleep_until(&self.clock, timeout) => self.tree.handle_timeout(self.clock.now()),
                Some(_) = self.tasks.join_next() => {}
            }
            while let Ok(event) = events.try_recv() {
                self.take(event);
            }
            self.act();
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Tree(event) => self.tell(event),
            Event::Spawned(actor, result) => self.spawned(actor, result),
            Event::Command(Command::Shutdown {
                reason,
                message,
                grace,
            }) => {
                self.tell(TreeEvent::Shutdown {
                    reason,
                    message,
                    grace,
                });
            }
            Event::Command(Command::ShutdownNow) => self.tell(TreeEvent::ShutdownNow),
            Event::Command(Command::Snapshot { patience, answer }) => {
                self.begin_census(patience, answer)
            }
            Event::Patience(census) => self.end_census(census),
            Event::Rested => drop(self.finished.send(true)),
        }
        // Effects are done at once: a worker that floods must not make a list of them grow.
        self.act();
    }

    fn tell(&mut self, event: TreeEvent) {
        self.tree.handle(self.clock.now(), event);
    }

    fn act(&mut self) {
        while let Some(effect) = self.tree.poll_effect() {
            self.act_one(effect);
        }
    }

    fn act_one(&mut self, effect: Effect) {
        match effect {
            Effect::Spawn(request) => self.spawn(*request),
            Effect::Send { actor, message } => self.send(actor, &message, Vec::new()),
            Effect::Link { first, second } => self.link(first, second),
            Effect::Kill { actor } => self
                .workers
                .get(&actor)
                .into_iter()
                .for_each(WorkerEnd::kill),
            Effect::CloseControl { actor } => self
                .workers
                .remove(&actor)
                .into_iter()
                .for_each(WorkerEnd::forget),
            Effect::Log {
                actor,
                level,
                task,
                message,
            } => (self.log)(LogLine {
                actor,
                level,
                task,
                message,
            }),
            Effect::Report {
                actor,
                request,
                report,
            } => self.reported(request, actor, report),
            Effect::Teardown(teardown) => super::account::tell(&self.tree, &self.log, &teardown),
            Effect::Finished => self.finish(),
        }
    }

    fn send(&self, actor: Uuid, message: &ToWorker, files: Vec<OwnedFd>) {
        if let Some(end) = self.workers.get(&actor) {
            end.send(message, files);
        }
    }

    fn spawn(&mut self, request: SpawnRequest) {
        let actor = request.actor.uuid;
        let identity = self.linker.identity(actor);
        match workers::prepare(request, identity, &*self.code) {
            Ok(prepared) => {
                let end =
                    workers::serve_link(&mut self.tasks, actor, prepared.link, self.events.clone());
                end.send(&prepared.spec, prepared.files);
                self.workers.insert(actor, end);
                let events = self.events.clone();
                let answer = move |result| {
                    // Without a receiver there is no supervisor any more, and the process dies with its dropped handle.
                    let _ = events.blocking_send(Event::Spawned(actor, result));
                };
                self.tasks
                    .spawn(self.spawner.spawn(prepared.launch, Box::new(answer)));
            }
            Err(message) => self.tell(TreeEvent::SpawnFailed { actor, message }),
        }
    }

    fn spawned(&mut self, actor: Uuid, result: io::Result<Process>) {
        match result {
            Ok(process) => {
                let pid = process.pid;
                if let Some(end) = self.workers.get_mut(&actor) {
                    end.watch(
                        &mut self.tasks,
                        actor,
                        process,
                        &self.output,
                        self.events.clone(),
                    );
                }
                self.tell(TreeEvent::Spawned { actor, pid });
            }
            Err(error) => {
                let message = format!("no process for it could be started: {error}");
                self.tell(TreeEvent::SpawnFailed { actor, message });
            }
        }
    }

    /// No worker is left. What the backend keeps beside them goes too, before that is told.
    fn finish(&self) {
        let events = self.events.clone();
        self.spawner.rest(move || {
            let _ = events.blocking_send(Event::Rested);
        });
    }

    fn link(&mut self, first: Uuid, second: Uuid) {
        let ends = [(first, second, Side::First), (second, first, Side::Second)];
        let (tree, log) = (&self.tree, &self.log);
        let told = |message| super::account::warn(tree, log, message);
        let Ends { carrier, files } = match self.linker.ends(told) {
            Ok(ends) => ends,
            Err(error) => {
                tracing::warn!(%error, "two actors could not be linked");
                // As one that was lost at once: whoever calls the other asks anew, when there may be files again.
                for (actor, peer) in [(first, second), (second, first)] {
                    let message = FromWorker::Unlinked { actor: peer };
                    self.tell(TreeEvent::Message { actor, message });
                }
                return;
            }
        };
        for ((actor, peer, side), files) in ends.into_iter().zip(files) {
            if let Some(peer) = self.tree.actor(peer).cloned() {
                let message = ToWorker::Link {
                    peer,
                    side,
                    carrier,
                };
                self.send(actor, &message, files);
            }
        }
    }

    fn begin_census(
        &mut self,
        patience: Duration,
        answer: oneshot::Sender<(TreeSnapshot, HashMap<Uuid, Report>)>,
    ) {
        self.last_census += 1;
        let request = self.last_census;
        let snapshot = self.tree.snapshot(self.clock.now());
        for actor in self.workers.keys() {
            self.send(*actor, &ToWorker::Report { request }, Vec::new());
        }
        let missing = self.workers.len();
        self.censuses.insert(
            request,
            Census {
                snapshot,
                reports: HashMap::new(),
                missing,
                answer,
            },
        );
        let events = self.events.clone();
        self.tasks.spawn(async move {
            tokio::time::sleep(patience).await;
            let _ = events.send(Event::Patience(request)).await;
        });
    }

    fn reported(&mut self, request: u64, actor: Uuid, report: Report) {
        let Some(census) = self.censuses.get_mut(&request) else {
            return;
        };
        if census.reports.insert(actor, report).is_none() {
            census.missing -= 1;
        }
        if census.missing == 0 {
            self.end_census(request);
        }
    }

    fn end_census(&mut self, request: u64) {
        if let Some(census) = self.censuses.remove(&request) {
            // Whoever asked may have gone meanwhile.
            let _ = census.answer.send((census.snapshot, census.reports));
        }
    }
}

/// The death of one worker, told to the shell when its output has been read.
pub(super) fn exited(actor: Uuid, status: ExitStatus, stderr: Vec<String>) -> Event {
    Event::Tree(TreeEvent::Exited {
        actor,
        status,
        stderr,
    })
}

/// Whom a worker's own link belongs to, for messages.
pub(super) fn said(actor: Uuid, message: FromWorker) -> Event {
    Event::Tree(TreeEvent::Message { actor, message })
}
