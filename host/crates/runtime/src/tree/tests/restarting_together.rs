//! Restarts one for all, and rest for one.

use super::harness::{Harness, ms, spec};
use crate::tree::{ActorState, Effect, ExitStatus, TreeEvent};
use std::time::Duration;
use tractor_protocol::control::{Answer, Body, FromWorker, ToWorker};
use tractor_protocol::{
    CancelReason, Failure, FailureKind, NurseryId, Restart, RestartStrategy, Uuid,
};

const R: NurseryId = NurseryId(2);
const KILLED: ExitStatus = ExitStatus::Signal(9);

/// A nursery, and three that serve in it.
fn three(strategy: RestartStrategy) -> (Harness, [Uuid; 3]) {
    let mut h = Harness::new();
    h.open_restarting(h.root(), R, Restart::on_failure().strategy(strategy));
    let all = ["a", "b", "c"].map(|name| h.start_in(h.root(), R, name));
    h.effects.clear();
    (h, all)
}

fn spawned(h: &Harness) -> Vec<String> {
    let spawns = h.effects.iter().filter_map(|effect| match effect {
        Effect::Spawn(request) => Some(request.actor.name.clone()),
        _ => None,
    });
    spawns.collect()
}

fn told_to_restart(h: &Harness, actor: Uuid) -> bool {
    let cancel = |m: &&ToWorker| matches!(m, ToWorker::Cancel { restart: true, .. });
    h.sent(actor).iter().any(cancel)
}

#[test]
fn one_for_all_cancels_all_and_starts_them_in_order_each_after_the_one_before() {
    let (mut h, [a, b, c]) = three(RestartStrategy::OneForAll);
    h.exit(b, KILLED);
    for sibling in [a, c] {
        assert!(told_to_restart(&h, sibling));
        let (told, time) = h.cancelled(sibling).remove(0);
        assert_eq!((told.reason, time), (CancelReason::SiblingFailed, ms(500)));
        assert_eq!(told.canceller.uuid, b);
    }
    h.end(c, Vec::new());
    h.pass(ms(300));
    assert_eq!(spawned(&h), Vec::<String>::new(), "`a` is not gone yet");
    h.end(a, Vec::new());
    h.pass(ms(0));
    for names in [vec!["a"], vec!["a", "b"], vec!["a", "b", "c"]] {
        assert_eq!(spawned(&h), names, "each when the one before serves");
        h.comes_back();
        h.pass(ms(0));
    }
    assert!(h.nursery_cancelled(h.root()).is_empty() && h.child_ended(h.root()).is_empty());
    let told = h.actor_ended(h.root());
    assert_eq!(told.len(), 3);
    let restarted = |f: &[Failure]| f[0].kind == FailureKind::Restarted;
    assert!(told.iter().all(|(_, failures)| restarted(failures)));
    assert_eq!(h.tree.next_timeout(), None);
}

#[test]
fn rest_for_one_leaves_those_before_it_alone() {
    let (mut h, [a, b, c]) = three(RestartStrategy::RestForOne);
    h.exit(b, KILLED);
    assert!(h.cancelled(a).is_empty() && told_to_restart(&h, c));
    h.end(c, Vec::new());
    h.pass(ms(120));
    let new_b = h.comes_back();
    h.pass(ms(0));
    h.comes_back();
    assert_eq!(spawned(&h), ["b", "c"]);
    // And the last one alone, if it is the last.
    let last = h.last_spawn().actor.uuid;
    h.exit(last, KILLED);
    assert!(h.cancelled(a).is_empty() && h.cancelled(new_b).is_empty());
}

#[test]
fn sibling_that_does_not_end_in_time_is_killed_and_restarted_and_fails_nothing() {
    let (mut h, [a, b, c]) = three(RestartStrategy::OneForAll);
    h.exit(a, KILLED);
    h.end(b, Vec::new());
    h.pass(ms(500));
    assert!(h.stopped(c));
    h.pass(ms(20));
    assert!(h.killed(c));
    h.exit(c, KILLED);
    h.pass(ms(0));
    assert_eq!(spawned(&h), ["a"]);
    assert!(h.nursery_cancelled(h.root()).is_empty());
}

#[test]
fn siblings_that_fail_at_once_are_one_restart() {
    let mut h = Harness::new();
    let rules = Restart::on_failure().strategy(RestartStrategy::OneForAll);
    h.open_restarting(h.root(), R, rules.intensity(1, Duration::from_secs(5)));
    let all = ["a", "b", "c"].map(|name| h.start_in(h.root(), R, name));
    for actor in all {
        h.event(TreeEvent::LinkLost { actor });
    }
    for actor in all {
        h.exit(actor, KILLED);
    }
    assert!(h.nursery_cancelled(h.root()).is_empty());
    h.pass(ms(120));
    assert_eq!(h.last_spawn().actor.name, "a");
}

#[test]
fn failure_in_the_middle_of_a_round_begins_it_again() {
    let (mut h, [a, b, c]) = three(RestartStrategy::OneForAll);
    h.exit(a, KILLED);
    h.end(b, Vec::new());
    h.end(c, Vec::new());
    h.pass(ms(120));
    let new_a = h.comes_back();
    h.pass(ms(0));
    let new_b = h.last_spawn().actor.uuid;
    h.event(TreeEvent::Spawned {
        actor: new_b,
        pid: 9,
    });
    h.exit(new_b, ExitStatus::Code(2));
    assert!(told_to_restart(&h, new_a));
    h.end(new_a, Vec::new());
    h.effects.clear();
    h.pass(ms(120));
    for _ in 0..3 {
        h.comes_back();
        h.pass(ms(0));
    }
    assert_eq!(spawned(&h), ["a", "b", "c"]);
}

#[test]
fn one_that_was_starting_in_a_round_is_started_again() {
    let (mut h, [a, b, c]) = three(RestartStrategy::OneForAll);
    h.exit(a, KILLED);
    h.end(b, Vec::new());
    h.end(c, Vec::new());
    h.pass(ms(120));
    let new_a = h.comes_back();
    h.pass(ms(0));
    let new_b = h.last_spawn().actor.uuid;
    h.exit(new_a, KILLED);
    assert!(h.killed(new_b), "it was starting");
    h.event(TreeEvent::SpawnFailed {
        actor: new_b,
        message: "killed".to_owned(),
    });
    h.effects.clear();
    h.pass(ms(300));
    assert_eq!(spawned(&h), ["a"]);
    assert!(h.nursery_cancelled(h.root()).is_empty());
}

#[test]
fn member_that_has_ended_well_or_is_cancelled_by_its_owner_is_not_restarted_with_others() {
    let (mut h, [a, b, c]) = three(RestartStrategy::OneForAll);
    let request = h.cancel_actor(h.root(), a);
    h.say(b, FromWorker::Ended { failures: vec![] });
    h.exit(c, KILLED);
    h.end(a, Vec::new());
    h.exit(b, ExitStatus::Code(0));
    assert_eq!(h.answer(h.root(), request), Some(&Answer::Done));
    h.pass(ms(120));
    h.comes_back();
    h.pass(ms(0));
    assert_eq!(spawned(&h), ["c"]);
    let ended: Vec<_> = h.child_ended(h.root()).iter().map(|(c, _)| *c).collect();
    assert_eq!(ended, [a, b]);
}

#[test]
fn sibling_that_has_ended_well_and_does_not_leave_is_not_restarted_with_others() {
    let (mut h, [a, b, c]) = three(RestartStrategy::OneForAll);
    h.say(b, FromWorker::Ended { failures: vec![] });
    h.pass(ms(500));
    assert!(h.killed(b), "it has said its last word");
    h.exit(c, KILLED);
    h.exit(b, KILLED);
    h.end(a, Vec::new());
    h.pass(ms(120));
    h.comes_back();
    h.pass(ms(0));
    h.comes_back();
    assert_eq!(spawned(&h), ["a", "c"]);
    assert_eq!(h.child_ended(h.root()), [(b, vec![])]);
    assert!(h.nursery_cancelled(h.root()).is_empty());
}

#[test]
fn sibling_that_exits_with_code_0_is_not_restarted_with_others() {
    let (mut h, [a, _, c]) = three(RestartStrategy::OneForAll);
    let exit = Failure {
        kind: FailureKind::Exit(0),
        ..h.failure(1, a)
    };
    h.say(
        a,
        FromWorker::Ended {
            failures: vec![exit],
        },
    );
    h.exit(c, KILLED);
    assert!(h.nursery_cancelled(h.root()).is_empty(), "`c` is answered");
    h.exit(a, ExitStatus::Code(0));
    assert_eq!(h.nursery_cancelled(h.root())[0].canceller.uuid, a);
}

#[test]
fn first_start_goes_on_beside_a_round() {
    let (mut h, [a, b, c]) = three(RestartStrategy::OneForAll);
    let (young, request) = h.spawn_in(h.root(), R, spec("young"));
    h.exit(a, KILLED);
    assert!(!h.killed(young));
    h.ready(young);
    assert!(matches!(
        h.answer(h.root(), request),
        Some(Answer::Started(_))
    ));
    h.end(b, Vec::new());
    h.end(c, Vec::new());
    h.pass(ms(120));
    h.comes_back();
}

#[test]
fn owner_cancelling_one_that_ends_for_a_round_lets_the_others_go_on() {
    let (mut h, [a, b, c]) = three(RestartStrategy::OneForAll);
    h.exit(a, KILLED);
    h.end(b, Vec::new());
    let request = h.cancel_actor(h.root(), c);
    h.end(c, Vec::new());
    assert_eq!(h.answer(h.root(), request), Some(&Answer::Done));
    h.pass(ms(120));
    h.comes_back();
    h.pass(ms(0));
    h.comes_back();
    assert_eq!(spawned(&h), ["a", "b"]);
    // And one that waits for its turn.
    let shown = h.tree.snapshot(h.now).root.children;
    assert!(shown.iter().all(|child| child.state == ActorState::Serving));
}

#[test]
fn one_that_waits_for_its_turn_is_shown_so_and_vanishes_when_cancelled() {
    let (mut h, [a, b, c]) = three(RestartStrategy::OneForAll);
    h.exit(a, KILLED);
    h.end(b, Vec::new());
    h.end(c, Vec::new());
    let states: Vec<_> = h.tree.snapshot(h.now).root.children;
    let left = |state: &ActorState| match state {
        ActorState::Waiting { left } => *left,
        other => panic!("{other:?}"),
    };
    assert!(left(&states[0].state).is_some());
    assert_eq!(left(&states[1].state), None);
    // The first in turn vanishes: the next one takes its turn.
    h.cancel_actor(h.root(), a);
    h.cancel_actor(h.root(), c);
    h.pass(ms(120));
    assert_eq!(spawned(&h), ["b"]);
    h.close(h.root(), R, Body::Ended);
    h.cancel_nursery(h.root(), R);
    let starting = h.last_spawn().actor.uuid;
    h.exit(starting, KILLED);
    assert_eq!(h.closed(h.root()), [vec![]]);
}

#[test]
fn round_that_is_one_too_many_cancels_the_nursery() {
    let mut h = Harness::new();
    let rules = Restart::on_failure().strategy(RestartStrategy::OneForAll);
    h.open_restarting(h.root(), R, rules.intensity(0, Duration::from_secs(5)));
    let [a, b] = ["a", "b"].map(|name| h.start_in(h.root(), R, name));
    h.exit(a, KILLED);
    assert!(!told_to_restart(&h, b));
    assert_eq!(h.cancelled(b).len(), 1);
    h.end(b, Vec::new());
    h.close(h.root(), R, Body::Ended);
    assert_eq!(h.closed(h.root())[0][0].kind, FailureKind::Killed(9));
}

#[test]
fn nursery_cancelled_in_a_round_closes() {
    for waits in [false, true] {
        let (mut h, [a, b, c]) = three(RestartStrategy::OneForAll);
        h.exit(a, KILLED);
        h.end(b, Vec::new());
        if waits {
            h.end(c, Vec::new());
        }
        h.cancel_nursery(h.root(), R);
        h.close(h.root(), R, Body::Ended);
        if !waits {
            h.end(c, Vec::new());
        }
        assert_eq!(h.closed(h.root()), [vec![]]);
        assert_eq!(h.child_ended(h.root()).len(), 3);
        assert_eq!(h.tree.next_timeout(), None);
    }
}
