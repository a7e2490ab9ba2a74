//! One fake worker: what it does by itself, and how it answers what it is told.

use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tractor_protocol::control::{ActorSpec, Answer, Body, FromWorker, ToWorker};
use tractor_protocol::handshake::Hello;
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Failure, FailureId, FailureKind, Grants, Limits, Names,
    NurseryId, RequestId, ScopeId, Uuid,
};

/// How a worker takes being cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temper {
    /// It cleans up and leaves.
    Good,
    /// It computes on until it is stopped.
    Spins,
    /// It does not even answer `Stop`.
    Stuck,
}

/// What a worker wants done.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all of them say something"
)]
pub(crate) enum Deed {
    /// Say this.
    Say(FromWorker),
    /// Close the control link and stay.
    Hang,
    /// Leave with this code.
    Exit(i32),
    /// Crash by this signal.
    Crash(u8),
}

pub(crate) struct Worker {
    pub(crate) id: ActorId,
    pub(crate) is_root: bool,
    pub(crate) one_shot: bool,
    pub(crate) temper: Temper,
    pub(crate) ready: bool,
    pub(crate) leaving: bool,
    cancelled: Option<Cancellation>,
    /// Whether the body of each open nursery has ended.
    nurseries: BTreeMap<NurseryId, bool>,
    starts: BTreeSet<RequestId>,
    children: BTreeSet<Uuid>,
    waits: BTreeSet<RequestId>,
    raised: Vec<Failure>,
    next: u64,
}

const NAMES: [&str; 4] = ["ant", "bee", "cat", "dog"];

impl Worker {
    pub(crate) fn new(id: ActorId, is_root: bool, one_shot: bool, rng: &mut Rng) -> Self {
        let temper = match rng.u8(0..10) {
            0 => Temper::Spins,
            1 => Temper::Stuck,
            _ => Temper::Good,
        };
        Self {
            id,
            is_root,
            one_shot,
            temper: if is_root { Temper::Good } else { temper },
            ready: is_root,
            leaving: false,
            cancelled: None,
            nurseries: BTreeMap::new(),
            starts: BTreeSet::new(),
            children: BTreeSet::new(),
            waits: BTreeSet::new(),
            raised: Vec::new(),
            next: 0,
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn failure(&self, rng: &mut Rng) -> Failure {
        let id = FailureId(rng.u64(..));
        let kind = if rng.bool() {
            FailureKind::Trap("unreachable".to_owned())
        } else {
            FailureKind::Returned
        };
        Failure::new(id, kind, self.id.clone(), "it went wrong")
    }

    fn cancellation(&self) -> Cancellation {
        Cancellation {
            scope: ScopeId(1),
            canceller: self.id.clone(),
            reason: CancelReason::Deadline,
            message: None,
        }
    }

    /// Loading is over.
    pub(crate) fn load(&mut self, rng: &mut Rng) -> Vec<Deed> {
        match rng.u8(0..40) {
            0 => vec![Deed::Exit(3)],
            1 => vec![Deed::Crash(11)],
            2 => self.end(vec![self.failure(rng)]),
            3 => self.end(Vec::new()),
            4 => vec![Deed::Say(FromWorker::List {
                request: RequestId(0),
            })],
            5 => vec![Deed::Hang],
            // It loads for ever.
            6 => Vec::new(),
            _ => {
                self.ready = true;
                vec![Deed::Say(FromWorker::Ready(Hello::OURS))]
            }
        }
    }

    /// Something of its own accord. `others`: actors it may have heard of.
    pub(crate) fn act(&mut self, rng: &mut Rng, others: &[Uuid]) -> Vec<Deed> {
        if !self.ready || self.leaving {
            return Vec::new();
        }
        if self.cancelled.is_some() {
            return self.act_cancelled(rng);
        }
        match rng.u8(0..100) {
            0..=9 => self.open(rng),
            10..=44 => self.start(rng),
            45..=48 => self.withdraw(rng),
            49..=53 => self.cancel_child(rng, others),
            54..=56 => self.cancel_nursery(rng),
            57..=64 => self.close(rng),
            65..=85 => self.ask(rng, others),
            86..=92 if self.one_shot => self.finish(rng),
            93 | 94 if !self.is_root => self.misbehave(rng),
            95..=97 if !self.is_root => self.end(vec![self.failure(rng)]),
            _ => Vec::new(),
        }
    }

    /// On its way out: it sometimes tries to begin something new.
    fn act_cancelled(&mut self, rng: &mut Rng) -> Vec<Deed> {
        match rng.u8(0..10) {
            0 => self.open(rng),
            1 => self.start(rng),
            2 if !self.is_root => self.end(vec![self.failure(rng)]),
            _ => self.try_leave(),
        }
    }

    fn open(&mut self, rng: &mut Rng) -> Vec<Deed> {
        let nursery = NurseryId(self.number());
        self.nurseries.insert(nursery, false);
        let grace = rng.bool().then(|| Duration::from_millis(rng.u64(0..300)));
        vec![Deed::Say(FromWorker::OpenNursery {
            nursery,
            grace,
            restart: None,
        })]
    }

    fn any_nursery(&self, rng: &mut Rng) -> Option<NurseryId> {
        let open: Vec<_> = self.nurseries.iter().filter(|(_, over)| !**over).collect();
        (!open.is_empty()).then(|| *open[rng.usize(..open.len())].0)
    }

    fn start(&mut self, rng: &mut Rng) -> Vec<Deed> {
        let Some(nursery) = self.any_nursery(rng) else {
            return self.open(rng);
        };
        let request = RequestId(self.number());
        self.starts.insert(request);
        let name = NAMES[rng.usize(..NAMES.len())].to_owned();
        let mut spec = ActorSpec {
            component: "a".to_owned(),
            name,
            grants: Grants {
                components: vec!["*".to_owned()],
                names: Names {
                    find: rng.u8(0..4) > 0,
                    list: true,
                    register: true,
                },
                ..Grants::default()
            },
            limits: Limits::default(),
            overdue: None,
            spawn_backend: None,
        };
        match rng.u8(0..20) {
            0 => spec.component = "no such".to_owned(),
            1 => spec.limits.actors = Some(2),
            _ => {}
        }
        let one_shot = rng.bool().then(|| "f".to_owned());
        vec![Deed::Say(FromWorker::StartActor {
            request,
            nursery,
            spec,
            one_shot,
        })]
    }

    fn withdraw(&mut self, rng: &mut Rng) -> Vec<Deed> {
        let from = if rng.u8(0..4) == 0 {
            &self.waits
        } else {
            &self.starts
        };
        let all: Vec<_> = from.iter().copied().collect();
        if all.is_empty() {
            return Vec::new();
        }
        let request = all[rng.usize(..all.len())];
        self.starts.remove(&request);
        self.waits.remove(&request);
        vec![Deed::Say(FromWorker::Withdraw { request })]
    }

    fn cancel_child(&mut self, rng: &mut Rng, others: &[Uuid]) -> Vec<Deed> {
        let mut all: Vec<_> = self.children.iter().copied().collect();
        if rng.u8(0..8) == 0 {
            all = others.to_vec();
        }
        if all.is_empty() {
            return Vec::new();
        }
        let actor = all[rng.usize(..all.len())];
        let request = RequestId(self.number());
        vec![Deed::Say(FromWorker::CancelActor {
            request,
            actor,
            message: None,
        })]
    }

    fn cancel_nursery(&mut self, rng: &mut Rng) -> Vec<Deed> {
        let Some(nursery) = self.any_nursery(rng) else {
            return Vec::new();
        };
        let cancellation = self.cancellation();
        vec![Deed::Say(FromWorker::CancelNursery {
            nursery,
            cancellation,
        })]
    }

    fn close(&mut self, rng: &mut Rng) -> Vec<Deed> {
        let Some(nursery) = self.any_nursery(rng) else {
            return Vec::new();
        };
        let body = match rng.u8(0..6) {
            0 => Body::Failed(vec![self.failure(rng)]),
            1 => Body::Cancelled(self.cancellation()),
            _ => Body::Ended,
        };
        let mut deeds = self.close_with(nursery, body);
        if rng.u8(0..10) == 0 {
            let body = Body::Ended;
            deeds.push(Deed::Say(FromWorker::CloseNursery { nursery, body }));
        }
        if rng.bool() {
            let cancellation = self.cancellation();
            deeds.push(Deed::Say(FromWorker::CancelNursery {
                nursery,
                cancellation,
            }));
        }
        deeds
    }

    fn close_with(&mut self, nursery: NurseryId, body: Body) -> Vec<Deed> {
        match self.nurseries.get_mut(&nursery) {
            Some(over) if !*over => *over = true,
            _ => return Vec::new(),
        }
        vec![Deed::Say(FromWorker::CloseNursery { nursery, body })]
    }

    fn ask(&mut self, rng: &mut Rng, others: &[Uuid]) -> Vec<Deed> {
        let request = RequestId(self.number());
        let name = NAMES[rng.usize(..NAMES.len())].to_owned();
        let message = match rng.u8(0..6) {
            0 => FromWorker::Find { request, name },
            1 => {
                self.waits.insert(request);
                let name = if rng.bool() { name } else { "eel".to_owned() };
                FromWorker::WaitFor { request, name }
            }
            2 => FromWorker::List { request },
            3 => FromWorker::Register {
                request,
                name: if rng.u8(0..5) == 0 {
                    "eel".to_owned()
                } else {
                    name
                },
            },
            _ if others.is_empty() => FromWorker::List { request },
            _ => FromWorker::Connect {
                request,
                actor: others[rng.usize(..others.len())],
            },
        };
        vec![Deed::Say(message)]
    }

    fn misbehave(&mut self, rng: &mut Rng) -> Vec<Deed> {
        match rng.u8(0..6) {
            0 => vec![Deed::Say(FromWorker::Ready(Hello::OURS))],
            1 => vec![Deed::Crash(9)],
            2 => vec![Deed::Exit(0)],
            3 => vec![Deed::Hang],
            4 => {
                // It says its last word and then stays.
                self.leaving = true;
                let failures = Vec::new();
                vec![Deed::Say(FromWorker::Ended { failures })]
            }
            _ => vec![Deed::Exit(101)],
        }
    }

    /// A one-shot's function returns: only once its nurseries are closed.
    fn finish(&mut self, rng: &mut Rng) -> Vec<Deed> {
        if !self.nurseries.is_empty() {
            return self.close(rng);
        }
        let failures = match rng.u8(0..3) {
            0 => vec![self.failure(rng)],
            _ => Vec::new(),
        };
        self.end(failures)
    }

    fn end(&mut self, failures: Vec<Failure>) -> Vec<Deed> {
        self.leaving = true;
        vec![Deed::Say(FromWorker::Ended { failures }), Deed::Exit(0)]
    }

    /// Leaves if it is cancelled and all its nurseries are closed.
    fn try_leave(&mut self) -> Vec<Deed> {
        let Some(cancellation) = self.cancelled.clone() else {
            return Vec::new();
        };
        let open: Vec<NurseryId> = self.nurseries.keys().copied().collect();
        let mut deeds = Vec::new();
        for nursery in open {
            deeds.extend(self.close_with(nursery, Body::Cancelled(cancellation.clone())));
        }
        if self.nurseries.is_empty() && !self.is_root {
            let raised = std::mem::take(&mut self.raised);
            deeds.extend(self.end(raised));
        }
        deeds
    }

    /// The supervisor said something.
    pub(crate) fn hear(&mut self, rng: &mut Rng, message: &ToWorker) -> Vec<Deed> {
        if self.leaving {
            return Vec::new();
        }
        match message {
            ToWorker::Cancel { cancellation, .. } => {
                if self.temper != Temper::Good {
                    return Vec::new();
                }
                self.cancelled = Some(cancellation.clone());
                self.try_leave()
            }
            ToWorker::Stop => self.stop(rng),
            ToWorker::NurseryCancelled {
                nursery,
                cancellation,
            } => {
                let body = match rng.u8(0..4) {
                    0 => Body::Failed(vec![self.failure(rng)]),
                    _ => Body::Cancelled(cancellation.clone()),
                };
                self.close_with(*nursery, body)
            }
            ToWorker::NurseryClosed { nursery, failures } => {
                self.on_closed(rng, *nursery, failures)
            }
            ToWorker::ActorEnded { actor, failures } => {
                self.children.remove(actor);
                self.on_actor_ended(rng, failures)
            }
            ToWorker::Answer {
                answer: Answer::Started(child),
                ..
            } => {
                self.children.insert(child.uuid);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn stop(&mut self, rng: &mut Rng) -> Vec<Deed> {
        match self.temper {
            // Some answer, and never say where they were.
            Temper::Stuck if rng.u8(0..3) == 0 => vec![Deed::Say(FromWorker::Stopping)],
            Temper::Stuck => Vec::new(),
            _ if rng.u8(0..10) == 0 => vec![Deed::Exit(0)],
            _ => {
                let kind = FailureKind::Overdue(self.cancellation());
                let id = FailureId(rng.u64(..));
                let failure = Failure::new(id, kind, self.id.clone(), "spins");
                let mut deeds = vec![Deed::Say(FromWorker::Stopping)];
                deeds.extend(self.end(vec![failure]));
                deeds
            }
        }
    }

    /// A member's failure is raised in the body at times, with its own id.
    fn on_actor_ended(&mut self, rng: &mut Rng, failures: &[Failure]) -> Vec<Deed> {
        let Some(nursery) = self.any_nursery(rng) else {
            return Vec::new();
        };
        if failures.is_empty() || rng.bool() {
            return Vec::new();
        }
        self.close_with(nursery, Body::Failed(failures.to_vec()))
    }

    /// What a nursery raised ends the worker at times, as the failures of its own function.
    fn on_closed(&mut self, rng: &mut Rng, nursery: NurseryId, failures: &[Failure]) -> Vec<Deed> {
        self.nurseries.remove(&nursery);
        if self.is_root {
            return Vec::new();
        }
        if !failures.is_empty() && rng.u8(0..3) > 0 {
            self.raised.extend(failures.iter().cloned());
            if self.cancelled.is_none() {
                let raised = std::mem::take(&mut self.raised);
                return self.end(raised);
            }
        }
        self.try_leave()
    }

    /// The root ends its nurseries, at the end of a run without shutdown.
    pub(crate) fn wind_up(&mut self) -> Vec<Deed> {
        self.leaving = false;
        let cancellation = self.cancellation();
        let open: Vec<NurseryId> = self.nurseries.keys().copied().collect();
        let mut deeds = self.cancel_all();
        for nursery in open {
            deeds.extend(self.close_with(nursery, Body::Cancelled(cancellation.clone())));
        }
        deeds
    }

    fn cancel_all(&self) -> Vec<Deed> {
        self.nurseries
            .keys()
            .map(|nursery| {
                Deed::Say(FromWorker::CancelNursery {
                    nursery: *nursery,
                    cancellation: self.cancellation(),
                })
            })
            .collect()
    }
}
