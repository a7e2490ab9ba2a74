//! Which frames must keep their order.
//!
//! Most transports are one lane: everything arrives in the order in which it was sent. QUIC has many, and what waits in one holds up no other.
//! A message says which it belongs to. Lanes are opened in the order in which they are pushed, and the first frames of those that one end
//! opened are received in that order; beyond that only frames of one lane are in order.

use tractor_protocol::control::{FromWorker, ToWorker};
use tractor_protocol::peer::PeerMessage;

/// The lane of a message. Numbers are of the link, whoever opened the lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// The one that every link has from its first to its last frame.
    Control,
    /// Opens this one.
    Opens(u64),
    /// In this one. If it is over, nobody waits for the message, and it is not sent.
    Within(u64),
    /// In this one, as the last of its end; who receives it sends nothing more there either.
    Ends(u64),
}

/// A message that belongs to a lane.
pub trait Lanes {
    /// Which one. The default is that of all messages without a dialog.
    fn lane(&self) -> Lane {
        Lane::Control
    }
}

impl Lanes for ToWorker {}

impl Lanes for FromWorker {}

impl Lanes for PeerMessage {
    /// A lane for each dialog.
    fn lane(&self) -> Lane {
        match self {
            Self::Start(start) => Lane::Opens(start.dialog.0),
            Self::Started { dialog, .. }
            | Self::Yield { dialog, .. }
            | Self::Credit { dialog, .. }
            | Self::Stop { dialog }
            | Self::Cancel { dialog, .. } => Lane::Within(dialog.0),
            Self::Return { dialog, .. } | Self::Failed { dialog, .. } => Lane::Ends(dialog.0),
            _ => Lane::Control,
        }
    }
}
