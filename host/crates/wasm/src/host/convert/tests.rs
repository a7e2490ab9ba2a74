//! What goes to a guest and comes back is the same.

use super::{from_wit, to_wit};
use crate::bindings::types as wit;
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Codec, Error, Failure, FailureId, FailureKind, Payload,
    ScopeId, Uuid,
};

fn actor(byte: u8) -> ActorId {
    ActorId {
        name: format!("actor {byte}"),
        uuid: Uuid([byte; 16]),
        pid: u32::from(byte),
    }
}

fn cancellation(reason: CancelReason) -> Cancellation {
    Cancellation {
        scope: ScopeId(7),
        canceller: actor(2),
        reason,
        message: Some("enough".into()),
    }
}

fn kinds() -> Vec<FailureKind> {
    vec![
        FailureKind::Returned,
        FailureKind::Trap("t".into()),
        FailureKind::Limit("l".into()),
        FailureKind::Exit(3),
        FailureKind::Killed(9),
        FailureKind::Overdue(cancellation(CancelReason::Requested)),
        FailureKind::Cancelled(cancellation(CancelReason::Deadline)),
        FailureKind::ContextCancelled(cancellation(CancelReason::SiblingFailed)),
        FailureKind::Restarted,
        FailureKind::Misuse,
        FailureKind::NotFound,
        FailureKind::IllTyped,
        FailureKind::Denied,
        FailureKind::ProtocolViolation,
        FailureKind::ConnectionLost,
        FailureKind::Overrun,
        FailureKind::Other,
    ]
}

fn fresh(kind: FailureKind, message: String) -> Failure {
    Failure::new(FailureId(77), kind, actor(9), message)
}

fn failure(kind: FailureKind) -> Failure {
    Failure {
        path: vec![actor(3), actor(4)],
        backtrace: Some("at f".into()),
        value: Some(Payload::new(Codec::Json, "1")),
        ..Failure::new(FailureId(5), kind, actor(1), "message")
    }
}

#[test]
fn error_given_to_a_guest_and_taken_back_is_the_same() {
    let reasons = [
        CancelReason::Requested,
        CancelReason::Deadline,
        CancelReason::SiblingFailed,
        CancelReason::OwnerEnded,
        CancelReason::ConnectionLost,
        CancelReason::Shutdown,
    ];
    let cancelled = reasons.map(|reason| Error::Cancelled(cancellation(reason)));
    let failed = Error::Failed(kinds().into_iter().map(failure).collect());
    for error in cancelled.into_iter().chain([failed, Error::Closed]) {
        assert_eq!(from_wit::error(to_wit::error(error.clone()), &fresh), error);
    }
}

#[test]
fn uuid_that_is_none_is_misuse() {
    for uuid in [
        "",
        "7",
        "+0000000000000000000000000000007",
        "zz000000000000000000000000000000",
    ] {
        let mut given = to_wit::cancellation(cancellation(CancelReason::Requested));
        given.canceller.uuid = uuid.to_owned();
        let taken = from_wit::error(wit::Error::Cancelled(given), &fresh);
        assert_misuse(&taken, &format!("names `{uuid}` as"));
    }
}

#[test]
fn group_without_failures_is_misuse() {
    let taken = from_wit::error(wit::Error::Failed(Vec::new()), &fresh);
    assert_misuse(&taken, "without failures");
}

#[test]
fn failure_that_a_guest_made_gets_its_id_and_origin_from_the_host() {
    let mut given = to_wit::failure(failure(FailureKind::Other));
    given.id = 0;
    given.origin.uuid = String::new();
    let Error::Failed(taken) = from_wit::error(wit::Error::Failed(vec![given]), &fresh) else {
        panic!("it failed");
    };
    let expected = Failure {
        backtrace: Some("at f".into()),
        value: Some(Payload::new(Codec::Json, "1")),
        ..fresh(FailureKind::Other, "message".into())
    };
    assert_eq!(taken, [expected]);
}

fn assert_misuse(taken: &Error, text: &str) {
    let Error::Failed(failures) = taken else {
        panic!("{taken:?}")
    };
    assert_eq!(failures[0].kind, FailureKind::Misuse);
    assert!(
        failures[0].message.contains(text),
        "{}",
        failures[0].message
    );
}
