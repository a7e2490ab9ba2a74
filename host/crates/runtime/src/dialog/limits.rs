//! What one peer link may hold.

use std::time::Duration;
use tractor_protocol::frame::{DEFAULT_LIMIT_BYTES, HEADER_ROOM_BYTES};

/// The longest name of a function, in bytes. It stands in a frame's header, for which there is little room.
pub(super) const FUNCTION_BYTES: usize = 4 << 10;

/// The longest message of a cancellation, in bytes; the rest is cut off. It goes to everything that is cancelled with it.
pub(super) const TEXT_BYTES: usize = 4 << 10;

/// Limits of one end of a link. Both ends may have different ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogLimits {
    /// Dialogs open at once: those that the actor opened, on all its links together, and those that each of its peers opened, on that link
    /// alone, so that a peer that opens many does not shut others out. Those that are kept for their stream or overdue count, and so do
    /// those whose end is not yet written to the link. Default: 1024.
    pub dialogs: usize,
    /// Bytes of one value: arguments, stream message, result. Default: the frame limit less room for a header.
    pub message_bytes: usize,
    /// Bytes of a batch of stream messages; a single larger message goes alone. Default: 256 KiB.
    pub frame_bytes: usize,
    /// The largest buffer of a stream, in messages; larger wishes are cut to it. Default: 65,536.
    pub buffer_messages: u32,
    /// Stream bytes that may wait to be written to the link before senders wait, whatever credit they have. Default: 1 MiB.
    pub outbox_bytes: usize,
    /// Bytes that may wait in the queues of an actor, in each direction, and as many of arguments, over all its links: see [`Queues`](super::Queues). Default: 64 MiB.
    pub queue_bytes: u64,
    /// Credit that a released stream gives, so that the peer can send its rest into the void. Default: 64 messages.
    pub drain_messages: u32,
    /// The time that tasks get to clean up when the link is lost. Default: 500 ms.
    pub grace: Duration,
}

impl Default for DialogLimits {
    fn default() -> Self {
        Self {
            dialogs: 1024,
            message_bytes: DEFAULT_LIMIT_BYTES - HEADER_ROOM_BYTES,
            frame_bytes: 256 << 10,
            buffer_messages: 1 << 16,
            outbox_bytes: 1 << 20,
            queue_bytes: 64 << 20,
            drain_messages: 64,
            grace: Duration::from_millis(500),
        }
    }
}

impl DialogLimits {
    /// The same, but such that anything can be sent at all, and its length be told.
    pub(super) fn checked(mut self) -> Self {
        const LONGEST: usize = u32::MAX as usize;
        self.message_bytes = self.message_bytes.min(LONGEST);
        self.buffer_messages = self.buffer_messages.max(1);
        self.outbox_bytes = self.outbox_bytes.max(1);
        self.drain_messages = self.drain_messages.max(1);
        self
    }
}
