//! What the tests of links share: both kinds of link, and a message that may come with files.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::task::JoinHandle;
use tractor_transport::{Files, Lanes, Link, Receiver, Sender, pair};

/// The limit for frames where a test has no reason for another.
pub(crate) const LIMIT_BYTES: usize = 16 << 20;

/// A message of the tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Note {
    /// Alone.
    Plain(u32),
    /// With so many files.
    Files(u32, u8),
}

impl Files for Note {
    const MOST: usize = 3;

    fn files(&self) -> usize {
        match self {
            Self::Plain(_) => 0,
            Self::Files(_, files) => usize::from(*files),
        }
    }
}

impl Lanes for Note {}

/// One end of a link that carries notes.
pub(crate) type End = (Sender<Note>, Receiver<Note>);

/// How a test gets both ends of a link: with the limit of the first and of the second.
pub(crate) type Make = fn(usize, usize) -> (Link, Link);

/// Over a socketpair.
pub(crate) fn socket(first_limit: usize, second_limit: usize) -> (Link, Link) {
    let (first, second) = pair().unwrap();
    (
        Link::from_fd(first, first_limit).unwrap(),
        Link::from_fd(second, second_limit).unwrap(),
    )
}

/// In memory.
pub(crate) fn memory(first_limit: usize, second_limit: usize) -> (Link, Link) {
    let (first, second) = Link::memory_pair(first_limit);
    (first, second.with_limit(second_limit))
}

/// Both ends of a link that carries notes both ways.
pub(crate) fn ends(make: Make) -> (End, End) {
    let (first, second) = make(LIMIT_BYTES, LIMIT_BYTES);
    (first.split(), second.split())
}

/// A body of this many bytes, each telling its place.
pub(crate) fn body(bytes: usize) -> Bytes {
    (0..bytes).map(|place| (place % 251) as u8).collect()
}

/// Fails the test if `future` takes longer than any machine needs.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("it is done within the deadline")
}

/// Runs a task that the test joins.
#[expect(
    clippy::disallowed_methods,
    reason = "the one home of tasks in these tests, and each test joins its own"
)]
pub(crate) fn spawn<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    tokio::spawn(task)
}

/// Runs each of the named tests over both kinds of link.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod over_socket {
            $(#[tokio::test]
            async fn $name() {
                $crate::support::soon(super::$name($crate::support::socket)).await;
            })*
        }
        mod over_memory {
            $(#[tokio::test]
            async fn $name() {
                $crate::support::soon(super::$name($crate::support::memory)).await;
            })*
        }
    };
}
