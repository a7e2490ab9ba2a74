use super::harness::{Harness, N, ms, spec};
use crate::tree::{Effect, ExitStatus, TreeConfig, TreeEvent};
use tractor_protocol::control::{Answer, Body, FromWorker, ToWorker};
use tractor_protocol::{Access, Directory, Error, FailureId, FailureKind, Limits, NurseryId};

#[test]
fn start_of_ready_actor_is_answered_after_its_link() {
    let mut h = Harness::new();
    let (child, request) = h.spawn(h.root(), "child");
    h.ready(child);
    let tail = &h.effects[h.effects.len() - 2..];
    assert!(
        matches!(tail[0], Effect::Link { first, second } if first == h.root() && second == child)
    );
    assert!(matches!(&tail[1], Effect::Send { .. }));
    let Some(Answer::Started(id)) = h.answer(h.root(), request) else {
        panic!("not started");
    };
    assert_eq!((id.uuid, id.pid, id.name.as_str()), (child, 7, "child"));
}

#[test]
fn row_015_start_of_unknown_component_fails_naming_what_exists() {
    let mut h = Harness::new();
    let mut wanted = spec("x");
    wanted.component = "c".to_owned();
    let request = h.ask_start(h.root(), N, wanted);
    let failure = h.refusal(h.root(), request);
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.message.contains("`a`, `b`"), "{}", failure.message);
}

#[test]
fn start_of_self_starts_the_owners_component() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let mut wanted = spec("again");
    wanted.component = "self".to_owned();
    wanted.grants.components.clear();
    h.ask_start(child, N, wanted.clone());
    assert_eq!(h.last_spawn().component, "a");
    let request = h.ask_start(h.root(), N, wanted);
    assert_eq!(h.refusal(h.root(), request).kind, FailureKind::NotFound);
}

#[test]
fn actor_without_a_name_is_named_as_its_component() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "");
    let mut again = spec("");
    again.component = "self".to_owned();
    h.ask_start(child, N, again);
    assert_eq!(h.last_spawn().actor.name, "a");
}

#[test]
fn row_016_death_before_ready_fails_the_start_and_the_nursery_once() {
    let mut h = Harness::new();
    let sibling = h.start(h.root(), "sibling");
    let (child, request) = h.spawn(h.root(), "child");
    h.exit(child, ExitStatus::Code(3));
    let failure = h.refusal(h.root(), request);
    assert_eq!(failure.kind, FailureKind::Exit(3));
    assert_eq!(failure.id, FailureId::of_end(child));
    assert!(failure.message.contains("oh no"), "{}", failure.message);
    assert_eq!(h.cancelled(sibling).len(), 1);
    h.close(h.root(), N, Body::Failed(vec![failure]));
    h.end(sibling, Vec::new());
    let closed = h.closed(h.root());
    assert_eq!(closed.len(), 1);
    assert_eq!(closed[0].len(), 2);
    assert!(closed[0][1].is_cancelled());
}

#[test]
fn row_016_start_that_cannot_spawn_or_ends_or_dawdles_fails() {
    for way in 0..3 {
        let mut h = Harness::new();
        let (child, request) = h.spawn(h.root(), "child");
        match way {
            0 => h.event(TreeEvent::SpawnFailed {
                actor: child,
                message: "no memory".to_owned(),
            }),
            1 => h.end(child, Vec::new()),
            _ => h.pass(ms(60_000)),
        }
        assert_eq!(h.refusal(h.root(), request).id, FailureId::of_end(child));
        assert_eq!(h.killed(child), way == 2);
        assert_eq!(h.nursery_cancelled(h.root()).len(), 1, "way {way}");
    }
}

#[test]
fn row_051_cancel_while_starting_kills_at_once_and_fails_the_start_as_cancelled() {
    let mut h = Harness::new();
    let request = h.ask_start(h.root(), N, spec("child"));
    let child = h.last_spawn().actor.uuid;
    h.cancel_nursery(h.root(), N);
    assert!(matches!(
        h.answer(h.root(), request),
        Some(Answer::Failed(Error::Cancelled(_)))
    ));
    h.effects.clear();
    h.event(TreeEvent::Spawned {
        actor: child,
        pid: 7,
    });
    assert!(
        h.killed(child),
        "the kill comes again once there is a process"
    );
    h.exit(child, ExitStatus::Signal(9));
    h.close(h.root(), N, Body::Ended);
    assert_eq!(h.closed(h.root()), [vec![]]);
}

#[test]
fn row_081_withdrawn_start_is_undone_without_a_failure() {
    for ready in [false, true] {
        let mut h = Harness::new();
        let (child, request) = h.spawn(h.root(), "child");
        if ready {
            h.ready(child);
        }
        h.effects.clear();
        h.say(h.root(), FromWorker::Withdraw { request });
        assert_eq!(h.killed(child), !ready);
        assert_eq!(h.cancelled(child).len(), usize::from(ready));
        assert!(h.answer(h.root(), request).is_none());
        h.exit(child, ExitStatus::Signal(9));
        h.close(h.root(), N, Body::Ended);
        assert_eq!(h.closed(h.root()), [vec![]]);
    }
}

#[test]
fn start_in_cancelled_or_closing_nursery_is_refused() {
    let mut h = Harness::new();
    h.start(h.root(), "child");
    h.close(h.root(), N, Body::Ended);
    let request = h.ask_start(h.root(), N, spec("late"));
    let refused = h.answer(h.root(), request);
    assert_eq!(refused, Some(&Answer::Failed(Error::Closed)));
    h.open_with(h.root(), NurseryId(2), None);
    h.cancel_nursery(h.root(), NurseryId(2));
    let request = h.ask_start(h.root(), NurseryId(2), spec("late"));
    assert!(matches!(
        h.answer(h.root(), request),
        Some(Answer::Failed(Error::Cancelled(_)))
    ));
}

#[test]
fn row_088_start_beyond_the_owners_grants_or_limits_is_denied_by_name() {
    let mut h = Harness::new();
    let mut narrow = spec("narrow");
    narrow.grants.components = vec!["a".to_owned()];
    narrow.grants.names.list = false;
    narrow.limits.memory_bytes = Some(1000);
    let (owner, _) = h.spawn_in(h.root(), N, narrow.clone());
    h.ready(owner);
    h.open(owner);
    let mut wishes = vec![(narrow.clone(), "`b`"); 4];
    wishes[0].0.component = "b".to_owned();
    wishes[1].0.grants.names.list = true;
    wishes[1].1 = "names.list";
    wishes[2].0.limits.memory_bytes = Some(1001);
    wishes[2].1 = "1001 is asked for, and the owner can give 1000";
    wishes[3].0.grants.directories.push(Directory {
        source: "/etc".to_owned(),
        target: "/etc".to_owned(),
        access: Access::Read,
    });
    wishes[3].1 = "`/etc`";
    for (wish, named) in wishes {
        let request = h.ask_start(owner, N, wish);
        let failure = h.refusal(owner, request);
        assert_eq!(failure.kind, FailureKind::Denied);
        assert!(failure.message.contains(named), "{}", failure.message);
    }
}

#[test]
fn limits_on_number_and_depth_hold_for_all_above() {
    let limits = Limits {
        actors: Some(3),
        depth: Some(2),
        ..Limits::default()
    };
    let mut h = Harness::with(TreeConfig {
        limits,
        ..TreeConfig::permissive(["a".to_owned()])
    });
    let child = h.start(h.root(), "child");
    let grandchild = h.start(child, "grandchild");
    let request = h.ask_start(grandchild, N, spec("too deep"));
    assert!(h.refusal(grandchild, request).message.contains("depth"));
    h.start(child, "third");
    let request = h.ask_start(child, N, spec("fourth"));
    let failure = h.refusal(child, request);
    assert!(
        failure.message.contains("`root` has 3 of 3"),
        "{}",
        failure.message
    );
    h.end(grandchild, Vec::new());
    h.start(child, "third again");
}

#[test]
fn terminal_belongs_to_the_named_component_started_by_the_root() {
    let mut h = Harness::with(TreeConfig {
        terminal_component: Some("a".to_owned()),
        ..TreeConfig::permissive(["a".to_owned()])
    });
    let main = h.start(h.root(), "main");
    assert!(h.last_spawn().terminal);
    h.start(main, "helper");
    assert!(!h.last_spawn().terminal);
}

#[test]
fn ready_of_another_version_ends_the_worker() {
    let mut h = Harness::new();
    let (child, request) = h.spawn(h.root(), "child");
    let mut hello = tractor_protocol::handshake::Hello::OURS;
    hello.versions.oldest = u16::MAX;
    hello.versions.newest = u16::MAX;
    h.say(child, FromWorker::Ready(hello));
    assert_eq!(
        h.refusal(h.root(), request).kind,
        FailureKind::ProtocolViolation
    );
    assert!(h.killed(child));
    assert!(
        !h.sent(h.root())
            .iter()
            .any(|m| matches!(m, ToWorker::Link { .. }))
    );
}

#[test]
fn start_is_answered_with_the_process_id_though_the_worker_was_faster() {
    let mut h = Harness::new();
    let request = h.ask_start(h.root(), N, spec("child"));
    let child = h.last_spawn().actor.uuid;
    h.ready(child);
    assert_eq!(h.answer(h.root(), request), None);
    h.event(TreeEvent::Spawned {
        actor: child,
        pid: 7,
    });
    match h.answer(h.root(), request) {
        Some(Answer::Started(id)) => assert_eq!((id.uuid, id.pid), (child, 7)),
        other => panic!("{other:?}"),
    }
}
