//! The types of the WIT interface `tractor:actor/types`, written by hand so that errors read well and need no conversion.
//!
//! They keep the shape that wit-bindgen would give them: its generated code takes them apart and makes them.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One incarnation of an actor. An actor that is started anew has a new `uuid`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ActorId {
    /// The name its owner gave it. Not unique.
    pub name: String,
    /// 32 lower-case hex digits, unique among all actors.
    pub uuid: String,
    /// The process id of its worker, on the worker's own machine.
    pub pid: u32,
}

/// How the bytes of a payload are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Codec {
    /// serde's postcard encoding.
    Postcard,
    /// JSON.
    Json,
    /// WAVE text.
    Wave,
}

impl Codec {
    /// Called by generated code.
    ///
    /// # Safety
    ///
    /// Sound for any value; `unsafe` because generated code calls it so.
    #[doc(hidden)]
    pub unsafe fn _lift(value: u8) -> Self {
        match value {
            0 => Self::Postcard,
            1 => Self::Json,
            _ => Self::Wave,
        }
    }
}

/// A value on its way to or from another actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// How to read `bytes`.
    pub codec: Codec,
    /// The encoded value.
    pub bytes: Vec<u8>,
}

/// Why something was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum CancelReason {
    /// Someone asked for it.
    Requested,
    /// The time was up.
    Deadline,
    /// Another member of the same nursery failed.
    SiblingFailed,
    /// The code that owns the nursery or context failed, returned or was cancelled.
    OwnerEnded,
    /// The connection to the peer was lost.
    ConnectionLost,
    /// The whole tree is going down.
    Shutdown,
}

impl CancelReason {
    /// Called by generated code.
    ///
    /// # Safety
    ///
    /// Sound for any value; `unsafe` because generated code calls it so.
    #[doc(hidden)]
    pub unsafe fn _lift(value: u8) -> Self {
        match value {
            0 => Self::Requested,
            1 => Self::Deadline,
            2 => Self::SiblingFailed,
            3 => Self::OwnerEnded,
            4 => Self::ConnectionLost,
            _ => Self::Shutdown,
        }
    }
}

/// Who cancelled what, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// The scope that was cancelled, as [`Scope::id`](crate::Scope::id) says it.
    pub scope: u64,
    /// The actor that cancelled; for a deadline, the one that set it.
    pub canceller: ActorId,
    /// Why.
    pub reason: CancelReason,
    /// What the canceller said.
    pub message: Option<String>,
}

/// What kind of thing went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// The function returned an error of its own; [`Failure::value`] decodes it.
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
    /// It was cancelled: listed beside the failure that caused it.
    Cancelled(Cancellation),
    /// The context was cancelled by someone other than its opener.
    ContextCancelled(Cancellation),
    /// The actor was started anew while this was under way.
    Restarted,
    /// The API was used against its rules.
    Misuse,
    /// No such function, component or actor.
    NotFound,
    /// Arguments or a message did not fit their type.
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

/// What went wrong, where, and how it came here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The same failure has the same id wherever it is met. 0 in one that was just made here.
    pub id: u64,
    /// What kind of thing went wrong.
    pub kind: FailureKind,
    /// The actor in which it happened.
    pub origin: ActorId,
    /// Who passed it on, nearest to the origin first.
    pub path: Vec<ActorId>,
    /// One line for people.
    pub message: String,
    /// The guest's frames, with source lines where there is debug information.
    pub backtrace: Option<String>,
    /// The declared error, encoded.
    pub value: Option<Payload>,
}

impl Failure {
    /// Makes a failure of this actor.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            id: 0,
            kind,
            origin: crate::current_actor(),
            path: Vec::new(),
            message: message.into(),
            backtrace: None,
            value: None,
        }
    }

    /// Decodes the error that the function declares: the `E` of its `Result<T, E>`.
    ///
    /// # Errors
    ///
    /// A failure of kind `ill-typed` if there is none, or it is not an `E`.
    pub fn value<E: serde::de::DeserializeOwned>(&self) -> Result<E, Error> {
        match &self.value {
            Some(value) => crate::payload::decode(value),
            None => Err(Error::from(Self::new(
                FailureKind::IllTyped,
                "the failure carries no error of the function's own",
            ))),
        }
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "on request",
            Self::Deadline => "time is up",
            Self::SiblingFailed => "a sibling failed",
            Self::OwnerEnded => "its owner ended",
            Self::ConnectionLost => "the connection was lost",
            Self::Shutdown => "the tree is going down",
        })
    }
}

impl fmt::Display for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cancelled by {}: {}", self.canceller.name, self.reason)?;
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Failure {
    /// The actor's name and the message, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin.name, self.message)
    }
}
