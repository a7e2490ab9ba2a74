//! What the machine tells its shell, and the words of its methods.

use std::time::Duration;
use tractor_protocol::peer::DialogKind;
use tractor_protocol::{Cancellation, DialogId, Error, Payload};

/// Something that the shell has to act on, from [`Dialogs::poll_event`](super::Dialogs::poll_event).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogEvent {
    /// The peer calls. To be answered by exactly one [`finish`](super::Dialogs::finish).
    Incoming {
        /// The new dialog.
        dialog: DialogId,
        /// A call or a context.
        kind: DialogKind,
        /// What to call.
        function: String,
        /// With what.
        arguments: Payload,
        /// Time until the peer's deadline.
        time_left: Option<Duration>,
    },
    /// A context that we opened has given its first value.
    Started {
        /// Which dialog.
        dialog: DialogId,
        /// The value.
        first: Payload,
    },
    /// [`receive`](super::Dialogs::receive) has something to tell, after it had nothing.
    Readable(DialogId),
    /// [`send`](super::Dialogs::send) may take more, or fail, after it left messages behind.
    Writable(DialogId),
    /// The task of a dialog that the peer opened is to end. At most once on the peer's wish, and once more when the link is lost:
    /// the first names the canceller, the shorter time counts.
    Cancelled {
        /// Which dialog.
        dialog: DialogId,
        /// Who, and why; from outside, so its scope is 0.
        cancellation: Cancellation,
        /// How long the peer waits.
        time_left: Duration,
    },
    /// A dialog that we opened is over. Exactly once for each.
    Ended {
        /// Which dialog.
        dialog: DialogId,
        /// Its value, or why there is none.
        outcome: Result<Payload, Error>,
    },
}

impl DialogEvent {
    /// The dialog it is about.
    pub fn dialog(&self) -> DialogId {
        match self {
            Self::Readable(dialog) | Self::Writable(dialog) => *dialog,
            Self::Incoming { dialog, .. }
            | Self::Started { dialog, .. }
            | Self::Cancelled { dialog, .. }
            | Self::Ended { dialog, .. } => *dialog,
        }
    }
}

/// Why [`receive`](super::Dialogs::receive) gave no messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiveState {
    /// Nothing yet: wait for [`DialogEvent::Readable`].
    Empty,
    /// The peer has stopped, or the dialog has ended with a value. It stays so.
    Ended,
    /// The dialog failed, was cancelled or is closed. It stays so.
    Failed(Error),
}

/// What a sender does when the receiver has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overrun {
    /// It waits.
    #[default]
    Wait,
    /// It fails with `overrun`, each time; the stream stays as it is.
    Fail,
    /// It drops the oldest of its messages that wait for room.
    DropOldest,
}

/// The peer said what it must not. The link is of no further use: close it, and pass the failure that
/// [`Dialogs::blame`](super::Dialogs::blame) makes to [`Dialogs::lost`](super::Dialogs::lost).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("protocol violation: {message}")]
pub struct ProtocolViolation {
    /// Which rule it broke.
    pub message: String,
}

impl ProtocolViolation {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    pub(super) fn in_dialog(dialog: DialogId, message: &str) -> Self {
        Self::new(format!("dialog {}: {message}", dialog.0))
    }
}
