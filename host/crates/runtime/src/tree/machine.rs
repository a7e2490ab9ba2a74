//! The tree itself, and the dispatch of what happens to it.

use super::actor::{Actor, Home, State};
use super::config::TreeConfig;
use super::ended::Ended;
use super::event::{Effect, TreeEvent};
use super::limits::Bounds;
use super::nursery::Nursery;
use super::registrar::Registrar;
use super::teardown::Accounts;
use super::timer::{Timer, Timers};
use super::turns::Turns;
use crate::time::Time;
use std::collections::{BTreeMap, VecDeque};
use tractor_protocol::control::{Answer, Level, ToWorker};
use tractor_protocol::{
    ActorId, Cancellation, Failure, FailureId, FailureKind, NurseryId, RequestId, ScopeId, Uuid,
};

/// How far a shutdown is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shutdown {
    No,
    Asked,
    Finished,
}

/// The supervisor's state machine. See the module's head for its invariants.
#[derive(Debug)]
pub struct Tree {
    pub(super) config: TreeConfig,
    pub(super) defaults: Bounds,
    pub(super) root: ActorId,
    pub(super) actors: BTreeMap<Uuid, Actor>,
    /// The incarnation to which the id of an earlier one leads.
    pub(super) successors: BTreeMap<Uuid, Uuid>,
    pub(super) timers: Timers,
    pub(super) turns: Turns,
    pub(super) registrar: Registrar,
    pub(super) accounts: Accounts,
    pub(super) shutdown: Shutdown,
    pub(super) ended: Ended,
    pub(super) births: u64,
    pub(super) random: fastrand::Rng,
    effects: VecDeque<Effect>,
}

impl Tree {
    /// Makes a tree with nothing but its root, which is serving.
    pub fn new(config: TreeConfig, now: Time) -> Self {
        let mut random = fastrand::Rng::with_seed(config.seed);
        let root = ActorId {
            name: config.name.clone(),
            uuid: Uuid::from_random(random.u128(..)),
            pid: config.pid,
        };
        let defaults = Bounds::complete(&config.defaults);
        let bounds = Bounds::complete(&config.limits);
        let record = Actor {
            grants: config.grants.clone(),
            ..Actor::new(root.clone(), 0, now, bounds, State::Serving)
        };
        Self {
            config,
            defaults,
            actors: BTreeMap::from([(root.uuid, record)]),
            root,
            successors: BTreeMap::new(),
            timers: Timers::default(),
            turns: Turns::default(),
            registrar: Registrar::default(),
            accounts: Accounts::default(),
            shutdown: Shutdown::No,
            ended: Ended::default(),
            births: 0,
            random,
            effects: VecDeque::new(),
        }
    }

    /// The root actor, which exists as long as the tree does.
    pub fn root(&self) -> &ActorId {
        &self.root
    }

    /// An actor of the tree, until it is gone.
    pub fn actor(&self, actor: Uuid) -> Option<&ActorId> {
        self.actors.get(&actor).map(|actor| &actor.id)
    }

    /// Takes in what happened. Never panics over what a worker says.
    pub fn handle(&mut self, now: Time, event: TreeEvent) {
        self.accounts.now(now);
        match event {
            TreeEvent::Message { actor, message } => self.on_message(now, actor, message),
            TreeEvent::Spawned { actor, pid } => self.on_spawned(now, actor, pid),
            TreeEvent::SpawnFailed { actor, message } => self.on_spawn_failed(now, actor, &message),
            TreeEvent::LinkLost { actor } => self.on_link_lost(now, actor),
            TreeEvent::Malformed { actor, message } => self.on_malformed(now, actor, &message),
            TreeEvent::Exited {
                actor,
                status,
                stderr,
            } => self.on_exited(now, actor, status, &stderr),
            TreeEvent::Shutdown {
                reason,
                message,
                grace,
            } => self.on_shutdown(now, reason, message, grace),
            TreeEvent::ShutdownNow => self.on_shutdown_now(now),
        }
        self.finish();
    }

    /// Takes out what is to be done next. Call until there is nothing, after each `handle` and `handle_timeout`.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When `handle_timeout` is to be called next; may have changed after each `handle`.
    pub fn next_timeout(&self) -> Option<Time> {
        let (timer, turn) = (self.timers.next(), self.turns.next());
        timer.into_iter().chain(turn).min()
    }

    /// Does what is due at `now`. Too early is harmless.
    pub fn handle_timeout(&mut self, now: Time) {
        self.accounts.now(now);
        while let Some((actor, timer)) = self.timers.take_due(now) {
            match timer {
                Timer::Start => self.on_start_overdue(now, actor),
                Timer::Grace => self.on_grace_over(now, actor),
                Timer::Stop => self.on_stop_unanswered(actor),
                Timer::Exit => self.on_exit_overdue(actor),
                Timer::Backoff => self.on_backoff_over(now, actor),
            }
        }
        self.take_turns(now);
        self.finish();
    }

    pub(super) fn push(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    /// Sends a message to an actor, if it hears.
    pub(super) fn tell(&mut self, actor: Uuid, message: ToWorker) {
        if self.actors.get(&actor).is_some_and(Actor::hears) {
            self.push(Effect::Send { actor, message });
        }
    }

    /// Answers a request of an actor, if it hears.
    pub(super) fn answer(&mut self, actor: Uuid, request: RequestId, answer: Answer) {
        self.tell(actor, ToWorker::Answer { request, answer });
    }

    /// Answers a request with a failure of its own: `kind`, at the asker.
    pub(super) fn refuse(
        &mut self,
        asker: Uuid,
        request: RequestId,
        kind: FailureKind,
        message: String,
    ) {
        let Some(actor) = self.actors.get(&asker) else {
            return;
        };
        let id = FailureId(self.random.u64(..));
        let failure = Failure::new(id, kind, actor.id.clone(), message);
        self.answer(asker, request, Answer::Failed(failure.into()));
    }

    /// Writes to the log, unless it is less loud than what is logged.
    pub(super) fn log(&mut self, actor: &ActorId, level: Level, message: String) {
        if level < self.config.log {
            return;
        }
        self.push(Effect::Log {
            actor: actor.clone(),
            level,
            task: None,
            message,
        });
    }

    /// Hands out the account of an actor that is gone with all below it.
    pub(super) fn account_for(&mut self, id: &ActorId, owner: Option<Uuid>) {
        if let Some(teardown) = self.accounts.gone(id, owner) {
            self.push(Effect::Teardown(Box::new(teardown)));
        }
    }

    /// Whether what is as loud as this is logged.
    pub fn logs(&self, level: Level) -> bool {
        level >= self.config.log
    }

    pub(super) fn home(&self, actor: Uuid) -> Option<Home> {
        self.actors.get(&actor)?.home
    }

    pub(super) fn nursery_mut(&mut self, owner: Uuid, nursery: NurseryId) -> Option<&mut Nursery> {
        self.actors.get_mut(&owner)?.nurseries.get_mut(&nursery)
    }

    fn finish(&mut self) {
        if self.shutdown == Shutdown::Asked && self.actors.len() == 1 {
            self.shutdown = Shutdown::Finished;
            let root = self.root.clone();
            self.account_for(&root, None);
            self.push(Effect::Finished);
        }
    }
}

/// The cancellation as someone outside the worker it was made for reads it: no scope of theirs.
pub(super) fn from_outside(cancellation: &Cancellation) -> Cancellation {
    Cancellation {
        scope: ScopeId::default(),
        ..cancellation.clone()
    }
}
