//! How a dialog ends: what the callee says, and what the opener makes of it. Both are pure functions.
//!
//! What the callee says when its task ends ([`last_word`]):
//!
//! | the task gives | it goes out as |
//! | --- | --- |
//! | a value | `Return` |
//! | a value, but it is too large | `Failed`: limit `message-bytes` |
//! | a value of a context that never said `Started` | `Failed`: misuse |
//! | a value, after it broke a rule (`Started` twice, a stream before it) | `Failed`: that misuse |
//! | cancelled | `Failed`: context-cancelled, naming the canceller; for calls too, which are contexts without a stream |
//! | failures | `Failed`: the same, each once, with this actor in the path of those that began elsewhere |
//! | closed | `Failed`: other |
//!
//! What the opener gets ([`outcome`]; "own" is a cancel by the opener before the end arrived):
//!
//! | own | the callee says | outcome |
//! | --- | --- | --- |
//! | any | `Return` | the value |
//! | no | `Failed`, whatever | those failures |
//! | yes | `Failed`, only cancellations of the callee itself, whoever is named | cancelled, as the opener said |
//! | yes | `Failed`, with anything else in it | those failures: a failure wins over a cancellation |
//! | yes | nothing within the grace | overdue, naming the opener's cancellation |
//! | any | nothing, and the link is lost | the failure of the link, as if the callee had said it |
//!
//! A cancellation of the callee itself is a context-cancelled that began there, or a member told as cancelled. A
//! context-cancelled that the callee passes on from a third actor is a failure like any other.

use super::limits::{DialogLimits, TEXT_BYTES};
use std::collections::HashSet;
use std::time::Duration;
use tractor_protocol::{
    ActorId, Cancellation, DialogId, Error, Failure, FailureId, FailureKind, Payload, ScopeId,
};

/// Makes failures that begin at this end of the link.
#[derive(Debug)]
pub(super) struct FailureSource {
    pub(super) us: ActorId,
    pub(super) rng: fastrand::Rng,
}

impl FailureSource {
    pub(super) fn failure(&mut self, kind: FailureKind, message: impl Into<String>) -> Failure {
        let origin = self.us.clone();
        self.failure_at(origin, kind, message)
    }

    pub(super) fn failure_at(
        &mut self,
        origin: ActorId,
        kind: FailureKind,
        message: impl Into<String>,
    ) -> Failure {
        let id = FailureId(self.rng.u64(..));
        Failure::new(id, kind, origin, message)
    }

    pub(super) fn misuse(&mut self, message: &str) -> Failure {
        self.failure(FailureKind::Misuse, message)
    }

    pub(super) fn too_large(&mut self, bytes: usize, limits: &DialogLimits) -> Failure {
        self.failure(
            FailureKind::Limit("message-bytes".to_owned()),
            format!(
                "a value of {bytes} bytes is over the limit of {} bytes; send it in pieces on a stream",
                limits.message_bytes
            ),
        )
    }

    pub(super) fn overdue(
        &self,
        callee: &ActorId,
        dialog: DialogId,
        cancellation: Cancellation,
        grace: Duration,
    ) -> Failure {
        let id = FailureId::of_overdue(self.us.uuid, callee.uuid, dialog);
        let message = Failure::overdue_message(grace);
        let kind = FailureKind::Overdue(cancellation);
        Failure::new(id, kind, callee.clone(), message)
    }
}

/// What a callee knows of a dialog when its task ends.
#[derive(Debug)]
pub(super) struct Standing {
    /// A context that has not said `Started`.
    pub(super) owes_started: bool,
    /// The rule that its task broke.
    pub(super) misuse: Option<Failure>,
}

/// What the callee says, as in the first table of the [module](self).
pub(super) fn last_word(
    result: Result<Payload, Error>,
    standing: Standing,
    source: &mut FailureSource,
    limits: &DialogLimits,
) -> Result<Payload, Vec<Failure>> {
    let failures = match result {
        Ok(value) => match reason_against(&value, standing, source, limits) {
            None => return Ok(value),
            Some(failure) => vec![failure],
        },
        Err(Error::Cancelled(cancellation)) => vec![context_cancelled(cancellation, source)],
        Err(Error::Failed(failures)) if failures.is_empty() => {
            vec![source.failure(FailureKind::Other, "the task failed without saying how")]
        }
        Err(Error::Failed(failures)) => failures,
        Err(Error::Closed) => vec![source.failure(
            FailureKind::Other,
            "the task ended because a stream, context or nursery was closed",
        )],
    };
    Err(for_the_wire(failures, &source.us, limits.message_bytes))
}

fn reason_against(
    value: &Payload,
    standing: Standing,
    source: &mut FailureSource,
    limits: &DialogLimits,
) -> Option<Failure> {
    if standing.misuse.is_some() {
        return standing.misuse;
    }
    if standing.owes_started {
        return Some(source.misuse("returned without started"));
    }
    let bytes = value.bytes.len();
    (bytes > limits.message_bytes).then(|| source.too_large(bytes, limits))
}

fn context_cancelled(cancellation: Cancellation, source: &mut FailureSource) -> Failure {
    let message = format!("cancelled by {}", cancellation.canceller);
    source.failure(FailureKind::ContextCancelled(cancellation), message)
}

/// What the opener gets for a `Failed`, as in the second table of the [module](self).
pub(super) fn outcome(
    failures: Vec<Failure>,
    own: Option<&Cancellation>,
    callee: &ActorId,
) -> Error {
    match own {
        Some(own) if failures.iter().all(|f| is_end_by_cancel(f, callee)) => {
            Error::Cancelled(own.clone())
        }
        _ => Error::Failed(failures),
    }
}

fn is_end_by_cancel(failure: &Failure, callee: &ActorId) -> bool {
    match failure.kind {
        FailureKind::ContextCancelled(_) => failure.origin == *callee,
        _ => failure.is_cancelled(),
    }
}

/// A cancellation as another worker may read it: scopes are numbered by each worker for itself, and texts are short.
pub(super) fn from_outside(mut cancellation: Cancellation) -> Cancellation {
    cancellation.scope = ScopeId(0);
    if let Some(message) = &mut cancellation.message {
        shorten(message, TEXT_BYTES);
    }
    cancellation
}

fn for_the_wire(failures: Vec<Failure>, us: &ActorId, room_bytes: usize) -> Vec<Failure> {
    let mut failures = Vec::from_iter(failures.into_iter().map(|mut failure| {
        failure.kind = kind_from_outside(failure.kind);
        failure.relayed_by(us)
    }));
    let mut told = HashSet::new();
    failures.retain(|failure| told.insert(failure.id));
    fit(&mut failures, room_bytes);
    failures
}

fn kind_from_outside(kind: FailureKind) -> FailureKind {
    match kind {
        FailureKind::Overdue(c) => FailureKind::Overdue(from_outside(c)),
        FailureKind::Cancelled(c) => FailureKind::Cancelled(from_outside(c)),
        FailureKind::ContextCancelled(c) => FailureKind::ContextCancelled(from_outside(c)),
        other => other,
    }
}

/// Makes failures fit into a frame: the latest lose their backtrace, value and the end of their text first. Only when that
/// is not enough, which takes thousands of them, the latest are left out.
fn fit(failures: &mut Vec<Failure>, room_bytes: usize) {
    let mut bytes: usize = failures.iter().map(weight).sum();
    for failure in failures.iter_mut().rev() {
        if bytes <= room_bytes {
            return;
        }
        let before = weight(failure);
        strip(failure);
        bytes = bytes - before + weight(failure);
    }
    while bytes > room_bytes && failures.len() > 1 {
        bytes -= failures.pop().map_or(0, |failure| weight(&failure));
    }
}

fn strip(failure: &mut Failure) {
    failure.backtrace = None;
    shorten(&mut failure.message, TEXT_BYTES);
    if let FailureKind::Trap(text) | FailureKind::Limit(text) = &mut failure.kind {
        shorten(text, TEXT_BYTES);
    }
    if failure.value.take().is_some() {
        failure
            .message
            .push_str(" (its value is too large to be sent)");
    }
}

/// About how many bytes a failure takes in a header; rather too many.
fn weight(failure: &Failure) -> usize {
    const FIXED_BYTES: usize = 64;
    let kind = match &failure.kind {
        FailureKind::Trap(text) | FailureKind::Limit(text) => text.len(),
        FailureKind::Overdue(c) | FailureKind::Cancelled(c) | FailureKind::ContextCancelled(c) => {
            c.canceller.name.len() + c.message.as_ref().map_or(0, String::len) + FIXED_BYTES
        }
        _ => 0,
    };
    let path: usize = failure
        .path
        .iter()
        .map(|actor| actor.name.len() + FIXED_BYTES)
        .sum();
    let backtrace = failure.backtrace.as_ref().map_or(0, String::len);
    let value = failure.value.as_ref().map_or(0, |value| value.bytes.len());
    2 * FIXED_BYTES
        + kind
        + path
        + failure.origin.name.len()
        + failure.message.len()
        + backtrace
        + value
}

/// Cuts a text to at most `limit` bytes, and not inside a character.
fn shorten(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
    }
}
