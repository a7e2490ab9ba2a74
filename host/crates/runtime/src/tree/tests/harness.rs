//! A tree, its clock, and the effects that no test has looked at yet.

use crate::time::Time;
use crate::tree::{Effect, ExitStatus, SpawnRequest, Tree, TreeConfig, TreeEvent};
use std::time::Duration;
use tractor_protocol::control::{ActorSpec, Answer, Body, FromWorker, ToWorker};
use tractor_protocol::handshake::Hello;
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Error, Failure, FailureId, FailureKind, Grants, Limits,
    Names, NurseryId, RequestId, Restart, ScopeId, Uuid,
};

pub(super) const N: NurseryId = NurseryId(1);

pub(super) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) fn spec(name: &str) -> ActorSpec {
    ActorSpec {
        component: "a".to_owned(),
        name: name.to_owned(),
        grants: Grants {
            components: vec!["*".to_owned()],
            names: Names {
                find: true,
                list: true,
                register: true,
            },
            ..Grants::default()
        },
        limits: Limits::default(),
        overdue: None,
        spawn_backend: None,
    }
}

pub(super) struct Harness {
    pub(super) tree: Tree,
    pub(super) now: Time,
    pub(super) effects: Vec<Effect>,
    next_request: u64,
}

impl Harness {
    pub(super) fn new() -> Self {
        let bundle = ["a".to_owned(), "b".to_owned()];
        Self::with(TreeConfig::permissive(bundle))
    }

    pub(super) fn with(config: TreeConfig) -> Self {
        let mut harness = Self {
            tree: Tree::new(config, Time::ZERO),
            now: Time::ZERO,
            effects: Vec::new(),
            next_request: 100,
        };
        harness.open(harness.root());
        harness
    }

    pub(super) fn root(&self) -> Uuid {
        self.tree.root().uuid
    }

    pub(super) fn event(&mut self, event: TreeEvent) {
        self.tree.handle(self.now, event);
        self.take();
    }

    fn take(&mut self) {
        while let Some(effect) = self.tree.poll_effect() {
            self.effects.push(effect);
        }
        assert_eq!(self.tree.audit(), Vec::<String>::new());
    }

    /// Lets time pass, timers firing on the way.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.tree.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.tree.handle_timeout(self.now);
            self.take();
        }
        self.now = end;
    }

    pub(super) fn say(&mut self, actor: Uuid, message: FromWorker) {
        self.event(TreeEvent::Message { actor, message });
    }

    pub(super) fn request(&mut self) -> RequestId {
        self.next_request += 1;
        RequestId(self.next_request)
    }

    pub(super) fn open(&mut self, owner: Uuid) {
        self.open_with(owner, N, None);
    }

    pub(super) fn open_with(&mut self, owner: Uuid, nursery: NurseryId, grace: Option<Duration>) {
        self.say(
            owner,
            FromWorker::OpenNursery {
                nursery,
                grace,
                restart: None,
            },
        );
    }

    /// Opens one whose actors are started anew.
    pub(super) fn open_restarting(&mut self, owner: Uuid, nursery: NurseryId, rules: Restart) {
        self.say(
            owner,
            FromWorker::OpenNursery {
                nursery,
                grace: None,
                restart: Some(rules),
            },
        );
    }

    /// Starts an actor in a nursery, as far as serving.
    pub(super) fn start_in(&mut self, owner: Uuid, nursery: NurseryId, name: &str) -> Uuid {
        let (actor, _) = self.spawn_in(owner, nursery, spec(name));
        self.ready(actor);
        actor
    }

    /// The new incarnation that was asked for last gets its process and serves.
    pub(super) fn comes_back(&mut self) -> Uuid {
        let actor = self.last_spawn().actor.uuid;
        self.event(TreeEvent::Spawned { actor, pid: 8 });
        self.ready(actor);
        actor
    }

    /// How many processes were asked for.
    pub(super) fn spawns(&self) -> usize {
        let spawns = self.effects.iter();
        spawns.filter(|e| matches!(e, Effect::Spawn(_))).count()
    }

    /// What an owner was told of children that ended for good.
    pub(super) fn child_ended(&self, owner: Uuid) -> Vec<(Uuid, Vec<Failure>)> {
        let sent = self.sent(owner).into_iter();
        sent.filter_map(|message| match message {
            ToWorker::ChildEnded { child, failures } => Some((*child, failures.clone())),
            _ => None,
        })
        .collect()
    }

    /// What the actor's log says.
    pub(super) fn logged(&self) -> Vec<String> {
        let logged = self.effects.iter().filter_map(|effect| match effect {
            Effect::Log { message, .. } => Some(message.clone()),
            _ => None,
        });
        logged.collect()
    }

    pub(super) fn connect(&mut self, asker: Uuid, actor: Uuid) -> RequestId {
        let request = self.request();
        self.say(asker, FromWorker::Connect { request, actor });
        request
    }

    pub(super) fn ask_start(
        &mut self,
        owner: Uuid,
        nursery: NurseryId,
        spec: ActorSpec,
    ) -> RequestId {
        let request = self.request();
        self.say(
            owner,
            FromWorker::StartActor {
                request,
                nursery,
                spec,
                one_shot: None,
            },
        );
        request
    }

    /// Starts an actor as far as `Spawned`.
    pub(super) fn spawn(&mut self, owner: Uuid, name: &str) -> (Uuid, RequestId) {
        self.spawn_in(owner, N, spec(name))
    }

    pub(super) fn spawn_in(
        &mut self,
        owner: Uuid,
        nursery: NurseryId,
        spec: ActorSpec,
    ) -> (Uuid, RequestId) {
        let request = self.ask_start(owner, nursery, spec);
        let actor = self.last_spawn().actor.uuid;
        self.event(TreeEvent::Spawned { actor, pid: 7 });
        (actor, request)
    }

    pub(super) fn last_spawn(&self) -> SpawnRequest {
        let spawns = self.effects.iter().rev().filter_map(|effect| match effect {
            Effect::Spawn(request) => Some((**request).clone()),
            _ => None,
        });
        spawns.into_iter().next().expect("something was spawned")
    }

    pub(super) fn ready(&mut self, actor: Uuid) {
        self.say(actor, FromWorker::Ready(Hello::OURS));
    }

    /// Starts an actor that serves and has nursery `N`.
    pub(super) fn start(&mut self, owner: Uuid, name: &str) -> Uuid {
        let (actor, _) = self.spawn(owner, name);
        self.ready(actor);
        self.open(actor);
        actor
    }

    pub(super) fn exit(&mut self, actor: Uuid, status: ExitStatus) {
        self.event(TreeEvent::LinkLost { actor });
        let stderr = vec!["oh no".to_owned()];
        self.event(TreeEvent::Exited {
            actor,
            status,
            stderr,
        });
    }

    /// The worker says its last word and exits.
    pub(super) fn end(&mut self, actor: Uuid, failures: Vec<Failure>) {
        self.say(actor, FromWorker::Ended { failures });
        self.exit(actor, ExitStatus::Code(0));
    }

    pub(super) fn close(&mut self, owner: Uuid, nursery: NurseryId, body: Body) {
        self.say(owner, FromWorker::CloseNursery { nursery, body });
    }

    pub(super) fn cancel_nursery(&mut self, owner: Uuid, nursery: NurseryId) {
        let cancellation = self.cancellation();
        self.say(
            owner,
            FromWorker::CancelNursery {
                nursery,
                cancellation,
            },
        );
    }

    pub(super) fn cancel_actor(&mut self, owner: Uuid, actor: Uuid) -> RequestId {
        let request = self.request();
        self.say(
            owner,
            FromWorker::CancelActor {
                request,
                actor,
                message: Some("enough".to_owned()),
            },
        );
        request
    }

    pub(super) fn shutdown(&mut self, grace: Option<Duration>) {
        self.event(TreeEvent::Shutdown {
            reason: CancelReason::Shutdown,
            message: None,
            grace,
        });
    }

    /// A cancellation in the root's name.
    pub(super) fn cancellation(&self) -> Cancellation {
        Cancellation {
            scope: ScopeId(5),
            canceller: self.tree.root().clone(),
            reason: CancelReason::Requested,
            message: None,
        }
    }

    pub(super) fn failure(&self, id: u64, origin: Uuid) -> Failure {
        let origin = ActorId {
            name: "origin".to_owned(),
            uuid: origin,
            pid: 7,
        };
        Failure::new(FailureId(id), FailureKind::Returned, origin, "it failed")
    }

    /// All that was sent to `actor`, in order.
    pub(super) fn sent(&self, actor: Uuid) -> Vec<&ToWorker> {
        let sent = self.effects.iter().filter_map(|effect| match effect {
            Effect::Send { actor: to, message } if *to == actor => Some(message),
            _ => None,
        });
        sent.collect()
    }

    pub(super) fn answer(&self, actor: Uuid, request: RequestId) -> Option<&Answer> {
        self.sent(actor)
            .into_iter()
            .find_map(|message| match message {
                ToWorker::Answer { request: r, answer } if *r == request => Some(answer),
                _ => None,
            })
    }

    /// The failure that answered a request.
    pub(super) fn refusal(&self, actor: Uuid, request: RequestId) -> Failure {
        match self.answer(actor, request) {
            Some(Answer::Failed(Error::Failed(failures))) => failures[0].clone(),
            other => panic!("{request:?} was answered with {other:?}"),
        }
    }

    /// What the actor was told of its end, and its time.
    pub(super) fn cancelled(&self, actor: Uuid) -> Vec<(Cancellation, Duration)> {
        let sent = self.sent(actor).into_iter();
        sent.filter_map(|message| match message {
            ToWorker::Cancel {
                cancellation,
                time_left,
                ..
            } => Some((cancellation.clone(), *time_left)),
            _ => None,
        })
        .collect()
    }

    pub(super) fn nursery_cancelled(&self, owner: Uuid) -> Vec<Cancellation> {
        let sent = self.sent(owner).into_iter();
        sent.filter_map(|message| match message {
            ToWorker::NurseryCancelled { cancellation, .. } => Some(cancellation.clone()),
            _ => None,
        })
        .collect()
    }

    pub(super) fn closed(&self, owner: Uuid) -> Vec<Vec<Failure>> {
        let sent = self.sent(owner).into_iter();
        sent.filter_map(|message| match message {
            ToWorker::NurseryClosed { failures, .. } => Some(failures.clone()),
            _ => None,
        })
        .collect()
    }

    pub(super) fn actor_ended(&self, observer: Uuid) -> Vec<(Uuid, Vec<Failure>)> {
        let sent = self.sent(observer).into_iter();
        sent.filter_map(|message| match message {
            ToWorker::ActorEnded { actor, failures } => Some((*actor, failures.clone())),
            _ => None,
        })
        .collect()
    }

    pub(super) fn killed(&self, actor: Uuid) -> bool {
        let mut effects = self.effects.iter();
        effects.any(|effect| matches!(effect, Effect::Kill { actor: killed } if *killed == actor))
    }

    pub(super) fn stopped(&self, actor: Uuid) -> bool {
        self.sent(actor).contains(&&ToWorker::Stop)
    }

    pub(super) fn finished(&self) -> bool {
        let mut effects = self.effects.iter();
        effects.any(|effect| matches!(effect, Effect::Finished))
    }
}
