//! Who writes, how much may wait, and how a sender ends. Over a socketpair and in memory.

#![expect(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use bytes::Bytes;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::{LIMIT_BYTES, Make, Note, body, ends, soon, spawn};
use tokio::task::yield_now;
use tractor_transport::{HIGH_WATER_BYTES, Link, Receiver, SendError, Sender, pair};

on_both!(
    peer_that_does_not_read_bounds_the_queue,
    frames_pushed_to_a_full_link_are_driven_when_it_has_room,
    flush_waits_only_for_what_was_queued_before,
    sender_to_a_dropped_receiver_fails_and_holds_nothing,
    sender_that_waits_for_room_learns_that_the_receiver_is_dropped,
    closed_sender_takes_nothing_more_but_delivers,
    one_direction_ends_and_the_other_goes_on,
    room_ends_when_the_sender_is_closed,
    driver_delivers_what_is_queued_when_the_last_sender_is_dropped,
    driver_that_is_dropped_leaves_the_rest_to_the_next,
);

const CHUNK_BYTES: usize = 100_000;

fn push(sender: &Sender<Note>, bytes: usize) {
    sender.push(&Note::Plain(0), &body(bytes)).unwrap();
}

/// Polls `condition` until it holds.
async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        yield_now().await;
    }
}

/// Lets every other task that can run do so, many times.
async fn settle() {
    for _ in 0..1000 {
        yield_now().await;
    }
}

async fn peer_that_does_not_read_bounds_the_queue(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    let driver = spawn(sender.drive());
    let pushed = AtomicUsize::new(0);
    let pushing = async {
        while pushed.load(Ordering::Relaxed) < 100 {
            sender.room().await.unwrap();
            push(&sender, CHUNK_BYTES);
            pushed.fetch_add(1, Ordering::Relaxed);
        }
    };
    let checking = async {
        until(|| sender.queued_bytes() >= HIGH_WATER_BYTES).await;
        settle().await;
        let stuck = pushed.load(Ordering::Relaxed);
        assert!(stuck < 100, "nothing held the sender back");
        assert!(sender.queued_bytes() < HIGH_WATER_BYTES + CHUNK_BYTES + 100);
        for _ in 0..100 {
            let received = receiver.receive().await.unwrap().unwrap();
            assert_eq!(received.frame.body.len(), CHUNK_BYTES);
        }
    };
    tokio::join!(pushing, checking);
    drop(sender);
    driver.await.unwrap().unwrap();
}

async fn frames_pushed_to_a_full_link_are_driven_when_it_has_room(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    let driver = spawn(sender.drive());
    push(&sender, 1 << 20);
    settle().await;
    assert!(sender.queued_bytes() > 0, "the link took everything");
    for _ in 0..10 {
        push(&sender, CHUNK_BYTES);
        settle().await;
    }
    for _ in 0..11 {
        assert!(receiver.receive().await.unwrap().is_some());
    }
    drop(sender);
    assert!(receiver.receive().await.unwrap().is_none());
    driver.await.unwrap().unwrap();
}

async fn flush_waits_only_for_what_was_queued_before(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    push(&sender, 500_000);
    let mut flushing = Box::pin(sender.flush());
    tokio::select! {
        biased;
        _ = &mut flushing => panic!("the link took everything"),
        () = yield_now() => {}
    }
    push(&sender, 1 << 20);
    let (flushed, received) = tokio::join!(flushing, receiver.receive());
    flushed.unwrap();
    assert!(received.unwrap().is_some());
    assert!(sender.queued_bytes() > 0, "it waited for what came later");
}

async fn sender_to_a_dropped_receiver_fails_and_holds_nothing(make: Make) {
    let ((sender, _other), (_back, receiver)) = ends(make);
    drop(receiver);
    push(&sender, CHUNK_BYTES);
    let error = sender.flush().await.unwrap_err();
    assert!(matches!(error, SendError::PeerGone), "{error:?}");
    assert_eq!(sender.queued_bytes(), 0);
    let error = sender
        .push(&Note::Plain(1), &Bytes::new())
        .expect_err("the peer is gone");
    assert!(matches!(error, SendError::PeerGone), "{error:?}");
    assert!(matches!(sender.room().await, Err(SendError::PeerGone)));
    assert!(matches!(sender.try_flush(), Err(SendError::PeerGone)));
    assert!(matches!(sender.drive().await, Err(SendError::PeerGone)));
}

async fn sender_that_waits_for_room_learns_that_the_receiver_is_dropped(make: Make) {
    let ((sender, _other), (_back, receiver)) = ends(make);
    let driver = spawn(sender.drive());
    push(&sender, 2 * HIGH_WATER_BYTES);
    let waiter = sender.clone();
    let waiting = spawn(async move { waiter.room().await });
    settle().await;
    assert!(!waiting.is_finished());
    drop(receiver);
    assert!(matches!(waiting.await.unwrap(), Err(SendError::PeerGone)));
    assert!(matches!(driver.await.unwrap(), Err(SendError::PeerGone)));
}

async fn closed_sender_takes_nothing_more_but_delivers(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    let driver = spawn(sender.drive());
    push(&sender, 1 << 20);
    sender.close();
    let error = sender
        .push(&Note::Plain(1), &Bytes::new())
        .expect_err("it is closed");
    assert!(matches!(error, SendError::Closed), "{error:?}");
    assert!(receiver.receive().await.unwrap().is_some());
    assert!(receiver.receive().await.unwrap().is_none());
    driver.await.unwrap().unwrap();
}

async fn one_direction_ends_and_the_other_goes_on(make: Make) {
    let ((sender, mut other), (back, mut receiver)) = ends(make);
    sender.close();
    assert!(receiver.receive().await.unwrap().is_none());
    push(&back, CHUNK_BYTES);
    back.flush().await.unwrap();
    let received = other.receive().await.unwrap().unwrap();
    assert_eq!(received.frame.body.len(), CHUNK_BYTES);
}

async fn room_ends_when_the_sender_is_closed(make: Make) {
    let ((sender, _other), (_back, _receiver)) = ends(make);
    push(&sender, 2 * HIGH_WATER_BYTES);
    let closer = sender.clone();
    let (room, ()) = tokio::join!(sender.room(), async { closer.close() });
    assert!(matches!(room, Err(SendError::Closed)), "{room:?}");
}

async fn driver_delivers_what_is_queued_when_the_last_sender_is_dropped(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    let driver = spawn(sender.drive());
    settle().await;
    let clone = sender.clone();
    push(&sender, 3 << 20);
    drop(sender);
    settle().await;
    push(&clone, 3 << 20);
    drop(clone);
    for _ in 0..2 {
        let received = receiver.receive().await.unwrap().unwrap();
        assert_eq!(received.frame.body.len(), 3 << 20);
    }
    assert!(receiver.receive().await.unwrap().is_none());
    driver.await.unwrap().unwrap();
}

async fn driver_that_is_dropped_leaves_the_rest_to_the_next(make: Make) {
    let ((sender, _other), (_back, mut receiver)) = ends(make);
    push(&sender, 1 << 20);
    let short = tokio::time::timeout(Duration::from_millis(1), sender.drive()).await;
    assert!(short.is_err(), "the link took everything");
    let driver = spawn(sender.drive());
    let received = receiver.receive().await.unwrap().unwrap();
    assert!(received.frame.body == body(1 << 20));
    drop(sender);
    driver.await.unwrap().unwrap();
}

#[tokio::test]
async fn flush_ends_when_another_wrote_the_rest_and_the_peer_reads_no_further() {
    let (ours, theirs) = pair().unwrap();
    let mut theirs = UnixStream::from(theirs);
    let (sender, _other): (Sender<Note>, Receiver<Note>) =
        Link::from_fd(ours, LIMIT_BYTES).unwrap().split();
    push(&sender, 8 << 10);
    while sender.try_flush().unwrap() {
        push(&sender, 8 << 10);
    }
    let flusher = sender.clone();
    let flushing = spawn(async move { flusher.flush().await });
    settle().await;
    assert!(!flushing.is_finished());
    // So little that the system does not yet call the socket writable, though it takes a bit more.
    theirs.read_exact(&mut [0; 32 << 10]).unwrap();
    settle().await;
    assert!(!flushing.is_finished(), "the socket became writable");
    assert!(sender.try_flush().unwrap());
    soon(flushing).await.unwrap().unwrap();
}
