//! Every message survives the wire, however its bytes are cut, and no bytes do harm.

mod strategies;

use bytes::{Bytes, BytesMut};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;
use strategies::{body, from_worker, hello, peer_message, text, time, to_worker};
use tractor_protocol::control::{FromWorker, ToWorker};
use tractor_protocol::frame::{self, DEFAULT_LIMIT_BYTES, Frame, FrameError, PREFIX_BYTES};
use tractor_protocol::handshake::{Greeting, Welcome};
use tractor_protocol::peer::PeerMessage;

fn encoded<M: Serialize>(frames: &[Frame<M>]) -> BytesMut {
    let mut out = BytesMut::new();
    for frame in frames {
        frame::encode(&frame.message, &frame.body, DEFAULT_LIMIT_BYTES, &mut out)
            .expect("it is within the limit");
    }
    out
}

/// Takes off all whole frames.
fn drain<M: DeserializeOwned>(buffer: &mut BytesMut) -> Vec<Frame<M>> {
    std::iter::from_fn(|| frame::decode(buffer, DEFAULT_LIMIT_BYTES).expect("it is a frame"))
        .collect()
}

/// As text, because actors are equal by their incarnation alone.
fn shown<M: Debug>(frames: &[Frame<M>]) -> String {
    format!("{frames:#?}")
}

fn assert_round_trip<M: Serialize + DeserializeOwned + Debug>(frame: Frame<M>) {
    let mut buffer = encoded(std::slice::from_ref(&frame));
    assert_eq!(frame::wanted_bytes(&buffer), Some(buffer.len()));
    let decoded = drain::<M>(&mut buffer);
    assert_eq!(shown(&decoded), shown(&[frame]));
    assert!(buffer.is_empty());
}

/// The frames arrive in two pieces, cut at every point in turn.
fn assert_survives_every_cut<M: Serialize + DeserializeOwned + Debug>(frames: &[Frame<M>]) {
    let whole = encoded(frames);
    let expected = shown(frames);
    for cut in 0..=whole.len() {
        let mut buffer = BytesMut::from(&whole[..cut]);
        let mut decoded = drain::<M>(&mut buffer);
        buffer.extend_from_slice(&whole[cut..]);
        decoded.extend(drain(&mut buffer));
        assert_eq!(shown(&decoded), expected, "cut at byte {cut}");
        assert!(buffer.is_empty());
    }
}

/// Decodes until something is wrong or nothing is left. What it does is not fall over.
fn decode_all<M: DeserializeOwned>(bytes: &[u8]) {
    let mut buffer = BytesMut::from(bytes);
    while let Ok(Some(_)) = frame::decode::<M>(&mut buffer, DEFAULT_LIMIT_BYTES) {}
}

fn decode_as_anything(bytes: &[u8]) {
    decode_all::<ToWorker>(bytes);
    decode_all::<FromWorker>(bytes);
    decode_all::<PeerMessage>(bytes);
    decode_all::<Greeting>(bytes);
    decode_all::<Welcome>(bytes);
}

/// These bytes as the content of a frame with a true length.
fn framed(content: &[u8]) -> Vec<u8> {
    let bytes = u32::try_from(content.len()).expect("a test's frame is small");
    [&bytes.to_le_bytes(), content].concat()
}

prop_compose! {
    fn greeting()(hello in hello(), name in text(), rings: bool, silence in time()) -> Greeting {
        Greeting { hello, name, rings, silence }
    }
}

fn welcome() -> impl Strategy<Value = Welcome> {
    prop_oneof![
        greeting().prop_map(Welcome::Accepted),
        (hello(), text()).prop_map(|(hello, reason)| Welcome::Refused { hello, reason }),
    ]
}

fn frame_of<M: Debug>(message: impl Strategy<Value = M>) -> impl Strategy<Value = Frame<M>> {
    (message, body()).prop_map(|(message, body)| Frame { message, body })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn to_worker_round_trips(frame in frame_of(to_worker())) {
        assert_round_trip(frame);
    }

    #[test]
    fn from_worker_round_trips(frame in frame_of(from_worker())) {
        assert_round_trip(frame);
    }

    #[test]
    fn peer_message_round_trips(frame in frame_of(peer_message())) {
        assert_round_trip(frame);
    }

    #[test]
    fn greeting_round_trips(frame in frame_of(greeting())) {
        assert_round_trip(frame);
    }

    #[test]
    fn welcome_round_trips(frame in frame_of(welcome())) {
        assert_round_trip(frame);
    }

    #[test]
    fn damaged_greeting_decodes_without_panic(
        frame in frame_of(welcome()),
        place: prop::sample::Index,
        value: u8,
    ) {
        let mut bytes = encoded(&[frame]);
        let place = PREFIX_BYTES + place.index(bytes.len() - PREFIX_BYTES);
        bytes[place] = value;
        decode_as_anything(&bytes);
    }

    #[test]
    fn arbitrary_bytes_decode_without_panic(bytes in vec(any::<u8>(), 0..200)) {
        decode_as_anything(&bytes);
    }

    #[test]
    fn arbitrary_header_decodes_without_panic(content in vec(any::<u8>(), 0..200)) {
        decode_as_anything(&framed(&content));
    }

    #[test]
    fn damaged_message_decodes_without_panic(
        frame in frame_of(from_worker()),
        place: prop::sample::Index,
        value: u8,
    ) {
        let mut bytes = encoded(&[frame]);
        let place = PREFIX_BYTES + place.index(bytes.len() - PREFIX_BYTES);
        bytes[place] = value;
        decode_as_anything(&bytes);
    }

    #[test]
    fn frame_over_the_limit_is_refused_at_both_ends(
        frame in frame_of(peer_message()),
        missing in 1_usize..20,
    ) {
        let whole = encoded(std::slice::from_ref(&frame));
        let bytes = whole.len() - PREFIX_BYTES;
        let limit_bytes = bytes.saturating_sub(missing);
        let too_large = FrameError::TooLarge { bytes, limit_bytes };
        let mut out = BytesMut::from(&b"before"[..]);
        let refused = frame::encode(&frame.message, &frame.body, limit_bytes, &mut out);
        prop_assert_eq!(refused, Err(too_large.clone()));
        prop_assert_eq!(&out[..], b"before");
        // The prefix is enough to tell.
        let mut prefix = BytesMut::from(&whole[..PREFIX_BYTES]);
        let refused = frame::decode::<PeerMessage>(&mut prefix, limit_bytes);
        prop_assert_eq!(refused, Err(too_large));
    }

    #[test]
    fn head_alone_is_the_frame_without_its_body(frame in frame_of(from_worker())) {
        let whole = encoded(std::slice::from_ref(&frame));
        let mut head = BytesMut::new();
        frame::encode_head(&frame.message, frame.body.len(), DEFAULT_LIMIT_BYTES, &mut head)
            .expect("it is within the limit");
        head.extend_from_slice(&frame.body);
        prop_assert_eq!(head, whole);
    }
}

proptest! {
    // Each case decodes its frames once for each of their bytes.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn to_worker_survives_every_cut(frames in vec(frame_of(to_worker()), 1..4)) {
        assert_survives_every_cut(&frames);
    }

    #[test]
    fn from_worker_survives_every_cut(frames in vec(frame_of(from_worker()), 1..4)) {
        assert_survives_every_cut(&frames);
    }

    #[test]
    fn peer_message_survives_every_cut(frames in vec(frame_of(peer_message()), 1..4)) {
        assert_survives_every_cut(&frames);
    }
}

#[test]
fn truncated_header_is_malformed() {
    let message = PeerMessage::Ping(300);
    let whole = encoded(&[Frame::from(message)]);
    let content = &whole[PREFIX_BYTES..whole.len() - 1];
    let mut cut = BytesMut::from(&framed(content)[..]);
    let error = frame::decode::<PeerMessage>(&mut cut, DEFAULT_LIMIT_BYTES);
    assert!(matches!(error, Err(FrameError::Malformed(_))), "{error:?}");
}

#[test]
fn body_of_a_decoded_frame_shares_the_buffer() {
    let mut buffer = encoded(&[Frame {
        message: PeerMessage::Ping(1),
        body: Bytes::from(vec![7; 1000]),
    }]);
    let memory = buffer.as_ptr_range();
    let decoded = drain::<PeerMessage>(&mut buffer);
    assert!(memory.contains(&decoded[0].body.as_ptr()));
}
