use super::harness::{Harness, N, ms};
use crate::tree::{ActorState, ExitStatus, TreeEvent};
use tractor_protocol::control::{Answer, Body, FromWorker};
use tractor_protocol::{CancelReason, Failure, FailureKind, NurseryId, ScopeId, Uuid};

fn chain(h: &mut Harness, levels: usize) -> Vec<Uuid> {
    let mut chain = vec![h.root()];
    for level in 0..levels {
        let owner = chain[level];
        chain.push(h.start(owner, &format!("level {level}")));
    }
    chain.remove(0);
    chain
}

#[test]
fn law_6_cancel_goes_out_at_once_each_level_an_allowance_less() {
    let mut h = Harness::new();
    let actors = chain(&mut h, 3);
    h.cancel_nursery(h.root(), N);
    let told: Vec<_> = actors.iter().map(|a| h.cancelled(*a).remove(0)).collect();
    let times: Vec<_> = told.iter().map(|(_, time)| *time).collect();
    assert_eq!(times, [ms(500), ms(480), ms(460)]);
    let reasons: Vec<_> = told.iter().map(|(c, _)| c.reason).collect();
    use CancelReason::{OwnerEnded, Requested};
    assert_eq!(reasons, [Requested, OwnerEnded, OwnerEnded]);
    for (cancellation, _) in told {
        assert_eq!(cancellation.canceller.uuid, h.root());
        assert_eq!(cancellation.scope, ScopeId(0));
    }
}

#[test]
fn row_087_level_without_time_is_killed_at_once_and_depth_30_is_gone_within_grace() {
    let mut h = Harness::new();
    let actors = chain(&mut h, 30);
    h.cancel_nursery(h.root(), N);
    h.close(h.root(), N, Body::Ended);
    let killed: Vec<bool> = actors.iter().map(|a| h.killed(*a)).collect();
    assert_eq!(killed.iter().filter(|k| !**k).count(), 25);
    assert!(killed[25..].iter().all(|killed| *killed));
    h.pass(ms(520));
    for actor in actors.iter().rev() {
        assert!(h.killed(*actor));
        h.exit(*actor, ExitStatus::Signal(9));
    }
    let closed = h.closed(h.root()).remove(0);
    // Each that had time is told, though its owner did not live to tell it.
    let overdue = |failure: &&Failure| matches!(failure.kind, FailureKind::Overdue(_));
    assert_eq!(closed.iter().filter(overdue).count(), 25);
    assert_eq!(closed.len(), 25);
}

#[test]
fn grace_over_stops_then_kills_and_is_overdue() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.cancel_nursery(h.root(), N);
    h.close(h.root(), N, Body::Ended);
    h.pass(ms(499));
    assert!(!h.stopped(child));
    h.pass(ms(1));
    assert!(h.stopped(child) && !h.killed(child));
    h.pass(ms(20));
    assert!(h.killed(child));
    h.exit(child, ExitStatus::Signal(9));
    let failure = h.closed(h.root()).remove(0).remove(0);
    assert!(matches!(failure.kind, FailureKind::Overdue(c) if c.reason == CancelReason::Requested));
}

#[test]
fn overdue_failure_of_the_worker_wins_over_the_trees() {
    for after_kill in [false, true] {
        let mut h = Harness::new();
        let child = h.start(h.root(), "child");
        h.cancel_nursery(h.root(), N);
        h.close(h.root(), N, Body::Ended);
        h.pass(ms(if after_kill { 520 } else { 510 }));
        let mut failure = h.failure(9, child);
        failure.kind = FailureKind::Overdue(h.cancellation());
        h.end(child, vec![failure.clone()]);
        assert_eq!(h.closed(h.root()), [vec![failure]]);
    }
}

#[test]
fn second_cancel_shortens_and_keeps_the_first_canceller() {
    let mut h = Harness::new();
    let middle = h.start(h.root(), "middle");
    h.open_with(middle, NurseryId(2), Some(ms(400)));
    let (leaf, _) = h.spawn_in(middle, NurseryId(2), super::harness::spec("leaf"));
    h.ready(leaf);
    h.cancel_actor(middle, leaf);
    assert_eq!(h.cancelled(leaf)[0].1, ms(400));
    h.pass(ms(10));
    h.shutdown(Some(ms(100)));
    let again = h.cancelled(leaf).remove(1);
    assert_eq!(again.1, ms(80));
    assert_eq!(again.0.reason, CancelReason::Requested);
    assert_eq!(again.0.canceller.uuid, middle);
    h.shutdown(Some(ms(400)));
    assert_eq!(h.cancelled(leaf).len(), 2, "a longer time changes nothing");
}

#[test]
fn cancel_of_an_actor_that_does_not_end_in_time_says_so_and_the_nursery_counts_it_once() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let request = h.cancel_actor(h.root(), child);
    h.pass(ms(520));
    assert!(h.killed(child));
    h.exit(child, ExitStatus::Signal(9));
    let told = h.refusal(h.root(), request);
    assert!(matches!(told.kind, FailureKind::Overdue(_)), "{told:?}");
    h.close(h.root(), N, Body::Failed(vec![told.clone()]));
    assert_eq!(h.closed(h.root()), [vec![told]]);
}

#[test]
fn end_of_a_cancelled_actor_is_told_as_that_to_whoever_is_linked_with_it() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let other = h.start(h.root(), "other");
    h.connect(other, child);
    h.cancel_actor(h.root(), child);
    h.end(child, Vec::new());
    for linked in [other, h.root()] {
        let told = h.actor_ended(linked).remove(0);
        let [failure] = &*told.1 else {
            panic!("one word: {told:?}");
        };
        let FailureKind::Cancelled(cancellation) = &failure.kind else {
            panic!("{failure:?}");
        };
        assert_eq!((told.0, cancellation.canceller.uuid), (child, h.root()));
    }
}

#[test]
fn nursery_grace_is_never_more_than_its_owner_has_left() {
    let mut h = Harness::new();
    let middle = h.start(h.root(), "middle");
    h.open_with(middle, NurseryId(2), Some(ms(60_000)));
    let (leaf, _) = h.spawn_in(middle, NurseryId(2), super::harness::spec("leaf"));
    h.ready(leaf);
    h.cancel_actor(h.root(), middle);
    assert_eq!(h.cancelled(leaf)[0].1, ms(480));
}

#[test]
fn cancel_of_an_actor_is_done_when_all_below_it_is_gone() {
    let mut h = Harness::new();
    let middle = h.start(h.root(), "middle");
    let leaf = h.start(middle, "leaf");
    let request = h.cancel_actor(h.root(), middle);
    let again = h.cancel_actor(h.root(), middle);
    assert_eq!(h.cancelled(middle)[0].0.message.as_deref(), Some("enough"));
    h.end(middle, Vec::new());
    assert_eq!(h.answer(h.root(), request), None);
    h.end(leaf, Vec::new());
    assert_eq!(h.answer(h.root(), request), Some(&Answer::Done));
    assert_eq!(h.answer(h.root(), again), Some(&Answer::Done));
    let late = h.cancel_actor(h.root(), middle);
    assert_eq!(h.answer(h.root(), late), Some(&Answer::Done));
    h.close(h.root(), N, Body::Ended);
    assert_eq!(h.closed(h.root()), [vec![]]);
}

#[test]
fn row_088_cancel_by_anyone_but_the_owner_is_denied() {
    let mut h = Harness::new();
    let one = h.start(h.root(), "one");
    let other = h.start(h.root(), "other");
    let below = h.start(other, "below");
    for target in [other, below, one] {
        let request = h.cancel_actor(one, target);
        assert_eq!(h.refusal(one, request).kind, FailureKind::Denied);
        assert!(h.cancelled(target).is_empty());
    }
}

#[test]
fn nursery_opened_by_a_cancelled_actor_is_cancelled_from_the_first() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.cancel_nursery(h.root(), N);
    h.open_with(child, NurseryId(2), None);
    assert_eq!(h.nursery_cancelled(child).len(), 1);
    h.close(child, NurseryId(2), Body::Ended);
    assert_eq!(h.closed(child), [vec![]]);
}

#[test]
fn shutdown_tells_the_root_and_finishes_when_all_are_gone() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    let leaf = h.start(child, "leaf");
    h.shutdown(None);
    assert_eq!(
        h.nursery_cancelled(h.root())[0].reason,
        CancelReason::Shutdown
    );
    assert_eq!(h.cancelled(child)[0].1, ms(500));
    assert_eq!(h.cancelled(leaf)[0].0.reason, CancelReason::Shutdown);
    h.end(leaf, Vec::new());
    h.end(child, Vec::new());
    assert!(h.finished());
    h.open_with(h.root(), NurseryId(2), None);
    assert_eq!(h.nursery_cancelled(h.root()).len(), 2);
}

#[test]
fn shutdown_of_an_empty_tree_finishes_at_once() {
    let mut h = Harness::new();
    h.shutdown(None);
    assert!(h.finished());
}

#[test]
fn shutdown_now_kills_every_process_in_every_state() {
    let mut h = Harness::new();
    let serving = h.start(h.root(), "serving");
    let (starting, _) = h.spawn(h.root(), "starting");
    let ending = h.start(h.root(), "ending");
    let stopping = h.start(h.root(), "stopping");
    let lost = h.start(h.root(), "lost");
    h.cancel_actor(h.root(), stopping);
    h.pass(ms(510));
    h.say(ending, FromWorker::Ended { failures: vec![] });
    h.event(TreeEvent::LinkLost { actor: lost });
    h.event(TreeEvent::ShutdownNow);
    for actor in [serving, starting, ending, stopping, lost] {
        assert!(h.killed(actor));
        h.exit(actor, ExitStatus::Signal(9));
    }
    assert!(h.finished());
}

#[test]
fn snapshot_shows_who_is_doing_what() {
    let mut h = Harness::new();
    let child = h.start(h.root(), "child");
    h.spawn(child, "grandchild");
    h.pass(ms(100));
    let looked = h.tree.snapshot(h.now).root;
    assert_eq!(looked.children[0].actor.uuid, child);
    assert_eq!(looked.children[0].age, ms(100));
    let grandchild = &looked.children[0].children[0];
    assert_eq!(grandchild.state, ActorState::Starting);
    h.cancel_actor(h.root(), child);
    h.pass(ms(100));
    let looked = h.tree.snapshot(h.now).root;
    assert!(matches!(
        looked.children[0].state,
        ActorState::Cancelling { left, .. } if left == ms(400)
    ));
}
