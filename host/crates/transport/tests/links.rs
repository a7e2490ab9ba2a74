//! Frames cross a link whole, in order and within bounds, and its end is told from a cut. Over a socketpair and in memory.

#![expect(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use bytes::Bytes;
use support::{LIMIT_BYTES, Make, Note, body, ends, spawn};
use tractor_protocol::FrameError;
use tractor_transport::{
    Files, Lanes, Link, ReceiveError, Received, Receiver, SendError, Sender, pair,
};

on_both!(
    frames_pushed_one_by_one_arrive_in_order,
    frames_pushed_together_arrive_as_a_batch,
    bodies_of_every_size_arrive_whole,
    frame_over_the_limit_is_refused_by_the_sender,
    frame_over_the_limit_is_refused_by_the_receiver_at_its_prefix,
    malformed_header_ends_the_link_with_an_error,
    end_between_frames_is_none,
    end_inside_a_frame_is_cut,
    peer_gone_with_unread_frames_is_a_clean_end,
    cancelled_receive_loses_nothing,
    several_senders_keep_frames_whole,
);

/// Serializes to nothing, so that a frame holds just what the body says.
#[derive(serde::Serialize)]
struct Raw;

impl Files for Raw {}

impl Lanes for Raw {}

fn number(received: Option<Received<Note>>) -> Option<u32> {
    received.map(|received| match received.frame.message {
        Note::Plain(number) | Note::Files(number, _) => number,
    })
}

fn push(sender: &Sender<Note>, number: u32) {
    sender.push(&Note::Plain(number), &Bytes::new()).unwrap();
}

async fn frames_pushed_one_by_one_arrive_in_order(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    let driver = spawn(sender.drive());
    let pushing = async {
        for number in 0..1000 {
            push(&sender, number);
            tokio::task::yield_now().await;
        }
    };
    let receiving = async {
        for expected in 0..1000 {
            assert_eq!(number(receiver.receive().await.unwrap()), Some(expected));
        }
    };
    tokio::join!(pushing, receiving);
    drop(sender);
    assert!(receiver.receive().await.unwrap().is_none());
    driver.await.unwrap().unwrap();
}

async fn frames_pushed_together_arrive_as_a_batch(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    (0..100).for_each(|number| push(&sender, number));
    assert!(receiver.try_receive().unwrap().is_none());
    assert!(sender.try_flush().unwrap());
    assert!(receiver.try_receive().unwrap().is_none());
    assert_eq!(number(receiver.receive().await.unwrap()), Some(0));
    for expected in 1..100 {
        assert_eq!(number(receiver.try_receive().unwrap()), Some(expected));
    }
    assert!(receiver.try_receive().unwrap().is_none());
}

async fn bodies_of_every_size_arrive_whole(make: Make) {
    let sizes = [
        0, 1, 4096, 4097, 16384, 16385, 65536, 7, 300_001, 5_000_000, 3,
    ];
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    for size in sizes {
        sender.push(&Note::Plain(7), &body(size)).unwrap();
    }
    let driver = spawn(sender.drive());
    for size in sizes {
        let received = receiver.receive().await.unwrap().unwrap();
        assert!(received.frame.body == body(size), "body of {size} bytes");
    }
    drop(sender);
    driver.await.unwrap().unwrap();
}

async fn frame_over_the_limit_is_refused_by_the_sender(make: Make) {
    let (first, second) = make(1000, 1000);
    let (sender, _other): (_, Receiver<Note>) = first.split();
    let (_back, mut receiver): (Sender<Note>, _) = second.split();
    let refused = sender.push(&Note::Plain(1), &body(999)).unwrap_err();
    let SendError::Frame(FrameError::TooLarge { bytes, limit_bytes }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((bytes, limit_bytes), (1001, 1000));
    assert_eq!(sender.queued_bytes(), 0);
    sender.push(&Note::Plain(2), &body(998)).unwrap();
    sender.flush().await.unwrap();
    assert_eq!(number(receiver.receive().await.unwrap()), Some(2));
}

async fn frame_over_the_limit_is_refused_by_the_receiver_at_its_prefix(make: Make) {
    let (first, second) = make(LIMIT_BYTES, 1000);
    let (sender, _other): (_, Receiver<Note>) = first.split();
    let (_back, mut receiver): (Sender<Note>, Receiver<Note>) = second.split();
    push(&sender, 1);
    sender.push(&Note::Plain(2), &body(10 << 20)).unwrap();
    // The link does not take all of it: the receiver decides by what it has.
    assert!(!sender.try_flush().unwrap());
    assert_eq!(number(receiver.receive().await.unwrap()), Some(1));
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
}

async fn malformed_header_ends_the_link_with_an_error(make: Make) {
    let (first, second) = make(LIMIT_BYTES, LIMIT_BYTES);
    let (sender, _other): (_, Receiver<Note>) = first.split();
    let (_back, mut receiver): (Sender<Note>, Receiver<Note>) = second.split();
    sender.push(&Raw, &Bytes::from_static(b"\xffjunk")).unwrap();
    sender.flush().await.unwrap();
    let error = receiver.receive().await.unwrap_err();
    assert!(
        matches!(error, ReceiveError::Frame(FrameError::Malformed(_))),
        "{error:?}"
    );
    let again = receiver.try_receive().unwrap_err();
    assert!(matches!(again, ReceiveError::Failed), "{again:?}");
}

async fn end_between_frames_is_none(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    push(&sender, 1);
    drop(sender);
    assert_eq!(number(receiver.receive().await.unwrap()), Some(1));
    assert!(receiver.receive().await.unwrap().is_none());
    assert!(receiver.receive().await.unwrap().is_none());
}

async fn end_inside_a_frame_is_cut(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    push(&sender, 1);
    sender.push(&Note::Plain(2), &body(10 << 20)).unwrap();
    assert!(!sender.try_flush().unwrap());
    // Nobody drives: what the link did not take is lost.
    drop(sender);
    assert_eq!(number(receiver.receive().await.unwrap()), Some(1));
    let error = receiver.receive().await.unwrap_err();
    assert!(matches!(error, ReceiveError::Cut), "{error:?}");
}

async fn peer_gone_with_unread_frames_is_a_clean_end(make: Make) {
    let ((sender, other), (back, mut receiver)) = ends(make);
    push(&back, 1);
    back.flush().await.unwrap();
    push(&sender, 2);
    sender.flush().await.unwrap();
    drop((sender, other));
    assert_eq!(number(receiver.receive().await.unwrap()), Some(2));
    assert!(receiver.receive().await.unwrap().is_none());
}

async fn cancelled_receive_loses_nothing(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    sender.push(&Note::Plain(1), &body(2 << 20)).unwrap();
    let mut polls = 0;
    let received = loop {
        // Gives the receiver one poll at a time, with a piece of the frame in between.
        sender.try_flush().unwrap();
        tokio::task::yield_now().await;
        polls += 1;
        tokio::select! {
            biased;
            received = receiver.receive() => break received.unwrap().unwrap(),
            () = std::future::ready(()) => {}
        }
    };
    assert!(polls > 1, "the frame came in one piece");
    assert!(received.frame.body == body(2 << 20));
}

async fn several_senders_keep_frames_whole(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    let driver = spawn(sender.drive());
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let sender = sender.clone();
            spawn(async move {
                for step in 0..50_u32 {
                    sender.room().await.unwrap();
                    let note = Note::Plain(task * 1000 + step);
                    sender.push(&note, &body(step as usize * 1000)).unwrap();
                    sender.try_flush().unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let mut next = [0; 4];
    while let Some(received) = receiver.receive().await.unwrap() {
        let length = received.frame.body.len();
        assert!(received.frame.body == body(length));
        let number = number(Some(received)).unwrap();
        let (task, step) = (number / 1000, number % 1000);
        assert_eq!((step, length), (next[task as usize], step as usize * 1000));
        next[task as usize] += 1;
    }
    assert_eq!(next, [50; 4]);
    for task in tasks {
        task.await.unwrap();
    }
    driver.await.unwrap().unwrap();
}

#[tokio::test]
async fn peer_process_that_closes_without_reading_is_a_clean_end() {
    let (ours, theirs) = pair().unwrap();
    let (sender, mut receiver): (Sender<Note>, Receiver<Note>) =
        Link::from_fd(ours, LIMIT_BYTES).unwrap().split();
    push(&sender, 1);
    sender.flush().await.unwrap();
    // As the system does for a process that is killed: the socket still holds what it did not read.
    drop(theirs);
    assert!(support::soon(receiver.receive()).await.unwrap().is_none());
    push(&sender, 2);
    let error = sender.flush().await.unwrap_err();
    assert!(matches!(error, SendError::PeerGone), "{error:?}");
}

#[tokio::test]
async fn link_makes_its_socket_nonblocking_and_closed_on_exec() {
    let (ours, _theirs) = pair().unwrap();
    rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::empty()).unwrap();
    let copy = ours.try_clone().unwrap();
    let link = Link::from_fd(ours, LIMIT_BYTES).unwrap();
    let flags = rustix::fs::fcntl_getfl(&copy).unwrap();
    assert!(flags.contains(rustix::fs::OFlags::NONBLOCK));
    drop(link);
    let (first, second) = pair().unwrap();
    for end in [first, second] {
        let flags = rustix::io::fcntl_getfd(&end).unwrap();
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
    }
}
