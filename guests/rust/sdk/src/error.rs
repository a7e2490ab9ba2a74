//! Why a waiting call did not give a value, and how errors of other libraries become such.

use crate::types::{Cancellation, Failure, FailureKind};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The result of what can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// All of a group of failures, in the order in which they happened. Never empty.
pub type Failures = Vec<Failure>;

/// Why a waiting call did not give a value.
///
/// `?` turns texts and the errors of the standard library, postcard and JSON into a failure of this actor; [`Error::new`] and
/// [`bail!`](crate::bail) do for all others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    /// A scope around the call was cancelled. It stays so: clean up and return, or call within [`shield`](crate::shield()).
    Cancelled(Cancellation),
    /// One failure, or all of a group in the order in which they happened.
    Failed(Failures),
    /// The stream, context or nursery is over.
    Closed,
}

impl Error {
    /// Makes an error of one failure of this actor, of kind [`FailureKind::Other`].
    pub fn new(message: impl fmt::Display) -> Self {
        Failure::new(FailureKind::Other, message.to_string()).into()
    }

    /// Puts two errors together, as of two branches of a `join!`: one flat group, in this order, each failure once. What failed
    /// counts more than a cancellation, and that more than what is closed.
    ///
    /// ```no_run
    /// # use tractor_guest::Result;
    /// fn both((first, second): (Result<()>, Result<()>)) -> Result<()> {
    ///     match (first, second) {
    ///         (Err(first), Err(second)) => Err(first.and(second)),
    ///         (first, second) => first.and(second),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Failed(mut failures), Self::Failed(others)) => {
                for other in others {
                    // One that was just made has no id yet.
                    if other.id == 0 || failures.iter().all(|known| known.id != other.id) {
                        failures.push(other);
                    }
                }
                Self::Failed(failures)
            }
            (Self::Failed(failures), _) | (_, Self::Failed(failures)) => Self::Failed(failures),
            (Self::Closed, other) => other,
            (cancelled, _) => cancelled,
        }
    }

    /// Gives the cancellation, if that is what it is.
    pub fn cancellation(&self) -> Option<&Cancellation> {
        match self {
            Self::Cancelled(cancellation) => Some(cancellation),
            Self::Failed(_) | Self::Closed => None,
        }
    }

    /// Gives the failures; none for a cancellation or what is closed.
    pub fn failures(&self) -> &[Failure] {
        match self {
            Self::Failed(failures) => failures,
            Self::Cancelled(_) | Self::Closed => &[],
        }
    }
}

impl fmt::Display for Error {
    /// One line; of a group the failures that are no mere cancellation, `; ` between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled(cancellation) => cancellation.fmt(f),
            Self::Closed => f.write_str("closed"),
            Self::Failed(failures) => {
                let told = failures
                    .iter()
                    .filter(|failure| !matches!(failure.kind, FailureKind::Cancelled(_)));
                for (index, failure) in told.enumerate() {
                    f.write_str(if index == 0 { "" } else { "; " })?;
                    failure.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(vec![failure])
    }
}

impl From<Cancellation> for Error {
    fn from(cancellation: Cancellation) -> Self {
        Self::Cancelled(cancellation)
    }
}

/// An error that implements [`std::error::Error`] cannot be made of all others that do: so they are named.
macro_rules! from_errors {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::new(error)
            }
        })*
    };
}

from_errors!(
    String,
    &str,
    Box<dyn std::error::Error>,
    Box<dyn std::error::Error + Send + Sync>,
    std::io::Error,
    fmt::Error,
    std::env::VarError,
    std::num::ParseIntError,
    std::num::ParseFloatError,
    std::num::TryFromIntError,
    std::str::ParseBoolError,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
    std::time::SystemTimeError,
    std::array::TryFromSliceError,
    postcard::Error,
    serde_json::Error,
);

/// Returns from the function with an error made of a formatted message.
///
/// ```no_run
/// # use tractor_guest::{bail, Result};
/// fn positive(n: i64) -> Result<i64> {
///     if n <= 0 {
///         bail!("{n} is not positive");
///     }
///     Ok(n)
/// }
/// ```
#[macro_export]
macro_rules! bail {
    ($($message:tt)*) => {
        return ::core::result::Result::Err($crate::Error::new(::core::format_args!($($message)*)).into())
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_of_a_text_is_a_failure_of_kind_other() {
        let error = Error::from("no luck");
        assert_eq!(error.failures().len(), 1);
        assert_eq!(error.failures()[0].kind, FailureKind::Other);
        assert!(error.to_string().ends_with("no luck"), "{error}");
    }

    #[test]
    fn error_of_a_group_leaves_cancelled_members_out_of_its_text() {
        let failure = Failure::new(FailureKind::Other, "broken");
        let cancellation = Cancellation {
            scope: 1,
            canceller: failure.origin.clone(),
            reason: crate::CancelReason::SiblingFailed,
            message: None,
        };
        let cancelled = Failure::new(FailureKind::Cancelled(cancellation), "was cancelled");
        let error = Error::Failed(vec![failure.clone(), cancelled]);
        assert_eq!(error.to_string(), failure.to_string());
    }

    #[test]
    fn errors_put_together_are_one_flat_group_with_each_failure_once() {
        let numbered = |id| Failure {
            id,
            ..Failure::new(FailureKind::Other, "broken")
        };
        let one = Error::Failed(vec![numbered(1), numbered(2)]);
        let two = Error::Failed(vec![numbered(2), numbered(3)]);
        let ids = |error: &Error| Vec::from_iter(error.failures().iter().map(|f| f.id));
        assert_eq!(ids(&one.clone().and(two)), [1, 2, 3]);
        // Those that were just made are not the same, though they have no number yet.
        assert_eq!(ids(&Error::new("x").and(Error::new("x"))), [0, 0]);
        assert_eq!(one.clone().and(Error::Closed), one);
        assert_eq!(Error::Closed.and(one.clone()), one);
    }

    #[test]
    fn question_mark_takes_errors_of_the_standard_library() {
        fn parse(text: &str) -> Result<u32> {
            Ok(text.parse()?)
        }
        assert!(parse("x").is_err());
        assert_eq!(parse("7"), Ok(7));
    }
}
