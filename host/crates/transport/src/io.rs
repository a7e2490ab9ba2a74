//! What carries the bytes of a link: a Unix socket, memory of this process, memory shared with another, or a network.
//!
//! The choice is an enum and not a `dyn`, because the calls stand on the path of every message.

use crate::memory::MemoryEnd;
#[cfg(feature = "network")]
use crate::network::{QuicEnd, TlsEnd};
use crate::ring::RingEnd;
use crate::socket::Socket;
use std::collections::VecDeque;
use std::io::{IoSlice, Result};
use std::os::fd::OwnedFd;
use std::time::Duration;

/// What one read brought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived {
    /// Bytes that were read; 0 at the end.
    pub(crate) bytes: usize,
    /// Whether more files came than there was room for. Those are closed.
    pub(crate) files_cut: bool,
    /// Whether surely nothing more is there to be read now.
    pub(crate) drained: bool,
}

impl Arrived {
    /// So many bytes, and no files.
    pub(crate) fn bytes(bytes: usize) -> Self {
        Self {
            bytes,
            files_cut: false,
            drained: false,
        }
    }
}

/// How an end of a network link shows that it lives, and how long the peer may show nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beat {
    /// An empty frame is sent when nothing else was for so long.
    pub(crate) every: Duration,
    /// The peer is given up when nothing came for so long.
    pub(crate) silence: Duration,
}

/// What every transport does for one end of a link. All of it is nonblocking but the two `_with`, which are cancel safe.
pub(crate) trait Carrier {
    /// Writes what fits now, and `files` with the first byte; takes them out if so.
    fn try_write(&self, slices: &[IoSlice<'_>], files: &mut Vec<OwnedFd>) -> Result<usize>;

    /// Passes on what was written and is still held in this process. A carrier that holds nothing has nothing to do.
    fn try_flush(&self) -> Result<()> {
        Ok(())
    }

    /// Reads what is there now. At most `most_files` files are taken in.
    fn try_read(
        &self,
        into: &mut [u8],
        files: &mut VecDeque<OwnedFd>,
        most_files: usize,
    ) -> Result<Arrived>;

    /// Calls `attempt` now and whenever there may be room, until it does not say `WouldBlock`.
    async fn write_with<T>(&self, attempt: impl FnMut() -> Result<T>) -> Result<T>;

    /// Calls `attempt` now and whenever something may have arrived, until it does not say `WouldBlock`.
    async fn read_with(&self, attempt: impl FnMut() -> Result<Arrived>) -> Result<Arrived>;

    /// Ends this direction: the peer reads what was written, and then the end.
    fn stop_writing(&self);

    /// Takes no more: what was not read is lost, and the peer's writes fail.
    fn stop_reading(&self);
}

/// One end of a link.
pub(crate) enum Io {
    /// A Unix socket.
    Socket(Socket),
    /// Memory of this process.
    Memory(MemoryEnd),
    /// Memory shared with another process.
    Ring(RingEnd),
    /// TLS over TCP.
    #[cfg(feature = "network")]
    Tls(Box<TlsEnd>),
    /// QUIC: more than one carrier of bytes, see [`Io::lanes`].
    #[cfg(feature = "network")]
    Quic(Box<QuicEnd>),
}

/// The same call on whichever it is.
macro_rules! on_carrier {
    ($io:expr, $carrier:ident => $call:expr) => {
        match $io {
            Io::Socket($carrier) => $call,
            Io::Memory($carrier) => $call,
            Io::Ring($carrier) => $call,
            #[cfg(feature = "network")]
            Io::Tls($carrier) => $call,
            #[cfg(feature = "network")]
            Io::Quic($carrier) => $call,
        }
    };
}

impl Carrier for Io {
    fn try_write(&self, slices: &[IoSlice<'_>], files: &mut Vec<OwnedFd>) -> Result<usize> {
        on_carrier!(self, carrier => carrier.try_write(slices, files))
    }

    fn try_flush(&self) -> Result<()> {
        on_carrier!(self, carrier => carrier.try_flush())
    }

    fn try_read(
        &self,
        into: &mut [u8],
        files: &mut VecDeque<OwnedFd>,
        most_files: usize,
    ) -> Result<Arrived> {
        on_carrier!(self, carrier => carrier.try_read(into, files, most_files))
    }

    async fn write_with<T>(&self, attempt: impl FnMut() -> Result<T>) -> Result<T> {
        on_carrier!(self, carrier => carrier.write_with(attempt).await)
    }

    async fn read_with(&self, attempt: impl FnMut() -> Result<Arrived>) -> Result<Arrived> {
        on_carrier!(self, carrier => carrier.read_with(attempt).await)
    }

    fn stop_writing(&self) {
        on_carrier!(self, carrier => carrier.stop_writing());
    }

    fn stop_reading(&self) {
        on_carrier!(self, carrier => carrier.stop_reading());
    }
}

impl Io {
    /// Shared memory, if it is that.
    pub(crate) fn ring(&self) -> Option<&RingEnd> {
        match self {
            Self::Ring(ring) => Some(ring),
            _ => None,
        }
    }

    /// Whether open files can be sent over it.
    pub(crate) fn carries_files(&self) -> bool {
        matches!(self, Self::Socket(_) | Self::Memory(_))
    }

    /// How it is told that the peer lives, where frames have to tell it.
    pub(crate) fn beat(&self) -> Option<Beat> {
        match self {
            #[cfg(feature = "network")]
            Self::Tls(end) => Some(end.beat()),
            _ => None,
        }
    }

    /// Whether the peer is another process, as far as this end knows.
    pub(crate) fn is_between_processes(&self) -> bool {
        !matches!(self, Self::Memory(_))
    }

    /// Whether what was written is out of this process: with a socket, the system has it.
    pub(crate) fn hands_over(&self) -> bool {
        matches!(self, Self::Socket(_) | Self::Memory(_) | Self::Ring(_))
    }

    /// Whether messages of several lanes are told apart.
    pub(crate) fn has_lanes(&self) -> bool {
        match self {
            #[cfg(feature = "network")]
            Self::Quic(_) => true,
            _ => false,
        }
    }

    /// The lanes of a link that has more than one.
    #[cfg(feature = "network")]
    pub(crate) fn lanes(&self) -> Option<&QuicEnd> {
        match self {
            Self::Quic(end) => Some(end),
            _ => None,
        }
    }
}
