//! Streams: order, credit, overrun, ends, and what a released one does.

use super::pair::{CALLEE, OPENER, Pair};
use super::*;
use crate::dialog::{DialogEvent, Overrun, ReceiveState};
use std::collections::VecDeque;
use tractor_protocol::peer::PeerMessage;
use tractor_protocol::{DialogId, Error};

fn pair() -> Pair {
    Pair::new(DialogLimits::default())
}

fn kind_of(result: Result<(), Error>) -> Option<FailureKind> {
    match result {
        Err(Error::Failed(failures)) => failures.first().map(|failure| failure.kind.clone()),
        _ => None,
    }
}

#[test]
fn row_029_ping_pong_ten_rounds() {
    let mut pair = pair();
    let id = pair.open_streaming(1, Overrun::Wait);
    for round in 0..10 {
        for (from, to) in [(OPENER, CALLEE), (CALLEE, OPENER)] {
            assert_eq!(pair.receive(to, id, 1), Err(ReceiveState::Empty));
            pair.events(to);
            assert_eq!(pair.send(from, id, values([round])), (1, Ok(())));
            assert_eq!(pair.events(to), [DialogEvent::Readable(id)]);
            assert_eq!(pair.receive(to, id, 1), Ok(values([round])));
        }
    }
}

#[test]
fn row_031_slow_reader_with_a_buffer_of_one_gets_all_in_order() {
    for (from, to) in [(OPENER, CALLEE), (CALLEE, OPENER)] {
        let mut pair = pair();
        let id = pair.open_streaming(1, Overrun::Wait);
        let mut waiting = VecDeque::from(values(0..20));
        let mut got = Vec::new();
        while got.len() < 20 {
            let (taken, result) = pair.ends[from].send(id, &mut waiting);
            assert_eq!((taken, result), (1, Ok(())));
            pair.settle();
            assert_eq!(pair.ends[to].queued_messages(), 1);
            assert_eq!(pair.ends[from].send(id, &mut waiting), (0, Ok(())));
            pair.events(from);
            got.extend(pair.receive(to, id, 5).expect("one has come"));
            let woken = pair.events(from).contains(&DialogEvent::Writable(id));
            assert_eq!(woken, !waiting.is_empty());
        }
        assert_eq!(got, values(0..20));
    }
}

#[test]
fn credit_comes_back_in_halves_of_the_buffer() {
    let mut pair = pair();
    let id = pair.open_streaming(8, Overrun::Wait);
    assert_eq!(pair.send(OPENER, id, values(0..20)), (8, Ok(())));
    assert_eq!(pair.receive(CALLEE, id, 3), Ok(values(0..3)));
    assert_eq!(pair.send(OPENER, id, values(8..20)), (0, Ok(())));
    assert_eq!(pair.receive(CALLEE, id, 1), Ok(values(3..4)));
    assert_eq!(pair.send(OPENER, id, values(8..20)), (4, Ok(())));
}

#[test]
fn credit_that_waits_to_be_written_is_merged() {
    let mut pair = pair();
    let id = pair.open_streaming(2, Overrun::Wait);
    pair.give(OPENER, id, values(0..2));
    let callee = &mut pair.ends[CALLEE];
    assert_eq!(callee.receive(id, 1), Ok(values(0..1)));
    assert_eq!(callee.receive(id, 1), Ok(values(1..2)));
    let credit = PeerMessage::Credit {
        dialog: id,
        messages: 2,
        bytes: 0,
    };
    assert_eq!(callee.poll_transmit(), Some(credit.into()));
    assert_eq!(callee.poll_transmit(), None);
}

#[test]
fn row_032_peer_that_never_opens_its_stream_holds_the_sender() {
    for (overrun, taken, kind) in [
        (Overrun::Wait, 0, None),
        (Overrun::Fail, 0, Some(FailureKind::Overrun)),
        (Overrun::DropOldest, 9, None),
    ] {
        let mut pair = pair();
        let id = pair.open_started();
        pair.ends[OPENER].open_stream(id, 4, overrun).expect("once");
        let (got, result) = pair.send(OPENER, id, values(0..9));
        assert_eq!((got, kind_of(result)), (taken, kind), "{overrun:?}");
        assert_eq!(pair.ends[CALLEE].queued_messages(), 0);
    }
}

#[test]
fn drop_oldest_keeps_the_newest_and_stops_after_them() {
    let mut pair = pair();
    let id = pair.open_started();
    let opener = &mut pair.ends[OPENER];
    opener
        .open_stream(id, 4, Overrun::DropOldest)
        .expect("once");
    pair.give(OPENER, id, values(0..9));
    pair.ends[OPENER].stop(id);
    assert_eq!(
        pair.send(OPENER, id, values(9..10)),
        (0, Err(Error::Closed))
    );
    let callee = &mut pair.ends[CALLEE];
    callee.open_stream(id, 3, Overrun::Wait).expect("once");
    pair.settle();
    let mut got = Vec::new();
    while let Ok(messages) = pair.receive(CALLEE, id, 1) {
        got.extend(messages);
    }
    assert_eq!(got, values(5..9));
    assert_eq!(pair.receive(CALLEE, id, 1), Err(ReceiveState::Ended));
}

#[test]
fn overrun_fail_sends_what_there_is_room_for() {
    let mut pair = pair();
    let id = pair.open_streaming(2, Overrun::Fail);
    let (taken, result) = pair.send(OPENER, id, values(0..3));
    assert_eq!((taken, kind_of(result)), (2, Some(FailureKind::Overrun)));
    assert_eq!(pair.receive(CALLEE, id, 9), Ok(values(0..2)));
    assert_eq!(pair.send(OPENER, id, values(2..3)), (1, Ok(())));
}

#[test]
fn row_033_stop_ends_one_direction_after_what_was_sent() {
    let mut pair = pair();
    let id = pair.open_streaming(8, Overrun::Wait);
    pair.give(OPENER, id, values(0..2));
    pair.ends[OPENER].stop(id);
    pair.ends[OPENER].stop(id);
    assert_eq!(pair.send(OPENER, id, values(2..3)), (0, Err(Error::Closed)));
    assert_eq!(pair.send(CALLEE, id, values(7..9)), (2, Ok(())));
    assert_eq!(pair.receive(CALLEE, id, 9), Ok(values(0..2)));
    for _ in 0..2 {
        assert_eq!(pair.receive(CALLEE, id, 9), Err(ReceiveState::Ended));
    }
    assert_eq!(pair.receive(OPENER, id, 9), Ok(values(7..9)));
    assert_eq!(pair.receive(OPENER, id, 9), Err(ReceiveState::Empty));
}

#[test]
fn stop_wakes_a_reader_that_waits_and_a_sender_beside_it() {
    let mut pair = pair();
    let id = pair.open_streaming(1, Overrun::Wait);
    pair.give(OPENER, id, values(0..2));
    pair.receive(CALLEE, id, 9).expect("one has come");
    pair.give(OPENER, id, values(1..3));
    pair.receive(CALLEE, id, 9).expect("one has come");
    pair.give(OPENER, id, values(2..4));
    for end in [OPENER, CALLEE] {
        pair.events(end);
    }
    pair.ends[OPENER].stop(id);
    assert_eq!(pair.events(OPENER), [DialogEvent::Writable(id)]);
    pair.settle();
    assert_eq!(pair.events(CALLEE), [], "a message still waits for it");
    pair.receive(CALLEE, id, 9).expect("one has come");
    assert_eq!(pair.receive(CALLEE, id, 9), Err(ReceiveState::Ended));
}

fn end_with_two_queued(result: Result<Payload, Error>) -> (Pair, DialogId) {
    let mut pair = pair();
    let id = pair.open_streaming(8, Overrun::Wait);
    pair.give(CALLEE, id, values(0..2));
    pair.ends[CALLEE].finish(id, result);
    pair.settle();
    (pair, id)
}

#[test]
fn row_024_end_with_a_value_comes_after_queued_messages_and_stays() {
    let (mut pair, id) = end_with_two_queued(Ok(value("1")));
    assert_eq!(pair.outcomes(), [Ok(value("1"))]);
    assert_eq!(pair.receive(OPENER, id, 1), Ok(values(0..1)));
    assert_eq!(pair.receive(OPENER, id, 9), Ok(values(1..2)));
    for _ in 0..2 {
        assert_eq!(pair.receive(OPENER, id, 9), Err(ReceiveState::Ended));
    }
    assert_eq!(pair.send(OPENER, id, values(0..1)), (0, Err(Error::Closed)));
    let again = pair.ends[OPENER].open_stream(id, 1, Overrun::Wait);
    assert_eq!(again, Err(Error::Closed));
    assert_eq!(pair.ends[OPENER].open_dialogs(), 0);
    pair.ends[OPENER].release(id);
    pair.assert_empty();
}

#[test]
fn failure_comes_after_queued_messages_and_stays() {
    let failed = Error::from(failure(FailureKind::Returned, &callee()));
    let (mut pair, id) = end_with_two_queued(Err(failed.clone()));
    assert_eq!(pair.receive(OPENER, id, 9), Ok(values(0..2)));
    for _ in 0..2 {
        let state = ReceiveState::Failed(failed.clone());
        assert_eq!(pair.receive(OPENER, id, 9), Err(state));
    }
    assert_eq!(pair.send(OPENER, id, values(0..1)), (0, Err(failed)));
    pair.ends[OPENER].release(id);
    pair.assert_empty();
}

#[test]
fn stop_before_a_failure_stays_a_stop() {
    let mut pair = pair();
    let id = pair.open_streaming(8, Overrun::Wait);
    pair.ends[CALLEE].stop(id);
    pair.ends[CALLEE].finish(id, Err(Error::Closed));
    pair.settle();
    assert_eq!(pair.receive(OPENER, id, 9), Err(ReceiveState::Ended));
}

#[test]
fn stop_after_the_dialog_fell_due_does_not_hide_that() {
    let mut pair = pair();
    let id = pair.open_streaming(8, Overrun::Wait);
    pair.ends[OPENER].cancel(pair.now, id, by(&opener()), GRACE);
    pair.wait(500);
    let overdue = pair.receive(OPENER, id, 9);
    assert!(matches!(overdue, Err(ReceiveState::Failed(_))));
    pair.ends[CALLEE].stop(id);
    pair.settle();
    assert_eq!(pair.receive(OPENER, id, 9), overdue);
}

#[test]
fn row_049_last_message_of_a_cancelled_callee_is_received() {
    let mut pair = pair();
    let id = pair.open_streaming(8, Overrun::Wait);
    pair.ends[OPENER].cancel(pair.now, id, by(&opener()), GRACE);
    pair.settle();
    assert_eq!(pair.send(CALLEE, id, values([7])), (1, Ok(())));
    pair.ends[CALLEE].finish(id, Err(by(&opener()).into()));
    pair.settle();
    assert_eq!(pair.outcomes(), [Err(by(&opener()).into())]);
    assert_eq!(pair.receive(OPENER, id, 9), Ok(values([7])));
    let own = ReceiveState::Failed(by(&opener()).into());
    assert_eq!(pair.receive(OPENER, id, 9), Err(own));
    pair.ends[OPENER].release(id);
    pair.assert_empty();
}

#[test]
fn open_stream_after_our_own_cancel_is_cancelled() {
    let mut pair = pair();
    let id = pair.open_started();
    pair.ends[OPENER].cancel(pair.now, id, by(&opener()), GRACE);
    let refused = pair.ends[OPENER].open_stream(id, 1, Overrun::Wait);
    assert_eq!(refused, Err(by(&opener()).into()));
}

#[test]
fn open_stream_a_second_time_is_closed() {
    let mut pair = pair();
    let id = pair.open_streaming(1, Overrun::Wait);
    for end in &mut pair.ends {
        assert_eq!(end.open_stream(id, 1, Overrun::Wait), Err(Error::Closed));
        end.stop(id);
        assert_eq!(end.open_stream(id, 1, Overrun::Wait), Err(Error::Closed));
    }
}

#[test]
fn stream_that_is_not_open_neither_sends_nor_receives() {
    let mut pair = pair();
    let id = pair.open_started();
    let (taken, result) = pair.send(OPENER, id, values([1]));
    assert_eq!((taken, kind_of(result)), (0, Some(FailureKind::Misuse)));
    let received = pair.receive(OPENER, id, 1);
    assert!(matches!(
        received,
        Err(ReceiveState::Failed(Error::Failed(_)))
    ));
    let unknown = DialogId(888);
    assert_eq!(
        pair.send(OPENER, unknown, values([1])),
        (0, Err(Error::Closed))
    );
    let closed = ReceiveState::Failed(Error::Closed);
    assert_eq!(pair.receive(OPENER, unknown, 1), Err(closed));
}

#[test]
fn row_025_release_lets_a_callee_through_that_goes_on_sending() {
    for is_open in [false, true] {
        let mut pair = pair();
        let id = pair.open_started();
        if is_open {
            let opener = &mut pair.ends[OPENER];
            opener.open_stream(id, 2, Overrun::Wait).expect("once");
        }
        let callee = &mut pair.ends[CALLEE];
        callee.open_stream(id, 2, Overrun::Wait).expect("once");
        let mut waiting = VecDeque::from(values(0..500));
        callee.send(id, &mut waiting).1.expect("it is open");
        pair.settle();
        pair.ends[OPENER].release(id);
        for _ in 0..500 {
            pair.settle();
            let (_, result) = pair.ends[CALLEE].send(id, &mut waiting);
            assert_eq!(result, Ok(()));
        }
        assert!(waiting.is_empty());
        assert_eq!(pair.receive(CALLEE, id, 1), Err(ReceiveState::Ended));
        assert_eq!(pair.ends[OPENER].queued_messages(), 0);
        pair.ends[CALLEE].finish(id, Ok(value("1")));
        pair.settle();
        assert_eq!(pair.outcomes(), [Ok(value("1"))]);
        pair.assert_empty();
    }
}

#[test]
fn batch_is_split_by_bytes_and_large_messages_go_alone() {
    let limits = DialogLimits {
        frame_bytes: 40,
        message_bytes: 100,
        ..Default::default()
    };
    let mut pair = Pair::new(limits);
    let id = pair.open_streaming(100, Overrun::Wait);
    let sizes = [10, 10, 10, 90, 1, 0];
    let messages = sizes.map(|size| value(&"x".repeat(size)));
    let mut waiting = VecDeque::from(messages.to_vec());
    assert_eq!(pair.ends[OPENER].send(id, &mut waiting), (6, Ok(())));
    let mut bodies = Vec::new();
    while let Some(frame) = pair.ends[OPENER].poll_transmit() {
        bodies.push(frame.body.len());
        pair.ends[CALLEE].handle(frame).expect("it is legal");
    }
    assert_eq!(bodies, [20, 10, 90, 1]);
    assert_eq!(pair.receive(CALLEE, id, 9), Ok(messages.to_vec()));
}

#[test]
fn message_too_large_fails_alone_after_those_before_it() {
    let limits = DialogLimits {
        message_bytes: 5,
        ..Default::default()
    };
    for overrun in [Overrun::Wait, Overrun::Fail, Overrun::DropOldest] {
        let mut pair = Pair::new(limits.clone());
        let id = pair.open_streaming(8, overrun);
        let messages = ["1", "2", "too large", "3"].map(value);
        let mut waiting = VecDeque::from(messages.to_vec());
        let (taken, result) = pair.ends[OPENER].send(id, &mut waiting);
        let limit = FailureKind::Limit("message-bytes".to_owned());
        assert_eq!((taken, kind_of(result)), (2, Some(limit)));
        assert_eq!(waiting, &messages[2..]);
        pair.settle();
        assert_eq!(pair.receive(CALLEE, id, 9), Ok(messages[..2].to_vec()));
    }
}

#[test]
fn stream_that_is_dropped_holds_up_nobody() {
    for (holder, other) in [(OPENER, CALLEE), (CALLEE, OPENER)] {
        let mut pair = pair();
        let id = pair.open_streaming(1, Overrun::Wait);
        assert_eq!(pair.send(other, id, values([0])).0, 1);
        pair.ends[holder].abandon_stream(id);
        pair.settle();
        let mut rest = VecDeque::from(values(1..200));
        while !rest.is_empty() {
            let (taken, result) = pair.ends[other].send(id, &mut rest);
            assert_eq!((taken > 0, result), (true, Ok(())));
            pair.settle();
        }
        assert_eq!(pair.receive(other, id, 1), Err(ReceiveState::Ended));
    }
}
