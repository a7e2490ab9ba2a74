//! Making links.

use crate::memory;
use crate::receiver::Receiver;
use crate::sender::Sender;
use crate::socket::Socket;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// Makes the two ends of a link, to be given to two processes. Closed on exec.
///
/// # Errors
///
/// The process is out of files.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::net::socketpair(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?)
}

/// One end of a link, on which `Out` is sent and `In` is received.
pub struct Link<Out, In> {
    sender: Sender<Out>,
    receiver: Receiver<In>,
}

impl<Out, In> Link<Out, In> {
    /// Takes over one end of a [`pair`]. Frames over `limit_bytes` are refused in both directions.
    ///
    /// # Errors
    ///
    /// The system refuses to watch the socket.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn from_fd(socket: OwnedFd, limit_bytes: usize) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&socket, true)?;
        Ok(Self::over(Socket::unix(socket)?, limit_bytes))
    }

    /// Splits it into its two directions.
    pub fn split(self) -> (Sender<Out>, Receiver<In>) {
        (self.sender, self.receiver)
    }

    fn over(socket: Socket, limit_bytes: usize) -> Self {
        let socket = Arc::new(socket);
        let sender = Sender::new(Arc::clone(&socket), limit_bytes);
        Self {
            sender,
            receiver: Receiver::new(socket, limit_bytes),
        }
    }

    /// Makes both ends of a link within this process. Same frames, same limits, files pass as values.
    pub fn memory_pair(limit_bytes: usize) -> (Self, Link<In, Out>) {
        let (near, far) = memory::pair();
        (
            Self::over(Socket::Memory(near), limit_bytes),
            Link::over(Socket::Memory(far), limit_bytes),
        )
    }
}
