//! Framed links between the processes of a tree: over socketpairs, memory that two processes share, TCP or QUIC, and in memory.
//!
//! The crate knows bytes, limits and files, not supervision: it moves frames of `tractor-protocol` in order, hands over open
//! files with the messages they belong to, and bounds what a peer can make this end hold. It spawns no task, but quinn has one for each
//! connection and socket, which ends with them; who calls [`Sender::drive`] owns the task that it runs in.
//!
//! # Layout
//!
//! | item | is |
//! | --- | --- |
//! | [`pair`], [`shared_memory`], [`Link`] | the two ends of a new socketpair; memory for them to share; one end |
//! | [`Sender`] | encodes into a queue, and writes what is queued in few system calls |
//! | [`Receiver`] | reads many frames at once, and gives them one by one |
//! | [`Files`] | says how many open files come with a message |
//! | [`Lanes`] | says which frames must keep their order, where not all do |
//! | [`Endpoint`], [`Address`] | who we are, where a peer is; [`Endpoint::meet`] agrees on shared memory over a socketpair |
//! | [`Listener`], [`Incoming`] | waits for peers that this process did not start |
//! | `Authority`, `Credentials` | a tree's certificates (feature `network`) |
//!
//! What carries the bytes differs in this, and in nothing else:
//!
//! | transport | files | the peer's end without its word | a peer that is silent | order |
//! | --- | --- | --- | --- | --- |
//! | socketpair, Unix listener, in memory | yes | the end | is not noticed: the system tells of its death | all |
//! | shared memory | no | the end | as above | all |
//! | TCP with TLS | no | a cut | fails after [`Patience::silence`] | all |
//! | QUIC | no | a cut | fails after the lesser of both ends' [`Patience::silence`] | in each lane |
//!
//! # Examples
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use tractor_protocol::peer::PeerMessage;
//! use tractor_transport::{Link, Receiver, Sender, pair};
//!
//! let (first, second) = pair()?;
//! let (sender, _): (Sender<PeerMessage>, Receiver<PeerMessage>) =
//!     Link::from_fd(first, 1 << 20)?.split();
//! let (_back, mut receiver): (Sender<PeerMessage>, Receiver<PeerMessage>) =
//!     Link::from_fd(second, 1 << 20)?.split();
//!
//! sender.push(&PeerMessage::Ping(1), &bytes::Bytes::new())?;
//! sender.flush().await?;
//! let received = receiver.receive().await?.expect("the link is open");
//! assert_eq!(received.frame.message, PeerMessage::Ping(1));
//! # Ok(())
//! # }
//! ```

mod address;
mod block;
mod endpoint;
mod files;
mod greet;
mod io;
mod lane;
mod large;
mod link;
mod listener;
mod memory;
#[cfg(feature = "network")]
mod network;
mod queue;
mod queues;
mod readiness;
mod receiver;
mod ring;
mod sender;
mod small;
mod socket;
mod soon;

pub use address::{Address, AddressError, AddressProblem, Host};
pub use endpoint::{ConnectError, Endpoint, Patience};
pub use files::Files;
pub use lane::{Lane, Lanes};
pub use link::{Link, pair, shared_memory};
pub use listener::{Incoming, Listener};
#[cfg(feature = "network")]
pub use network::{Authority, AuthorityError, Credentials, CredentialsError};
pub use receiver::{ReceiveError, Received, Receiver};
pub use sender::{HIGH_WATER_BYTES, SendError, Sender};

// In the crate and not a test target, because only here a link can be cut at any byte of it.
#[cfg(test)]
#[path = "../tests/conformance/mod.rs"]
mod conformance;
