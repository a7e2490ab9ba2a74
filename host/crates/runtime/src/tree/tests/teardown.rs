//! The supervisor's account of how actors went, and law 6 as a sum: nobody outlasts its time by more than `TreeConfig::overtime`.

use super::harness::{Harness, N, ms, spec};
use crate::time::Time;
use crate::tree::{Effect, ExitStatus, Extent, Teardown, TreeConfig, TreeEvent};
use std::collections::BTreeMap;
use std::time::Duration;
use tractor_protocol::control::{Body, FromWorker, ToWorker};
use tractor_protocol::{CancelReason, NurseryId, Uuid};

impl Harness {
    /// The accounts so far, in order.
    fn teardowns(&self) -> Vec<&Teardown> {
        let all = self.effects.iter().filter_map(|effect| match effect {
            Effect::Teardown(teardown) => Some(&**teardown),
            _ => None,
        });
        all.collect()
    }

    fn teardown_of(&self, actor: Uuid) -> &Teardown {
        let all = self.teardowns().into_iter();
        let mut of = all.filter(|t| t.actor.uuid == actor && t.extent == Extent::Process);
        let first = of.next().expect("its account is handed out");
        assert_eq!(of.next(), None, "once");
        first
    }
}

#[test]
fn account_of_an_actor_that_obeys_has_its_answer_and_its_reaping() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.pass(ms(7));
    h.cancel_nursery(h.root(), N);
    h.pass(ms(100));
    h.say(child, FromWorker::Ended { failures: vec![] });
    h.pass(ms(3));
    h.exit(child, ExitStatus::Code(0));
    let account = h.teardown_of(child);
    assert_eq!(account.reason, Some(CancelReason::Requested));
    assert_eq!((account.allowed, account.reaped), (ms(500), ms(103)));
    assert_eq!(account.answered, Some(ms(100)));
    assert_eq!((account.stopped, account.killed), (None, None));
    assert_eq!(account.over(), Duration::ZERO);
    assert_eq!(h.teardowns().len(), 1, "it was alone");
}

#[test]
fn account_of_an_actor_that_does_not_answer_says_when_it_was_stopped_and_killed() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.cancel_nursery(h.root(), N);
    h.pass(ms(530));
    h.exit(child, ExitStatus::Signal(9));
    let account = h.teardown_of(child);
    assert_eq!(
        (account.stopped, account.killed),
        (Some(ms(500)), Some(ms(520)))
    );
    assert_eq!((account.answered, account.over()), (None, ms(30)));
}

#[test]
fn account_of_an_actor_that_is_starting_begins_with_the_kill() {
    let mut h = Harness::new();
    let (child, _) = h.spawn(h.root(), "child");
    h.pass(ms(50));
    h.cancel_nursery(h.root(), N);
    h.pass(ms(2));
    h.exit(child, ExitStatus::Signal(9));
    let account = h.teardown_of(child);
    assert_eq!(account.allowed, Duration::ZERO);
    assert_eq!(
        (account.killed, account.over()),
        (Some(Duration::ZERO), ms(2))
    );
}

#[test]
fn account_of_an_actor_that_ends_by_itself_has_no_reason_and_the_time_to_exit() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.say(child, FromWorker::Ended { failures: vec![] });
    h.pass(ms(4));
    h.exit(child, ExitStatus::Code(0));
    let account = h.teardown_of(child);
    assert_eq!((account.reason, account.allowed), (None, ms(500)));
    assert_eq!(
        (account.answered, account.reaped),
        (Some(Duration::ZERO), ms(4))
    );
}

#[test]
fn account_of_a_subtree_counts_who_went_with_it_and_has_the_last_of_each_time() {
    let mut h = Harness::new();
    let top = h.start(h.root(), "top");
    let early = h.start(top, "early");
    h.end(early, Vec::new());
    let (one, two) = (h.start(top, "one"), h.start(top, "two"));
    h.cancel_actor(h.root(), top);
    h.pass(ms(10));
    h.end(one, Vec::new());
    h.pass(ms(10));
    h.end(top, Vec::new());
    h.pass(ms(482));
    h.exit(two, ExitStatus::Signal(9));
    let account = *h.teardowns().last().expect("the last");
    assert_eq!(account.actor.uuid, top);
    let extent = Extent::Subtree {
        processes: 3,
        stopped: 1,
        killed: 1,
    };
    assert_eq!(account.extent, extent, "who went before does not count");
    assert_eq!((account.allowed, account.reaped), (ms(500), ms(502)));
    assert_eq!(account.answered, Some(ms(20)));
    assert_eq!(
        (account.stopped, account.killed),
        (Some(ms(480)), Some(ms(500)))
    );
}

#[test]
fn account_of_the_whole_tree_comes_before_the_end_of_its_shutdown() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let leaf = h.start(child, "leaf");
    h.shutdown(None);
    h.pass(ms(5));
    h.end(leaf, Vec::new());
    h.end(child, Vec::new());
    let [.., Effect::Teardown(account), Effect::Finished] = &h.effects[..] else {
        panic!("{:?}", h.effects.last());
    };
    assert_eq!(account.actor.uuid, h.root());
    assert!(matches!(
        account.extent,
        Extent::Subtree { processes: 2, .. }
    ));
    assert_eq!((account.allowed, account.reaped), (ms(500), ms(5)));
}

#[test]
fn law_6_actor_that_had_said_its_last_word_before_a_cancel_is_not_waited_for_longer_than_others() {
    let mut h = Harness::new();
    h.open_with(h.root(), NurseryId(2), Some(ms(100)));
    let (word, _) = h.spawn_in(h.root(), NurseryId(2), spec("word"));
    let (link, _) = h.spawn_in(h.root(), NurseryId(2), spec("link"));
    h.ready(word);
    h.ready(link);
    h.say(word, FromWorker::Ended { failures: vec![] });
    h.event(TreeEvent::LinkLost { actor: link });
    h.cancel_nursery(h.root(), NurseryId(2));
    h.pass(ms(119));
    assert!(!h.killed(word) && !h.killed(link));
    h.pass(ms(1));
    assert!(h.killed(word) && h.killed(link));
}

#[test]
fn law_6_worker_that_answers_stop_has_time_to_say_where_its_guest_was() {
    let mut h = Harness::new();
    let (says, silent) = (h.start(h.root(), "says"), h.start(h.root(), "silent"));
    h.cancel_nursery(h.root(), N);
    h.pass(ms(519));
    assert!(h.stopped(says) && h.stopped(silent));
    h.say(says, FromWorker::Stopping);
    h.pass(ms(1));
    assert!(h.killed(silent) && !h.killed(says));
    h.pass(ms(198));
    assert!(!h.killed(says));
    h.pass(ms(1));
    assert!(h.killed(says), "200 ms after its answer");
    let account = {
        h.exit(says, ExitStatus::Signal(9));
        h.teardown_of(says)
    };
    assert_eq!(account.over(), ms(219));
}

#[test]
fn law_10_worker_that_stops_untold_or_twice_broke_the_protocol() {
    let mut h = Harness::new();
    let (untold, twice) = (h.start(h.root(), "untold"), h.start(h.root(), "twice"));
    h.say(untold, FromWorker::Stopping);
    assert!(h.killed(untold), "nobody told it to");
    h.cancel_nursery(h.root(), N);
    h.pass(ms(500));
    h.say(twice, FromWorker::Stopping);
    assert!(!h.killed(twice));
    h.say(twice, FromWorker::Stopping);
    assert!(h.killed(twice), "its time is not lengthened");
}

/// What a worker of a random tree does.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// It is never ready.
    Starts,
    /// It says its last word so long after it was cancelled, and exits so much later.
    Obeys(Duration, Duration),
    /// It does so only when it is told to stop, and answers that after the first time.
    Stops(Duration, Duration, Duration),
    /// It answers that, and says no more.
    Answers(Duration),
    /// It loses its link when it is cancelled, and does not exit.
    Deaf,
    /// It had said its last word before, and does not exit.
    Lingers,
    Frozen,
}

/// A tree of workers that do as they please, in virtual time.
struct World {
    h: Harness,
    manners: BTreeMap<Uuid, Manner>,
    later: BTreeMap<(Time, u32), TreeEvent>,
    seen: usize,
    rng: fastrand::Rng,
}

impl World {
    fn new(seed: u64) -> Self {
        let config = TreeConfig {
            seed,
            ..TreeConfig::permissive(["a".to_owned()])
        };
        Self {
            h: Harness::with(config),
            manners: BTreeMap::new(),
            later: BTreeMap::new(),
            seen: 0,
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    fn time(&mut self, most: u64) -> Duration {
        ms(self.rng.u64(..most))
    }

    fn manner(&mut self) -> Manner {
        match self.rng.u8(..9) {
            0 => Manner::Starts,
            1..4 => Manner::Obeys(self.time(600), self.time(700)),
            4 => Manner::Stops(self.time(25), self.time(250), self.time(30)),
            5 => Manner::Deaf,
            6 => Manner::Lingers,
            7 => Manner::Answers(self.time(25)),
            _ => Manner::Frozen,
        }
    }

    fn grow(&mut self) {
        let mut owners = vec![self.h.root()];
        for _ in 0..self.rng.usize(1..24) {
            let owner = owners[self.rng.usize(..owners.len())];
            let manner = self.manner();
            let (actor, _) = self.h.spawn(owner, "some");
            self.manners.insert(actor, manner);
            if !matches!(manner, Manner::Starts) {
                self.h.ready(actor);
                let grace = self.rng.bool().then(|| ms(self.rng.u64(..800)));
                self.h.open_with(actor, N, grace);
                owners.push(actor);
            }
        }
        let lingers = |(_, manner): &(&Uuid, &Manner)| matches!(manner, Manner::Lingers);
        let lingering: Vec<Uuid> = self
            .manners
            .iter()
            .filter(lingers)
            .map(|(a, _)| *a)
            .collect();
        for actor in lingering {
            self.h.say(actor, FromWorker::Ended { failures: vec![] });
        }
    }

    fn after(&mut self, time: Duration, event: TreeEvent) {
        // What happens at the same time happens in any order.
        let order = self.rng.u32(..);
        self.later.insert((self.h.now + time, order), event);
    }

    fn ends(&mut self, actor: Uuid, (word, exit): (Duration, Duration)) {
        let message = FromWorker::Ended { failures: vec![] };
        self.after(word, TreeEvent::Message { actor, message });
        self.after(word + exit, exited(actor, ExitStatus::Code(0)));
    }

    fn answers(&mut self, actor: Uuid, time: Duration) {
        let message = FromWorker::Stopping;
        self.after(time, TreeEvent::Message { actor, message });
    }

    /// Workers hear what was said to them; a killed one is reaped at once.
    fn react(&mut self) {
        while let Some(effect) = self.h.effects.get(self.seen).cloned() {
            self.seen += 1;
            match effect {
                Effect::Kill { actor } => self.h.event(exited(actor, ExitStatus::Signal(9))),
                Effect::Send {
                    actor,
                    message: ToWorker::Cancel { .. },
                } => match self.manners[&actor] {
                    Manner::Obeys(word, exit) => self.ends(actor, (word, exit)),
                    Manner::Deaf => self.after(ms(1), TreeEvent::LinkLost { actor }),
                    _ => {}
                },
                Effect::Send {
                    actor,
                    message: ToWorker::Stop,
                } => match self.manners[&actor] {
                    Manner::Stops(answer, word, exit) => {
                        self.answers(actor, answer);
                        self.ends(actor, (answer + word, exit));
                    }
                    Manner::Answers(answer) => self.answers(actor, answer),
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn run(&mut self) {
        self.react();
        while !self.h.finished() {
            let event = self.later.first_key_value().map(|((at, _), _)| *at);
            let timer = self.h.tree.next_timeout();
            let Some(next) = event.into_iter().chain(timer).min() else {
                return;
            };
            self.h.pass(next.since(self.h.now));
            self.react();
            while let Some(entry) = self.later.first_entry().filter(|e| e.key().0 <= next) {
                let event = entry.remove();
                self.h.event(event);
                self.react();
            }
        }
    }
}

fn exited(actor: Uuid, status: ExitStatus) -> TreeEvent {
    TreeEvent::Exited {
        actor,
        status,
        stderr: Vec::new(),
    }
}

#[test]
fn law_6_nobody_outlasts_its_time_by_more_than_the_overtime() {
    let mut longest = Duration::ZERO;
    for seed in 0..200 {
        let mut world = World::new(seed);
        world.grow();
        let before = world.h.now;
        let grace = world.rng.bool().then(|| ms(world.rng.u64(1..700)));
        world.h.shutdown(grace);
        world.h.close(world.h.root(), N, Body::Ended);
        world.run();
        assert!(world.h.finished(), "seed {seed}");
        let overtime = TreeConfig::default().overtime();
        for account in world.h.teardowns() {
            assert!(account.over() <= overtime, "seed {seed}: {account}");
            longest = longest.max(account.over());
        }
        let bound = grace.unwrap_or(ms(500)).min(ms(500)) + overtime;
        assert!(world.h.now.since(before) <= bound, "seed {seed}");
    }
    assert!(longest > ms(200), "some need nearly all of it: {longest:?}");
}
