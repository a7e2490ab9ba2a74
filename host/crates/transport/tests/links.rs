//! What `src` cannot see of links over a socketpair and in memory: batches, limits at the first bytes, several senders, ends. What all transports do alike
//! is in `conformance`.

#![expect(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use bytes::Bytes;
use support::{LIMIT_BYTES, Make, Note, body, ends, spawn};
use tractor_protocol::FrameError;
use tractor_transport::{Link, ReceiveError, Received, Receiver, SendError, Sender, pair};

on_both!(
    frames_pushed_together_arrive_as_a_batch,
    frame_over_the_limit_is_refused_by_the_receiver_at_its_prefix,
    peer_gone_with_unread_frames_is_a_clean_end,
    several_senders_keep_frames_whole,
);

fn number(received: Option<Received<Note>>) -> Option<u32> {
    received.map(|received| match received.frame.message {
        Note::Plain(number) | Note::Files(number, _) => number,
    })
}

fn push(sender: &Sender<Note>, number: u32) {
    sender.push(&Note::Plain(number), &Bytes::new()).unwrap();
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
