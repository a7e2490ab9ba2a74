//! One end of a link between two processes, or within one.

use crate::greet::Greeted;
use crate::io::Io;
use crate::memory::MemoryEnd;
use crate::receiver::Receiver;
use crate::ring::{RingEnd, SharedMemory};
use crate::sender::Sender;
use crate::socket::Socket;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tractor_protocol::Side;

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

/// Makes memory for the two ends of a socketpair to share, see [`Link::shared`]: sealed, so that neither can cut it short for the other. It costs
/// nothing but the pages that are used, half a megabyte at most.
///
/// # Errors
///
/// If the process or the machine has too many open files, or no memory.
pub fn shared_memory() -> io::Result<OwnedFd> {
    SharedMemory::make_file()
}

/// One end of a link. Dropping it tells the peer that this end is gone.
pub struct Link {
    io: Io,
    limit_bytes: usize,
    met: Option<Met>,
}

/// What a greeting brought.
struct Met {
    peer: String,
    version: u16,
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
            met: None,
        })
    }

    /// As [`Link::from_fd`], of an end whose bytes go through memory that it shares with the other: both are given the same [`shared_memory`], and each its own
    /// side. Nothing is negotiated, so whoever hands out the ends answers for both.
    ///
    /// # Errors
    ///
    /// If it is no such memory, or it or the socket cannot be used.
    ///
    /// # Panics
    ///
    /// As [`Link::from_fd`].
    pub fn shared(
        socket: OwnedFd,
        memory: &OwnedFd,
        side: Side,
        limit_bytes: usize,
    ) -> io::Result<Self> {
        let memory = SharedMemory::take(memory)?;
        let ring = RingEnd::new(memory, side == Side::First, Socket::new(socket)?);
        Ok(Self {
            io: Io::Ring(ring),
            limit_bytes,
            met: None,
        })
    }

    /// Makes both ends of a link within this process. Files pass through it as values.
    pub fn memory_pair(limit_bytes: usize) -> (Self, Self) {
        let (first, second) = MemoryEnd::pair();
        let link = |end| Self {
            io: Io::Memory(end),
            limit_bytes,
            met: None,
        };
        (link(first), link(second))
    }

    pub(crate) fn greeted(greeted: Greeted, limit_bytes: usize) -> Self {
        let Greeted { io, peer, version } = greeted;
        Self {
            io,
            limit_bytes,
            met: Some(Met { peer, version }),
        }
    }

    /// Who the peer is, where the link began with a greeting. Over a network it has proven it.
    pub fn peer(&self) -> Option<&str> {
        self.met.as_ref().map(|met| met.peer.as_str())
    }

    /// The version of the protocol that both ends speak, where the link began with a greeting.
    pub fn version(&self) -> Option<u16> {
        self.met.as_ref().map(|met| met.version)
    }

    /// What carries it: `socket`, `memory`, `shared memory`, `tcp` or `quic`.
    pub fn transport(&self) -> &'static str {
        match &self.io {
            Io::Socket(_) => "socket",
            Io::Memory(_) => "memory",
            Io::Ring(_) => "shared memory",
            #[cfg(feature = "network")]
            Io::Tls(_) => "tcp",
            #[cfg(feature = "network")]
            Io::Quic(_) => "quic",
        }
    }

    /// Whether it goes over a network, where a peer may end and nobody tells.
    pub fn is_network(&self) -> bool {
        !matches!(self.io, Io::Socket(_) | Io::Memory(_) | Io::Ring(_))
    }

    /// Over what a test has made.
    #[cfg(test)]
    pub(crate) fn from_io(io: Io, limit_bytes: usize) -> Self {
        Self {
            io,
            limit_bytes,
            met: None,
        }
    }

    /// What carries it, for tests that go past the sender.
    #[cfg(test)]
    pub(crate) fn into_io(self) -> Io {
        self.io
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
            .field("transport", &self.transport())
            .field("limit_bytes", &self.limit_bytes)
            .finish_non_exhaustive()
    }
}
