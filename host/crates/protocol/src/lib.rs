//! What crosses between the processes of a tree: ids, messages, failures, the handshake and the frame codec.
//!
//! Everything here is plain data. The crate does no I/O, reads no clock and knows no async runtime, so each message can be
//! tested byte by byte and the same bytes mean the same on every transport.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`id`] | who and which: actors, nurseries, dialogs, scopes, failures |
//! | [`identity`] | what proves on a network who an actor is |
//! | [`payload`] | an encoded value and the name of its codec |
//! | [`failure`] | what went wrong, as data: failures, cancellations, errors |
//! | [`capability`] | grants and limits of an actor |
//! | [`restart`] | when the actors of a nursery are started anew |
//! | [`control`] | messages between the supervisor and a worker |
//! | [`peer`] | messages between two workers: calls, contexts, streams |
//! | [`handshake`] | versions, and the first words on a link |
//! | [`frame`] | length-prefixed frames with a size limit |
//! | [`zygote`] | messages between the supervisor and a process that is forked for each actor |

pub mod capability;
pub mod control;
pub mod failure;
pub mod frame;
pub mod handshake;
pub mod id;
pub mod identity;
pub mod payload;
pub mod peer;
pub mod restart;
pub mod zygote;

pub use capability::{Access, Directory, Grants, Limits, Linked, Names};
pub use failure::{CancelReason, Cancellation, Error, Failure, FailureKind};
pub use frame::{Frame, FrameError};
pub use id::{ActorId, DialogId, FailureId, NurseryId, RequestId, ScopeId, Side, Uuid};
pub use identity::Identity;
pub use payload::{Codec, Payload};
pub use restart::{Backoff, Intensity, Restart, RestartPolicy, RestartStrategy};

// In the crate and not a test target, because only here a match over the messages must name them all.
#[cfg(test)]
#[path = "../tests/golden/mod.rs"]
mod golden;
