//! Shared memory whose other end is hostile: an error at this end, and nothing worse.

use super::making::{LIMIT_BYTES, Note, body, next, push, soon, spawn};
use crate::io::Io;
use crate::link::Link;
use crate::ring::{Direction, RingEnd, SharedMemory, Word};
use crate::socket::Socket;
use crate::{ReceiveError, Receiver, SendError, Sender, pair};
use proptest::prelude::*;
use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering;

/// One end as it should be, and all that a hostile peer has.
fn hostile() -> (Sender<Note>, Receiver<Note>, SharedMemory, OwnedFd) {
    let (memory, file) = SharedMemory::make().unwrap();
    let (ours, theirs) = pair().unwrap();
    let peers = SharedMemory::take(&file).unwrap();
    let ring = RingEnd::new(memory, true, Socket::new(ours).unwrap());
    let (sender, receiver) = Link::from_io(Io::Ring(ring), LIMIT_BYTES).split();
    (sender, receiver, peers, theirs)
}

fn ring_bell(bell: &OwnedFd) {
    rustix::io::write(bell, &[1]).unwrap();
}

#[tokio::test]
async fn peer_that_claims_more_than_the_ring_holds_is_an_error() {
    for claim in [u64::MAX, 1 << 40, 1 << 30] {
        let (_sender, mut receiver, peers, bell) = hostile();
        let written = peers.word(Direction::Taken, Word::Written);
        written.store(claim, Ordering::SeqCst);
        ring_bell(&bell);
        let error = soon(receiver.receive()).await.unwrap_err();
        let ReceiveError::Io(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        assert_eq!(
            error.to_string(),
            "the peer spoiled the shared memory: its position is outside the ring"
        );
    }
}

#[tokio::test]
async fn peer_that_claims_to_have_read_what_was_not_written_is_an_error() {
    let (sender, _receiver, peers, _bell) = hostile();
    peers
        .word(Direction::Made, Word::Read)
        .store(5, Ordering::SeqCst);
    push(&sender, 1);
    let error = soon(sender.flush()).await.unwrap_err();
    assert!(matches!(error, SendError::Io(_)), "{error:?}");
}

#[tokio::test]
async fn peer_that_rings_without_reason_and_without_end_disturbs_nobody() {
    let (sender, mut receiver, peers, bell) = hostile();
    let waits = soon(async {
        for _ in 0..2000 {
            ring_bell(&bell);
            tokio::select! {
                biased;
                got = receiver.receive() => panic!("{got:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
    });
    waits.await;
    let bytes = [1, 0, 0, 0, 7];
    peers.copy_in(Direction::Taken, 0, &bytes[..4]);
    drop((sender, bell));
    // The bell's end is the peer's, and what it never told of is not read.
    assert_eq!(soon(next(&mut receiver)).await, None);
}

#[tokio::test]
async fn peer_that_clears_and_sets_flags_ends_only_its_own_link() {
    let (sender, mut receiver, peers, bell) = hostile();
    let driver = spawn(sender.drive());
    for word in [
        Word::Ended,
        Word::Refused,
        Word::ReaderWaits,
        Word::WriterWaits,
    ] {
        for direction in [Direction::Made, Direction::Taken] {
            peers
                .word(direction, word)
                .store(u64::MAX, Ordering::SeqCst);
        }
    }
    ring_bell(&bell);
    assert_eq!(soon(next(&mut receiver)).await, None);
    sender.push(&Note::Plain(1), &body(10)).unwrap();
    let end = soon(driver).await.unwrap();
    assert!(matches!(end, Err(SendError::PeerGone)), "{end:?}");
}

/// What a hostile peer may do next.
#[derive(Clone, Debug)]
enum Deed {
    Store(bool, usize, u64),
    Bytes(u64, Vec<u8>),
    Ring,
}

fn deeds() -> impl Strategy<Value = Deed> {
    let value = prop_oneof![any::<u64>(), 0..600_000_u64, 0..64_u64];
    prop_oneof![
        (any::<bool>(), 0..6_usize, value)
            .prop_map(|(made, word, value)| Deed::Store(made, word, value)),
        (0..300_000_u64, prop::collection::vec(any::<u8>(), 0..200))
            .prop_map(|(at, bytes)| Deed::Bytes(at, bytes)),
        Just(Deed::Ring),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_a_peer_does_to_the_memory_this_end_gives_frames_or_an_error(
        deeds in prop::collection::vec(deeds(), 0..40)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(soon(async {
            let (sender, mut receiver, peers, bell) = hostile();
            for deed in deeds {
                let _ = sender.push(&Note::Plain(1), &body(100));
                let _ = sender.try_flush();
                done(&peers, &bell, deed);
                tokio::select! {
                    biased;
                    _ = receiver.receive() => {}
                    () = tokio::task::yield_now() => {}
                }
            }
            drop(bell);
            // However it was left, it ends.
            while matches!(receiver.receive().await, Ok(Some(_))) {}
        }));
    }
}

fn done(peers: &SharedMemory, bell: &OwnedFd, deed: Deed) {
    const WORDS: [Word; 6] = [
        Word::Written,
        Word::Read,
        Word::Ended,
        Word::Refused,
        Word::ReaderWaits,
        Word::WriterWaits,
    ];
    match deed {
        Deed::Store(made, word, value) => {
            let direction = if made {
                Direction::Made
            } else {
                Direction::Taken
            };
            peers
                .word(direction, WORDS[word])
                .store(value, Ordering::SeqCst);
        }
        Deed::Bytes(position, bytes) => peers.copy_in(Direction::Taken, position, &bytes),
        Deed::Ring => ring_bell(bell),
    }
}

#[tokio::test]
async fn file_that_is_no_shared_memory_makes_no_link() {
    use tractor_protocol::Side;
    let ((ours, _theirs), (file, _)) = (pair().unwrap(), pair().unwrap());
    let error = Link::shared(ours, &file, Side::First, LIMIT_BYTES).unwrap_err();
    assert_eq!(error.to_string(), "the peer's file is no shared memory");
}

#[tokio::test]
async fn memory_that_is_not_sealed_is_not_taken_and_the_link_stays_a_socket() {
    use crate::io::Carrier;
    use crate::{Endpoint, conformance::greeting_bytes};
    use tractor_protocol::Side;
    let (ours, theirs) = pair().unwrap();
    let theirs = Io::Socket(Socket::new(theirs).unwrap());
    let flags = rustix::fs::MemfdFlags::CLOEXEC | rustix::fs::MemfdFlags::ALLOW_SEALING;
    let unsealed = rustix::fs::memfd_create("test", flags).unwrap();
    rustix::fs::ftruncate(&unsealed, 1 << 20).unwrap();
    let write = |bytes: &[u8], files: Vec<OwnedFd>| {
        let mut files = files;
        let slice = std::io::IoSlice::new(bytes);
        theirs.try_write(&[slice], &mut files).unwrap();
    };
    write(&greeting_bytes("theirs", true), Vec::new());
    write(&[1], vec![unsealed]);
    let link = soon(Endpoint::new("ours").meet(ours, Side::Second))
        .await
        .unwrap();
    assert_eq!(link.transport(), "socket");
}
