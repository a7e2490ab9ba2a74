//! What was expected, and what came.

use std::fmt::Debug;
use tractor_guest::{Cancellation, Error, Failure, FailureKind, Result, bail};

/// The full name of a function of `peer`.
pub(super) fn function(name: &str) -> String {
    format!("test:conformance/peer#{name}")
}

/// Expects two values to be equal.
pub(super) fn equal<T: PartialEq + Debug>(what: &str, came: &T, expected: &T) -> Result<()> {
    if came != expected {
        bail!("{what}: expected {expected:?}, and {came:?} came")
    }
    Ok(())
}

/// Expects something to hold of a value.
pub(super) fn holds(what: &str, holds: bool, came: &impl Debug) -> Result<()> {
    if !holds {
        bail!("expected {what}, and {came:?} came")
    }
    Ok(())
}

/// Expects one failure, not counting members that were cancelled on account of it.
pub(super) fn one_failure<T: Debug>(outcome: &Result<T>) -> Result<Failure> {
    let failures = match outcome {
        Err(Error::Failed(failures)) => failures.as_slice(),
        _ => &[],
    };
    let mut real = failures
        .iter()
        .filter(|failure| !matches!(failure.kind, FailureKind::Cancelled(_)));
    match (real.next(), real.next()) {
        (Some(failure), None) => Ok(failure.clone()),
        _ => bail!("expected one failure, and {outcome:?} came"),
    }
}

/// Expects one failure of this kind, with this text in its message.
pub(super) fn failure<T: Debug>(
    outcome: &Result<T>,
    kind: &FailureKind,
    text: &str,
) -> Result<Failure> {
    let failure = one_failure(outcome)?;
    let fits = failure.kind == *kind && failure.message.contains(text);
    holds(&format!("{kind:?} `{text}`"), fits, &failure)?;
    Ok(failure)
}

/// Expects a wait to have been cancelled.
pub(super) fn cancelled<T: Debug>(outcome: Result<T>) -> Result<Error> {
    match outcome {
        Err(error @ Error::Cancelled(_)) => Ok(error),
        other => bail!("expected the wait to be cancelled, and {other:?} came"),
    }
}

/// Expects the context to have been cancelled by someone else, with this message.
pub(super) fn context_cancelled<T: Debug>(
    outcome: &Result<T>,
    canceller: &str,
    message: &str,
) -> Result<()> {
    let failure = one_failure(outcome)?;
    let fits = |cancellation: &Cancellation| {
        cancellation.message.as_deref() == Some(message) && cancellation.canceller.name == canceller
    };
    let holds_so =
        matches!(&failure.kind, FailureKind::ContextCancelled(cancellation) if fits(cancellation));
    let what = format!("the context cancelled by `{canceller}`: `{message}`");
    holds(&what, holds_so, &failure)
}
