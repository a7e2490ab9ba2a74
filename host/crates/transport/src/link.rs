//! One end of a link between two processes, or within one.

use crate::io::Io;
use crate::memory::MemoryEnd;
use crate::receiver::Receiver;
use crate::sender::Sender;
use crate::socket::Socket;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// Makes the two ends of a new link: connected Unix stream sockets that are closed when this process executes another program.
///
/// # Errors
///
/// If the process or the machine has too many open files.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let ends = rustix::net::socketpair(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    Ok(ends)
}

/// One end of a link. Dropping it tells the peer that this end is gone.
pub struct Link {
    io: Io,
    limit_bytes: usize,
}

impl Link {
    /// Takes over one end of a socketpair, makes it nonblocking and close-on-exec. Frames over `limit_bytes`, header and
    /// body together, are neither sent nor received.
    ///
    /// # Errors
    ///
    /// If it is no file that can be waited for.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O enabled.
    pub fn from_fd(fd: OwnedFd, limit_bytes: usize) -> io::Result<Self> {
        Ok(Self {
            io: Io::Socket(Socket::new(fd)?),
            limit_bytes,
        })
    }

    /// Makes both ends of a link within this process. Files pass through it as values.
    pub fn memory_pair(limit_bytes: usize) -> (Self, Self) {
        let (first, second) = MemoryEnd::pair();
        let link = |end| Self {
            io: Io::Memory(end),
            limit_bytes,
        };
        (link(first), link(second))
    }

    /// Changes the limit for frames of this end.
    #[must_use]
    pub fn with_limit(self, limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            ..self
        }
    }

    /// Splits it into its two directions, and says which messages go out and come in.
    pub fn split<Out, In>(self) -> (Sender<Out>, Receiver<In>) {
        let io = Arc::new(self.io);
        (
            Sender::new(Arc::clone(&io), self.limit_bytes),
            Receiver::new(io, self.limit_bytes),
        )
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("limit_bytes", &self.limit_bytes)
            .finish_non_exhaustive()
    }
}
