//! Starts that are asked for faster than they may be.

use super::harness::{Harness, N, ms, spec};
use crate::tree::{Effect, ExitStatus, TreeConfig};
use std::time::Duration;
use tractor_protocol::control::{Answer, Body, FromWorker};
use tractor_protocol::{Error, FailureKind, Limits, NurseryId, Restart};

/// A tree whose main may start two in a second, so ten at once; the root may start as many as it likes.
fn narrow() -> Harness {
    Harness::with(TreeConfig::permissive(["a".to_owned()]))
}

fn main_spec(spawn_rate: u32) -> tractor_protocol::control::ActorSpec {
    let mut main = spec("main");
    main.limits = Limits {
        spawn_rate: Some(spawn_rate),
        ..Limits::default()
    };
    main
}

fn main_of(h: &mut Harness, spawn_rate: u32) -> tractor_protocol::Uuid {
    let (main, _) = h.spawn_in(h.root(), N, main_spec(spawn_rate));
    h.ready(main);
    h.open(main);
    main
}

fn ask_starts(h: &mut Harness, owner: tractor_protocol::Uuid, count: usize) {
    for _ in 0..count {
        h.ask_start(owner, N, spec("child"));
    }
}

fn spawns(h: &Harness) -> usize {
    let spawned = |effect: &&Effect| matches!(effect, Effect::Spawn(_));
    h.effects.iter().filter(spawned).count()
}

#[test]
fn starts_beyond_the_rate_wait_for_their_turns_in_order() {
    let mut h = narrow();
    let main = main_of(&mut h, 2);
    for number in 0..13 {
        h.ask_start(main, N, spec(&format!("child {number}")));
    }
    assert_eq!(spawns(&h) - 1, 10, "five seconds' worth at once");
    h.pass(ms(499));
    assert_eq!(spawns(&h) - 1, 10);
    h.pass(ms(1));
    assert_eq!(h.last_spawn().actor.name, "child 10");
    h.pass(ms(1000));
    assert_eq!(
        (spawns(&h) - 1, h.tree.next_timeout().is_some()),
        (13, true)
    );
    assert_eq!(h.last_spawn().actor.name, "child 12");
}

#[test]
fn starts_count_for_everyone_above() {
    let mut h = narrow();
    let main = main_of(&mut h, 2);
    let below: Vec<_> = (0..5).map(|_| h.start(main, "below")).collect();
    let before = spawns(&h);
    for actor in &below {
        ask_starts(&mut h, *actor, 2);
    }
    assert_eq!(spawns(&h) - before, 5, "main has started ten");
    h.pass(ms(2500));
    assert_eq!(spawns(&h) - before, 10);
}

#[test]
fn start_that_waits_is_forgotten_when_it_is_withdrawn_or_its_owner_gone() {
    let mut h = narrow();
    let main = main_of(&mut h, 2);
    let requests: Vec<_> = (0..12)
        .map(|_| h.ask_start(main, N, spec("child")))
        .collect();
    let before = spawns(&h);
    let request = requests[10];
    h.say(main, FromWorker::Withdraw { request });
    h.pass(ms(600));
    assert_eq!(spawns(&h), before, "that turn was withdrawn");
    h.exit(main, crate::tree::ExitStatus::Signal(9));
    h.pass(ms(2000));
    assert_eq!(spawns(&h), before, "its owner is gone");
}

#[test]
fn start_that_waits_in_a_nursery_that_closes_is_answered() {
    let mut h = narrow();
    let main = main_of(&mut h, 1);
    let mut last = None;
    for _ in 0..6 {
        last = Some(h.ask_start(main, N, spec("child")));
    }
    let last = last.expect("six are asked for");
    h.cancel_nursery(main, N);
    h.pass(ms(3000));
    assert!(matches!(
        h.answer(main, last),
        Some(Answer::Failed(Error::Cancelled(_)))
    ));
    let mut h = narrow();
    let main = main_of(&mut h, 1);
    h.open_with(main, tractor_protocol::NurseryId(2), None);
    ask_starts(&mut h, main, 5);
    let last = h.ask_start(main, tractor_protocol::NurseryId(2), spec("late"));
    h.close(main, tractor_protocol::NurseryId(2), Body::Ended);
    h.pass(ms(3000));
    assert_eq!(h.answer(main, last), Some(&Answer::Failed(Error::Closed)));
}

#[test]
fn starts_that_wait_count_for_the_limit_on_actors() {
    let mut h = narrow();
    let mut main = main_spec(1);
    main.limits.actors = Some(7);
    let (main, _) = h.spawn_in(h.root(), N, main);
    h.ready(main);
    h.open(main);
    ask_starts(&mut h, main, 7);
    let request = h.ask_start(main, N, spec("one too many"));
    let failure = h.refusal(main, request);
    assert_eq!(failure.kind, FailureKind::Limit("actors".to_owned()));
    assert!(failure.message.contains("7 of 7"), "{}", failure.message);
}

#[test]
fn rate_of_no_starts_refuses_each_by_name() {
    let mut h = narrow();
    let main = main_of(&mut h, 0);
    let request = h.ask_start(main, N, spec("child"));
    let failure = h.refusal(main, request);
    assert_eq!(failure.kind, FailureKind::Limit("spawn-rate".to_owned()));
}

#[test]
fn grants_that_are_too_long_are_refused_by_name() {
    let mut h = narrow();
    let mut wordy = spec("wordy");
    let value = "x".repeat(300 << 10);
    wordy.grants.environment.push(("K".to_owned(), value));
    let request = h.ask_start(h.root(), N, wordy);
    let failure = h.refusal(h.root(), request);
    assert_eq!(failure.kind, FailureKind::Limit("grants-bytes".to_owned()));
}

#[test]
fn restarts_take_their_turns_as_starts_do_and_one_that_is_cancelled_meanwhile_vanishes() {
    let mut h = narrow();
    let main = main_of(&mut h, 1);
    let rules = Restart::on_failure()
        .intensity(u32::MAX, Duration::from_secs(1))
        .backoff(Duration::ZERO, Duration::ZERO);
    h.open_restarting(main, NurseryId(2), rules);
    let mut actor = h.start_in(main, NurseryId(2), "falls");
    for _ in 0..4 {
        h.exit(actor, ExitStatus::Signal(9));
        h.pass(Duration::ZERO);
        actor = h.comes_back();
    }
    let before = spawns(&h);
    h.exit(actor, ExitStatus::Signal(9));
    h.pass(ms(999));
    assert_eq!(spawns(&h), before, "five were started at once");
    h.pass(ms(1));
    assert_eq!(spawns(&h), before + 1);
    actor = h.comes_back();
    h.exit(actor, ExitStatus::Signal(9));
    h.pass(ms(500));
    h.cancel_nursery(main, NurseryId(2));
    h.pass(ms(2000));
    assert_eq!(
        spawns(&h),
        before + 1,
        "nobody waits for that turn any more"
    );
    assert_eq!(h.child_ended(main).len(), 1);
}
