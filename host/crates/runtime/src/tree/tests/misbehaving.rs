use super::harness::{Harness, N, ms, spec};
use crate::tree::{Effect, ExitStatus, TreeEvent};
use tractor_protocol::control::{Body, FromWorker, Level, Report};
use tractor_protocol::handshake::Hello;
use tractor_protocol::{FailureKind, NurseryId, RequestId, Uuid};

#[test]
fn law_10_illegal_message_ends_its_sender_alone_with_a_violation() {
    let bad = [
        FromWorker::Ready(Hello::OURS),
        FromWorker::OpenNursery {
            nursery: N,
            grace: None,
            restart: None,
        },
        FromWorker::CloseNursery {
            nursery: NurseryId(9),
            body: Body::Ended,
        },
        FromWorker::StartActor {
            request: RequestId(1),
            nursery: NurseryId(9),
            spec: spec("x"),
            one_shot: None,
        },
    ];
    for message in bad {
        let mut h = Harness::new();
        h.open_with(h.root(), NurseryId(2), None);
        let (bystander, _) = h.spawn_in(h.root(), NurseryId(2), spec("bystander"));
        h.ready(bystander);
        let child = h.start(h.root(), "child");
        let leaf = h.start(child, "leaf");
        h.say(child, message);
        assert!(h.killed(child) && !h.killed(bystander));
        assert_eq!(h.cancelled(leaf).len(), 1);
        assert!(h.cancelled(bystander).is_empty());
        h.exit(child, ExitStatus::Signal(9));
        h.end(leaf, Vec::new());
        h.close(h.root(), N, Body::Ended);
        let closed = h.closed(h.root()).remove(0);
        assert_eq!(closed.len(), 1);
        assert_eq!(closed[0].kind, FailureKind::ProtocolViolation);
        assert_eq!(closed[0].origin.uuid, child);
    }
}

#[test]
fn request_number_in_use_is_a_violation() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    for _ in 0..2 {
        let request = RequestId(1);
        let name = "nobody".to_owned();
        h.say(child, FromWorker::WaitFor { request, name });
    }
    assert!(h.killed(child));
}

#[test]
fn request_before_ready_is_a_violation_that_fails_the_start() {
    let mut h = Harness::new();
    let (child, request) = h.spawn(h.root(), "child");
    h.say(
        child,
        FromWorker::List {
            request: RequestId(1),
        },
    );
    let failure = h.refusal(h.root(), request);
    assert_eq!(failure.kind, FailureKind::ProtocolViolation);
}

#[test]
fn roots_illegal_message_is_logged_and_ignored() {
    let mut h = Harness::new();
    h.open(h.root());
    let logged = h.effects.iter().any(
        |e| matches!(e, Effect::Log { level: Level::Error, actor, .. } if *actor == *h.tree.root()),
    );
    assert!(logged);
    h.start(h.root(), "child");
}

#[test]
fn events_of_unknown_actors_are_late_news() {
    let mut h = Harness::new();
    let nobody = Uuid([7; 16]);
    h.say(nobody, FromWorker::Ready(Hello::OURS));
    h.event(TreeEvent::Spawned {
        actor: nobody,
        pid: 1,
    });
    h.event(TreeEvent::SpawnFailed {
        actor: nobody,
        message: String::new(),
    });
    h.exit(nobody, ExitStatus::Code(0));
    assert!(h.effects.is_empty());
}

#[test]
fn exit_before_last_words_is_taken_as_it_comes() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.close(h.root(), N, Body::Ended);
    let stderr = Vec::new();
    h.event(TreeEvent::Exited {
        actor: child,
        status: ExitStatus::Code(0),
        stderr,
    });
    let failures = vec![h.failure(1, child)];
    h.say(child, FromWorker::Ended { failures });
    assert_eq!(h.closed(h.root())[0][0].kind, FailureKind::Other);
}

#[test]
fn log_and_report_pass_through_with_their_actor() {
    let mut h = Harness::new();
    let (child, _) = h.spawn(h.root(), "child");
    h.say(
        child,
        FromWorker::Log {
            level: Level::Info,
            task: None,
            message: "hi".to_owned(),
        },
    );
    assert!(matches!(h.effects.last(), Some(Effect::Log { actor, .. }) if actor.uuid == child));
    let report = Report::default();
    h.say(child, FromWorker::Report { request: 4, report });
    assert!(matches!(
        h.effects.last(),
        Some(Effect::Report { request: 4, .. })
    ));
}

#[test]
fn nothing_is_sent_to_a_worker_after_its_last_word() {
    let mut h = Harness::new();
    let middle = h.start(h.root(), "middle");
    let leaf = h.start(middle, "leaf");
    h.say(middle, FromWorker::Ended { failures: vec![] });
    h.effects.clear();
    h.end(leaf, vec![h.failure(1, leaf)]);
    h.cancel_nursery(h.root(), N);
    h.pass(ms(2000));
    assert!(h.sent(middle).is_empty());
}
