//! Restarts one for one: when there is one, when there is none, and what others see of it.

use super::harness::{Harness, ms, spec};
use crate::tree::{ActorState, Effect, ExitStatus, TreeEvent};
use std::time::Duration;
use tractor_protocol::control::{Answer, Body, FromWorker, ToWorker};
use tractor_protocol::{Failure, FailureId, FailureKind, NurseryId, Restart, Uuid};

const R: NurseryId = NurseryId(2);
const KILLED: ExitStatus = ExitStatus::Signal(9);

fn with(rules: Restart) -> Harness {
    let mut h = Harness::new();
    h.open_restarting(h.root(), R, rules);
    h
}

/// A nursery that restarts what failed, with the defaults.
fn on_failure() -> Harness {
    with(Restart::on_failure())
}

#[test]
fn actor_that_is_killed_comes_back_with_another_id_and_fails_nothing() {
    let mut h = on_failure();
    let old = h.start_in(h.root(), R, "daemon");
    let sibling = h.start_in(h.root(), R, "sibling");
    h.effects.clear();
    h.exit(old, KILLED);
    let told = h.actor_ended(h.root());
    assert_eq!((told[0].0, told[0].1.len()), (old, 1));
    assert_eq!(told[0].1[0].kind, FailureKind::Restarted);
    assert_eq!(told[0].1[0].id, FailureId::of_end(old));
    assert!(told[0].1[0].message.contains("signal 9"), "{told:?}");
    assert_eq!(h.spawns(), 0, "it waits");
    h.pass(ms(120));
    let new = h.comes_back();
    assert_ne!(new, old);
    assert_eq!(h.last_spawn().actor.name, "daemon");
    let root = h.root();
    let last: Vec<_> = h.sent(root).into_iter().rev().take(1).collect();
    assert!(
        matches!(last[0], ToWorker::ChildRestarted { child, actor } if *child == old && actor.uuid == new && actor.pid == 8)
    );
    let links = |e: &&Effect| matches!(e, Effect::Link { first, second } if *first == root && *second == new);
    assert_eq!(h.effects.iter().filter(links).count(), 1);
    assert!(h.nursery_cancelled(root).is_empty() && h.cancelled(sibling).is_empty());
    assert!(h.child_ended(root).is_empty());
    h.cancel_nursery(root, R);
    h.close(root, R, Body::Ended);
    h.end(new, Vec::new());
    h.end(sibling, Vec::new());
    assert_eq!(h.closed(root), [vec![]]);
    assert_eq!(h.child_ended(root), [(old, vec![]), (sibling, vec![])]);
}

#[test]
fn backoff_doubles_with_jitter_from_the_seed() {
    let mut h = with(Restart::on_failure().intensity(9, Duration::from_secs(60)));
    let mut actor = h.start_in(h.root(), R, "daemon");
    for wait in [100, 200, 400, 800] {
        let before = h.spawns();
        h.exit(actor, KILLED);
        h.pass(ms(wait * 4 / 5 - 1));
        assert_eq!(h.spawns(), before, "not before {wait} ms less a fifth");
        h.pass(ms(wait * 2 / 5 + 2));
        assert_eq!(h.spawns(), before + 1, "by {wait} ms and a fifth");
        actor = h.comes_back();
    }
}

#[test]
fn actor_that_ends_well_is_restarted_by_always_alone() {
    for (rules, comes_back) in [(Restart::on_failure(), false), (Restart::always(), true)] {
        let mut h = with(rules);
        let actor = h.start_in(h.root(), R, "worker");
        h.effects.clear();
        h.end(actor, Vec::new());
        h.pass(ms(200));
        assert_eq!(h.spawns(), usize::from(comes_back));
        assert_eq!(h.child_ended(h.root()).is_empty(), comes_back);
    }
}

#[test]
fn exit_with_code_0_is_no_failure_to_be_restarted_and_is_the_nurserys() {
    let mut h = on_failure();
    let actor = h.start_in(h.root(), R, "worker");
    let mut failure = h.failure(1, actor);
    failure.kind = FailureKind::Exit(0);
    h.end(actor, vec![failure]);
    h.close(h.root(), R, Body::Ended);
    assert_eq!(h.closed(h.root())[0][0].kind, FailureKind::Exit(0));
}

#[test]
fn one_restart_too_many_is_the_nurserys_failure_and_says_how_many_there_were() {
    let mut h = on_failure();
    let first = h.start_in(h.root(), R, "daemon");
    let sibling = h.start_in(h.root(), R, "sibling");
    let mut actor = first;
    for _ in 0..3 {
        h.exit(actor, KILLED);
        h.pass(ms(600));
        actor = h.comes_back();
    }
    assert!(h.nursery_cancelled(h.root()).is_empty());
    h.exit(actor, KILLED);
    assert_eq!(h.cancelled(sibling).len(), 1);
    let told = h.actor_ended(h.root()).pop().expect("told");
    assert_eq!((told.0, &told.1[0].kind), (actor, &FailureKind::Killed(9)));
    let message = &told.1[0].message;
    assert!(message.contains("started anew 3 times"), "{message}");
    assert!(message.contains("3 restarts within 5s"), "{message}");
    assert_eq!(h.child_ended(h.root()), [(first, told.1.clone())]);
    h.end(sibling, Vec::new());
    h.close(h.root(), R, Body::Ended);
    let closed = h.closed(h.root()).remove(0);
    assert_eq!(closed[0], told.1[0]);
    assert!(closed[1].is_cancelled() && closed.len() == 2);
}

#[test]
fn restarts_longer_ago_than_the_window_are_forgotten() {
    let mut h = with(Restart::on_failure().intensity(1, Duration::from_secs(1)));
    let mut actor = h.start_in(h.root(), R, "daemon");
    for _ in 0..5 {
        h.exit(actor, KILLED);
        h.pass(ms(1000));
        actor = h.comes_back();
    }
    assert!(h.nursery_cancelled(h.root()).is_empty());
}

#[test]
fn always_gives_up_an_actor_that_only_ends_well_with_a_limit() {
    let mut h = with(Restart::always().intensity(0, Duration::from_secs(5)));
    let actor = h.start_in(h.root(), R, "worker");
    h.end(actor, Vec::new());
    h.close(h.root(), R, Body::Ended);
    let closed = h.closed(h.root()).remove(0);
    assert_eq!(closed[0].kind, FailureKind::Limit("restarts".to_owned()));
    assert_eq!(closed[0].id, FailureId::of_end(actor));
}

#[test]
fn first_start_that_fails_is_not_tried_again() {
    let mut h = on_failure();
    let (child, request) = h.spawn_in(h.root(), R, spec("child"));
    h.exit(child, ExitStatus::Code(3));
    assert_eq!(h.refusal(h.root(), request).id, FailureId::of_end(child));
    assert_eq!(h.nursery_cancelled(h.root()).len(), 1);
    assert_eq!(h.tree.next_timeout(), None);
    assert!(h.child_ended(h.root()).is_empty(), "nobody knows it");
}

#[test]
fn restart_that_cannot_start_counts_as_another_failure() {
    let mut h = with(Restart::on_failure().intensity(2, Duration::from_secs(5)));
    let actor = h.start_in(h.root(), R, "daemon");
    h.exit(actor, KILLED);
    h.pass(ms(120));
    let second = h.last_spawn().actor.uuid;
    h.event(TreeEvent::SpawnFailed {
        actor: second,
        message: "no memory".to_owned(),
    });
    assert!(h.nursery_cancelled(h.root()).is_empty());
    h.pass(ms(240));
    let third = h.last_spawn().actor.uuid;
    assert_ne!(second, third);
    h.event(TreeEvent::Spawned {
        actor: third,
        pid: 9,
    });
    h.exit(third, ExitStatus::Code(2));
    h.close(h.root(), R, Body::Ended);
    let closed = h.closed(h.root()).remove(0);
    assert_eq!(closed[0].kind, FailureKind::Exit(2));
    assert_eq!(h.child_ended(h.root()), [(actor, closed)]);
}

#[test]
fn actor_that_its_owner_cancels_is_not_restarted_at_any_stage() {
    for stage in 0..4 {
        let mut h = with(Restart::always());
        let actor = h.start_in(h.root(), R, "daemon");
        h.open(actor);
        let leaf = h.start(actor, "leaf");
        match stage {
            0 => {}
            1 => h.say(actor, FromWorker::Ended { failures: vec![] }),
            2 => h.exit(actor, KILLED),
            _ => {
                h.exit(actor, KILLED);
                h.end(leaf, Vec::new());
            }
        }
        h.effects.clear();
        let request = h.cancel_actor(h.root(), actor);
        match stage {
            0 => {
                h.end(leaf, Vec::new());
                h.end(actor, Vec::new());
            }
            1 => {
                h.exit(actor, ExitStatus::Code(0));
                h.end(leaf, Vec::new());
            }
            2 => h.end(leaf, Vec::new()),
            _ => {}
        }
        let done = Some(&Answer::Done);
        assert_eq!(h.answer(h.root(), request), done, "stage {stage}");
        assert_eq!(h.child_ended(h.root()), [(actor, vec![])]);
        assert_eq!(h.tree.next_timeout(), None, "stage {stage}");
        h.close(h.root(), R, Body::Ended);
        assert_eq!(h.closed(h.root()), [vec![]]);
    }
}

#[test]
fn cancel_by_an_earlier_id_reaches_the_current_incarnation() {
    let mut h = on_failure();
    let first = h.start_in(h.root(), R, "daemon");
    h.exit(first, KILLED);
    h.pass(ms(120));
    let second = h.comes_back();
    let request = h.cancel_actor(h.root(), first);
    assert_eq!(h.cancelled(second).len(), 1);
    h.end(second, Vec::new());
    assert_eq!(h.answer(h.root(), request), Some(&Answer::Done));
    // And of one that is no more, nothing is left to cancel.
    let request = h.cancel_actor(h.root(), first);
    assert_eq!(h.answer(h.root(), request), Some(&Answer::Done));
}

#[test]
fn withdrawn_start_is_undone_in_a_later_incarnation_too() {
    for waits in [true, false] {
        let mut h = on_failure();
        let (first, request) = h.spawn_in(h.root(), R, spec("daemon"));
        h.ready(first);
        h.exit(first, KILLED);
        if !waits {
            h.pass(ms(120));
            let second = h.comes_back();
            h.say(h.root(), FromWorker::Withdraw { request });
            assert_eq!(h.cancelled(second).len(), 1);
            h.end(second, Vec::new());
        } else {
            h.say(h.root(), FromWorker::Withdraw { request });
        }
        assert_eq!(h.tree.next_timeout(), None);
        assert!(h.tree.actor(h.root()).is_some());
        assert!(h.tree.snapshot(h.now).root.children.is_empty());
    }
}

#[test]
fn nursery_that_is_cancelled_restarts_nothing_and_those_that_wait_vanish() {
    for stage in 0..3 {
        let mut h = on_failure();
        let actor = h.start_in(h.root(), R, "daemon");
        h.close(h.root(), R, Body::Ended);
        match stage {
            0 => h.say(
                actor,
                FromWorker::Ended {
                    failures: vec![h.failure(1, actor)],
                },
            ),
            1 => h.exit(actor, KILLED),
            _ => {
                h.exit(actor, KILLED);
                h.pass(ms(120));
            }
        }
        h.effects.clear();
        h.cancel_nursery(h.root(), R);
        match stage {
            0 => h.exit(actor, ExitStatus::Code(0)),
            1 => {}
            _ => {
                let second = h.tree.snapshot(h.now).root.children[0].actor.uuid;
                assert!(h.killed(second), "it was starting");
                h.exit(second, KILLED);
            }
        }
        // A failure that no restart answered is the nursery's.
        assert_eq!(h.closed(h.root()).len(), 1, "stage {stage}");
        assert_eq!(h.closed(h.root())[0].len(), usize::from(stage == 0));
        assert_eq!(h.child_ended(h.root()).len(), 1);
        assert_eq!(h.tree.next_timeout(), None);
        assert_eq!(h.spawns(), 0);
    }
}

#[test]
fn shutdown_restarts_nothing() {
    for at_once in [false, true] {
        let mut h = with(Restart::always());
        let waiting = h.start_in(h.root(), R, "waiting");
        let serving = h.start_in(h.root(), R, "serving");
        h.exit(waiting, KILLED);
        match at_once {
            true => h.event(TreeEvent::ShutdownNow),
            false => h.shutdown(None),
        }
        h.exit(serving, KILLED);
        assert!(h.finished());
        assert_eq!(h.tree.next_timeout(), None);
    }
}

#[test]
fn body_that_has_ended_leaves_restarts_going_on() {
    let mut h = on_failure();
    let actor = h.start_in(h.root(), R, "daemon");
    h.close(h.root(), R, Body::Ended);
    h.exit(actor, KILLED);
    assert!(h.closed(h.root()).is_empty());
    h.pass(ms(120));
    let second = h.comes_back();
    h.end(second, Vec::new());
    assert_eq!(h.closed(h.root()), [vec![]]);
}

#[test]
fn dead_owner_takes_those_that_wait_with_it() {
    let mut h = Harness::new();
    let owner = h.start(h.root(), "owner");
    h.open_restarting(owner, R, Restart::always());
    let child = h.start_in(owner, R, "child");
    h.exit(child, KILLED);
    h.exit(owner, KILLED);
    h.close(h.root(), super::harness::N, Body::Ended);
    let closed = h.closed(h.root()).remove(0);
    assert_eq!(closed.len(), 1, "the restart answered for the child");
    assert_eq!(closed[0].id, FailureId::of_end(owner));
}

#[test]
fn restart_waits_until_all_below_the_old_one_are_gone() {
    let mut h = on_failure();
    let actor = h.start_in(h.root(), R, "daemon");
    h.open(actor);
    let leaf = h.start(actor, "leaf");
    h.exit(actor, KILLED);
    h.pass(ms(400));
    let spawns = h.spawns();
    let failure = h.failure(5, leaf);
    h.end(leaf, vec![failure]);
    assert!(h.logged().iter().any(|line| line.contains("below it")));
    h.pass(ms(1));
    assert_eq!(h.spawns(), spawns + 1, "its time had passed meanwhile");
    assert!(h.nursery_cancelled(h.root()).is_empty());
}

#[test]
fn restart_counts_once_among_the_actors_below() {
    let mut h = Harness::new();
    let mut wanted = spec("owner");
    wanted.limits.actors = Some(1);
    let (owner, _) = h.spawn_in(h.root(), super::harness::N, wanted);
    h.ready(owner);
    h.open_restarting(owner, R, Restart::on_failure());
    let mut child = h.start_in(owner, R, "child");
    for _ in 0..3 {
        h.exit(child, KILLED);
        let request = h.ask_start(owner, R, spec("other"));
        let limit = FailureKind::Limit("actors".to_owned());
        assert_eq!(h.refusal(owner, request).kind, limit);
        h.pass(ms(600));
        child = h.comes_back();
    }
    h.cancel_actor(owner, child);
    h.end(child, Vec::new());
    h.start_in(owner, R, "other");
}

#[test]
fn name_is_absent_in_between_and_wait_for_waits() {
    let mut h = on_failure();
    let other = h.start(h.root(), "other");
    let first = h.start_in(h.root(), R, "daemon");
    h.exit(first, KILLED);
    let name = "daemon".to_owned();
    let (find, wait) = (h.request(), h.request());
    let (again, list) = (name.clone(), h.request());
    h.say(
        other,
        FromWorker::Find {
            request: find,
            name,
        },
    );
    h.say(
        other,
        FromWorker::WaitFor {
            request: wait,
            name: again,
        },
    );
    h.say(other, FromWorker::List { request: list });
    assert_eq!(h.answer(other, find), Some(&Answer::Found(None)));
    assert_eq!(h.answer(other, wait), None);
    assert!(matches!(h.answer(other, list), Some(Answer::Listed(all)) if all.len() == 1));
    h.pass(ms(120));
    let second = h.comes_back();
    let Some(Answer::Found(Some(found))) = h.answer(other, wait) else {
        panic!("{:?}", h.answer(other, wait));
    };
    assert_eq!((found.uuid, found.pid), (second, 8));
}

fn connected(h: &Harness, asker: Uuid, request: tractor_protocol::RequestId) -> Option<Uuid> {
    match h.answer(asker, request) {
        Some(Answer::Connected(actor)) => Some(actor.uuid),
        _ => None,
    }
}

#[test]
fn connect_by_an_old_id_waits_for_the_new_incarnation_and_names_it() {
    let mut h = on_failure();
    let other = h.start(h.root(), "other");
    let first = h.start_in(h.root(), R, "daemon");
    let early = h.connect(other, first);
    assert_eq!(connected(&h, other, early), Some(first));
    h.exit(first, KILLED);
    assert_eq!(h.actor_ended(other)[0].1[0].kind, FailureKind::Restarted);
    let (waits, forgotten) = (h.connect(other, first), h.connect(other, first));
    let owner = h.connect(h.root(), first);
    h.say(other, FromWorker::Withdraw { request: forgotten });
    h.pass(ms(120));
    assert_eq!(h.answer(other, waits), None);
    let second = h.comes_back();
    assert_eq!(connected(&h, other, waits), Some(second));
    assert_eq!(connected(&h, h.root(), owner), Some(second));
    assert_eq!(h.answer(other, forgotten), None);
    let late = h.connect(other, first);
    assert_eq!(connected(&h, other, late), Some(second));
}

#[test]
fn connect_to_one_that_is_given_up_is_refused() {
    let mut h = on_failure();
    let other = h.start(h.root(), "other");
    let actor = h.start_in(h.root(), R, "daemon");
    h.exit(actor, KILLED);
    let request = h.connect(other, actor);
    h.cancel_actor(h.root(), actor);
    assert_eq!(h.refusal(other, request).kind, FailureKind::NotFound);
    let request = h.connect(other, actor);
    assert_eq!(h.refusal(other, request).kind, FailureKind::NotFound);
}

#[test]
fn asker_that_ends_waits_for_no_restart_any_more() {
    let mut h = on_failure();
    let other = h.start(h.root(), "other");
    let actor = h.start_in(h.root(), R, "daemon");
    h.exit(actor, KILLED);
    h.connect(other, actor);
    h.end(other, Vec::new());
    h.pass(ms(120));
    let second = h.comes_back();
    let linked = |e: &Effect| matches!(e, Effect::Link { first, second: s } if *first == other && *s == second);
    assert!(!h.effects.iter().any(linked));
}

#[test]
fn failure_of_a_one_shot_is_held_until_its_process_is_reaped() {
    let mut h = on_failure();
    let sibling = h.start_in(h.root(), R, "sibling");
    let actor = h.start_in(h.root(), R, "shot");
    let failures: Vec<Failure> = vec![h.failure(1, actor)];
    h.say(actor, FromWorker::Ended { failures });
    assert!(h.cancelled(sibling).is_empty());
    h.exit(actor, ExitStatus::Code(0));
    assert!(h.cancelled(sibling).is_empty());
    let log = h.logged().pop().expect("it is logged");
    assert!(log.contains("restart 1 of 3 within 5s"), "{log}");
    assert!(log.contains("it failed"), "{log}");
}

#[test]
fn snapshot_shows_one_that_waits_with_its_restarts() {
    let mut h = on_failure();
    let actor = h.start_in(h.root(), R, "daemon");
    for restarts in 1..3 {
        let current = h.tree.snapshot(h.now).root.children[0].actor.uuid;
        h.exit(current, KILLED);
        let shown = h.tree.snapshot(h.now).root.children.remove(0);
        assert!(
            matches!(shown.state, ActorState::Waiting { left: Some(left) } if left > ms(70) && left < ms(250)),
            "{shown:?}"
        );
        assert_eq!((shown.restarts, shown.actor.pid), (restarts, 0));
        assert_ne!(shown.actor.uuid, actor);
        h.pass(ms(300));
        h.comes_back();
    }
}

#[test]
fn messages_of_the_old_incarnation_are_late_news() {
    let mut h = on_failure();
    let old = h.start_in(h.root(), R, "daemon");
    h.exit(old, KILLED);
    h.effects.clear();
    h.say(
        old,
        FromWorker::OpenNursery {
            nursery: R,
            grace: None,
            restart: None,
        },
    );
    h.event(TreeEvent::LinkLost { actor: old });
    h.event(TreeEvent::Spawned { actor: old, pid: 7 });
    assert!(h.effects.is_empty());
    assert!(h.tree.actor(old).is_none(), "its id is no record's");
}

#[test]
fn many_former_ids_are_forgotten_oldest_first() {
    let mut h = with(
        Restart::on_failure()
            .intensity(u32::MAX, ms(1))
            .backoff(ms(1), ms(1)),
    );
    let first = h.start_in(h.root(), R, "daemon");
    let mut actor = first;
    let mut later = first;
    for round in 0..70 {
        h.exit(actor, KILLED);
        h.pass(ms(2));
        actor = h.comes_back();
        if round == 20 {
            later = actor;
        }
    }
    let other = h.start(h.root(), "other");
    let (gone, known) = (h.connect(other, first), h.connect(other, later));
    assert_eq!(h.refusal(other, gone).kind, FailureKind::NotFound);
    assert_eq!(connected(&h, other, known), Some(actor));
}
