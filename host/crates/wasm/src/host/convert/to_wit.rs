//! From the protocol to the guest.

use crate::bindings::types as wit;
use std::time::Duration;
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Codec, Error, Failure, FailureKind, Payload,
};

pub(crate) fn actor(actor: &ActorId) -> wit::ActorId {
    wit::ActorId {
        name: actor.name.clone(),
        uuid: actor.uuid.to_string(),
        pid: actor.pid,
    }
}

/// Nanoseconds; what is beyond 584 years is cut.
pub(crate) fn duration(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

pub(crate) fn payload(payload: Payload) -> wit::Payload {
    wit::Payload {
        codec: codec(payload.codec),
        bytes: payload.bytes.into(),
    }
}

pub(crate) fn answer(answer: Result<Payload, Error>) -> Result<wit::Payload, wit::Error> {
    answer.map(payload).map_err(error)
}

pub(crate) fn error(error: Error) -> wit::Error {
    match error {
        Error::Cancelled(cause) => wit::Error::Cancelled(cancellation(cause)),
        Error::Failed(failures) => wit::Error::Failed(failures.into_iter().map(failure).collect()),
        Error::Closed => wit::Error::Closed,
    }
}

pub(crate) fn cancellation(cancellation: Cancellation) -> wit::Cancellation {
    wit::Cancellation {
        scope: cancellation.scope.0,
        canceller: actor(&cancellation.canceller),
        reason: reason(cancellation.reason),
        message: cancellation.message,
    }
}

pub(crate) fn failure(failure: Failure) -> wit::Failure {
    wit::Failure {
        id: failure.id.0,
        kind: kind(failure.kind),
        origin: actor(&failure.origin),
        path: failure.path.iter().map(actor).collect(),
        message: failure.message,
        backtrace: failure.backtrace,
        value: failure.value.map(payload),
    }
}

fn codec(codec: Codec) -> wit::Codec {
    match codec {
        Codec::Postcard => wit::Codec::Postcard,
        Codec::Json => wit::Codec::Json,
        Codec::Wave => wit::Codec::Wave,
    }
}

fn reason(reason: CancelReason) -> wit::CancelReason {
    match reason {
        CancelReason::Requested => wit::CancelReason::Requested,
        CancelReason::Deadline => wit::CancelReason::Deadline,
        CancelReason::SiblingFailed => wit::CancelReason::SiblingFailed,
        CancelReason::OwnerEnded => wit::CancelReason::OwnerEnded,
        CancelReason::ConnectionLost => wit::CancelReason::ConnectionLost,
        CancelReason::Shutdown => wit::CancelReason::Shutdown,
    }
}

fn kind(kind: FailureKind) -> wit::FailureKind {
    use wit::FailureKind as Wit;
    match kind {
        FailureKind::Returned => Wit::Returned,
        FailureKind::Trap(text) => Wit::Trap(text),
        FailureKind::Limit(which) => Wit::Limit(which),
        FailureKind::Exit(code) => Wit::Exit(code),
        FailureKind::Killed(signal) => Wit::Killed(signal),
        FailureKind::Overdue(cause) => Wit::Overdue(cancellation(cause)),
        FailureKind::Cancelled(cause) => Wit::Cancelled(cancellation(cause)),
        FailureKind::ContextCancelled(cause) => Wit::ContextCancelled(cancellation(cause)),
        FailureKind::Restarted => Wit::Restarted,
        FailureKind::Misuse => Wit::Misuse,
        FailureKind::NotFound => Wit::NotFound,
        FailureKind::IllTyped => Wit::IllTyped,
        FailureKind::Denied => Wit::Denied,
        FailureKind::ProtocolViolation => Wit::ProtocolViolation,
        FailureKind::ConnectionLost => Wit::ConnectionLost,
        FailureKind::Overrun => Wit::Overrun,
        FailureKind::Other => Wit::Other,
    }
}
