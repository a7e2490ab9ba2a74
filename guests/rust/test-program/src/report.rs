//! Outcomes as lines that are the same each time: without process ids, ids and backtraces.

use std::fmt::Debug;
use tractor_guest::{CancelReason, Cancellation, Error, Failure, FailureKind, Result};

/// Prints how something ended.
pub(crate) fn outcome<T: Debug>(what: &str, outcome: &Result<T>) {
    match outcome {
        Ok(value) => println!("{what}: ok {value:?}"),
        Err(error) => println!("{what}: {}", describe(error)),
    }
}

/// An error in one line; the failures of a group in the order of their text.
pub(crate) fn describe(error: &Error) -> String {
    match error {
        Error::Closed => "closed".to_owned(),
        Error::Cancelled(cancellation) => describe_cancellation(cancellation),
        Error::Failed(failures) => {
            let mut lines: Vec<_> = failures.iter().map(describe_failure).collect();
            lines.sort();
            format!("failed {}", lines.join(" and "))
        }
    }
}

fn describe_cancellation(cancellation: &Cancellation) -> String {
    let message = cancellation.message.as_deref().unwrap_or("");
    let (reason, canceller) = (reason(cancellation.reason), &cancellation.canceller.name);
    format!("cancelled ({reason}, by {canceller}) {message}")
        .trim_end()
        .to_owned()
}

fn describe_failure(failure: &Failure) -> String {
    let path: Vec<_> = failure
        .path
        .iter()
        .map(|actor| actor.name.as_str())
        .collect();
    let path = if path.is_empty() {
        String::new()
    } else {
        format!(" via {}", path.join(", "))
    };
    let kind = kind(&failure.kind);
    // The text of these is the host's; tests of it look at the report of the program.
    let message = match failure.kind {
        FailureKind::Other | FailureKind::Returned => failure.message.as_str(),
        _ => "",
    };
    format!("[{kind}, in {}{path}] {message}", failure.origin.name)
        .trim_end()
        .to_owned()
}

/// The name of a kind of failure.
pub(crate) fn kind(kind: &FailureKind) -> String {
    let plain = match kind {
        FailureKind::Killed(signal) => return format!("killed({signal})"),
        FailureKind::Exit(code) => return format!("exit({code})"),
        FailureKind::Overdue(cancellation) => {
            return format!("overdue({})", reason(cancellation.reason));
        }
        FailureKind::Cancelled(cancellation) => {
            return format!("cancelled({})", reason(cancellation.reason));
        }
        FailureKind::ContextCancelled(cancellation) => {
            return format!("context-cancelled({})", cancellation.canceller.name);
        }
        FailureKind::Returned => "returned",
        FailureKind::Trap(_) => "trap",
        FailureKind::Limit(_) => "limit",
        FailureKind::Restarted => "restarted",
        FailureKind::Misuse => "misuse",
        FailureKind::NotFound => "not-found",
        FailureKind::IllTyped => "ill-typed",
        FailureKind::Denied => "denied",
        FailureKind::ProtocolViolation => "protocol-violation",
        FailureKind::ConnectionLost => "connection-lost",
        FailureKind::Overrun => "overrun",
        FailureKind::Other => "other",
    };
    plain.to_owned()
}

fn reason(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::Requested => "requested",
        CancelReason::Deadline => "deadline",
        CancelReason::SiblingFailed => "sibling-failed",
        CancelReason::OwnerEnded => "owner-ended",
        CancelReason::ConnectionLost => "connection-lost",
        CancelReason::Shutdown => "shutdown",
    }
}
