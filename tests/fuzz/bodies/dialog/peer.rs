//! A peer that says what it likes: mostly words that fit the state, some that do not, and now and then mere bytes.

use super::book::{Book, OURS};
use arbitrary::{Result, Unstructured};
use bytes::{Bytes, BytesMut};
use std::time::Duration;
use tractor_protocol::frame::{self, Frame};
use tractor_protocol::handshake::Hello;
use tractor_protocol::peer::{DialogKind, MessageHead, PeerMessage, Start};
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Codec, DialogId, Failure, FailureId, FailureKind, Payload,
    ScopeId, Uuid,
};

pub(super) fn actor(number: u128) -> ActorId {
    ActorId {
        name: format!("actor-{number}"),
        uuid: Uuid::from_random(number),
        pid: 0,
    }
}

/// Some frame of the peer.
pub(super) fn frame(input: &mut Unstructured<'_>, book: &Book) -> Result<Frame<PeerMessage>> {
    let dialog = dialog(input, book)?;
    let (codec, body) = (codec(input)?, body(input)?);
    let message = match input.int_in_range(0..=15_u8)? {
        0 => return raw(input),
        1 | 2 => return start(input, book, codec, body),
        3 | 4 => PeerMessage::Started { dialog, codec },
        5..=7 => return batch(input, dialog),
        8 | 9 => PeerMessage::Credit {
            dialog,
            messages: messages(input)?,
            bytes: bytes(input)?,
        },
        10 => PeerMessage::Stop { dialog },
        11 => PeerMessage::Return { dialog, codec },
        12 => PeerMessage::Failed {
            dialog,
            failures: failures(input)?,
        },
        13 => PeerMessage::Cancel {
            dialog,
            cancellation: cancellation(input)?,
            time_left: duration(input)?,
        },
        14 => PeerMessage::Ping(input.arbitrary()?),
        _ => match input.ratio(1, 8)? {
            true => PeerMessage::Hello(Hello::OURS),
            false => PeerMessage::Pong(input.arbitrary()?),
        },
    };
    let takes_body = matches!(
        message,
        PeerMessage::Started { .. } | PeerMessage::Return { .. }
    );
    let body = if takes_body || input.ratio(1, 32)? {
        body
    } else {
        Bytes::new()
    };
    Ok(Frame { message, body })
}

/// Whatever the next bytes mean.
fn raw(input: &mut Unstructured<'_>) -> Result<Frame<PeerMessage>> {
    let length = input.int_in_range(0..=64_u8)?;
    let content = input.bytes(usize::from(length).min(input.len()))?;
    let length = content.len() as u32;
    let mut buffer = BytesMut::from(&[&length.to_le_bytes(), content].concat()[..]);
    let frame = frame::decode(&mut buffer, 1 << 10);
    frame
        .ok()
        .flatten()
        .ok_or(arbitrary::Error::IncorrectFormat)
}

/// A dialog that there is, mostly.
pub(super) fn dialog(input: &mut Unstructured<'_>, book: &Book) -> Result<DialogId> {
    let known = book.entries.len();
    if known == 0 || input.ratio(1, 32)? {
        return Ok(DialogId(input.int_in_range(0..=20)?));
    }
    // The newest are those in which most can happen.
    let back = input.int_in_range(0..=7_usize)?.min(known - 1);
    let id = book.entries.keys().nth_back(back);
    id.copied().ok_or(arbitrary::Error::NotEnoughData)
}

fn start(
    input: &mut Unstructured<'_>,
    book: &Book,
    codec: Codec,
    body: Bytes,
) -> Result<Frame<PeerMessage>> {
    let skipped = match input.ratio(1, 8)? {
        true => input.int_in_range(0..=3)?,
        false => 0,
    };
    let fresh = DialogId::new(OURS.other(), book.seen + skipped);
    let dialog = if input.ratio(1, 32)? {
        dialog(input, book)?
    } else {
        fresh
    };
    let message = PeerMessage::Start(Start {
        dialog,
        kind: kind(input)?,
        function: "f".to_owned(),
        codec,
        time_left: None,
    });
    Ok(Frame { message, body })
}

/// Stream messages, whose lengths are now and then a lie.
fn batch(input: &mut Unstructured<'_>, dialog: DialogId) -> Result<Frame<PeerMessage>> {
    let mut heads = Vec::new();
    let mut body = BytesMut::new();
    for _ in 0..input.int_in_range(0..=5_u8)? {
        let bytes = self::body(input)?;
        body.extend_from_slice(&bytes);
        heads.push(MessageHead {
            codec: codec(input)?,
            bytes: match input.ratio(1, 48)? {
                true => input.arbitrary()?,
                false => bytes.len() as u32,
            },
        });
    }
    let message = PeerMessage::Yield {
        dialog,
        messages: heads,
    };
    let body = body.freeze();
    Ok(Frame { message, body })
}

fn messages(input: &mut Unstructured<'_>) -> Result<u32> {
    match input.ratio(1, 16)? {
        true => input.arbitrary(),
        false => input.int_in_range(0..=9),
    }
}

/// About what some messages cost.
fn bytes(input: &mut Unstructured<'_>) -> Result<u64> {
    match input.int_in_range(0..=15_u8)? {
        0 => input.arbitrary(),
        1 => Ok(0),
        _ => input.int_in_range(0..=511),
    }
}

pub(super) fn kind(input: &mut Unstructured<'_>) -> Result<DialogKind> {
    Ok(match input.ratio(1, 4)? {
        true => DialogKind::Call,
        false => DialogKind::Context,
    })
}

pub(super) fn codec(input: &mut Unstructured<'_>) -> Result<Codec> {
    input
        .choose(&[Codec::Postcard, Codec::Json, Codec::Wave])
        .copied()
}

fn body(input: &mut Unstructured<'_>) -> Result<Bytes> {
    let length = input.int_in_range(0..=8_usize)?.min(input.len());
    Ok(Bytes::copy_from_slice(input.bytes(length)?))
}

pub(super) fn payload(input: &mut Unstructured<'_>) -> Result<Payload> {
    let bytes = body(input)?;
    Ok(Payload::new(codec(input)?, bytes))
}

pub(super) fn duration(input: &mut Unstructured<'_>) -> Result<Duration> {
    Ok(match input.int_in_range(0..=9_u8)? {
        0 => Duration::MAX,
        1 => Duration::from_secs(input.arbitrary()?),
        _ => Duration::from_millis(input.int_in_range(0..=200)?),
    })
}

pub(super) fn cancellation(input: &mut Unstructured<'_>) -> Result<Cancellation> {
    Ok(Cancellation {
        scope: ScopeId(input.int_in_range(0..=3)?),
        canceller: actor(input.int_in_range(0..=3)?),
        reason: CancelReason::Requested,
        message: None,
    })
}

pub(super) fn failures(input: &mut Unstructured<'_>) -> Result<Vec<Failure>> {
    let mut failures = Vec::new();
    for _ in 0..input.int_in_range(0..=3_u8)? {
        let kind = match input.int_in_range(0..=4_u8)? {
            0 => FailureKind::Cancelled(cancellation(input)?),
            1 => FailureKind::ContextCancelled(cancellation(input)?),
            2 => FailureKind::Overdue(cancellation(input)?),
            3 => FailureKind::Misuse,
            _ => FailureKind::Returned,
        };
        let id = FailureId(input.int_in_range(0..=5)?);
        let origin = actor(input.int_in_range(0..=3)?);
        failures.push(Failure::new(id, kind, origin, "it failed"));
    }
    Ok(failures)
}
