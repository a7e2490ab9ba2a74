//! Large bodies, which are read to where they stay: into memory of their own, at its beginning, so that who takes them as a vector copies nothing.
//!
//! What is read with the head of a frame has to be copied there, so behind one that was large little is read at first.

use bytes::{Bytes, BytesMut};
use serde::de::DeserializeOwned;
use tractor_protocol::frame::{self, Frame, FrameError};

/// Bodies from this size on are read so, 32 KiB: an allocation for each is little beside copying it.
const LARGE_BYTES: usize = 32 << 10;

/// How much is read for the head of a frame behind one that was large, 1 KiB: a head is some dozen bytes, and of small frames it is several.
const HEAD_BYTES: usize = 1 << 10;

/// The frame that is read so, if one is.
pub(crate) struct Large<M> {
    under_way: Option<UnderWay<M>>,
    /// Whether the last frame was large.
    was_large: bool,
}

struct UnderWay<M> {
    message: M,
    /// What has arrived of it, with room for the rest.
    body: Vec<u8>,
    /// Bytes of all of it.
    bytes: usize,
}

impl<M> Default for Large<M> {
    fn default() -> Self {
        Self {
            under_way: None,
            was_large: false,
        }
    }
}

impl<M> Large<M> {
    /// The body that is to be read behind, as long as it is not whole, and how many bytes it lacks.
    pub(crate) fn body(&mut self) -> Option<(&mut Vec<u8>, usize)> {
        self.under_way.as_mut().map(|frame| {
            let missing = frame.bytes - frame.body.len();
            (&mut frame.body, missing)
        })
    }

    pub(crate) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// As much of `room` as is to be read into now.
    pub(crate) fn bounded<'a>(&self, room: &'a mut [u8]) -> &'a mut [u8] {
        let bytes = match self.was_large {
            true => room.len().min(HEAD_BYTES),
            false => room.len(),
        };
        &mut room[..bytes]
    }
}

impl<M: DeserializeOwned> Large<M> {
    /// As [`frame::decode`], of what has arrived in `data` and in the body.
    pub(crate) fn decode(
        &mut self,
        data: &mut BytesMut,
        limit_bytes: usize,
    ) -> Result<Option<Frame<M>>, FrameError> {
        if self.is_under_way() {
            return Ok(self.whole());
        }
        if let Some(frame) = frame::decode(data, limit_bytes)? {
            self.was_large = frame.body.len() >= LARGE_BYTES;
            return Ok(Some(frame));
        }
        if frame::wanted_bytes(data).is_none_or(|bytes| bytes < LARGE_BYTES) {
            return Ok(None);
        }
        // Its head is to be read, and more of it if that is not all.
        self.was_large = false;
        let Some((message, bytes)) = frame::decode_head(data, limit_bytes)? else {
            return Ok(None);
        };
        let mut body = Vec::with_capacity(bytes);
        body.extend_from_slice(&data.split());
        self.under_way = Some(UnderWay {
            message,
            body,
            bytes,
        });
        Ok(self.whole())
    }

    fn whole(&mut self) -> Option<Frame<M>> {
        let frame = self
            .under_way
            .take_if(|frame| frame.body.len() == frame.bytes)?;
        self.was_large = true;
        Some(Frame {
            message: frame.message,
            body: Bytes::from(frame.body),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1 << 20;

    fn frame(body: &[u8]) -> BytesMut {
        let mut bytes = BytesMut::new();
        frame::encode(&7_u32, body, LIMIT, &mut bytes).expect("encoded");
        bytes
    }

    #[test]
    fn large_body_that_comes_in_pieces_is_alone_in_its_memory() {
        let body = vec![9; LARGE_BYTES];
        let mut data = frame(&body);
        let rest = data.split_off(100);
        let mut large = Large::<u32>::default();
        assert_eq!(large.decode(&mut data, LIMIT), Ok(None));
        let (into, missing) = large.body().expect("it is under way");
        assert_eq!(missing, rest.len());
        into.extend_from_slice(&rest[..5]);
        assert_eq!(large.decode(&mut data, LIMIT), Ok(None));
        large.body().expect("it is").0.extend_from_slice(&rest[5..]);
        let whole = large.decode(&mut data, LIMIT).expect("it is sound");
        let whole = whole.expect("it is whole");
        assert_eq!((whole.message, &whole.body[..]), (7, &body[..]));
        assert!(!large.is_under_way() && data.is_empty());
        let place = whole.body.as_ptr();
        let taken = Vec::from(whole.body);
        assert_eq!(taken.as_ptr(), place, "no copy");
        let bounded = large.bounded(&mut [0; 2 * HEAD_BYTES]).len();
        assert_eq!(bounded, HEAD_BYTES, "the next may be large, too");
    }

    #[test]
    fn little_is_read_behind_a_large_frame_until_one_is_not() {
        let mut large = Large::<u32>::default();
        let mut room = [0; 4 * HEAD_BYTES];
        for (bytes, expected) in [(LARGE_BYTES, HEAD_BYTES), (3, room.len())] {
            let mut data = frame(&vec![1; bytes]);
            assert!(large.decode(&mut data, LIMIT).is_ok_and(|f| f.is_some()));
            assert_eq!(large.bounded(&mut room).len(), expected);
        }
    }

    #[test]
    fn head_that_is_longer_than_what_was_read_is_read_with_its_frame() {
        let message = vec![1_u8; 2 * HEAD_BYTES];
        let mut whole = BytesMut::new();
        frame::encode(&message, &vec![2; LARGE_BYTES], LIMIT, &mut whole).expect("encoded");
        let mut large = Large::<Vec<u8>>::default();
        let mut data = BytesMut::from(&whole[..HEAD_BYTES]);
        assert_eq!(large.decode(&mut data, LIMIT), Ok(None));
        assert!(!large.is_under_way() && data.len() == HEAD_BYTES);
        data.extend_from_slice(&whole[HEAD_BYTES..]);
        let decoded = large.decode(&mut data, LIMIT).expect("it is sound");
        assert_eq!(decoded.map(|frame| frame.message), Some(message));
    }
}
