//! Length-prefixed frames.
//!
//! A frame is four bytes of length (little-endian, counting what follows), a postcard header, and the payload's raw bytes up to
//! the end of the frame. The length is checked against the limit before anything is allocated or waited for.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Serialize, de::DeserializeOwned};

/// Bytes of the length prefix.
pub const PREFIX_BYTES: usize = 4;

/// The default limit for header and body together: 16 MiB. A larger value is better sent in pieces on a stream, and a
/// peer that claims one cannot make this end hold more.
pub const DEFAULT_LIMIT_BYTES: usize = 16 << 20;

/// Room that the limit for a frame leaves beside the largest payload for its header.
pub const HEADER_ROOM_BYTES: usize = 64 << 10;

/// A message and the payload bytes behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<M> {
    /// The header.
    pub message: M,
    /// The payload's bytes; empty where the message has none.
    pub body: Bytes,
}

impl<M> From<M> for Frame<M> {
    fn from(message: M) -> Self {
        Self {
            message,
            body: Bytes::new(),
        }
    }
}

/// Why bytes are no frame, or a frame cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// Header and body are larger than the limit.
    #[error("a frame of {bytes} bytes is over the limit of {limit_bytes} bytes")]
    TooLarge {
        /// How large.
        bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// The header is not a message.
    #[error("a frame's header is malformed: {0}")]
    Malformed(postcard::Error),
}

/// Appends a frame to `out`. On an error nothing is appended.
///
/// # Errors
///
/// [`FrameError::TooLarge`] if header and body are over `limit_bytes`.
pub fn encode<M: Serialize>(
    message: &M,
    body: &[u8],
    limit_bytes: usize,
    out: &mut BytesMut,
) -> Result<(), FrameError> {
    encode_head(message, body.len(), limit_bytes, out)?;
    out.extend_from_slice(body);
    Ok(())
}

/// Appends a frame without its body to `out`: prefix and header, for a body of `body_bytes` that the caller writes right
/// behind them. A writer of large bodies need not copy them so. On an error nothing is appended.
///
/// # Errors
///
/// [`FrameError::TooLarge`] if header and body are over `limit_bytes`.
pub fn encode_head<M: Serialize>(
    message: &M,
    body_bytes: usize,
    limit_bytes: usize,
    out: &mut BytesMut,
) -> Result<(), FrameError> {
    let start = out.len();
    out.put_u32_le(0);
    let appended = append_header(message, out)
        .and_then(|()| check_size(out.len() - start - PREFIX_BYTES + body_bytes, limit_bytes));
    match appended {
        Ok(bytes) => {
            out[start..start + PREFIX_BYTES].copy_from_slice(&bytes.to_le_bytes());
            Ok(())
        }
        Err(error) => {
            out.truncate(start);
            Err(error)
        }
    }
}

/// Takes the first frame off `buffer`; `None` if it has not all arrived. The body shares the buffer's memory.
///
/// # Errors
///
/// [`FrameError`] if the frame is over `limit_bytes` or its header is malformed; the buffer is then of no further use.
pub fn decode<M: DeserializeOwned>(
    buffer: &mut BytesMut,
    limit_bytes: usize,
) -> Result<Option<Frame<M>>, FrameError> {
    let Some(prefix) = buffer.first_chunk::<PREFIX_BYTES>() else {
        return Ok(None);
    };
    let bytes = u32::from_le_bytes(*prefix) as usize;
    check_size(bytes, limit_bytes)?;
    if buffer.len() < PREFIX_BYTES + bytes {
        return Ok(None);
    }
    buffer.advance(PREFIX_BYTES);
    let mut frame = buffer.split_to(bytes).freeze();
    let (message, rest) = postcard::take_from_bytes(&frame).map_err(FrameError::Malformed)?;
    let header_bytes = bytes - rest.len();
    frame.advance(header_bytes);
    Ok(Some(Frame {
        message,
        body: frame,
    }))
}

/// Takes prefix and header of the first frame off `buffer`, and gives how many bytes its body has; `None` if they have not all arrived. A reader
/// of large bodies reads them to where they are to stay.
///
/// # Errors
///
/// Those of [`decode`].
pub fn decode_head<M: DeserializeOwned>(
    buffer: &mut BytesMut,
    limit_bytes: usize,
) -> Result<Option<(M, usize)>, FrameError> {
    let Some(prefix) = buffer.first_chunk::<PREFIX_BYTES>() else {
        return Ok(None);
    };
    let bytes = u32::from_le_bytes(*prefix) as usize;
    check_size(bytes, limit_bytes)?;
    let arrived = &buffer[PREFIX_BYTES..buffer.len().min(PREFIX_BYTES + bytes)];
    match postcard::take_from_bytes(arrived) {
        Ok((message, rest)) => {
            let header_bytes = arrived.len() - rest.len();
            buffer.advance(PREFIX_BYTES + header_bytes);
            Ok(Some((message, bytes - header_bytes)))
        }
        Err(postcard::Error::DeserializeUnexpectedEnd) if arrived.len() < bytes => Ok(None),
        Err(error) => Err(FrameError::Malformed(error)),
    }
}

/// Whole bytes of the first frame in `buffer`, once its prefix is there. A reader uses it to reserve room once.
pub fn wanted_bytes(buffer: &[u8]) -> Option<usize> {
    let prefix = buffer.first_chunk::<PREFIX_BYTES>()?;
    Some(PREFIX_BYTES + u32::from_le_bytes(*prefix) as usize)
}

fn append_header<M: Serialize>(message: &M, out: &mut BytesMut) -> Result<(), FrameError> {
    postcard::to_io(message, out.writer())
        .map(drop)
        .map_err(FrameError::Malformed)
}

fn check_size(bytes: usize, limit_bytes: usize) -> Result<u32, FrameError> {
    let too_large = FrameError::TooLarge { bytes, limit_bytes };
    if bytes > limit_bytes {
        return Err(too_large);
    }
    u32::try_from(bytes).map_err(|_| too_large)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `u32` stands for any message.
    fn decoded(bytes: &[u8], limit_bytes: usize) -> Result<Option<Frame<u32>>, FrameError> {
        decode(&mut BytesMut::from(bytes), limit_bytes)
    }

    #[test]
    fn frame_that_has_not_all_arrived_is_none() {
        let whole = [3, 0, 0, 0, 7, b'h', b'i'];
        for arrived in 0..whole.len() {
            assert_eq!(decoded(&whole[..arrived], 100), Ok(None), "{arrived} bytes");
        }
        let expected = Frame {
            message: 7,
            body: Bytes::from_static(b"hi"),
        };
        assert_eq!(decoded(&whole, 100), Ok(Some(expected)));
    }

    #[test]
    fn decoding_takes_one_frame_and_leaves_the_rest() {
        let mut buffer = BytesMut::from(&[1, 0, 0, 0, 7, 1, 0, 0][..]);
        assert_eq!(decode(&mut buffer, 100), Ok(Some(Frame::from(7_u32))));
        assert_eq!(&buffer[..], [1, 0, 0]);
        assert_eq!(decode::<u32>(&mut buffer, 100), Ok(None));
    }

    #[test]
    fn frame_of_exactly_the_limit_passes() {
        let mut out = BytesMut::new();
        assert_eq!(encode(&7_u32, b"body", 5, &mut out), Ok(()));
        assert!(decoded(&out, 5).is_ok_and(|frame| frame.is_some()));
        let too_large = FrameError::TooLarge {
            bytes: 5,
            limit_bytes: 4,
        };
        assert_eq!(decoded(&out, 4), Err(too_large));
    }

    #[test]
    fn frame_that_is_refused_leaves_what_was_encoded_before() {
        let mut out = BytesMut::from(&b"before"[..]);
        let refused = encode(&7_u32, b"body", 4, &mut out);
        assert!(matches!(
            refused,
            Err(FrameError::TooLarge {
                bytes: 5,
                limit_bytes: 4
            })
        ));
        assert_eq!(&out[..], b"before");
    }

    #[test]
    fn empty_frame_is_malformed_for_a_message_with_a_header() {
        let empty = decoded(&[0; 4], 100);
        assert!(matches!(empty, Err(FrameError::Malformed(_))), "{empty:?}");
    }

    #[test]
    fn head_is_taken_once_it_is_there_and_leaves_what_came_of_the_body() {
        let mut whole = BytesMut::new();
        encode(&300_u32, b"body", 100, &mut whole).expect("encoded");
        for arrived in 0..=whole.len() {
            let mut buffer = BytesMut::from(&whole[..arrived]);
            let head = decode_head::<u32>(&mut buffer, 100).expect("it is sound");
            match arrived {
                0..6 => assert_eq!((head, buffer.len()), (None, arrived)),
                _ => assert_eq!((head, &buffer[..]), (Some((300, 4)), &whole[6..arrived])),
            }
        }
    }

    #[test]
    fn head_that_ends_with_its_frame_or_is_of_one_too_large_is_refused() {
        let mut cut = BytesMut::from(&[1, 0, 0, 0, 0x80, 1][..]);
        let malformed = decode_head::<u32>(&mut cut, 100);
        assert!(matches!(malformed, Err(FrameError::Malformed(_))));
        let large = decode_head::<u32>(&mut BytesMut::from(&[101, 0, 0, 0][..]), 100);
        assert!(matches!(large, Err(FrameError::TooLarge { .. })));
    }

    #[test]
    fn wanted_bytes_are_known_with_the_prefix() {
        assert_eq!(wanted_bytes(&[5, 0, 0]), None);
        assert_eq!(wanted_bytes(&[5, 1, 0, 0]), Some(PREFIX_BYTES + 261));
    }
}
