//! Arbitrary values of every type that goes over the wire. Small ones: what matters is their shape. The large strategies are
//! boxed, because by value they overflow a test thread's stack.

mod control;
mod peer;

pub(crate) use control::{from_worker, to_worker};
pub(crate) use peer::peer_message;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::time::Duration;
use tractor_protocol::handshake::{Hello, VersionRange};
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Codec, Error, Failure, FailureId, FailureKind, Payload,
    ScopeId, Uuid,
};

pub(crate) fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![Just(String::new()), "[a-z]{1,3}", "\\PC{0,8}"]
}

pub(crate) fn body() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..40).prop_map(Bytes::from)
}

pub(crate) fn time() -> impl Strategy<Value = Duration> {
    (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos))
}

pub(crate) fn uuid() -> impl Strategy<Value = Uuid> {
    any::<[u8; 16]>().prop_map(Uuid)
}

prop_compose! {
    pub(crate) fn hello()(magic: [u8; 4], oldest: u16, newest: u16) -> Hello {
        Hello { magic, versions: VersionRange { oldest, newest } }
    }
}

prop_compose! {
    pub(crate) fn actor()(name in text(), uuid in uuid(), pid: u32) -> ActorId {
        ActorId { name, uuid, pid }
    }
}

pub(crate) fn codec() -> impl Strategy<Value = Codec> {
    prop_oneof![Just(Codec::Postcard), Just(Codec::Json), Just(Codec::Wave)]
}

fn reason() -> impl Strategy<Value = CancelReason> {
    prop_oneof![
        Just(CancelReason::Requested),
        Just(CancelReason::Deadline),
        Just(CancelReason::SiblingFailed),
        Just(CancelReason::OwnerEnded),
        Just(CancelReason::ConnectionLost),
        Just(CancelReason::Shutdown),
    ]
}

prop_compose! {
    pub(crate) fn cancellation()(
        scope: u64,
        canceller in actor(),
        reason in reason(),
        message in option::of(text()),
    ) -> Cancellation {
        Cancellation { scope: ScopeId(scope), canceller, reason, message }
    }
}

fn failure_kind() -> impl Strategy<Value = FailureKind> {
    prop_oneof![
        text().prop_map(FailureKind::Trap),
        text().prop_map(FailureKind::Limit),
        any::<u8>().prop_map(FailureKind::Exit),
        any::<u8>().prop_map(FailureKind::Killed),
        cancellation().prop_map(FailureKind::Overdue),
        cancellation().prop_map(FailureKind::Cancelled),
        cancellation().prop_map(FailureKind::ContextCancelled),
        prop::sample::select(vec![
            FailureKind::Returned,
            FailureKind::Restarted,
            FailureKind::Misuse,
            FailureKind::NotFound,
            FailureKind::IllTyped,
            FailureKind::Denied,
            FailureKind::ProtocolViolation,
            FailureKind::ConnectionLost,
            FailureKind::Overrun,
            FailureKind::Other,
        ]),
    ]
}

fn payload() -> impl Strategy<Value = Payload> {
    (codec(), body()).prop_map(|(codec, bytes)| Payload { codec, bytes })
}

prop_compose! {
    fn failure()(
        id: u64,
        kind in failure_kind(),
        origin in actor(),
        path in vec(actor(), 0..3),
        message in text(),
        backtrace in option::of(text()),
        value in option::of(payload()),
    ) -> Failure {
        Failure { id: FailureId(id), kind, origin, path, message, backtrace, value }
    }
}

pub(crate) fn failures() -> BoxedStrategy<Vec<Failure>> {
    vec(failure(), 0..3).boxed()
}

pub(crate) fn error() -> impl Strategy<Value = Error> {
    prop_oneof![
        cancellation().prop_map(Error::Cancelled),
        failures().prop_map(Error::Failed),
        Just(Error::Closed),
    ]
}
