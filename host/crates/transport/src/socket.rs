//! A Unix stream socket under tokio.
//!
//! Facts about Linux that this relies on: files are attached to the first byte of the `sendmsg` they were given to, and a
//! `recvmsg` ends behind the piece that brought files. So files never arrive after their frame's first byte, and one read
//! brings those of one write.

use crate::io::{Arrived, Carrier};
use crate::readiness;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown,
};
use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, IoSliceMut, Result};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// One end of a socketpair.
pub(crate) struct Socket(AsyncFd<OwnedFd>);

impl Socket {
    pub(crate) fn new(fd: OwnedFd) -> Result<Self> {
        rustix::io::ioctl_fionbio(&fd, true)?;
        rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
        Ok(Self(readiness::for_reading(fd)?))
    }
}

impl Carrier for Socket {
    fn try_write(&self, slices: &[IoSlice<'_>], files: &mut Vec<OwnedFd>) -> Result<usize> {
        let borrowed: Vec<_> = files.iter().map(AsFd::as_fd).collect();
        let mut space = vec![MaybeUninit::uninit(); control_bytes(borrowed.len())];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !borrowed.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&borrowed)) {
            return Err(ErrorKind::InvalidInput.into());
        }
        // A peer that is gone is an error to return, never a signal that ends the process.
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        let fd = self.0.get_ref();
        let bytes = uninterrupted(|| rustix::net::sendmsg(fd, slices, &mut control, flags))?;
        files.clear();
        Ok(bytes)
    }

    fn try_read(
        &self,
        into: &mut [u8],
        files: &mut VecDeque<OwnedFd>,
        most_files: usize,
    ) -> Result<Arrived> {
        let room = into.len();
        let mut space = vec![MaybeUninit::uninit(); control_bytes(most_files)];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
        let fd = self.0.get_ref();
        let message = uninterrupted(|| {
            rustix::net::recvmsg(fd, &mut [IoSliceMut::new(into)], &mut control, flags)
        })?;
        let known = files.len();
        for part in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = part {
                files.extend(rights);
            }
        }
        Ok(Arrived {
            bytes: message.bytes,
            files_cut: message.flags.contains(ReturnFlags::CTRUNC),
            // With files the read ended early, and there may be more behind them.
            drained: (1..room).contains(&message.bytes) && files.len() == known,
        })
    }

    async fn write_with<T>(&self, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
        loop {
            match attempt() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return done,
            }
            readiness::room(self.0.get_ref()).await?;
        }
    }

    async fn read_with(&self, mut attempt: impl FnMut() -> Result<Arrived>) -> Result<Arrived> {
        // A peer that writes without end must not keep the other tasks of this thread from running.
        tokio::task::coop::consume_budget().await;
        loop {
            self.0.readable().await?.retain_ready();
            let mut drained = None;
            let read = self.0.try_io(Interest::READABLE, |_| match attempt() {
                Ok(arrived) if arrived.drained => {
                    drained = Some(arrived);
                    // Clears the readiness, which saves the read that would only tell that nothing is there.
                    Err(ErrorKind::WouldBlock.into())
                }
                other => other,
            });
            match (drained, read) {
                (Some(arrived), _) => return Ok(arrived),
                (None, Err(error)) if error.kind() == ErrorKind::WouldBlock => {}
                (None, done) => return done,
            }
        }
    }

    fn stop_writing(&self) {
        // It fails only where there is no peer any more to be told.
        let _ = rustix::net::shutdown(self.0.get_ref(), Shutdown::Write);
    }

    fn stop_reading(&self) {
        let fd = self.0.get_ref();
        let _ = rustix::net::shutdown(fd, Shutdown::Read);
        // Nothing new can arrive. What did is taken out, for two reasons: a peer that waits for room is told at once, and
        // closing a socket with unread bytes would give the peer an error in place of the end.
        let mut scratch = [0; 4096];
        while uninterrupted(|| rustix::net::recv(fd, &mut scratch, RecvFlags::DONTWAIT))
            .is_ok_and(|(bytes, _)| bytes > 0)
        {}
    }
}

fn control_bytes(files: usize) -> usize {
    match files {
        0 => 0,
        files => rustix::cmsg_space!(ScmRights(files)),
    }
}

fn uninterrupted<T>(call: impl FnMut() -> rustix::io::Result<T>) -> Result<T> {
    Ok(rustix::io::retry_on_intr(call)?)
}
