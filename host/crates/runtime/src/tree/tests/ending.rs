use super::harness::{Harness, N, ms};
use crate::tree::{ExitStatus, TreeEvent};
use tractor_protocol::control::{Body, FromWorker};
use tractor_protocol::{CancelReason, FailureId, FailureKind};

#[test]
fn row_002_two_failing_members_make_a_flat_group_in_order() {
    let mut h = Harness::new();
    let first = h.start(h.root(), "first");
    let second = h.start(h.root(), "second");
    h.close(h.root(), N, Body::Ended);
    h.end(second, vec![h.failure(2, second)]);
    h.end(first, vec![h.failure(1, first)]);
    let ids: Vec<_> = h.closed(h.root())[0].iter().map(|f| f.id.0).collect();
    assert_eq!(ids, [2, 1]);
}

#[test]
fn row_017_killed_daemon_fails_its_nursery_at_once() {
    let mut h = Harness::new();
    let daemon = h.start(h.root(), "daemon");
    let sibling = h.start(h.root(), "sibling");
    h.exit(daemon, ExitStatus::Signal(9));
    let (ended, failures) = h.actor_ended(h.root()).remove(0);
    assert_eq!(ended, daemon);
    assert_eq!(failures[0].kind, FailureKind::Killed(9));
    assert_eq!(failures[0].id, FailureId::of_end(daemon));
    let told = h.nursery_cancelled(h.root()).remove(0);
    assert_eq!(told.reason, CancelReason::SiblingFailed);
    assert_eq!(told.canceller.uuid, daemon);
    assert_eq!(h.cancelled(sibling)[0].0, told);
}

#[test]
fn exit_without_a_word_is_a_failure_by_its_status() {
    let kinds = [
        (ExitStatus::Code(0), FailureKind::Other),
        (ExitStatus::Code(101), FailureKind::Exit(101)),
        (ExitStatus::Signal(11), FailureKind::Killed(11)),
    ];
    for (status, kind) in kinds {
        let mut h = Harness::new();
        let child = h.start(h.root(), "child");
        h.close(h.root(), N, Body::Ended);
        h.exit(child, status);
        assert_eq!(h.closed(h.root())[0][0].kind, kind);
    }
}

#[test]
fn exit_after_the_last_word_adds_nothing() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.close(h.root(), N, Body::Ended);
    h.say(child, FromWorker::Ended { failures: vec![] });
    h.exit(child, ExitStatus::Signal(9));
    assert_eq!(h.closed(h.root()), [vec![]]);
    assert_eq!(h.actor_ended(h.root()), [(child, vec![])]);
}

#[test]
fn worker_that_lingers_after_its_last_word_or_its_link_is_killed() {
    for deaf in [false, true] {
        let mut h = Harness::new();
        let child = h.start(h.root(), "child");
        h.close(h.root(), N, Body::Ended);
        match deaf {
            true => h.event(TreeEvent::LinkLost { actor: child }),
            false => h.say(child, FromWorker::Ended { failures: vec![] }),
        }
        h.pass(ms(499));
        assert!(!h.killed(child));
        h.pass(ms(1));
        assert!(h.killed(child));
        h.exit(child, ExitStatus::Signal(9));
        let closed = h.closed(h.root()).remove(0);
        assert_eq!(closed.len(), usize::from(deaf), "{closed:?}");
        assert_eq!(h.tree.next_timeout(), None);
    }
}

#[test]
fn row_080_dead_middle_is_gone_only_when_its_subtree_is() {
    let mut h = Harness::new();
    let middle = h.start(h.root(), "middle");
    let leaf = h.start(middle, "leaf");
    h.close(h.root(), N, Body::Ended);
    h.exit(middle, ExitStatus::Signal(9));
    let (told, _) = h.cancelled(leaf).remove(0);
    assert_eq!(told.reason, CancelReason::OwnerEnded);
    assert_eq!(told.canceller.uuid, middle);
    assert!(h.closed(h.root()).is_empty());
    h.end(leaf, Vec::new());
    let closed = h.closed(h.root()).remove(0);
    assert_eq!(closed.len(), 1);
    assert_eq!(closed[0].kind, FailureKind::Killed(9));
}

#[test]
fn last_word_with_open_nurseries_cancels_them() {
    let mut h = Harness::new();
    let middle = h.start(h.root(), "middle");
    let leaf = h.start(middle, "leaf");
    let failures = vec![h.failure(1, middle)];
    h.say(middle, FromWorker::Ended { failures });
    assert_eq!(h.cancelled(leaf).len(), 1);
}

#[test]
fn linked_peers_are_told_at_the_end_of_the_process() {
    let mut h = Harness::new();
    let one = h.start(h.root(), "one");
    let other = h.start(h.root(), "other");
    let below = h.start(other, "below");
    let request = h.request();
    h.say(
        one,
        FromWorker::Connect {
            request,
            actor: other,
        },
    );
    h.say(other, FromWorker::Ended { failures: vec![] });
    assert!(h.actor_ended(one).is_empty());
    h.exit(other, ExitStatus::Code(0));
    assert_eq!(h.actor_ended(one), [(other, vec![])]);
    assert_eq!(h.actor_ended(below), [(other, vec![])]);
}

#[test]
fn crash_while_cancelled_is_a_failure_and_a_kill_from_outside_is_none() {
    let cases = [
        (ExitStatus::Signal(9), 0),
        (ExitStatus::Code(0), 0),
        (ExitStatus::Signal(11), 1),
        (ExitStatus::Code(2), 1),
    ];
    // The end of the link may be noticed before the end of the process, or not at all.
    for ((status, failures), link_first) in cases.into_iter().flat_map(|c| [(c, true), (c, false)])
    {
        let mut h = Harness::new();
        let child = h.start(h.root(), "child");
        h.cancel_nursery(h.root(), N);
        h.close(h.root(), N, Body::Ended);
        if link_first {
            h.event(TreeEvent::LinkLost { actor: child });
        }
        let stderr = Vec::new();
        h.event(TreeEvent::Exited {
            actor: child,
            status,
            stderr,
        });
        assert_eq!(h.closed(h.root())[0].len(), failures, "{status:?}");
    }
}

#[test]
fn failure_below_an_owner_that_was_killed_goes_to_the_next_owner() {
    let mut h = Harness::new();
    let middle = h.start(h.root(), "middle");
    let child = h.start(middle, "child");
    h.close(h.root(), N, Body::Ended);
    h.exit(middle, ExitStatus::Signal(9));
    let failure = h.failure(7, child);
    h.end(child, vec![failure]);
    let closed = h.closed(h.root()).remove(0);
    let ids: Vec<_> = closed.iter().map(|f| f.id).collect();
    assert_eq!(ids, [FailureId::of_end(middle), FailureId(7)]);
    let path: Vec<_> = closed[1].path.iter().map(|actor| actor.uuid).collect();
    assert_eq!(path, [middle]);
}
