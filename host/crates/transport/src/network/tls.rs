//! TLS over a TCP socket, as a carrier of bytes.
//!
//! The session encrypts into a buffer of its own, which is bounded; so what was written may still be held here, and
//! [`Carrier::try_flush`] is what sends it. An end without TLS's own word for it is a cut: else whoever stands between could cut a link
//! unnoticed.

use super::credentials::bears_name;
use crate::io::{Arrived, Beat, Carrier};
use crate::readiness;
use rustix::net::{RecvFlags, SendFlags, Shutdown};
use rustls::Connection;
use std::collections::VecDeque;
use std::io::{Error, ErrorKind, IoSlice, Read, Result, Write};
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::io::unix::AsyncFd;

/// One end.
pub(crate) struct TlsEnd {
    socket: AsyncFd<OwnedFd>,
    session: Mutex<Session>,
    beat: OnceLock<Beat>,
}

struct Session {
    tls: Connection,
    ends: bool,
    shut: bool,
}

impl TlsEnd {
    /// Takes over a connected socket. The peer is given up, by the system too, when it acknowledges nothing for `silence`.
    pub(super) fn new(socket: OwnedFd, tls: Connection, silence: Duration) -> Result<Self> {
        rustix::io::ioctl_fionbio(&socket, true)?;
        rustix::net::sockopt::set_tcp_nodelay(&socket, true)?;
        let millis = u32::try_from(silence.as_millis()).unwrap_or(u32::MAX);
        rustix::net::sockopt::set_tcp_user_timeout(&socket, millis)?;
        Ok(Self {
            socket: readiness::for_reading(socket)?,
            session: Mutex::new(Session {
                tls,
                ends: false,
                shut: false,
            }),
            beat: OnceLock::new(),
        })
    }

    /// Lets both ends prove who they are.
    pub(super) async fn handshake(&self) -> Result<()> {
        let shaken = self.read_with(|| self.try_handshake()).await;
        shaken.map(drop)
    }

    fn try_handshake(&self) -> Result<Arrived> {
        let mut session = self.lock();
        loop {
            self.send_held(&mut session)?;
            if !session.tls.is_handshaking() {
                return Ok(Arrived::bytes(1));
            }
            if self.take_in(&mut session)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Whether the peer's certificate bears this name.
    pub(crate) fn peer_is(&self, name: &str) -> bool {
        let session = self.lock();
        let chain = session.tls.peer_certificates();
        chain
            .and_then(<[_]>::first)
            .is_some_and(|certificate| bears_name(certificate, name))
    }

    /// What was agreed on in the greeting.
    pub(crate) fn set_beat(&self, beat: Beat) {
        // Once, for there is one greeting.
        let _ = self.beat.set(beat);
    }

    pub(crate) fn beat(&self) -> Beat {
        self.beat.get().copied().unwrap_or(Beat {
            every: Duration::MAX,
            silence: Duration::MAX,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads once from the socket; 0 at its end.
    fn take_in(&self, session: &mut Session) -> Result<usize> {
        let bytes = session.tls.read_tls(&mut Raw(self.socket.get_ref()))?;
        if let Err(error) = session.tls.process_new_packets() {
            // The peer is told why, as far as it can be.
            let _ = self.send_held(session);
            return Err(Error::new(ErrorKind::InvalidData, error));
        }
        Ok(bytes)
    }

    fn send_held(&self, session: &mut Session) -> Result<()> {
        while session.tls.wants_write() {
            session.tls.write_tls(&mut Raw(self.socket.get_ref()))?;
        }
        if session.ends && !session.shut {
            session.shut = true;
            // It fails only where there is no peer any more to be told.
            let _ = rustix::net::shutdown(self.socket.get_ref(), Shutdown::Write);
        }
        Ok(())
    }
}

impl Carrier for TlsEnd {
    fn try_write(&self, slices: &[IoSlice<'_>], files: &mut Vec<OwnedFd>) -> Result<usize> {
        debug_assert!(files.is_empty(), "the sender refuses files");
        let mut session = self.lock();
        self.send_held(&mut session)?;
        let bytes = session.tls.writer().write_vectored(slices)?;
        match self.send_held(&mut session) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ if bytes == 0 => Err(ErrorKind::WouldBlock.into()),
            _ => Ok(bytes),
        }
    }

    fn try_flush(&self) -> Result<()> {
        self.send_held(&mut self.lock())
    }

    fn try_read(
        &self,
        into: &mut [u8],
        _files: &mut VecDeque<OwnedFd>,
        _most_files: usize,
    ) -> Result<Arrived> {
        let mut session = self.lock();
        loop {
            match session.tls.reader().read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read.map(Arrived::bytes),
            }
            self.take_in(&mut session)?;
        }
    }

    async fn write_with<T>(&self, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
        loop {
            match attempt() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return done,
            }
            readiness::room(self.socket.get_ref()).await?;
        }
    }

    async fn read_with(&self, mut attempt: impl FnMut() -> Result<Arrived>) -> Result<Arrived> {
        tokio::task::coop::consume_budget().await;
        // Before the socket: the session may hold what has arrived already.
        match attempt() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            done => return done,
        }
        loop {
            let mut guard = self.socket.readable().await?;
            if let Ok(done) = guard.try_io(|_| attempt()) {
                return done;
            }
        }
    }

    fn stop_writing(&self) {
        let mut session = self.lock();
        if !session.ends {
            session.ends = true;
            session.tls.send_close_notify();
            // What does not go now goes with the next flush.
            let _ = self.send_held(&mut session);
        }
    }

    fn stop_reading(&self) {
        // What has arrived is taken out: closing a socket with unread bytes would also throw away what is still to be sent.
        let mut scratch = [0; 4096];
        while rustix::net::recv(self.socket.get_ref(), &mut scratch, RecvFlags::DONTWAIT)
            .is_ok_and(|(bytes, _)| bytes > 0)
        {}
    }
}

/// The socket, as the session reads and writes it.
struct Raw<'a>(&'a OwnedFd);

impl Read for Raw<'_> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let read = rustix::io::retry_on_intr(|| {
            rustix::net::recv(self.0, &mut *into, RecvFlags::DONTWAIT)
        });
        match read {
            Ok((bytes, _)) => Ok(bytes),
            // Whoever reset it, it is no end that the peer has said.
            Err(rustix::io::Errno::CONNRESET) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        Ok(rustix::io::retry_on_intr(|| {
            rustix::net::send(self.0, bytes, flags)
        })?)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
