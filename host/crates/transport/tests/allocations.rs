//! A link allocates nothing for a small frame: what it takes is taken for dozens of them.

#![expect(clippy::unwrap_used, reason = "a test panics where it fails")]

#[path = "support/allocations.rs"]
mod counting;

use bytes::Bytes;
use counting::allocations;
use tractor_protocol::peer::PeerMessage;
use tractor_transport::{Link, pair};

const BYTES: usize = 64;

/// Frames that are written at once.
const BATCH: u64 = 16;

/// Some memory for dozens of frames: theirs, and the block that they are read into.
const MOST: f64 = 0.15;

/// Allocations of both ends for so many frames, on a link of their own.
async fn allocated(frames: u64) -> u64 {
    let (one, two) = pair().unwrap();
    let limit_bytes = 1 << 20;
    let [one, two] = [one, two].map(|end| Link::from_fd(end, limit_bytes).unwrap());
    let (sender, _back) = one.split::<PeerMessage, PeerMessage>();
    let (_forth, mut receiver) = two.split::<PeerMessage, PeerMessage>();
    let body = Bytes::from_static(&[7; BYTES]);
    let before = allocations();
    for batch in 0..frames / BATCH {
        for number in 0..BATCH {
            let message = PeerMessage::Ping(batch * BATCH + number);
            sender.push(&message, &body).unwrap();
        }
        sender.flush().await.unwrap();
        for _ in 0..BATCH {
            assert_eq!(receiver.receive().await.unwrap().unwrap().frame.body, body);
        }
    }
    allocations() - before
}

#[tokio::test]
async fn small_frame_is_sent_and_received_without_an_allocation_of_its_own() {
    let frames = 1600;
    let (once, twice) = (allocated(frames).await, allocated(2 * frames).await);
    let each = (twice - once) as f64 / frames as f64;
    assert!(each < MOST, "{each} allocations for a frame");
}
