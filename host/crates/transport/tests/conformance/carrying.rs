//! Frames cross every transport whole, in order and within bounds.

use super::making::{LIMIT_BYTES, Note, Transport, body, next, push, spawn};
use super::on_every_transport;
use crate::{Files, HIGH_WATER_BYTES, Lanes, ReceiveError, Receiver, SendError, Sender};
use bytes::Bytes;
use std::time::Duration;
use tractor_protocol::FrameError;

on_every_transport!([
    ten_thousand_frames_arrive_in_order,
    frames_of_both_directions_arrive_at_once,
    messages_of_every_size_arrive_whole,
    slow_reader_slows_its_writer_and_loses_nothing,
    end_that_has_said_all_still_receives,
    end_between_frames_is_none_and_stays_so,
    frame_over_the_limit_is_refused_by_both_ends,
    malformed_frame_ends_the_link_with_an_error,
    receive_that_is_cut_short_takes_nothing,
    link_that_is_lost_stays_lost_and_another_knows_nothing_of_it,
    files_are_refused_where_none_can_be_carried,
    sender_is_told_that_its_peer_is_gone,
]);

async fn ten_thousand_frames_arrive_in_order(transport: Transport) {
    let ((sender, _other), (_back, mut receiver)) = transport.ends().await;
    let driver = spawn(sender.drive());
    let pushing = async {
        for number in 0..10_000 {
            sender.room().await.unwrap();
            push(&sender, number);
            if number % 97 == 0 {
                tokio::task::yield_now().await;
            }
        }
        drop(sender);
    };
    let receiving = async {
        for expected in 0..10_000 {
            assert_eq!(next(&mut receiver).await, Some(expected));
        }
        assert_eq!(next(&mut receiver).await, None);
    };
    tokio::join!(pushing, receiving);
    driver.await.unwrap().unwrap();
}

async fn frames_of_both_directions_arrive_at_once(transport: Transport) {
    let ((one, mut two_in), (two, mut one_in)) = transport.ends().await;
    let drivers = [spawn(one.drive()), spawn(two.drive())];
    let push = |sender: Sender<Note>| async move {
        for number in 0..50 {
            sender.room().await.unwrap();
            sender.push(&Note::Plain(number), &body(50_000)).unwrap();
        }
    };
    let take = async |receiver: &mut Receiver<Note>| {
        for number in 0..50 {
            assert_eq!(next(receiver).await, Some(number));
        }
    };
    tokio::join!(push(one), push(two), take(&mut one_in), take(&mut two_in));
    for driver in drivers {
        driver.await.unwrap().unwrap();
    }
}

async fn messages_of_every_size_arrive_whole(transport: Transport) {
    let sizes = [
        0, 1, 4096, 4097, 16384, 16385, 65536, 7, 300_001, 5_000_000, 3,
    ];
    let ((sender, _other), (_back, mut receiver)) = transport.ends().await;
    let driver = spawn(sender.drive());
    for size in sizes {
        sender.push(&Note::Plain(7), &body(size)).unwrap();
    }
    drop(sender);
    for size in sizes {
        let received = receiver.receive().await.unwrap().unwrap();
        assert!(received.frame.body == body(size), "body of {size} bytes");
    }
    assert_eq!(next(&mut receiver).await, None);
    driver.await.unwrap().unwrap();
}

async fn slow_reader_slows_its_writer_and_loses_nothing(transport: Transport) {
    // Far more than any transport has under way by itself.
    const MOST: u32 = 1000;
    let ((sender, _other), (_back, mut receiver)) = transport.ends().await;
    let driver = spawn(sender.drive());
    let mut pushed = 0;
    while tokio::time::timeout(Duration::from_millis(300), sender.room())
        .await
        .is_ok()
    {
        sender.push(&Note::Plain(pushed), &body(64 << 10)).unwrap();
        pushed += 1;
        assert!(pushed < MOST, "the writer is never slowed");
    }
    assert!(sender.queued_bytes() < HIGH_WATER_BYTES + (65 << 10));
    drop(sender);
    for expected in 0..pushed {
        assert_eq!(next(&mut receiver).await, Some(expected));
    }
    assert_eq!(next(&mut receiver).await, None);
    driver.await.unwrap().unwrap();
}

async fn end_that_has_said_all_still_receives(transport: Transport) {
    let ((sender, mut answers), (back, mut receiver)) = transport.ends().await;
    let drivers = [spawn(sender.drive()), spawn(back.drive())];
    push(&sender, 1);
    drop(sender);
    assert_eq!(next(&mut receiver).await, Some(1));
    assert_eq!(next(&mut receiver).await, None);
    for number in 0..100 {
        back.push(&Note::Plain(number), &body(10_000)).unwrap();
    }
    drop(back);
    for number in 0..100 {
        assert_eq!(next(&mut answers).await, Some(number));
    }
    assert_eq!(next(&mut answers).await, None);
    for driver in drivers {
        driver.await.unwrap().unwrap();
    }
}

async fn end_between_frames_is_none_and_stays_so(transport: Transport) {
    let ((sender, other), (_back, mut receiver)) = transport.ends().await;
    let driver = spawn(sender.drive());
    push(&sender, 1);
    drop((sender, other));
    assert_eq!(next(&mut receiver).await, Some(1));
    assert_eq!(next(&mut receiver).await, None);
    assert_eq!(next(&mut receiver).await, None);
    driver.await.unwrap().unwrap();
}

async fn frame_over_the_limit_is_refused_by_both_ends(transport: Transport) {
    let (first, second) = transport.links_with_limits(LIMIT_BYTES, 1000).await;
    let (sender, _other): (Sender<Note>, Receiver<Note>) = first.split();
    let (back, mut receiver): (Sender<Note>, Receiver<Note>) = second.split();
    let refused = back.push(&Note::Plain(1), &body(1001)).unwrap_err();
    assert!(
        matches!(refused, SendError::Frame(FrameError::TooLarge { .. })),
        "{refused:?}"
    );
    let driver = spawn(sender.drive());
    push(&sender, 1);
    sender.push(&Note::Plain(2), &body(10 << 20)).unwrap();
    assert_eq!(next(&mut receiver).await, Some(1));
    let refused = receiver.receive().await.unwrap_err();
    assert!(
        matches!(
            refused,
            ReceiveError::Frame(FrameError::TooLarge {
                limit_bytes: 1000,
                ..
            })
        ),
        "{refused:?}"
    );
    let again = receiver.receive().await.unwrap_err();
    assert!(matches!(again, ReceiveError::Failed), "{again:?}");
    driver.abort();
}

/// Serializes to nothing, so that a frame holds just what the body says.
#[derive(serde::Serialize)]
struct Raw;

impl Files for Raw {}

impl Lanes for Raw {}

async fn malformed_frame_ends_the_link_with_an_error(transport: Transport) {
    let (first, second) = transport.links().await;
    let (sender, _other): (Sender<Raw>, Receiver<Note>) = first.split();
    let (_back, mut receiver): (Sender<Note>, Receiver<Note>) = second.split();
    sender.push(&Raw, &Bytes::from_static(b"\xffjunk")).unwrap();
    sender.flush().await.unwrap();
    let error = receiver.receive().await.unwrap_err();
    assert!(
        matches!(error, ReceiveError::Frame(FrameError::Malformed(_))),
        "{error:?}"
    );
}

async fn receive_that_is_cut_short_takes_nothing(transport: Transport) {
    let ((sender, _other), (_back, mut receiver)) = transport.ends().await;
    let driver = spawn(sender.drive());
    for number in 0..20 {
        sender.push(&Note::Plain(number), &body(200_000)).unwrap();
    }
    let mut received = 0;
    while received < 20 {
        // Given one poll at a time.
        tokio::select! {
            biased;
            got = receiver.receive() => {
                let frame = got.unwrap().unwrap().frame;
                assert_eq!(frame.message, Note::Plain(received));
                assert!(frame.body == body(200_000));
                received += 1;
            }
            () = tokio::task::yield_now() => {}
        }
    }
    drop(sender);
    driver.await.unwrap().unwrap();
}

async fn link_that_is_lost_stays_lost_and_another_knows_nothing_of_it(transport: Transport) {
    let ((sender, mut receiver), theirs) = transport.ends().await;
    push(&sender, 1);
    drop(theirs);
    // Its end or a cut, by what the transport can tell.
    let _ = receiver.receive().await;
    let again = receiver.receive().await;
    assert!(!matches!(again, Ok(Some(_))), "{again:?}");
    let ((sender, _other), (_back, mut receiver)) = transport.ends().await;
    let driver = spawn(sender.drive());
    push(&sender, 2);
    assert_eq!(next(&mut receiver).await, Some(2));
    drop(sender);
    driver.await.unwrap().unwrap();
}

async fn files_are_refused_where_none_can_be_carried(transport: Transport) {
    use tractor_protocol::control::{Carrier, ToWorker};
    use tractor_protocol::{ActorId, Side, Uuid};
    let (first, _second) = transport.links().await;
    let carries = matches!(first.transport(), "socket" | "memory");
    let (sender, _other): (Sender<ToWorker>, Receiver<Note>) = first.split();
    let peer = ActorId {
        name: "a".into(),
        uuid: Uuid::from_random(1),
        pid: 1,
    };
    let message = ToWorker::Link {
        peer,
        side: Side::First,
        carrier: Carrier::Socket,
    };
    let (file, _) = crate::pair().unwrap();
    let pushed = sender.push_with_files(&message, &Bytes::new(), vec![file]);
    match carries {
        true => pushed.unwrap(),
        false => assert!(matches!(pushed, Err(SendError::NoFiles)), "{pushed:?}"),
    }
}

async fn sender_is_told_that_its_peer_is_gone(transport: Transport) {
    let ((sender, _receiver), theirs) = transport.ends().await;
    drop(theirs);
    let error = loop {
        if let Err(error) = sender.push(&Note::Plain(1), &body(100_000)) {
            break error;
        }
        if let Err(error) = sender.flush().await {
            break error;
        }
        tokio::task::yield_now().await;
    };
    assert!(matches!(error, SendError::PeerGone), "{error:?}");
}
