//! One end of a link as bytes and files: a socket, or memory.

use crate::memory::MemoryEnd;
use crate::socket::Socket;
use std::collections::VecDeque;
use std::io::{IoSlice, Result};
use std::os::fd::OwnedFd;

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

/// One end of a link.
pub(crate) enum Io {
    /// A Unix socket.
    Socket(Socket),
    /// Memory of this process.
    Memory(MemoryEnd),
}

impl Io {
    /// Writes what fits now, and `files` with the first byte; takes them out if so.
    pub(crate) fn try_write(
        &self,
        slices: &[IoSlice<'_>],
        files: &mut Vec<OwnedFd>,
    ) -> Result<usize> {
        match self {
            Self::Socket(socket) => socket.try_write(slices, files),
            Self::Memory(end) => end.try_write(slices, files),
        }
    }

    /// Reads what is there now. At most `most_files` files are taken in.
    pub(crate) fn try_read(
        &self,
        into: &mut [u8],
        files: &mut VecDeque<OwnedFd>,
        most_files: usize,
    ) -> Result<Arrived> {
        match self {
            Self::Socket(socket) => socket.try_read(into, files, most_files),
            Self::Memory(end) => end.try_read(into, files, most_files),
        }
    }

    /// Calls `attempt` now and whenever there may be room, until it does not say `WouldBlock`. Cancel safe.
    pub(crate) async fn write_with<T>(&self, attempt: impl FnMut() -> Result<T>) -> Result<T> {
        match self {
            Self::Socket(socket) => socket.write_with(attempt).await,
            Self::Memory(end) => end.write_with(attempt).await,
        }
    }

    /// Calls `attempt` now and whenever something may have arrived, until it does not say `WouldBlock`. Cancel safe.
    pub(crate) async fn read_with(
        &self,
        attempt: impl FnMut() -> Result<Arrived>,
    ) -> Result<Arrived> {
        match self {
            Self::Socket(socket) => socket.read_with(attempt).await,
            Self::Memory(end) => end.read_with(attempt).await,
        }
    }

    /// Ends this direction: the peer reads what was written, and then the end.
    pub(crate) fn stop_writing(&self) {
        match self {
            Self::Socket(socket) => socket.stop_writing(),
            Self::Memory(end) => end.stop_writing(),
        }
    }

    /// Takes no more: what was not read is lost, and the peer's writes fail.
    pub(crate) fn stop_reading(&self) {
        match self {
            Self::Socket(socket) => socket.stop_reading(),
            Self::Memory(end) => end.stop_reading(),
        }
    }
}
