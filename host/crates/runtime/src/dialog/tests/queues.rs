//! That what waits is bounded in bytes, and that no stream is held up by it for ever.

use super::pair::{CALLEE, OPENER, Pair};
use super::*;
use crate::dialog::{Overrun, Queues, ReceiveState};
use std::collections::VecDeque;
use tractor_protocol::peer::DialogKind::Call;
use tractor_protocol::peer::{MESSAGE_COST_BYTES, MessageHead, PeerMessage};
use tractor_protocol::{DialogId, Error, Frame};

/// A pair whose queues hold so many bytes, an eighth of them for each stream. Each end has queues of its own.
fn pair(queue_bytes: u64) -> Pair {
    Pair::new(DialogLimits {
        queue_bytes,
        ..Default::default()
    })
}

fn message(bytes: usize, number: u32) -> Payload {
    value(&format!("{number:0bytes$}"))
}

/// One that no format pads to its size.
fn large(bytes: usize, number: u32) -> Payload {
    value(&format!("{number}{}", "x".repeat(bytes)))
}

/// Sends as much as there is room for, and gives how many messages wait at the other end.
fn fill(pair: &mut Pair, id: DialogId, waiting: &mut VecDeque<Payload>) -> usize {
    while pair.ends[OPENER].send(id, waiting).0 > 0 {
        pair.settle();
    }
    pair.ends[CALLEE].queued_messages()
}

#[test]
fn stream_that_is_not_received_holds_its_share_of_bytes_and_one_message() {
    let mut pair = pair(80_000);
    let id = pair.open_streaming(1000, Overrun::Wait);
    let messages = Vec::from_iter((0..500).map(|number| message(100, number)));
    let mut waiting = VecDeque::from(messages.clone());
    let held = fill(&mut pair, id, &mut waiting);
    let most = 10_000 / (100 + MESSAGE_COST_BYTES as usize) + 1;
    assert_eq!(held, most, "a stream's share is 10,000 bytes");
    assert!(pair.ends[CALLEE].queues().incoming.used_bytes() <= 10_000);
    let mut got = Vec::new();
    while got.len() < messages.len() {
        got.extend(pair.receive(CALLEE, id, 7).expect("more have come"));
        let held = fill(&mut pair, id, &mut waiting);
        assert!(held <= most, "{held}");
    }
    assert_eq!(got, messages, "all, in order");
    let used = pair.ends[CALLEE].queues().incoming.used_bytes();
    assert!(used <= 10_000, "{used}");
}

#[test]
fn message_larger_than_every_room_goes_alone() {
    let mut pair = pair(8);
    let id = pair.open_streaming(100, Overrun::Wait);
    let messages = Vec::from_iter((0..20).map(|number| message(5000, number)));
    let mut waiting = VecDeque::from(messages.clone());
    for expected in messages {
        assert_eq!(fill(&mut pair, id, &mut waiting), 1, "one at a time");
        assert_eq!(pair.receive(CALLEE, id, 9), Ok(vec![expected]));
    }
    assert_eq!(pair.receive(CALLEE, id, 9), Err(ReceiveState::Empty));
}

#[test]
fn stream_goes_on_beside_others_that_took_all_the_room() {
    let mut pair = pair(8000);
    let ids = [(); 20].map(|()| pair.open_streaming(1000, Overrun::Wait));
    let mut unread = 0;
    for id in ids {
        let mut waiting = VecDeque::from_iter((0..100).map(|number| message(100, number)));
        unread = fill(&mut pair, id, &mut waiting);
    }
    // The share of eight streams, a message over it for each, and one for each of the others.
    assert!((20..=8 * 7 + 12).contains(&unread), "{unread}");
    for end in [OPENER, CALLEE] {
        pair.events(end);
    }
    let last = pair.open_streaming(1000, Overrun::Wait);
    let messages = Vec::from_iter((0..50).map(|number| message(100, number)));
    let mut waiting = VecDeque::from(messages.clone());
    let mut got = Vec::new();
    while got.len() < messages.len() {
        let held = fill(&mut pair, last, &mut waiting);
        assert_eq!(held - unread, 1, "there is no room for two");
        got.extend(pair.receive(CALLEE, last, 9).expect("one has come"));
    }
    assert_eq!(got, messages);
    for id in ids.into_iter().chain([last]) {
        pair.ends[CALLEE].finish(id, Ok(value("1")));
        pair.settle();
        pair.ends[OPENER].release(id);
    }
    pair.assert_empty();
    for end in &pair.ends {
        let queues = end.queues();
        let used = [&queues.incoming, &queues.outgoing].map(|room| room.used_bytes());
        assert_eq!(used, [0, 0], "all room is given back");
    }
}

#[test]
fn stream_into_the_void_goes_through_whatever_its_bytes() {
    let mut pair = pair(80);
    let id = pair.open_started();
    pair.ends[OPENER]
        .open_stream(id, 4, Overrun::Wait)
        .expect("once");
    pair.ends[CALLEE]
        .open_stream(id, 4, Overrun::Wait)
        .expect("once");
    pair.settle();
    pair.ends[CALLEE].abandon_stream(id);
    pair.settle();
    let mut waiting = VecDeque::from_iter((0..30).map(|number| message(1000, number)));
    assert_eq!(fill(&mut pair, id, &mut waiting), 0);
    assert!(waiting.is_empty(), "nobody reads, and nobody is held up");
}

#[test]
fn drop_oldest_keeps_its_share_of_bytes_and_the_newest() {
    let mut pair = pair(80_000);
    let id = pair.open_started();
    let opener = &mut pair.ends[OPENER];
    opener
        .open_stream(id, 1000, Overrun::DropOldest)
        .expect("once");
    pair.give(OPENER, id, (0..10).map(|n| message(3000, n)).collect());
    pair.give(OPENER, id, vec![message(30_000, 10)]);
    pair.give(OPENER, id, vec![message(3000, 11), message(3000, 12)]);
    let callee = &mut pair.ends[CALLEE];
    callee.open_stream(id, 1000, Overrun::Wait).expect("once");
    pair.settle();
    let got = pair.receive(CALLEE, id, 1000);
    assert_eq!(got, Ok(vec![message(3000, 11), message(3000, 12)]));
}

#[test]
fn arguments_that_wait_to_be_written_are_bounded_but_for_one_on_each_link() {
    let shared = Queues::new(1000);
    let limits = DialogLimits::default();
    let mut links = [1, 2].map(|_| opener_end(limits.clone()).sharing(shared.clone()));
    let mut call = |link: usize, bytes| {
        let end = &mut links[link];
        let started = end.start(Call, "f".to_owned(), message(bytes, 1), None);
        started.map(drop)
    };
    assert_eq!(call(0, 5000), Ok(()), "one there is always room for");
    let Err(Error::Failed(failures)) = call(0, 1) else {
        panic!("there is no room for a second");
    };
    assert_eq!(
        failures[0].kind,
        FailureKind::Limit("queue-bytes".to_owned())
    );
    let said = "5000 bytes wait to be sent, 1 more are too many: 1000 may";
    assert!(
        failures[0].message.contains(said),
        "{}",
        failures[0].message
    );
    assert_eq!(call(1, 10), Ok(()), "nor is another link held up by it");
    while links[0].poll_transmit().is_some() {}
    assert_eq!(shared.outgoing.used_bytes(), 10);
    drop(links);
    assert_eq!(shared.outgoing.used_bytes(), 0);
}

#[test]
fn arguments_that_wait_for_the_guest_are_bounded_but_for_one() {
    let mut pair = Pair::new(DialogLimits::default());
    let shared = Queues::new(1000);
    pair.ends[CALLEE] = callee_end(DialogLimits::default()).sharing(shared.clone());
    let call = |pair: &mut Pair, bytes| {
        let started = pair.ends[OPENER].start(Call, "f".to_owned(), message(bytes, 1), None);
        pair.settle();
        started.expect("the opener has room")
    };
    let first = call(&mut pair, 5000);
    call(&mut pair, 1);
    let [Err(Error::Failed(told))] = &pair.outcomes()[..] else {
        panic!("there is no room for a second");
    };
    let told = told[0].clone();
    assert_eq!(told.kind, FailureKind::Limit("queue-bytes".to_owned()));
    let said = "5000 bytes of arguments wait to be taken, 1 more are too many: 1000 may";
    assert!(told.message.contains(said), "{}", told.message);
    assert_eq!(
        call(&mut pair, 0).index(),
        2,
        "what has no bytes needs none"
    );
    let room = pair.ends[CALLEE].take_arguments_room(first);
    drop(room.expect("it is held until it is taken"));
    assert_eq!(shared.arguments.used_bytes(), 0);
    let next = call(&mut pair, 900);
    pair.ends[CALLEE].finish(next, Ok(message(1, 1)));
    assert_eq!(shared.arguments.used_bytes(), 0, "nobody took it");
}

#[test]
fn dialogs_that_an_actor_opens_are_counted_over_all_its_links() {
    let limits = DialogLimits {
        dialogs: 3,
        ..Default::default()
    };
    let shared = Queues::new(limits.queue_bytes);
    let mut links = [1, 2].map(|_| opener_end(limits.clone()).sharing(shared.clone()));
    let mut call = |link: usize| {
        let end = &mut links[link];
        end.start(Call, "f".to_owned(), message(1, 1), None)
            .map(drop)
    };
    assert_eq!([call(0), call(1), call(1)], [const { Ok(()) }; 3]);
    let Err(Error::Failed(failures)) = call(0) else {
        panic!("three are open");
    };
    assert_eq!(failures[0].kind, FailureKind::Limit("dialogs".to_owned()));
    assert_eq!(shared.opened.now(), 3);
    drop(links);
    assert_eq!(shared.opened.now(), 0);
}

#[test]
fn results_that_nobody_takes_become_failures() {
    let mut pair = pair(1000);
    let ids = [(); 3].map(|()| pair.open(Call));
    for id in ids {
        pair.ends[CALLEE].finish(id, Ok(message(900, 1)));
    }
    pair.settle();
    let outcomes = pair.outcomes();
    assert_eq!(outcomes[0], Ok(message(900, 1)));
    for outcome in &outcomes[1..] {
        let limit = FailureKind::Limit("queue-bytes".to_owned());
        assert!(
            matches!(outcome, Err(Error::Failed(failures)) if failures[0].kind == limit),
            "{outcome:?}"
        );
    }
    pair.assert_empty();
}

#[test]
fn more_bytes_than_credit_is_a_violation() {
    let mut pair = pair(80);
    let id = pair.open_streaming(10, Overrun::Wait);
    let head = MessageHead {
        codec: Codec::Json,
        bytes: 100,
    };
    let messages = vec![head; 2];
    let frame = Frame {
        message: PeerMessage::Yield {
            dialog: id,
            messages,
        },
        body: vec![b'1'; 200].into(),
    };
    let violation = pair.ends[CALLEE]
        .handle(frame)
        .expect_err("one may be sent");
    assert!(violation.message.contains("more stream bytes than credit"));
}

/// A callee that never ends would hold it for ever.
#[test]
fn context_that_is_overdue_and_released_holds_no_room() {
    let mut pair = pair(80_000);
    let id = pair.open_streaming(100, Overrun::Wait);
    pair.give(CALLEE, id, vec![message(100, 1), message(100, 2)]);
    pair.settle();
    pair.ends[OPENER].cancel(pair.now, id, by(&opener()), Duration::from_millis(5));
    pair.wait(5);
    let outcomes = pair.outcomes();
    assert!(matches!(outcomes.as_slice(), [Err(Error::Failed(_))]));
    assert!(pair.ends[OPENER].queues().incoming.used_bytes() > 0);
    pair.ends[OPENER].release(id);
    assert_eq!(pair.ends[OPENER].queues().incoming.used_bytes(), 0);
    pair.ends[CALLEE].finish(id, Ok(value("1")));
    pair.settle();
    pair.assert_empty();
}

#[test]
fn large_messages_are_received_a_few_at_a_time_and_each_in_order() {
    let mut pair = pair(64 << 20);
    let id = pair.open_streaming(64, Overrun::Wait);
    let messages = Vec::from_iter((0..10).map(|number| large(64 << 10, number)));
    assert_eq!(pair.send(OPENER, id, messages.clone()), (10, Ok(())));
    pair.settle();
    let mut received = Vec::new();
    while received.len() < 10 {
        let batch = pair.receive(CALLEE, id, 64).expect("there are more");
        assert!((1..=2).contains(&batch.len()), "{} at once", batch.len());
        received.extend(batch);
    }
    assert!(received == messages, "all, in order");
}

#[test]
fn message_larger_than_a_batch_is_received_by_itself() {
    let mut pair = pair(64 << 20);
    let id = pair.open_streaming(64, Overrun::Wait);
    let messages = Vec::from_iter((0..2).map(|number| large(1 << 20, number)));
    for message in messages.clone() {
        assert_eq!(pair.send(OPENER, id, vec![message]), (1, Ok(())));
        pair.settle();
    }
    for message in messages {
        let received = pair.receive(CALLEE, id, 64);
        assert!(received == Ok(vec![message]), "one, in order");
    }
}
