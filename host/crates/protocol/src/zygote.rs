//! Messages between the supervisor and a zygote: a process that has prepared the code of an actor and is forked for each actor of it.
//!
//! Both are the same program, one the child of the other, over a socket that keeps the bounds of messages. So there is no handshake and no
//! length before a message.

use crate::control::Code;
use crate::frame::FrameError;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The most bytes of a message, 64 KiB: names and reasons are short, and what is longer is no message.
pub const PACKET_LIMIT_BYTES: usize = 64 << 10;

/// What the supervisor says to a zygote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToZygote {
    /// First: prepare this. Comes with the file that the ids of children are written to, and behind it those that the code needs.
    Prepare(Code),
    /// Make a worker. Comes with three files: its control link, and its stdout and stderr.
    Fork {
        /// The actor's name, for the process list.
        name: String,
    },
}

/// What a zygote says to the supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromZygote {
    /// The code is prepared.
    Ready,
    /// It cannot be prepared, and the zygote ends.
    Unready(String),
    /// There is a worker. The zygote holds nothing of it any more.
    Forked {
        /// Its process id.
        pid: u32,
    },
    /// There is none.
    Refused {
        /// What the system said, as its number for an error; 0 if that is not it.
        errno: i32,
        /// The same for people.
        why: String,
    },
}

/// A message that is sent as one packet.
pub trait Packet: Serialize + DeserializeOwned {
    /// Its bytes.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLarge`] if they are over [`PACKET_LIMIT_BYTES`].
    fn to_packet(&self) -> Result<Vec<u8>, FrameError> {
        let packet = postcard::to_stdvec(self).map_err(FrameError::Malformed)?;
        match packet.len() {
            bytes if bytes > PACKET_LIMIT_BYTES => Err(FrameError::TooLarge {
                bytes,
                limit_bytes: PACKET_LIMIT_BYTES,
            }),
            _ => Ok(packet),
        }
    }

    /// Reads the bytes of one packet.
    ///
    /// # Errors
    ///
    /// [`FrameError::Malformed`] if they are no message.
    fn from_packet(packet: &[u8]) -> Result<Self, FrameError> {
        postcard::from_bytes(packet).map_err(FrameError::Malformed)
    }
}

impl Packet for ToZygote {}

impl Packet for FromZygote {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packet_that_is_cut_or_empty_is_malformed() {
        let name = "ann".to_owned();
        let whole = ToZygote::Fork { name }.to_packet().expect("short");
        for bytes in 0..whole.len() {
            let read = ToZygote::from_packet(&whole[..bytes]);
            assert!(matches!(read, Err(FrameError::Malformed(_))), "{read:?}");
        }
    }

    #[test]
    fn packet_beyond_the_limit_is_not_made() {
        let name = "a".repeat(PACKET_LIMIT_BYTES);
        let made = ToZygote::Fork { name }.to_packet();
        assert!(matches!(made, Err(FrameError::TooLarge { .. })), "{made:?}");
    }
}
