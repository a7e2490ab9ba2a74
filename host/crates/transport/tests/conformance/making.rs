//! How the tests get both ends of a link over each transport.

use crate::{Address, Endpoint, Files, Lane, Lanes, Link, Receiver, Sender, pair, shared_memory};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tractor_protocol::Side;

/// The limit for frames where a test has no reason for another.
pub(super) const LIMIT_BYTES: usize = 16 << 20;

/// A transport, as the list of tests names it.
#[expect(non_camel_case_types, reason = "the names of the modules in the list")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    socketpair,
    memory,
    /// Agreed on by the two ends.
    shared_memory,
    /// Given to both by who made the socketpair.
    memory_from_another,
    unix_listener,
    unix_listener_with_shared_memory,
    #[cfg(feature = "network")]
    tcp,
    #[cfg(feature = "network")]
    quic,
}

/// A message of the tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Note {
    /// Of no lane.
    Plain(u32),
    /// Opens a lane.
    Opens(u64, u32),
    /// In a lane.
    Within(u64, u32),
    /// The last in a lane.
    Ends(u64, u32),
}

impl Files for Note {}

impl Lanes for Note {
    fn lane(&self) -> Lane {
        match self {
            Self::Plain(_) => Lane::Control,
            Self::Opens(lane, _) => Lane::Opens(*lane),
            Self::Within(lane, _) => Lane::Within(*lane),
            Self::Ends(lane, _) => Lane::Ends(*lane),
        }
    }
}

impl Note {
    pub(super) fn number(&self) -> u32 {
        match self {
            Self::Plain(number)
            | Self::Opens(_, number)
            | Self::Within(_, number)
            | Self::Ends(_, number) => *number,
        }
    }
}

/// One end of a link that carries notes.
pub(super) type End = (Sender<Note>, Receiver<Note>);

impl Transport {
    /// Both ends of a link.
    pub(super) async fn links(self) -> (Link, Link) {
        self.links_with_limits(LIMIT_BYTES, LIMIT_BYTES).await
    }

    /// Both ends of a link that carries notes.
    pub(super) async fn ends(self) -> (End, End) {
        let (first, second) = self.links().await;
        (first.split(), second.split())
    }

    pub(super) async fn links_with_limits(self, first: usize, second: usize) -> (Link, Link) {
        let (ours, theirs) = (self.endpoint("ours"), self.endpoint("theirs"));
        let (one, two) = match self {
            Self::socketpair => {
                let (one, two) = pair().unwrap();
                let link = |end| Link::from_fd(end, LIMIT_BYTES).unwrap();
                (link(one), link(two))
            }
            Self::memory => Link::memory_pair(LIMIT_BYTES),
            Self::memory_from_another => {
                let ((one, two), memory) = (pair().unwrap(), shared_memory().unwrap());
                let link = |end, side| Link::shared(end, &memory, side, LIMIT_BYTES).unwrap();
                (link(one, Side::First), link(two, Side::Second))
            }
            Self::shared_memory => {
                let (one, two) = pair().unwrap();
                let (one, two) =
                    tokio::join!(ours.meet(one, Side::First), theirs.meet(two, Side::Second));
                (one.unwrap(), two.unwrap())
            }
            _ => {
                let listener = theirs.listen(&self.address()).await.unwrap();
                connected(&ours, &listener).await
            }
        };
        assert_eq!(one.transport(), self.carrier());
        (one.with_limit(first), two.with_limit(second))
    }

    /// What its links say that they are carried by.
    pub(super) fn carrier(self) -> &'static str {
        match self {
            Self::socketpair | Self::unix_listener => "socket",
            Self::memory => "memory",
            Self::shared_memory
            | Self::memory_from_another
            | Self::unix_listener_with_shared_memory => "shared memory",
            #[cfg(feature = "network")]
            Self::tcp => "tcp",
            #[cfg(feature = "network")]
            Self::quic => "quic",
        }
    }

    pub(super) fn endpoint(self, name: &str) -> Endpoint {
        let endpoint = Endpoint::new(name).with_shared_memory(self != Self::unix_listener);
        #[cfg(feature = "network")]
        let endpoint = endpoint.with_credentials(super::network::credentials(name));
        endpoint
    }

    /// Where its listeners listen; each time another place.
    pub(super) fn address(self) -> Address {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let text = match self {
            #[cfg(feature = "network")]
            Self::tcp => "tcp:127.0.0.1:0".to_owned(),
            #[cfg(feature = "network")]
            Self::quic => "quic:127.0.0.1:0".to_owned(),
            _ => format!("unix:@tractor-test-{}-{number}", std::process::id()),
        };
        text.parse().unwrap()
    }
}

/// Both ends of a link to a listener.
pub(super) async fn connected(ours: &Endpoint, listener: &crate::Listener) -> (Link, Link) {
    let accepted = async { listener.accept().await.unwrap().greet().await };
    let (one, two) = tokio::join!(ours.connect(listener.address(), "theirs"), accepted);
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.peer(), two.peer()), (Some("theirs"), Some("ours")));
    (one, two)
}

/// A body of this many bytes, each telling its place.
pub(super) fn body(bytes: usize) -> Bytes {
    (0..bytes).map(|place| (place % 251) as u8).collect()
}

pub(super) fn push(sender: &Sender<Note>, number: u32) {
    sender.push(&Note::Plain(number), &Bytes::new()).unwrap();
}

/// The number of the next frame; `None` at the end.
pub(super) async fn next(receiver: &mut Receiver<Note>) -> Option<u32> {
    let received = receiver.receive().await.unwrap();
    received.map(|received| received.frame.message.number())
}

/// Fails the test if `future` takes longer than any machine needs.
pub(super) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .expect("it is done within the deadline")
}

/// Runs a task that the test joins.
#[expect(
    clippy::disallowed_methods,
    reason = "the one home of tasks in these tests, and each test joins its own"
)]
pub(super) fn spawn<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    tokio::spawn(task)
}
