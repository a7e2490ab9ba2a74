//! The first words on a link: who speaks, and which versions of the protocol it knows.

use serde::{Deserialize, Serialize};

/// The newest version this build speaks. Raised with every change of a message's bytes.
pub const VERSION: u16 = 1;

/// The oldest version this build still speaks.
pub const OLDEST_VERSION: u16 = 1;

/// The first four bytes of every hello, so that a stranger's bytes are told from a version that is merely other.
pub const MAGIC: [u8; 4] = *b"trac";

/// Versions that one end speaks, both bounds included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRange {
    /// The oldest.
    pub oldest: u16,
    /// The newest.
    pub newest: u16,
}

impl VersionRange {
    /// What this build speaks.
    pub const OURS: Self = Self {
        oldest: OLDEST_VERSION,
        newest: VERSION,
    };

    /// The newest version that both ends speak.
    pub fn agree(self, other: Self) -> Result<u16, HandshakeError> {
        let version = self.newest.min(other.newest);
        if version < self.oldest.max(other.oldest) {
            return Err(HandshakeError::NoCommonVersion {
                ours: self,
                theirs: other,
            });
        }
        Ok(version)
    }
}

/// What each end says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`MAGIC`].
    pub magic: [u8; 4],
    /// The versions it speaks.
    pub versions: VersionRange,
}

impl Hello {
    /// What this build says.
    pub const OURS: Self = Self {
        magic: MAGIC,
        versions: VersionRange::OURS,
    };

    /// The version to speak with an end that said `other`.
    pub fn answer(self, other: Self) -> Result<u16, HandshakeError> {
        if other.magic != MAGIC {
            return Err(HandshakeError::Stranger(other.magic));
        }
        self.versions.agree(other.versions)
    }
}

/// Why two ends cannot talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The other end is no tractor-host.
    #[error("the peer does not speak tractor's protocol (it began with {0:02x?})")]
    Stranger([u8; 4]),
    /// No version is known to both.
    #[error(
        "no common protocol version: this end speaks {} to {}, the peer {} to {}",
        ours.oldest, ours.newest, theirs.oldest, theirs.newest
    )]
    NoCommonVersion {
        /// What this end speaks.
        ours: VersionRange,
        /// What the peer speaks.
        theirs: VersionRange,
    },
}
