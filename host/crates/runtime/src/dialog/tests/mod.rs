//! Tests of the machine through its public methods, two ends of a link at a time.

mod bounds;
mod illegal;
mod links;
mod outcomes;
mod pair;
mod queues;
mod random;
mod streams;

use super::{DialogLimits, Dialogs};
use crate::time::Time;
use std::time::Duration;
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, Codec, Failure, FailureId, FailureKind, Payload, ScopeId,
    Side, Uuid,
};

const GRACE: Duration = Duration::from_millis(500);

fn actor(name: &str) -> ActorId {
    let number = name
        .bytes()
        .fold(0, |sum, byte| sum << 8 | u128::from(byte));
    ActorId {
        name: name.to_owned(),
        uuid: Uuid::from_random(number),
        pid: 0,
    }
}

fn opener() -> ActorId {
    actor("opener")
}

fn callee() -> ActorId {
    actor("callee")
}

/// The opener's end of a link.
fn opener_end(limits: DialogLimits) -> Dialogs {
    Dialogs::new(Side::First, opener(), callee(), limits, 1)
}

/// The callee's end of a link.
fn callee_end(limits: DialogLimits) -> Dialogs {
    Dialogs::new(Side::Second, callee(), opener(), limits, 2)
}

fn at(millis: u64) -> Time {
    Time(Duration::from_millis(millis))
}

fn value(text: &str) -> Payload {
    Payload::new(Codec::Json, text.to_owned())
}

fn values(numbers: impl IntoIterator<Item = u32>) -> Vec<Payload> {
    let numbers = numbers.into_iter();
    numbers.map(|number| value(&number.to_string())).collect()
}

/// A cancellation by an actor, of a scope of its own.
fn by(canceller: &ActorId) -> Cancellation {
    Cancellation {
        scope: ScopeId(17),
        canceller: canceller.clone(),
        reason: CancelReason::Requested,
        message: None,
    }
}

/// The same as the other worker sees it.
fn from_outside(cancellation: &Cancellation) -> Cancellation {
    Cancellation {
        scope: ScopeId(0),
        ..cancellation.clone()
    }
}

/// A failure; others of another kind or origin have other ids.
fn failure(kind: FailureKind, origin: &ActorId) -> Failure {
    let text = format!("{kind:?} {origin}");
    let hash = |hash: u64, byte| hash.wrapping_mul(31) + u64::from(byte);
    let id = text.bytes().fold(99, hash);
    Failure::new(FailureId(id), kind, origin.clone(), "it went wrong")
}
