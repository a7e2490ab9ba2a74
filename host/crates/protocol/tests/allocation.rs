//! What a peer can make this end allocate by what it claims.
//!
//! A decoded message costs at most [`FACTOR`] bytes for each byte that truly arrived: an empty string is one byte on the wire
//! and three words in memory. A list that claims more elements than there are bytes left reserves nothing; one that lies
//! within that costs at most [`CLAIM_BYTES`], serde's bound for what it reserves before it has seen the elements.

mod strategies;

use bytes::BytesMut;
use counting::peak_during;
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use strategies::{from_worker, peer_message, to_worker};
use tractor_protocol::control::{FromWorker, ToWorker};
use tractor_protocol::frame::{self, DEFAULT_LIMIT_BYTES, FrameError, PREFIX_BYTES};
use tractor_protocol::peer::PeerMessage;

/// Bytes in memory for one on the wire. The worst are pairs of empty strings, and lists that double as they grow.
const FACTOR: usize = 3 * 24;

/// serde's bound for what it reserves by a claim alone: 1 MiB.
const CLAIM_BYTES: usize = 1 << 20;

/// Lists that can stand open within each other: failures, and the path of one.
const OPEN_LISTS: usize = 2;

const SLACK_BYTES: usize = 4096;

#[expect(unsafe_code, reason = "counting what is allocated takes an allocator")]
mod counting {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    thread_local! {
        static LIVE: Cell<usize> = const { Cell::new(0) };
        static PEAK: Cell<usize> = const { Cell::new(0) };
    }

    /// The system's allocator, which counts for each thread what it holds.
    struct Counting;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    // SAFETY: every call is handed on as it came; counting neither allocates nor panics.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            grown(layout.size());
            // SAFETY: the caller keeps `alloc`'s contract, which is the same.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            LIVE.with(|live| live.set(live.get().saturating_sub(layout.size())));
            // SAFETY: the caller keeps `dealloc`'s contract, and the memory came from `System`.
            unsafe { System.dealloc(pointer, layout) }
        }
    }

    fn grown(bytes: usize) {
        let live = LIVE.get() + bytes;
        LIVE.set(live);
        PEAK.set(PEAK.get().max(live));
    }

    /// The most that this thread held at once during `work`, beyond what it held before.
    pub(crate) fn peak_during<T>(work: impl FnOnce() -> T) -> usize {
        let before = LIVE.get();
        PEAK.set(before);
        drop(work());
        PEAK.get() - before
    }
}

fn peak_of_decoding<M: DeserializeOwned>(content: &[u8]) -> usize {
    let bytes = u32::try_from(content.len()).expect("a test's frame is small");
    let mut buffer = BytesMut::from(&[&bytes.to_le_bytes(), content].concat()[..]);
    peak_during(|| frame::decode::<M>(&mut buffer, DEFAULT_LIMIT_BYTES))
}

fn assert_bounded(content: &[u8]) {
    let bound = FACTOR * content.len() + OPEN_LISTS * CLAIM_BYTES + SLACK_BYTES;
    for (name, peak) in [
        ("ToWorker", peak_of_decoding::<ToWorker>(content)),
        ("FromWorker", peak_of_decoding::<FromWorker>(content)),
        ("PeerMessage", peak_of_decoding::<PeerMessage>(content)),
    ] {
        assert!(peak <= bound, "{name}: {peak} bytes, more than {bound}");
    }
}

/// A length of 2^56 as postcard writes it.
const LIE: [u8; 9] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];

fn encoded(message: &impl Serialize) -> Vec<u8> {
    let mut frame = BytesMut::new();
    frame::encode(message, &[], DEFAULT_LIMIT_BYTES, &mut frame).expect("it is small");
    frame[PREFIX_BYTES..].to_vec()
}

/// What stands in the frame of some message.
fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        to_worker().prop_map(|message| encoded(&message)),
        from_worker().prop_map(|message| encoded(&message)),
        peer_message().prop_map(|message| encoded(&message)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn arbitrary_headers_allocate_within_bounds(content in vec(any::<u8>(), 0..300)) {
        assert_bounded(&content);
    }

    #[test]
    fn message_with_a_lie_in_it_allocates_within_bounds(
        content in content(),
        place: prop::sample::Index,
    ) {
        let (head, tail) = content.split_at(place.index(content.len()));
        assert_bounded(&[head, &LIE, tail].concat());
    }
}

#[test]
fn length_over_the_limit_is_refused_without_allocating() {
    let mut buffer = BytesMut::from(&u32::MAX.to_le_bytes()[..]);
    let mut result = None;
    let peak = peak_during(|| {
        result = Some(frame::decode::<PeerMessage>(
            &mut buffer,
            DEFAULT_LIMIT_BYTES,
        ));
    });
    assert!(matches!(result, Some(Err(FrameError::TooLarge { .. }))));
    assert_eq!(peak, 0);
}

#[test]
fn text_that_claims_more_than_is_there_allocates_nothing_for_it() {
    // A `Log` with a level, no task, and a message of 2^56 bytes.
    let content = [&[12, 0, 0][..], &LIE, b"short"].concat();
    assert!(peak_of_decoding::<FromWorker>(&content) < SLACK_BYTES);
}

#[test]
fn list_that_claims_more_elements_than_bytes_allocates_nothing_for_it() {
    // An `Ended` with 2^56 failures.
    let content = [&[14][..], &LIE].concat();
    assert!(peak_of_decoding::<FromWorker>(&content) < SLACK_BYTES);
}

#[test]
fn list_that_lies_within_its_frame_is_bounded_by_serde() {
    // An `Ended` with 100,000 failures, and as many bytes, of which the first make no failure.
    let content = [&[14, 0xa0, 0x8d, 0x06][..], &[0xff; 100_000]].concat();
    let peak = peak_of_decoding::<FromWorker>(&content);
    assert!(peak > content.len(), "{peak}: nothing is reserved");
    assert!(peak <= CLAIM_BYTES + SLACK_BYTES, "{peak} bytes");
}

#[test]
fn frame_full_of_the_smallest_elements_is_bounded_by_its_size() {
    // A `StartActor` with as many empty environment variables as fit, and then the end.
    let pairs = 100_000_u32;
    let length = [
        0x80 | pairs as u8,
        0x80 | (pairs >> 7) as u8,
        (pairs >> 14) as u8,
    ];
    let head = [&[2, 0, 0, 1, b'c', 1, b'n', 0][..], &length].concat();
    let content = [head, vec![0; 2 * pairs as usize]].concat();
    let peak = peak_of_decoding::<FromWorker>(&content);
    assert!(
        peak > 20 * content.len(),
        "{peak}: the element is not decoded"
    );
    assert_bounded(&content);
}
