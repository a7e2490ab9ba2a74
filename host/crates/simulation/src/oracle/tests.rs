//! The oracle beside a real tree, step by step: what a seed showed once, and what it must not overlook.

use super::Oracle;
use std::time::Duration;
use tractor_protocol::control::{ActorSpec, FromWorker, ToWorker};
use tractor_protocol::handshake::Hello;
use tractor_protocol::{
    Backoff, Grants, Limits, NurseryId, RequestId, Restart, RestartStrategy, Uuid,
};
use tractor_runtime::time::Time;
use tractor_runtime::tree::{Effect, ExitStatus, Tree, TreeConfig, TreeEvent};

const N: NurseryId = NurseryId(1);

struct Pair {
    tree: Tree,
    oracle: Oracle,
    now: Time,
    requests: u64,
    spawned: Vec<Uuid>,
    /// Whether the oracle is kept from seeing who is cancelled.
    hides_cancels: bool,
}

impl Pair {
    /// A tree whose root has a nursery that restarts all for one, at once, whichever way they end.
    fn new() -> Self {
        Self::with(Restart::always())
    }

    fn with(rules: Restart) -> Self {
        let tree = Tree::new(TreeConfig::permissive(["a".to_owned()]), Time::ZERO);
        let oracle = Oracle::new(tree.root().uuid, Duration::from_secs(1), true);
        let mut pair = Self {
            tree,
            oracle,
            now: Time::ZERO,
            requests: 0,
            spawned: Vec::new(),
            hides_cancels: false,
        };
        let rules = rules.strategy(RestartStrategy::OneForAll);
        let backoff = Backoff {
            first: Duration::ZERO,
            most: Duration::ZERO,
        };
        pair.opens_nursery(pair.root(), Some(Restart { backoff, ..rules }));
        pair
    }

    fn opens_nursery(&mut self, owner: Uuid, restart: Option<Restart>) {
        let (nursery, grace) = (N, None);
        let message = FromWorker::OpenNursery {
            nursery,
            grace,
            restart,
        };
        self.say(owner, message);
    }

    fn root(&self) -> Uuid {
        self.tree.root().uuid
    }

    fn event(&mut self, event: TreeEvent) {
        self.oracle.before(self.now, &event);
        self.tree.handle(self.now, event);
        self.carry_out();
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.tree.poll_effect() {
            if let Effect::Spawn(request) = &effect {
                self.spawned.push(request.actor.uuid);
            }
            let cancels = |m: &ToWorker| matches!(m, ToWorker::Cancel { .. });
            let hidden = matches!(&effect, Effect::Send { message, .. } if cancels(message));
            if !(hidden && self.hides_cancels) {
                self.oracle.after(self.now, &effect);
            }
        }
        self.oracle.at(self.now);
    }

    /// Lets all timers run that are due.
    fn wait(&mut self) {
        while let Some(due) = self.tree.next_timeout().filter(|at| *at <= self.now) {
            self.tree.handle_timeout(self.now.max(due));
            self.carry_out();
        }
    }

    fn say(&mut self, actor: Uuid, message: FromWorker) {
        self.event(TreeEvent::Message { actor, message });
    }

    /// Begins a start. Gives the actor, which is not ready yet.
    fn start(&mut self, name: &str) -> Uuid {
        self.start_in(self.root(), name)
    }

    fn start_in(&mut self, owner: Uuid, name: &str) -> Uuid {
        self.requests += 1;
        let spec = ActorSpec {
            component: "a".to_owned(),
            name: name.to_owned(),
            grants: Grants {
                components: vec!["*".to_owned()],
                ..Grants::default()
            },
            limits: Limits::default(),
            overdue: None,
            spawn_backend: None,
        };
        let request = RequestId(self.requests);
        self.say(
            owner,
            FromWorker::StartActor {
                request,
                nursery: N,
                spec,
                one_shot: None,
            },
        );
        self.last_spawned()
    }

    fn last_spawned(&self) -> Uuid {
        *self.spawned.last().expect("something is spawned")
    }

    fn serves(&mut self, actor: Uuid) {
        self.event(TreeEvent::Spawned { actor, pid: 7 });
        self.say(actor, FromWorker::Ready(Hello::OURS));
    }

    fn says_its_last_word(&mut self, actor: Uuid) {
        let failures = Vec::new();
        self.say(actor, FromWorker::Ended { failures });
    }

    fn exits(&mut self, actor: Uuid) {
        self.exits_with(actor, ExitStatus::Code(0));
    }

    fn exits_with(&mut self, actor: Uuid, status: ExitStatus) {
        self.event(TreeEvent::Exited {
            actor,
            status,
            stderr: Vec::new(),
        });
    }
}

/// Seed 421386: one whose first start is under way is not of the round that goes on. When it ends later, that is a round of its own, and another
/// that had ended before is of that round; so nobody who comes to serve in between has to end when that other one is reaped.
#[test]
fn first_start_beside_a_round_is_not_of_it_and_begins_its_own_later() {
    let mut pair = Pair::new();
    let a = pair.start("a");
    pair.serves(a);
    let b = pair.start("b");
    pair.says_its_last_word(a);
    pair.exits(a);
    pair.wait();
    let next_a = pair.last_spawned();
    pair.serves(b);
    let c = pair.start("c");
    pair.says_its_last_word(b);
    pair.serves(next_a);
    pair.says_its_last_word(next_a);
    pair.exits(b);
    pair.serves(c);
    pair.exits(next_a);
    assert_eq!(pair.oracle.wrong, Vec::<String>::new());
    pair.wait();
    assert_eq!(pair.spawned.len(), 5, "`a` three times, `b` waits for it");
}

#[test]
fn sibling_that_goes_on_in_a_round_is_noticed() {
    let mut pair = Pair::new();
    let a = pair.start("a");
    pair.serves(a);
    let b = pair.start("b");
    pair.serves(b);
    pair.hides_cancels = true;
    pair.says_its_last_word(a);
    pair.exits(a);
    assert_eq!(
        pair.oracle.wrong,
        [format!("{b} is not started anew with {a}")]
    );
}

/// Seed 366663: what failed in a nursery that a child left open is the nursery's of that child, which ended
/// well and is not to be started anew.
#[test]
fn failure_below_one_that_has_ended_well_fails_a_nursery_that_restarts() {
    let mut pair = Pair::with(Restart::on_failure());
    let a = pair.start("a");
    pair.serves(a);
    pair.opens_nursery(a, None);
    let below = pair.start_in(a, "below");
    assert_ne!(below, a);
    pair.serves(below);
    pair.exits_with(below, ExitStatus::Signal(9));
    pair.says_its_last_word(a);
    pair.exits(a);
    assert_eq!(pair.oracle.wrong, Vec::<String>::new());
    pair.wait();
    assert_eq!(pair.spawned.len(), 2, "nobody is started anew");
}
