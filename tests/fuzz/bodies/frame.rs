//! Bytes of a stranger as frames: whatever arrives, however it is cut, is read or refused, and what is read can be written again.

use bytes::BytesMut;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;
use tractor_protocol::control::{FromWorker, ToWorker};
use tractor_protocol::frame::{self, Frame, FrameError, PREFIX_BYTES};
use tractor_protocol::handshake::{Greeting, Welcome};
use tractor_protocol::peer::PeerMessage;

/// Small, so that lies about lengths are met.
const LIMIT_BYTES: usize = 32 << 10;

/// Reads `bytes` as frames of each kind of link, and as the content of one frame.
pub(crate) fn run(bytes: &[u8]) {
    as_kind::<ToWorker>(bytes);
    as_kind::<FromWorker>(bytes);
    as_kind::<PeerMessage>(bytes);
    as_kind::<Greeting>(bytes);
    as_kind::<Welcome>(bytes);
}

fn as_kind<M: Serialize + DeserializeOwned + Debug>(bytes: &[u8]) {
    as_stream::<M>(bytes);
    let length = u32::try_from(bytes.len()).expect("a fuzzer's input is small");
    as_stream::<M>(&[&length.to_le_bytes(), bytes].concat());
}

fn as_stream<M: Serialize + DeserializeOwned + Debug>(bytes: &[u8]) {
    let (frames, error) = read::<M>(bytes, bytes.len());
    // The place of the cut is drawn from the bytes themselves.
    let cut = bytes.iter().map(|byte| usize::from(*byte)).sum::<usize>() % (bytes.len() + 1);
    assert_eq!(shown(&read::<M>(bytes, cut)), shown(&(&frames, &error)));
    for frame in &frames {
        assert_written_as_read(frame);
    }
}

/// Reads what arrives in two pieces: the frames, and what was wrong behind them.
fn read<M: DeserializeOwned>(bytes: &[u8], cut: usize) -> (Vec<Frame<M>>, Option<FrameError>) {
    let mut frames = Vec::new();
    let mut buffer = BytesMut::new();
    for piece in [&bytes[..cut], &bytes[cut..]] {
        buffer.extend_from_slice(piece);
        loop {
            let wanted = frame::wanted_bytes(&buffer);
            let before = buffer.len();
            match frame::decode(&mut buffer, LIMIT_BYTES) {
                Ok(Some(frame)) => {
                    assert_eq!(Some(before - buffer.len()), wanted);
                    frames.push(frame);
                }
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

fn assert_written_as_read<M: Serialize + DeserializeOwned + Debug>(frame: &Frame<M>) {
    let mut out = BytesMut::new();
    // Numbers may come longer than they need be, and never shorter: what fitted fits again.
    frame::encode(&frame.message, &frame.body, LIMIT_BYTES, &mut out).expect("it fitted");
    let (again, error) = read::<M>(&out, PREFIX_BYTES.min(out.len()));
    assert_eq!((again.len(), error), (1, None));
    assert_eq!(shown(&again[0]), shown(frame));
}

/// As text, because actors are equal by their incarnation alone.
fn shown(value: &impl Debug) -> String {
    format!("{value:?}")
}
