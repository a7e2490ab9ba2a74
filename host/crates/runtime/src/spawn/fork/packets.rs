//! A socket between the supervisor and a zygote: whole messages, with the files that belong to them. No runtime, as a zygote has none.

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use tractor_protocol::zygote::{PACKET_LIMIT_BYTES, Packet};

/// The most files of one message.
const MOST_FILES: usize = 3;

/// One end.
#[derive(Debug)]
pub(super) struct Packets(OwnedFd);

impl From<OwnedFd> for Packets {
    fn from(socket: OwnedFd) -> Self {
        Self(socket)
    }
}

impl AsFd for Packets {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Packets {
    /// Makes a socket; gives this end, and the other one to be passed on.
    pub(super) fn pair() -> io::Result<(Self, OwnedFd)> {
        let (near, far) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        Ok((Self(near), far))
    }

    /// Sends a message. It does not wait for room: a peer that does not read is an error.
    pub(super) fn send<M: Packet>(&self, message: &M, files: &[BorrowedFd<'_>]) -> io::Result<()> {
        let packet = message.to_packet().map_err(io::Error::other)?;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !files.is_empty() && !control.push(SendAncillaryMessage::ScmRights(files)) {
            return Err(ErrorKind::InvalidInput.into());
        }
        // A peer that is gone is an error to return, never a signal that ends the process.
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        let slices = [IoSlice::new(&packet)];
        rustix::io::retry_on_intr(|| rustix::net::sendmsg(&self.0, &slices, &mut control, flags))?;
        Ok(())
    }

    /// Waits for a message; `None` if the other end is gone.
    pub(super) fn receive<M: Packet>(&self) -> io::Result<Option<(M, Vec<OwnedFd>)>> {
        self.receive_with(RecvFlags::CMSG_CLOEXEC)
    }

    /// As [`receive`](Self::receive), and [`ErrorKind::WouldBlock`] if there is none.
    pub(super) fn try_receive<M: Packet>(&self) -> io::Result<Option<(M, Vec<OwnedFd>)>> {
        self.receive_with(RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT)
    }

    fn receive_with<M: Packet>(&self, flags: RecvFlags) -> io::Result<Option<(M, Vec<OwnedFd>)>> {
        // As many bytes as it has: a buffer for the longest would cost a zygote a copy of each of its pages after each fork.
        let peek = flags | RecvFlags::PEEK | RecvFlags::TRUNC;
        let (_, length) = rustix::io::retry_on_intr(|| rustix::net::recv(&self.0, &mut [0], peek))?;
        let mut packet = vec![0; length.min(PACKET_LIMIT_BYTES)];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let message = rustix::io::retry_on_intr(|| {
            let slices = &mut [IoSliceMut::new(&mut packet)];
            rustix::net::recvmsg(&self.0, slices, &mut control, flags)
        })?;
        let mut files = Vec::new();
        for part in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = part {
                files.extend(rights);
            }
        }
        if message
            .flags
            .intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC)
        {
            return Err(io::Error::other("a message was cut off"));
        }
        // No message is without bytes, so this is the end.
        if message.bytes == 0 {
            return Ok(None);
        }
        let message = M::from_packet(&packet[..message.bytes]).map_err(io::Error::other)?;
        Ok(Some((message, files)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::{Read, Seek, Write};
    use tractor_protocol::zygote::{FromZygote, ToZygote};

    #[test]
    fn messages_come_whole_and_with_their_files() {
        let (near, far) = Packets::pair().expect("a socket");
        let far = Packets::from(far);
        let mut file = tempfile();
        file.write_all(b"text").expect("written");
        let name = "ann".to_owned();
        near.send(&ToZygote::Fork { name: name.clone() }, &[file.as_fd()])
            .expect("sent");
        near.send(&ToZygote::Fork { name: "bob".into() }, &[])
            .expect("sent");
        let (message, files) = far
            .receive::<ToZygote>()
            .expect("received")
            .expect("a message");
        assert_eq!(message, ToZygote::Fork { name });
        let mut text = String::new();
        let [file] = <[OwnedFd; 1]>::try_from(files).expect("one file");
        let mut file = File::from(file);
        file.rewind().expect("a file");
        file.read_to_string(&mut text).expect("text");
        assert_eq!(text, "text");
        let (_, files) = far
            .receive::<ToZygote>()
            .expect("received")
            .expect("a message");
        assert!(files.is_empty());
    }

    #[test]
    fn peer_that_says_nothing_would_block_and_one_that_is_gone_is_the_end() {
        let (near, far) = Packets::pair().expect("a socket");
        let error = near.try_receive::<FromZygote>().expect_err("nothing");
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        drop(far);
        assert!(near.try_receive::<FromZygote>().expect("the end").is_none());
        assert!(near.send(&FromZygote::Ready, &[]).is_err());
    }

    fn tempfile() -> File {
        File::from(
            rustix::fs::memfd_create("text", rustix::fs::MemfdFlags::CLOEXEC).expect("a file"),
        )
    }
}
