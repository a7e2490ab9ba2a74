//! Links that their two ends make themselves: the second listens, the first is told where.

use super::harness::Harness;
use crate::tree::{Effect, ExitStatus};
use tractor_protocol::control::{Answer, FromWorker, ToWorker};
use tractor_protocol::{FailureKind, Uuid};

const PORT: Option<u16> = Some(8080);

impl Harness {
    fn listens(&mut self, at: Uuid, peer: Uuid, port: Option<u16>) {
        self.say(at, FromWorker::Listening { actor: peer, port });
    }

    /// What `actor` was told of where `peer` listens.
    fn told_where(&self, actor: Uuid, peer: Uuid) -> Vec<Option<u16>> {
        let told = self.sent(actor).into_iter();
        told.filter_map(|message| match message {
            ToWorker::Reach { actor, port } if *actor == peer => Some(*port),
            _ => None,
        })
        .collect()
    }

    fn links_made(&self) -> usize {
        let effects = self.effects.iter();
        effects.filter(|e| matches!(e, Effect::Link { .. })).count()
    }
}

#[test]
fn first_end_is_told_where_the_second_listens_and_that_it_cannot() {
    let mut h = Harness::new();
    for port in [PORT, None] {
        let child = h.start(h.root(), "child");
        h.listens(child, h.root(), port);
        assert_eq!(h.told_where(h.root(), child), [port]);
    }
}

#[test]
fn listening_for_who_is_no_peer_is_told_to_nobody() {
    let mut h = Harness::new();
    let one = h.start(h.root(), "one");
    let other = h.start(h.root(), "other");
    h.listens(one, other, PORT);
    h.listens(one, one, PORT);
    h.listens(one, Uuid::from_random(7), PORT);
    for actor in [h.root(), one, other] {
        assert_eq!(h.told_where(actor, one), []);
    }
    assert!(!h.killed(one), "it may be late, and is no violation");
}

#[test]
fn end_that_is_given_up_is_not_told_where_to_connect() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let unlinked = |actor| FromWorker::Unlinked { actor };
    h.say(h.root(), unlinked(child));
    h.listens(child, h.root(), PORT);
    assert_eq!(h.told_where(h.root(), child), []);
    // Once the other end is given up too, both may ask anew.
    h.say(child, unlinked(h.root()));
    let (root, request, before) = (h.root(), h.request(), h.links_made());
    h.say(
        root,
        FromWorker::Connect {
            request,
            actor: child,
        },
    );
    assert!(matches!(
        h.answer(root, request),
        Some(Answer::Connected(_))
    ));
    assert_eq!(h.links_made(), before + 1);
    h.listens(child, root, PORT);
    assert_eq!(h.told_where(root, child), [PORT]);
}

#[test]
fn second_end_that_is_given_up_after_it_listened_is_told_of_the_first_one_too() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.listens(child, h.root(), PORT);
    for (at, peer) in [(child, h.root()), (h.root(), child)] {
        h.say(at, FromWorker::Unlinked { actor: peer });
    }
    for (at, peer) in [(child, h.root()), (h.root(), child)] {
        let told = ToWorker::Unlinked { actor: peer };
        assert!(h.sent(at).into_iter().any(|message| *message == told));
    }
}

#[test]
fn peer_that_dies_while_a_link_is_made_is_told_as_ended() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.exit(child, ExitStatus::Signal(9));
    // What it said before comes too late.
    h.listens(child, h.root(), PORT);
    assert_eq!(h.told_where(h.root(), child), []);
    let ended = h.actor_ended(h.root());
    assert_eq!(ended[0].1[0].kind, FailureKind::Killed(9));
}
