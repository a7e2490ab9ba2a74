//! What becomes of dialogs when their link is lost.

use super::pair::{CALLEE, OPENER, Pair};
use super::*;
use crate::dialog::{DialogEvent, Overrun, ProtocolViolation, ReceiveState};
use std::collections::VecDeque;
use tractor_protocol::Error;
use tractor_protocol::peer::DialogKind::{Call, Context};

fn gone() -> Failure {
    failure(FailureKind::ConnectionLost, &callee())
}

#[test]
fn row_053_lost_link_ends_what_we_opened_exactly_once() {
    let mut pair = Pair::new(DialogLimits::default());
    pair.open(Call);
    pair.open(Context);
    let asked = pair.open(Call);
    pair.ends[OPENER].cancel(pair.now, asked, by(&opener()), GRACE);
    pair.ends[OPENER].lost(gone());
    pair.ends[OPENER].lost(failure(FailureKind::Other, &callee()));
    pair.wait(1000);
    let expected: [Result<Payload, Error>; 3] = std::array::from_fn(|_| Err(gone().into()));
    assert_eq!(pair.outcomes(), expected);
    assert!(pair.ends[OPENER].is_idle());
    assert_eq!(pair.ends[OPENER].next_timeout(), None);
    let refused = pair.ends[OPENER].start(Call, "f".to_owned(), value("1"), None);
    assert_eq!(refused, Err(gone().into()));
}

#[test]
fn link_of_a_callee_that_was_cancelled_is_lost_as_if_it_had_said_so() {
    let cancelled = failure(
        FailureKind::ContextCancelled(by(&actor("owner"))),
        &callee(),
    );
    let mut pair = Pair::new(DialogLimits::default());
    let asked = pair.open(Call);
    pair.open(Context);
    pair.ends[OPENER].cancel(pair.now, asked, by(&opener()), GRACE);
    pair.ends[OPENER].lost(cancelled.clone());
    let own = Err(Error::Cancelled(by(&opener())));
    assert_eq!(pair.outcomes(), [own, Err(cancelled.into())]);
    assert_eq!(pair.ends[OPENER].next_timeout(), None);
}

#[test]
fn row_055_lost_link_cancels_what_the_peer_opened_until_it_is_finished() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open_streaming(4, Overrun::Wait);
    pair.give(OPENER, id, values([1]));
    pair.ends[CALLEE].lost(gone());
    let events = pair.events(CALLEE);
    let is_cancelled = events.iter().any(|event| {
        matches!(event, DialogEvent::Cancelled { dialog, cancellation, time_left }
            if *dialog == id && cancellation.reason == CancelReason::ConnectionLost
            && cancellation.canceller == opener() && *time_left == GRACE)
    });
    assert!(is_cancelled, "{events:?}");
    let callee = &mut pair.ends[CALLEE];
    let sent = callee.send(id, &mut VecDeque::from(values([1])));
    assert_eq!(sent, (0, Err(gone().into())));
    assert_eq!(callee.receive(id, 9), Ok(values([1])));
    let lost = Err(ReceiveState::Failed(gone().into()));
    assert_eq!(callee.receive(id, 9), lost);
    assert_eq!(callee.started(id, value("1")), Err(gone().into()));
    assert_eq!(callee.open_dialogs(), 1);
    callee.finish(id, Ok(value("1")));
    assert!(callee.is_idle());
}

#[test]
fn row_054_lost_link_wakes_who_waits_on_a_stream() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open_streaming(1, Overrun::Wait);
    assert_eq!(pair.send(OPENER, id, values([1, 2])), (1, Ok(())));
    assert_eq!(pair.receive(OPENER, id, 1), Err(ReceiveState::Empty));
    pair.ends[OPENER].lost(gone());
    let events = pair.events(OPENER);
    assert!(events.contains(&DialogEvent::Readable(id)), "{events:?}");
    assert!(events.contains(&DialogEvent::Writable(id)), "{events:?}");
    let lost = Err(ReceiveState::Failed(gone().into()));
    assert_eq!(pair.receive(OPENER, id, 1), lost);
    assert_eq!(pair.receive(OPENER, id, 1), lost);
    assert_eq!(pair.send(OPENER, id, values([2])), (0, Err(gone().into())));
    pair.ends[OPENER].release(id);
    assert!(pair.ends[OPENER].is_idle());
}

#[test]
fn lost_link_after_the_end_changes_nothing() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open_streaming(4, Overrun::Wait);
    pair.give(CALLEE, id, values([1]));
    pair.ends[CALLEE].finish(id, Ok(value("1")));
    pair.settle();
    assert_eq!(pair.outcomes(), [Ok(value("1"))]);
    pair.ends[OPENER].lost(gone());
    assert_eq!(pair.events(OPENER), []);
    assert_eq!(pair.receive(OPENER, id, 9), Ok(values([1])));
    assert_eq!(pair.receive(OPENER, id, 9), Err(ReceiveState::Ended));
    pair.ends[OPENER].release(id);
    assert!(pair.ends[OPENER].is_idle());
}

#[test]
fn lost_link_frees_what_is_overdue() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open(Call);
    pair.ends[OPENER].cancel(pair.now, id, by(&opener()), Duration::ZERO);
    pair.wait(0);
    assert_eq!(pair.outcomes().len(), 1);
    pair.ends[OPENER].lost(gone());
    assert_eq!(pair.events(OPENER), []);
    assert!(pair.ends[OPENER].is_idle());
}

#[test]
fn blame_names_the_peer_and_its_words_are_not_heard_any_more() {
    let mut pair = Pair::new(DialogLimits::default());
    let id = pair.open(Call);
    let violation = ProtocolViolation {
        message: "it went on after its end".to_owned(),
    };
    let failure = pair.ends[OPENER].blame(&violation);
    assert_eq!(failure.kind, FailureKind::ProtocolViolation);
    assert_eq!(
        (&failure.origin, &failure.message),
        (&callee(), &violation.message)
    );
    pair.ends[OPENER].lost(failure);
    pair.ends[CALLEE].finish(id, Ok(value("1")));
    pair.settle();
    assert_eq!(pair.outcomes().len(), 1);
}
