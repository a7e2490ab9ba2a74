//! What people see: actors that run, what they wait for, and those that ended.

use super::harness::{Harness, N, ms};
use crate::tree::{EndedActor, ExitStatus, Wait};
use tractor_protocol::control::FromWorker;
use tractor_protocol::{CancelReason, FailureKind};

impl Harness {
    fn ended(&self) -> Vec<EndedActor> {
        self.tree.snapshot(self.now).ended
    }
}

#[test]
fn ended_actor_is_remembered_with_its_failure_and_owners() {
    let mut h = Harness::new();
    let main = h.start(h.root(), "main");
    let child = h.start(main, "child");
    h.pass(ms(30));
    h.exit(child, ExitStatus::Signal(9));
    h.pass(ms(7));
    let [ended] = &h.ended()[..] else {
        panic!("{:?}", h.ended());
    };
    assert_eq!(
        (ended.actor.uuid, ended.lived, ended.ago),
        (child, ms(30), ms(7))
    );
    assert_eq!(ended.failures[0].kind, FailureKind::Killed(9));
    let owners: Vec<_> = ended.owners.iter().map(|owner| owner.uuid).collect();
    assert_eq!(owners, [main, h.root()]);
}

#[test]
fn ended_actor_is_remembered_with_who_cancelled_it() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.cancel_actor(h.root(), child);
    assert!(h.ended().is_empty());
    h.end(child, Vec::new());
    let ended = h.ended().remove(0);
    let cancellation = ended.cancellation.expect("it was cancelled");
    assert_eq!(cancellation.reason, CancelReason::Requested);
    assert_eq!(cancellation.canceller.uuid, h.root());
    assert!(ended.failures.is_empty());
}

#[test]
fn ended_actors_are_remembered_up_to_a_bound_the_last_ones() {
    let mut h = Harness::new();
    for _ in 0..300 {
        let child = h.start(h.root(), "child");
        h.end(child, Vec::new());
    }
    let last = h.start(h.root(), "last");
    h.end(last, Vec::new());
    let ended = h.ended();
    assert_eq!(ended.len(), 256);
    assert_eq!(ended[255].actor.uuid, last);
}

#[test]
fn failures_of_an_ended_actor_are_kept_in_brief() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let mut failures: Vec<_> = (0..9).map(|id| h.failure(id, child)).collect();
    failures[0].message = "x".repeat(1 << 20);
    failures[0].backtrace = Some("é".repeat(1 << 20));
    h.end(child, failures);
    let ended = h.ended().remove(0);
    assert_eq!((ended.failures.len(), ended.more_failures), (4, 5));
    let first = &ended.failures[0];
    assert!(first.message.len() <= 1024);
    assert!(
        first
            .backtrace
            .as_ref()
            .is_some_and(|text| text.len() <= 2048)
    );
}

#[test]
fn snapshot_says_what_an_actor_waits_for() {
    let mut h = Harness::new();
    let main = h.start(h.root(), "main");
    let waits = |h: &Harness| {
        let root = h.tree.snapshot(h.now).root;
        root.children[0].waits.clone()
    };
    assert_eq!(waits(&h), []);
    let (child, _) = h.spawn_in(main, N, super::harness::spec("child"));
    let starting = waits(&h);
    assert!(matches!(&starting[..], [Wait::Start(id)] if id.uuid == child));
    h.ready(child);
    assert_eq!(waits(&h), [], "it is started");
    h.cancel_actor(main, child);
    assert!(matches!(&waits(&h)[..], [Wait::End(id)] if id.uuid == child));
    let (request, name) = (h.request(), "nobody".to_owned());
    h.say(main, FromWorker::WaitFor { request, name });
    assert_eq!(waits(&h)[1], Wait::Name("nobody".to_owned()));
}
