//! The first words on a link: who speaks, and which versions of the protocol it knows.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The newest version this build speaks. Raised with every change of a message's bytes.
pub const VERSION: u16 = 2;

/// The oldest version this build still speaks.
pub const OLDEST_VERSION: u16 = 2;

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

    /// The newest version that both ends speak. Both ends come to the same.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::NoCommonVersion`], also where a range is empty because its bounds are the wrong way round.
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
    ///
    /// # Errors
    ///
    /// [`HandshakeError`].
    pub fn answer(self, other: Self) -> Result<u16, HandshakeError> {
        if other.magic != MAGIC {
            return Err(HandshakeError::Stranger(other.magic));
        }
        self.versions.agree(other.versions)
    }
}

/// The first word of the end that opened a link, where the supervisor did not make both: to a listener, or to ask for shared memory.
/// Builds of other versions read it, so its bytes never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Versions.
    pub hello: Hello,
    /// Who it says it is. On a network its certificate must bear this name.
    pub name: String,
    /// Whether it would carry the link's bytes in shared memory.
    pub rings: bool,
    /// How long it lets the peer be silent, where a silent peer is not told from one that is gone.
    pub silence: Duration,
}

/// The answer to a [`Greeting`]. Its bytes never change either.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Welcome {
    /// Frames may follow.
    Accepted(Greeting),
    /// The link ends here.
    Refused {
        /// Versions of the end that refuses.
        hello: Hello,
        /// Why, for people.
        reason: String,
    },
}

/// The longest greeting or answer, in bytes: a stranger cannot make an end hold more.
pub const GREETING_LIMIT_BYTES: usize = 4 << 10;

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

#[cfg(test)]
mod tests {
    use super::*;

    const fn range(oldest: u16, newest: u16) -> VersionRange {
        VersionRange { oldest, newest }
    }

    #[test]
    fn ends_agree_on_the_newest_version_both_speak() {
        for (ours, theirs, version) in [
            (range(1, 1), range(1, 1), 1),
            (range(1, 3), range(2, 5), 3),
            (range(1, 9), range(4, 4), 4),
            (range(0, u16::MAX), range(7, u16::MAX), u16::MAX),
            (range(3, 5), range(5, 8), 5),
        ] {
            assert_eq!(ours.agree(theirs), Ok(version), "{ours:?} {theirs:?}");
            assert_eq!(theirs.agree(ours), Ok(version), "{theirs:?} {ours:?}");
        }
    }

    #[test]
    fn ranges_that_do_not_meet_are_refused_by_both_ends() {
        for (ours, theirs) in [
            (range(1, 2), range(3, 4)),
            (range(2, 2), range(1, 1)),
            // A peer that lies has no version at all.
            (range(1, 9), range(5, 4)),
        ] {
            let refused = |ours, theirs| Err(HandshakeError::NoCommonVersion { ours, theirs });
            assert_eq!(ours.agree(theirs), refused(ours, theirs));
            assert_eq!(theirs.agree(ours), refused(theirs, ours));
        }
    }

    #[test]
    fn our_hello_is_answered_with_our_newest_version() {
        assert_eq!(Hello::OURS.answer(Hello::OURS), Ok(VERSION));
    }

    #[test]
    fn stranger_is_told_from_another_version() {
        let stranger = Hello {
            magic: *b"GET ",
            versions: range(900, 901),
        };
        let error = Hello::OURS.answer(stranger).expect_err("it is a stranger");
        assert_eq!(error, HandshakeError::Stranger(*b"GET "));
        assert_eq!(
            error.to_string(),
            "the peer does not speak tractor's protocol (it began with [47, 45, 54, 20])"
        );
    }

    #[test]
    fn refusal_names_both_ranges() {
        let newer = Hello {
            versions: range(900, 901),
            ..Hello::OURS
        };
        let error = Hello::OURS.answer(newer).expect_err("it is too new");
        assert_eq!(
            error.to_string(),
            format!(
                "no common protocol version: this end speaks {OLDEST_VERSION} to {VERSION}, the peer 900 to 901"
            )
        );
    }
}
