//! Waiting for a socket under tokio, for one direction at a time.
//!
//! tokio's own `UnixStream` waits for both at once, and then the kernel wakes the process each time its peer has read something, for
//! there is room again: one wake-up too many for each message. So a link waits for reading alone, and for room only while it has none.
#![expect(
    unsafe_code,
    reason = "tokio cannot know that a descriptor stays open; here it is seen to"
)]

use std::io::{Error, Result};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// How often a full socket is tried when there is no descriptor left to wait with.
const WITHOUT_DESCRIPTOR: Duration = Duration::from_millis(1);

/// Waits until `socket` is readable.
pub(crate) fn for_reading(socket: OwnedFd) -> Result<AsyncFd<OwnedFd>> {
    registered(socket, Interest::READABLE)
}

/// Waits until `socket` has room, or for a moment if the process has no descriptor left.
pub(crate) async fn room(socket: &OwnedFd) -> Result<()> {
    // A descriptor of its own, for epoll knows a descriptor only once.
    let own = rustix::io::fcntl_dupfd_cloexec(socket.as_fd(), 0).map_err(Error::from);
    match own.and_then(|own| registered(own, Interest::WRITABLE)) {
        Ok(own) => own.writable().await.map(drop),
        Err(_) => {
            tokio::time::sleep(WITHOUT_DESCRIPTOR).await;
            Ok(())
        }
    }
}

fn registered(socket: OwnedFd, interest: Interest) -> Result<AsyncFd<OwnedFd>> {
    // SAFETY: the `AsyncFd` owns the descriptor, which is never replaced, and gives it up only by being dropped.
    Ok(unsafe { AsyncFd::register_with_interest(socket, interest) }?)
}
