//! Messages between two workers: calls, contexts, and the streams on them.
//!
//! Many dialogs share one link. The opener of a dialog sends `Start`; the callee ends it with exactly one `Return` or
//! `Failed`, and that message alone decides the outcome at both ends, whatever cancels cross it. The bytes of values stand
//! in the frame's body, never in these headers.

use crate::failure::{Cancellation, Failure};
use crate::handshake::Hello;
use crate::id::DialogId;
use crate::payload::Codec;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a dialog is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DialogKind {
    /// Arguments there, a value back.
    Call,
    /// Two linked tasks: a first value, maybe a stream, a value back.
    Context,
}

/// What a stream message costs beside its bytes, 64 bytes: about what one takes that waits, so that empty ones are bounded too.
pub const MESSAGE_COST_BYTES: u64 = 64;

/// The codec and length of one stream message. The bytes of a batch stand one after another in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageHead {
    /// How to read the bytes.
    pub codec: Codec,
    /// How many they are.
    pub bytes: u32,
}

/// Opens a dialog. Body: the arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Numbered by its opener.
    pub dialog: DialogId,
    /// A call or a context.
    pub kind: DialogKind,
    /// The function: `ns:pkg/iface#func`, or the bare name where unambiguous.
    pub function: String,
    /// The codec of the arguments, and of every value that comes back.
    pub codec: Codec,
    /// Time until the opener's nearest deadline.
    pub time_left: Option<Duration>,
}

/// A message on a peer link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PeerMessage {
    /// The first word of each end.
    Hello(Hello),
    /// Opener to callee: opens a dialog.
    Start(Start),
    /// Callee to opener: the first value of a context. Body: the value.
    Started {
        /// Which dialog.
        dialog: DialogId,
        /// The codec of the value.
        codec: Codec,
    },
    /// Either end: stream messages, in order. Body: their bytes.
    Yield {
        /// Which dialog.
        dialog: DialogId,
        /// Codec and length of each.
        messages: Vec<MessageHead>,
    },
    /// Either end: room for so many more messages and bytes. The first one tells that this end's stream is open. A message may be sent while
    /// there is room for one and for any byte at all: the last one may be larger than what is left, so that none is too large to be sent.
    Credit {
        /// Which dialog.
        dialog: DialogId,
        /// How many more messages.
        messages: u32,
        /// How many more bytes; each message counts [`MESSAGE_COST_BYTES`] beside its own.
        bytes: u64,
    },
    /// Either end: this direction has ended.
    Stop {
        /// Which dialog.
        dialog: DialogId,
    },
    /// Callee to opener: the final value. Ends the dialog. Body: the value.
    Return {
        /// Which dialog.
        dialog: DialogId,
        /// The codec of the value.
        codec: Codec,
    },
    /// Callee to opener: it failed, or was cancelled. Ends the dialog.
    Failed {
        /// Which dialog.
        dialog: DialogId,
        /// One failure or a flat group; never empty.
        failures: Vec<Failure>,
    },
    /// Opener to callee: ask the task to end.
    Cancel {
        /// Which dialog.
        dialog: DialogId,
        /// Who, and why.
        cancellation: Cancellation,
        /// How long the opener waits for the end.
        time_left: Duration,
    },
    /// Asks for a `Pong` with the same number, where a socket cannot tell that the peer is gone.
    Ping(u64),
    /// Answers a `Ping`.
    Pong(u64),
}
