//! Links that are lost while both actors live.

use super::harness::Harness;
use crate::tree::{Effect, ExitStatus, TreeEvent};
use tractor_protocol::control::{Answer, FromWorker, ToWorker};
use tractor_protocol::{FailureKind, Names, Uuid};

impl Harness {
    fn unlink(&mut self, at: Uuid, peer: Uuid) {
        self.say(at, FromWorker::Unlinked { actor: peer });
    }

    fn told_of(&self, actor: Uuid, peer: Uuid) -> usize {
        let told = ToWorker::Unlinked { actor: peer };
        let sent = self.sent(actor);
        sent.into_iter().filter(|message| **message == told).count()
    }

    fn linked(&self) -> usize {
        let effects = self.effects.iter();
        effects.filter(|e| matches!(e, Effect::Link { .. })).count()
    }
}

#[test]
fn row_053_cut_link_is_told_to_both_once_both_have_said_it() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.unlink(h.root(), child);
    assert_eq!(h.told_of(h.root(), child), 0, "the child may have died");
    h.unlink(child, h.root());
    assert_eq!(h.told_of(h.root(), child), 1);
    assert_eq!(h.told_of(child, h.root()), 1);
    h.unlink(child, h.root());
    assert_eq!(
        h.told_of(child, h.root()),
        1,
        "there is no such link any more"
    );
}

#[test]
fn lost_link_of_a_dead_peer_is_told_as_its_end_alone() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.unlink(h.root(), child);
    h.exit(child, ExitStatus::Signal(9));
    let ended = h.actor_ended(h.root());
    assert_eq!(ended[0].1[0].kind, FailureKind::Killed(9));
    assert_eq!(h.told_of(h.root(), child), 0);
}

#[test]
fn cut_link_is_made_anew_for_an_owner_who_asks() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let mut spec = super::harness::spec("leaf");
    spec.grants.names = Names::default();
    let leaf = h.spawn_in(child, super::harness::N, spec).0;
    h.ready(leaf);
    h.open(leaf);
    h.unlink(child, leaf);
    h.unlink(leaf, child);
    let before = h.linked();
    // The one below is granted nothing, and does not own who is above it.
    for (asker, actor, done) in [(leaf, child, false), (child, leaf, true)] {
        let request = h.request();
        h.say(asker, FromWorker::Connect { request, actor });
        let answered = matches!(h.answer(asker, request), Some(Answer::Connected(_)));
        assert_eq!(answered, done);
    }
    assert_eq!(h.linked(), before + 1);
}

#[test]
fn unlinked_of_a_stranger_changes_nothing() {
    let mut h = Harness::new();
    let one = h.start(h.root(), "one");
    let other = h.start(h.root(), "other");
    h.unlink(one, other);
    h.unlink(other, one);
    h.unlink(one, Uuid::from_random(7));
    assert_eq!(h.told_of(one, other) + h.told_of(other, one), 0);
}

#[test]
fn row_056_malformed_message_ends_its_worker_with_a_violation() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let (starting, request) = h.spawn(h.root(), "starting");
    for actor in [starting, child] {
        let message = "the peer sent a bad frame".to_owned();
        h.event(TreeEvent::Malformed { actor, message });
        assert!(h.killed(actor));
    }
    let failure = h.refusal(h.root(), request);
    assert_eq!(failure.kind, FailureKind::ProtocolViolation);
    assert!(failure.message.contains("bad frame"), "{}", failure.message);
}

#[test]
fn malformed_message_behind_the_last_word_is_the_end_of_the_link() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.say(
        child,
        FromWorker::Ended {
            failures: Vec::new(),
        },
    );
    let message = "the peer sent a bad frame".to_owned();
    h.event(TreeEvent::Malformed {
        actor: child,
        message,
    });
    h.event(TreeEvent::Exited {
        actor: child,
        status: ExitStatus::Code(0),
        stderr: Vec::new(),
    });
    h.close(
        h.root(),
        super::harness::N,
        tractor_protocol::control::Body::Ended,
    );
    assert_eq!(h.closed(h.root()), [Vec::new()]);
}

#[test]
fn connect_before_the_peer_has_seen_the_loss_waits_for_it() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let connect = |h: &mut Harness| {
        let (asker, request) = (h.root(), h.request());
        let actor = child;
        h.say(asker, FromWorker::Connect { request, actor });
        request
    };
    h.unlink(h.root(), child);
    let request = connect(&mut h);
    assert_eq!(h.answer(h.root(), request), None);
    let before = h.linked();
    h.unlink(child, h.root());
    assert!(matches!(
        h.answer(h.root(), request),
        Some(Answer::Connected(_))
    ));
    assert_eq!(h.linked(), before + 1);
    // Or the peer has died.
    h.unlink(h.root(), child);
    let request = connect(&mut h);
    h.exit(child, ExitStatus::Signal(9));
    let refusal = h.refusal(h.root(), request);
    assert_eq!(refusal.kind, FailureKind::ConnectionLost);
}

#[test]
fn caller_that_asks_too_late_learns_that_the_connection_is_lost() {
    let mut h = Harness::new();
    let owner = h.start(h.root(), "owner");
    let mut spec = super::harness::spec("leaf");
    spec.grants.names = Names::default();
    let leaf = h.spawn_in(owner, super::harness::N, spec).0;
    h.ready(leaf);
    let failures = Vec::new();
    h.say(leaf, FromWorker::Ended { failures });
    let request = h.connect(h.root(), leaf);
    let ending = h.refusal(h.root(), request);
    assert_eq!(ending.kind, FailureKind::ConnectionLost, "{ending:?}");
    assert!(ending.message.ends_with("is ending"), "{ending:?}");
    h.exit(leaf, ExitStatus::Code(0));
    let request = h.connect(owner, leaf);
    let ended = h.refusal(owner, request);
    assert_eq!(ended.kind, FailureKind::ConnectionLost, "{ended:?}");
    assert!(ended.message.ends_with("has ended"), "{ended:?}");
}
