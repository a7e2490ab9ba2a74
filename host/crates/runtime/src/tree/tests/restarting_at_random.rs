//! Trees whose nurseries restart, with random events: the audit after each, and that all of it comes to an end.

use super::harness::{Harness, ms, spec};
use crate::tree::{ActorSnapshot, ActorState, ExitStatus, TreeEvent};
use fastrand::Rng;
use std::time::Duration;
use tractor_protocol::control::{Body, FromWorker};
use tractor_protocol::{NurseryId, Restart, RestartStrategy, Uuid};

/// How many trees: a second or two.
const SEEDS: u64 = 300;

const NURSERIES: [NurseryId; 2] = [NurseryId(2), NurseryId(3)];

fn rules(rng: &mut Rng) -> Restart {
    let strategies = [
        RestartStrategy::OneForOne,
        RestartStrategy::OneForAll,
        RestartStrategy::RestForOne,
    ];
    let rules = match rng.bool() {
        true => Restart::on_failure(),
        false => Restart::always(),
    };
    rules
        .strategy(strategies[rng.usize(..3)])
        .intensity([2, 20, u32::MAX][rng.usize(..3)], ms(rng.u64(0..2000)))
        .backoff(ms(rng.u64(0..20)), ms(100))
}

struct World {
    h: Harness,
    rng: Rng,
}

impl World {
    fn actors(&self) -> Vec<(Uuid, ActorState, u32)> {
        let mut left: Vec<ActorSnapshot> = self.h.tree.snapshot(self.h.now).root.children;
        let mut all = Vec::new();
        while let Some(actor) = left.pop() {
            left.extend(actor.children);
            all.push((actor.actor.uuid, actor.state, actor.actor.pid));
        }
        all
    }

    fn open_all(&mut self, owner: Uuid) {
        for nursery in NURSERIES {
            let rules = rules(&mut self.rng);
            self.h.open_restarting(owner, nursery, rules);
        }
    }

    fn step(&mut self) {
        self.h.effects.clear();
        let actors = self.actors();
        let nursery = NURSERIES[self.rng.usize(..2)];
        let root = self.h.root();
        if actors.len() < 4 || self.rng.u8(0..8) == 0 {
            let serving = actors.iter().filter(|a| a.1 == ActorState::Serving);
            let mut owners: Vec<_> = serving.map(|a| a.0).collect();
            owners.push(root);
            let owner = owners[self.rng.usize(..owners.len())];
            self.h.ask_start(owner, nursery, spec("x"));
            return;
        }
        let (actor, state, pid) = actors[self.rng.usize(..actors.len())].clone();
        match self.rng.u8(0..40) {
            0..=4 => self.h.pass(ms(self.rng.u64(0..40))),
            5 => self.die(actor, pid),
            6 => drop(self.h.cancel_actor(root, actor)),
            7 => drop(self.h.connect(root, actor)),
            8 if self.rng.u8(0..20) == 0 => self.h.cancel_nursery(root, nursery),
            _ => self.live(actor, &state, pid),
        }
    }

    fn live(&mut self, actor: Uuid, state: &ActorState, pid: u32) {
        match state {
            ActorState::Starting if pid == 0 && self.rng.u8(0..10) == 0 => {
                let message = "no".to_owned();
                self.h.event(TreeEvent::SpawnFailed { actor, message });
            }
            ActorState::Starting if pid == 0 => {
                self.h.event(TreeEvent::Spawned { actor, pid: 7 });
            }
            ActorState::Starting => {
                self.h.ready(actor);
                self.open_all(actor);
            }
            ActorState::Serving if self.rng.u8(0..6) == 0 => {
                let bad = self.rng.bool();
                let failures = bad.then(|| self.h.failure(self.rng.u64(..), actor));
                let failures = failures.into_iter().collect();
                self.h.say(actor, FromWorker::Ended { failures });
            }
            ActorState::Cancelling { .. } | ActorState::Ending | ActorState::Stopping { .. } => {
                self.die(actor, pid);
            }
            _ => {}
        }
    }

    fn die(&mut self, actor: Uuid, pid: u32) {
        if pid != 0 {
            let status = match self.rng.bool() {
                true => ExitStatus::Signal(9),
                false => ExitStatus::Code(0),
            };
            self.h.exit(actor, status);
        } else if self.rng.bool() {
            let message = "no".to_owned();
            let starting = |a: &(Uuid, ActorState, u32)| {
                a.0 == actor && !matches!(a.1, ActorState::Waiting { .. })
            };
            if self.actors().iter().any(starting) {
                self.h.event(TreeEvent::SpawnFailed { actor, message });
            }
        }
    }

    fn wind_up(&mut self) {
        let root = self.h.root();
        match self.rng.u8(0..3) {
            0 => self.h.shutdown(None),
            1 => self.h.event(TreeEvent::ShutdownNow),
            _ => {
                for nursery in NURSERIES {
                    self.h.cancel_nursery(root, nursery);
                    self.h.close(root, nursery, Body::Ended);
                }
            }
        }
        for _ in 0..10_000 {
            let Some((actor, _, pid)) = self.actors().pop() else {
                break;
            };
            self.die(actor, pid);
        }
        assert_eq!(self.actors(), [], "something is left");
        self.h.pass(Duration::from_secs(100));
        assert_eq!(self.h.tree.next_timeout(), None);
    }
}

#[test]
fn trees_that_restart_keep_their_books_and_come_to_an_end() {
    let mut restarts = 0;
    for seed in 0..SEEDS {
        let mut world = World {
            h: Harness::new(),
            rng: Rng::with_seed(seed),
        };
        world.open_all(world.h.root());
        for _ in 0..150 {
            world.step();
            let logged = world.h.logged();
            restarts += logged
                .iter()
                .filter(|l| l.contains("is started anew"))
                .count();
        }
        world.wind_up();
    }
    assert!(restarts > 500, "hardly any restart: {restarts}");
}
