//! That nothing grows without bound, whatever the peer does.

use super::pair::{CALLEE, OPENER, Pair};
use super::*;
use crate::dialog::{DialogEvent, Overrun};
use std::collections::VecDeque;
use tractor_protocol::peer::DialogKind::Call;
use tractor_protocol::peer::{PeerMessage, Start};
use tractor_protocol::{DialogId, Error};

fn small() -> DialogLimits {
    DialogLimits {
        dialogs: 4,
        outbox_bytes: 100,
        frame_bytes: 20,
        ..Default::default()
    }
}

fn start(index: u64) -> PeerMessage {
    PeerMessage::Start(Start {
        dialog: DialogId::new(Side::First, index),
        kind: Call,
        function: "work".to_owned(),
        codec: Codec::Json,
        time_left: None,
    })
}

fn is_limit(error: &Error, name: &str) -> bool {
    matches!(error, Error::Failed(failures)
        if failures[0].kind == FailureKind::Limit(name.to_owned()))
}

#[test]
fn dialog_over_the_limit_is_an_error_at_its_opener() {
    let mut pair = Pair::new(small());
    let ids = [(); 4].map(|()| pair.open(Call));
    let refused = pair.ends[OPENER].start(Call, "f".to_owned(), value("1"), None);
    assert!(is_limit(&refused.expect_err("there are 4"), "dialogs"));
    pair.ends[CALLEE].finish(ids[2], Ok(value("1")));
    pair.settle();
    pair.events(OPENER);
    pair.open(Call);
}

#[test]
fn dialog_over_the_callees_limit_is_refused_and_the_others_go_on() {
    let mut end = callee_end(small());
    let mut other = opener_end(DialogLimits::default());
    for _ in 0..6 {
        other
            .start(Call, "f".to_owned(), value("1"), None)
            .expect("its own limit is higher");
    }
    while let Some(frame) = other.poll_transmit() {
        end.handle(frame).expect("refused, not illegal");
    }
    while let Some(frame) = end.poll_transmit() {
        other.handle(frame).expect("an answer");
    }
    let refused = std::iter::from_fn(|| other.poll_event()).filter(|event| {
        matches!(event, DialogEvent::Ended { outcome: Err(error), .. } if is_limit(error, "dialogs"))
    });
    assert_eq!(refused.count(), 2);
    assert_eq!((end.open_dialogs(), other.open_dialogs()), (4, 4));
}

#[test]
fn peer_that_opens_and_never_reads_is_refused_then_cut_off() {
    let mut end = callee_end(small());
    let mut index = 0;
    let violation = loop {
        if let Err(violation) = end.handle(start(index).into()) {
            break violation;
        }
        end.finish(DialogId::new(Side::First, index), Ok(value("1")));
        index += 1;
        assert!(index < 100, "it is never cut off");
    };
    assert_eq!(index, 8, "4 answers and 4 refusals wait: {violation}");
}

#[test]
fn flood_of_pings_leaves_one_pong() {
    let mut end = callee_end(small());
    for number in 0..1000 {
        end.handle(PeerMessage::Ping(number).into()).expect("legal");
    }
    assert_eq!(end.poll_transmit(), Some(PeerMessage::Pong(999).into()));
    assert_eq!(end.poll_transmit(), None);
}

#[test]
fn full_outbox_holds_senders_until_half_of_it_is_written() {
    for overrun in [Overrun::Wait, Overrun::DropOldest] {
        let mut pair = Pair::new(small());
        let id = pair.open_streaming(10_000, overrun);
        pair.events(OPENER);
        let [opener, callee] = &mut pair.ends;
        let mut waiting = VecDeque::from(values(100..200));
        while opener.send(id, &mut waiting).0 > 0 {}
        let held = waiting.len();
        assert_eq!(held > 80, overrun == Overrun::Wait);
        let mut events = 0;
        while let Some(frame) = opener.poll_transmit() {
            callee.handle(frame).expect("legal");
            while opener.poll_event().is_some() {
                events += 1;
                opener.send(id, &mut waiting).1.expect("it is open");
            }
        }
        assert!(waiting.is_empty());
        assert_eq!(events > 0, overrun == Overrun::Wait);
        let got = pair.receive(CALLEE, id, 1000).expect("they have come");
        assert_eq!(got, values(100..200), "{overrun:?}");
    }
}

#[test]
fn drop_oldest_keeps_order_when_the_outbox_is_between_half_and_full() {
    let mut pair = Pair::new(small());
    let id = pair.open_streaming(10_000, Overrun::DropOldest);
    let [opener, callee] = &mut pair.ends;
    for number in 0..40 {
        let sent = opener.send(id, &mut VecDeque::from(values([number])));
        assert_eq!(sent, (1, Ok(())));
        if number % 16 == 15
            && let Some(frame) = opener.poll_transmit()
        {
            callee.handle(frame).expect("legal");
        }
    }
    pair.settle();
    let got = pair.receive(CALLEE, id, 1000).expect("they have come");
    assert_eq!(got, values(0..40));
}

#[test]
fn failures_too_large_for_a_frame_lose_their_details_first() {
    let limits = DialogLimits {
        message_bytes: 4000,
        ..Default::default()
    };
    let mut pair = Pair::new(limits);
    let id = pair.open(Call);
    let failures = Vec::from_iter((0..10).map(|number| Failure {
        id: FailureId(number),
        backtrace: Some("frame\n".repeat(200)),
        value: Some(value("1")),
        ..failure(FailureKind::Returned, &callee())
    }));
    pair.ends[CALLEE].finish(id, Err(Error::Failed(failures.clone())));
    pair.settle();
    let outcomes = pair.outcomes();
    let Some(Err(Error::Failed(got))) = outcomes.first() else {
        panic!("{outcomes:?}");
    };
    assert_eq!(got.len(), 10, "none is lost");
    assert_eq!(got[0], failures[0], "the first keeps everything");
    assert_eq!((&got[9].backtrace, &got[9].value), (&None, &None));
}

#[test]
fn long_names_and_texts_do_not_fill_headers() {
    let mut pair = Pair::new(DialogLimits::default());
    let name = "f".repeat(5000);
    let refused = pair.ends[OPENER].start(Call, name, value("1"), None);
    assert!(is_limit(&refused.expect_err("too long"), "function-bytes"));
    let id = pair.open(Call);
    let wish = Cancellation {
        message: Some("ä".repeat(20 << 20)),
        ..by(&opener())
    };
    pair.ends[OPENER].cancel(pair.now, id, wish, GRACE);
    pair.settle();
    let events = pair.events(CALLEE);
    let [DialogEvent::Cancelled { cancellation, .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(cancellation.message.as_ref().map(String::len), Some(4096));
}

#[test]
fn stream_that_ended_sends_neither_credit_nor_what_was_kept() {
    let mut pair = Pair::new(small());
    let id = pair.open_streaming(10_000, Overrun::DropOldest);
    pair.give(CALLEE, id, values(0..3));
    let [opener, callee] = &mut pair.ends;
    let sent = opener.send(id, &mut VecDeque::from(values(0..16)));
    assert_eq!(sent, (16, Ok(())));
    let sent = opener.send(id, &mut VecDeque::from(values(16..40)));
    assert_eq!(sent, (24, Ok(())));
    callee.finish(id, Ok(value("1")));
    while let Some(frame) = callee.poll_transmit() {
        opener.handle(frame).expect("legal");
    }
    let mut messages = 0;
    while let Some(frame) = opener.poll_transmit() {
        match frame.message {
            PeerMessage::Yield {
                messages: heads, ..
            } => messages += heads.len(),
            other => panic!("{other:?}"),
        }
    }
    assert!(messages < 20, "{messages} are sent after the end");
    assert_eq!(opener.receive(id, 9), Ok(values(0..3)));
    assert_eq!(opener.poll_transmit(), None);
}

#[test]
fn stream_that_was_stopped_or_ended_gets_no_credit() {
    for is_ended in [false, true] {
        let mut pair = Pair::new(DialogLimits::default());
        let id = pair.open_streaming(2, Overrun::Wait);
        pair.give(CALLEE, id, values(0..2));
        if is_ended {
            pair.ends[CALLEE].finish(id, Ok(value("1")));
        } else {
            pair.ends[CALLEE].stop(id);
        }
        pair.settle();
        assert_eq!(pair.ends[OPENER].receive(id, 9), Ok(values(0..2)));
        assert_eq!(pair.ends[OPENER].poll_transmit(), None);
    }
}
