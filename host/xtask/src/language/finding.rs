//! What `doctor` finds: a thing that is there, or one that is missing and how to get it.

use std::fmt::{self, Display};

/// One thing that a language needs.
pub(crate) enum Finding {
    /// It is there.
    There {
        /// The thing, with its version where it has one.
        what: String,
    },
    /// It is missing, or does not do.
    Missing {
        /// The thing.
        what: String,
        /// What to do about it: a command, where there is one.
        remedy: String,
    },
}

impl Finding {
    /// A thing that is there.
    pub(crate) fn there(what: impl Display) -> Self {
        Self::There {
            what: what.to_string(),
        }
    }

    /// A thing that is missing, with the way to get it.
    pub(crate) fn missing(what: impl Display, remedy: impl Display) -> Self {
        Self::Missing {
            what: what.to_string(),
            remedy: remedy.to_string(),
        }
    }

    /// Tells whether it is missing.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::There { what } => write!(f, "  ok       {what}"),
            Self::Missing { what, remedy } => {
                write!(f, "  missing  {what}\n           to get it: {remedy}")
            }
        }
    }
}
