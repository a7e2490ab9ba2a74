use super::harness::{Harness, N};
use crate::tree::ExitStatus;
use tractor_protocol::control::Body;
use tractor_protocol::{CancelReason, FailureKind};

#[test]
fn law_3_nursery_waits_for_daemons_until_someone_cancels() {
    let mut h = Harness::new();
    let daemon = h.start(h.root(), "daemon");
    h.close(h.root(), N, Body::Ended);
    assert!(h.closed(h.root()).is_empty() && h.cancelled(daemon).is_empty());
    h.cancel_nursery(h.root(), N);
    h.end(daemon, Vec::new());
    assert_eq!(h.closed(h.root()), [vec![]]);
}

#[test]
fn row_005_failing_body_cancels_the_daemons_and_is_raised() {
    let mut h = Harness::new();
    let daemon = h.start(h.root(), "daemon");
    let failure = h.failure(1, h.root());
    h.close(h.root(), N, Body::Failed(vec![failure.clone()]));
    let (told, _) = h.cancelled(daemon).remove(0);
    assert_eq!(told.reason, CancelReason::OwnerEnded);
    assert!(h.nursery_cancelled(h.root()).is_empty());
    h.end(daemon, Vec::new());
    let closed = h.closed(h.root()).remove(0);
    assert_eq!(closed[0], failure);
    assert!(matches!(&closed[1].kind, FailureKind::Cancelled(c) if *c == told));
    assert_eq!(closed.len(), 2);
}

#[test]
fn cancelled_body_cancels_the_members_and_raises_nothing_itself() {
    let mut h = Harness::new();
    let daemon = h.start(h.root(), "daemon");
    h.close(h.root(), N, Body::Cancelled(h.cancellation()));
    assert_eq!(h.cancelled(daemon)[0].0.reason, CancelReason::OwnerEnded);
    h.end(daemon, Vec::new());
    assert_eq!(h.closed(h.root()), [vec![]]);
}

#[test]
fn row_084_failure_of_body_and_member_counts_once_in_the_members_words() {
    for body_first in [false, true] {
        let mut h = Harness::new();
        let child = h.start(h.root(), "child");
        let own = h.failure(1, child);
        let copy = own.clone().relayed_by(h.tree.root());
        assert_ne!(own, copy);
        if body_first {
            h.close(h.root(), N, Body::Failed(vec![copy]));
            h.end(child, vec![own.clone()]);
        } else {
            h.exit_after_word(child, own.clone(), |h| {
                h.close(h.root(), N, Body::Failed(vec![copy]));
            });
        }
        assert_eq!(h.closed(h.root()), [vec![own]]);
    }
}

impl Harness {
    fn exit_after_word(
        &mut self,
        child: tractor_protocol::Uuid,
        failure: tractor_protocol::Failure,
        between: impl FnOnce(&mut Self),
    ) {
        let failures = vec![failure];
        self.say(
            child,
            tractor_protocol::control::FromWorker::Ended { failures },
        );
        between(self);
        self.exit(child, ExitStatus::Code(0));
    }
}

#[test]
fn row_083_repeated_close_gets_the_same_answer() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.close(h.root(), N, Body::Ended);
    h.close(h.root(), N, Body::Ended);
    h.end(child, vec![h.failure(1, child)]);
    h.close(h.root(), N, Body::Ended);
    h.cancel_nursery(h.root(), N);
    let closed = h.closed(h.root());
    assert_eq!(closed.len(), 2);
    assert_eq!(closed[0], closed[1]);
    assert_eq!(closed[0].len(), 1);
}

#[test]
fn row_008_failures_of_nested_nurseries_stay_flat_and_count_once() {
    let mut h = Harness::new();
    let middle = h.start(h.root(), "middle");
    let leaf = h.start(middle, "leaf");
    h.end(leaf, vec![h.failure(1, leaf)]);
    h.close(middle, N, Body::Ended);
    let raised = h.closed(middle).remove(0);
    h.end(middle, raised.clone());
    h.close(h.root(), N, Body::Failed(raised.clone()));
    assert_eq!(h.closed(h.root()), [raised]);
}
