//! Framed links between processes: bytes, limits and passed files, but no supervision.
//!
//! A [`Link`] is one end of a socketpair that the supervisor made, or of an in-memory pair. It splits into a [`Sender`], which any task may
//! push into without waiting, and a [`Receiver`].
//!
//! * Reads fill one large buffer, and hand out every frame in it.
//! * Writes are coalesced: what tasks push until the writer's turn goes out in one system call. A payload is copied once.
//! * Files ride along with the frame they belong to (SCM_RIGHTS); see [`Files`].
//! * What waits is bounded by whoever pushes: [`Sender::room`] waits for the queue to fall under its mark.

mod files;
mod link;
mod memory;
mod outgoing;
mod receiver;
mod sender;
mod socket;

pub use files::Files;
pub use link::{Link, pair};
pub use receiver::{ReceiveError, Received, Receiver};
pub use sender::{SendError, Sender};
