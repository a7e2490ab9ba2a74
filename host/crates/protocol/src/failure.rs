//! What went wrong, as data. These types are the wire form of the WIT interface `tractor:actor/types`.

use crate::id::{ActorId, FailureId, ScopeId};
use crate::payload::Payload;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Why something was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CancelReason {
    /// Someone asked for it.
    Requested,
    /// The time was up.
    Deadline,
    /// Another member of the same nursery failed.
    SiblingFailed,
    /// The code that owns the nursery failed, returned or was cancelled.
    OwnerEnded,
    /// The connection to the peer was lost.
    ConnectionLost,
    /// The whole tree is going down.
    Shutdown,
}

/// Who cancelled, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// The scope that was cancelled, numbered by the worker that reads this.
    pub scope: ScopeId,
    /// Who cancelled.
    pub canceller: ActorId,
    /// Why.
    pub reason: CancelReason,
    /// What the canceller said.
    pub message: Option<String>,
}

/// What kind of thing went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// The function returned an error of its own; the failure's `value` holds it.
    Returned,
    /// The guest trapped: the text of the trap.
    Trap(String),
    /// A limit was reached: which one.
    Limit(String),
    /// The guest exited with this code.
    Exit(u8),
    /// The worker was ended by this signal.
    Killed(u8),
    /// It was cancelled and did not answer within its grace period.
    Overdue(Cancellation),
    /// It was cancelled: listed beside the failure that caused it, for the story.
    Cancelled(Cancellation),
    /// The context was cancelled by someone other than its opener.
    ContextCancelled(Cancellation),
    /// The actor was started anew while this was under way.
    Restarted,
    /// The API was used against its rules.
    Misuse,
    /// No such function, component or actor.
    NotFound,
    /// Arguments or a message did not fit the WIT type.
    IllTyped,
    /// The actor lacks a capability that it asks for.
    Denied,
    /// The peer broke the protocol between processes.
    ProtocolViolation,
    /// The peer cannot be reached any more.
    ConnectionLost,
    /// The receiver could not keep up, and the stream was opened to fail then.
    Overrun,
    /// Anything else, in the message.
    Other,
}

/// What is kept of the message of a failure that must be short.
pub const SLIM_MESSAGE_BYTES: usize = 1 << 10;

/// What went wrong, where, and how it came here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The same failure has the same id wherever it is met.
    pub id: FailureId,
    /// What kind of thing went wrong.
    pub kind: FailureKind,
    /// Where it happened.
    pub origin: ActorId,
    /// Who passed it on, nearest to the origin first.
    pub path: Vec<ActorId>,
    /// One line for people.
    pub message: String,
    /// The guest's frames, with source lines where there is debug information.
    pub backtrace: Option<String>,
    /// The declared error, where the function has one.
    pub value: Option<Payload>,
}

impl Failure {
    /// A failure of `origin` without backtrace or value.
    pub fn new(
        id: FailureId,
        kind: FailureKind,
        origin: ActorId,
        message: impl Into<String>,
    ) -> Self {
        Self {
            id,
            kind,
            origin,
            path: Vec::new(),
            message: message.into(),
            backtrace: None,
            value: None,
        }
    }

    /// What a failure of kind [`Overdue`](FailureKind::Overdue) says.
    pub fn overdue_message(grace: Duration) -> String {
        format!(
            "did not answer within its grace period of {} ms",
            grace.as_millis()
        )
    }

    /// The same failure without what can be long: value and backtrace, and the message after [`SLIM_MESSAGE_BYTES`].
    #[must_use]
    pub fn slim(&self) -> Self {
        let end = self.message.floor_char_boundary(SLIM_MESSAGE_BYTES);
        Self {
            message: self.message[..end].to_owned(),
            backtrace: None,
            value: None,
            ..self.clone()
        }
    }

    /// Whether it only tells that a member was cancelled, and so is no failure of its own.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.kind, FailureKind::Cancelled(_))
    }

    /// The same failure, passed on by `actor`.
    #[must_use]
    pub fn relayed_by(mut self, actor: &ActorId) -> Self {
        if self.origin != *actor && self.path.last() != Some(actor) {
            self.path.push(actor.clone());
        }
        self
    }
}

/// Why a waiting call did not give a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    /// A scope around the call was cancelled.
    Cancelled(Cancellation),
    /// One failure, or all of a group in the order in which they happened. Groups are flat, and never empty.
    Failed(Vec<Failure>),
    /// The stream, context or nursery is over.
    Closed,
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Uuid;

    fn actor(uuid: u128) -> ActorId {
        ActorId {
            name: "a".into(),
            uuid: Uuid::from_random(uuid),
            pid: 1,
        }
    }

    #[test]
    fn path_names_each_relay_once_and_never_the_origin() {
        let failure = Failure::new(FailureId(1), FailureKind::Other, actor(1), "m")
            .relayed_by(&actor(1))
            .relayed_by(&actor(2))
            .relayed_by(&actor(2))
            .relayed_by(&actor(3));
        assert_eq!(failure.path, [actor(2), actor(3)]);
    }
}
