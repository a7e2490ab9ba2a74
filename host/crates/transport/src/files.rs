//! How many files come along with a message.

use tractor_protocol::control::{Code, FromWorker, ToWorker};
use tractor_protocol::peer::PeerMessage;

/// A message that may bring files. Both ends count them from the message, so no number of files stands on the wire to be lied about.
pub trait Files {
    /// How many files belong to this message, at most 16.
    fn files(&self) -> usize;
}

impl Files for ToWorker {
    /// The socket of a link; the code of a component, and the terminal.
    fn files(&self) -> usize {
        match self {
            Self::Link { .. } => 1,
            Self::Spec(spec) => {
                usize::from(matches!(spec.code, Code::Component { .. }))
                    + usize::from(spec.terminal)
            }
            _ => 0,
        }
    }
}

impl Files for FromWorker {
    /// None.
    fn files(&self) -> usize {
        0
    }
}

impl Files for PeerMessage {
    /// None.
    fn files(&self) -> usize {
        0
    }
}
