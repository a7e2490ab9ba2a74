//! One end of a connected socket: reads into one buffer, vectored writes, files alongside.

use crate::memory::Memory;
use bytes::BytesMut;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown,
};
use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use tokio::io::Interest;
use tokio::net::UnixStream;

/// Files that one message may bring.
pub(crate) const MOST_FILES: usize = 16;

/// The least room that a read is offered. Larger reads mean fewer system calls when many frames wait.
const READ_BYTES: usize = 64 << 10;

pub(crate) enum Socket {
    Unix(UnixStream),
    Memory(Memory),
}

impl Socket {
    pub(crate) fn unix(socket: OwnedFd) -> io::Result<Self> {
        UnixStream::from_std(socket.into()).map(Self::Unix)
    }

    /// Reads what is there, after waiting for something. Zero at the end.
    ///
    /// Cancel safe: nothing is taken off the socket but in the last step, which does not wait.
    pub(crate) async fn read(
        &self,
        buffer: &mut BytesMut,
        files: &mut VecDeque<OwnedFd>,
    ) -> io::Result<usize> {
        match self {
            Self::Unix(socket) => {
                socket
                    .async_io(Interest::READABLE, || {
                        receive(socket.as_fd(), buffer, files)
                    })
                    .await
            }
            Self::Memory(memory) => Ok(memory.read(buffer, files).await),
        }
    }

    /// Writes what the socket takes now. Files that went along are taken out.
    pub(crate) fn try_write(
        &self,
        slices: &[IoSlice<'_>],
        files: &mut Vec<OwnedFd>,
    ) -> io::Result<usize> {
        match self {
            Self::Unix(socket) => {
                socket.try_io(Interest::WRITABLE, || send(socket.as_fd(), slices, files))
            }
            Self::Memory(memory) => memory.try_write(slices, files),
        }
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Unix(socket) => socket.writable().await,
            Self::Memory(memory) => {
                memory.writable().await;
                Ok(())
            }
        }
    }

    /// Tells the peer that nothing more will come.
    pub(crate) fn shutdown(&self) {
        match self {
            // An error means that the peer is gone, and needs no telling.
            Self::Unix(socket) => drop(rustix::net::shutdown(socket, Shutdown::Write)),
            Self::Memory(memory) => memory.shutdown(),
        }
    }
}

fn receive(
    fd: BorrowedFd<'_>,
    buffer: &mut BytesMut,
    files: &mut VecDeque<OwnedFd>,
) -> io::Result<usize> {
    // A zeroed tail is what safe code reads into; it stays allocated from read to read.
    let filled = buffer.len();
    let room = READ_BYTES.max(buffer.capacity() - filled);
    buffer.resize(filled + room, 0);
    let received = receive_into(fd, &mut buffer[filled..], files);
    buffer.truncate(filled + received.as_ref().copied().unwrap_or(0));
    received
}

fn receive_into(
    fd: BorrowedFd<'_>,
    room: &mut [u8],
    files: &mut VecDeque<OwnedFd>,
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut slices = [IoSliceMut::new(room)];
    let received = rustix::net::recvmsg(fd, &mut slices, &mut control, RecvFlags::CMSG_CLOEXEC)?;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            files.extend(rights);
        }
    }
    if received.flags.contains(ReturnFlags::CTRUNC) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "more files came than a message may bring",
        ));
    }
    Ok(received.bytes)
}

fn send(fd: BorrowedFd<'_>, slices: &[IoSlice<'_>], files: &mut Vec<OwnedFd>) -> io::Result<usize> {
    let borrowed: Vec<_> = files.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !borrowed.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&borrowed)) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a message may not bring so many files",
        ));
    }
    // A peer that is gone is an error here, not a signal to this process.
    let written = rustix::net::sendmsg(fd, slices, &mut control, SendFlags::NOSIGNAL)?;
    drop(borrowed);
    files.clear();
    Ok(written)
}
