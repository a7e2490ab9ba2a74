//! One end of a QUIC link: its streams as the sender sees them.

use super::connect::explained;
use super::ready::{Bell, Ready};
use crate::endpoint::ConnectError;
use crate::io::{Arrived, Carrier};
use crate::memory::retried;
use crate::network::bears_name;
use quinn::{Connection, ConnectionError, ReadError, RecvStream, SendStream, WriteError};
use rustls::pki_types::CertificateDer;
use std::collections::{HashMap, VecDeque};
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use tokio::sync::Notify;

/// Something of quinn's that is waited for.
pub(super) type Pending<T> = Pin<Box<dyn Future<Output = T> + Send + Sync>>;

/// The stream whose bell tells of new streams. No stream has this number.
pub(super) const ACCEPT: u64 = u64::MAX;

/// One end.
pub(crate) struct QuicEnd {
    pub(super) connection: Connection,
    pub(super) ready: Arc<Ready>,
    /// Tells that there are lanes to be taken in.
    pub(super) accept: Arc<Bell>,
    /// The control lane's other half, until a receiver takes it.
    control_in: Mutex<Option<RecvStream>>,
    streams: Mutex<Streams>,
    writable: Arc<Room>,
    readable: Arc<Room>,
}

/// What it takes to be woken when something may go on.
#[derive(Default)]
struct Room(Notify);

impl Wake for Room {
    fn wake(self: Arc<Self>) {
        self.0.notify_waiters();
    }
}

struct Streams {
    control: SendStream,
    /// Resolves when the peer takes nothing more on this link.
    refused: Pending<()>,
    lanes: HashMap<u64, SendStream>,
    opening: Option<Pending<std::result::Result<(SendStream, RecvStream), ConnectionError>>>,
    /// Lanes that this end has opened.
    opened: u64,
    /// Their other halves, until the receiver takes them.
    halves: Vec<RecvStream>,
    /// What is left of the farewell, once this end has said its last.
    farewell: Option<Vec<u8>>,
    /// Finished streams whose last bytes the peer has not acknowledged.
    unacknowledged: Vec<Pending<()>>,
}

impl QuicEnd {
    pub(super) fn new(connection: Connection, control: SendStream, control_in: RecvStream) -> Self {
        let ready = Arc::<Ready>::default();
        let accept = ready.bell(ACCEPT);
        let refused = over(&control);
        Self {
            connection,
            ready,
            accept,
            control_in: Mutex::new(Some(control_in)),
            streams: Mutex::new(Streams {
                control,
                refused,
                lanes: HashMap::new(),
                opening: None,
                opened: 0,
                halves: Vec::new(),
                farewell: None,
                unacknowledged: Vec::new(),
            }),
            writable: Arc::default(),
            readable: Arc::default(),
        }
    }

    /// Whether the peer's certificate bears this name.
    pub(crate) fn peer_is(&self, name: &str) -> bool {
        let chain = self.connection.peer_identity();
        let chain = chain.and_then(|chain| chain.downcast::<Vec<CertificateDer<'static>>>().ok());
        let certificate = chain.as_ref().and_then(|chain| chain.first());
        certificate.is_some_and(|certificate| bears_name(certificate, name))
    }

    /// Why the connection is gone, if it is and was refused: a client may know only after its own part of the handshake.
    pub(crate) fn refused(&self) -> Option<ConnectError> {
        self.connection.close_reason().map(explained)
    }

    /// Opens a lane of this end's. `WouldBlock` while the peer allows no more.
    pub(crate) fn try_open(&self, lane: u64) -> Result<()> {
        let mut streams = self.lock();
        let waker = Waker::from(Arc::clone(&self.writable));
        let opening = streams.opening.get_or_insert_with(|| {
            let connection = self.connection.clone();
            Box::pin(async move { connection.open_bi().await })
        });
        match opening.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => return Err(ErrorKind::WouldBlock.into()),
            Poll::Ready(opened) => {
                streams.opening = None;
                let (there, back) = opened.map_err(|error| lost(&error))?;
                streams.lanes.insert(lane, there);
                streams.halves.push(back);
                streams.opened += 1;
            }
        }
        drop(streams);
        Arc::clone(&self.accept).wake();
        Ok(())
    }

    /// Writes on a lane. Where the lane is over nobody waits for it, and it counts as written.
    pub(crate) fn try_write_lane(&self, lane: u64, slices: &[IoSlice<'_>]) -> Result<usize> {
        let mut streams = self.lock();
        let waker = Waker::from(Arc::clone(&self.writable));
        streams.check_taken(&waker)?;
        match streams.lanes.get_mut(&lane) {
            Some(stream) => write(stream, slices, &waker),
            None => Ok(slices.iter().map(|slice| slice.len()).sum()),
        }
    }

    /// Says that this end sends nothing more on a lane.
    pub(crate) fn finish_lane(&self, lane: u64) {
        let mut streams = self.lock();
        if let Some(stream) = streams.lanes.remove(&lane) {
            streams.finish(stream);
            let waker = Waker::from(Arc::clone(&self.writable));
            streams.forget_acknowledged(&waker);
        }
    }

    /// Takes over this end's half of a lane that the peer opened.
    pub(super) fn answer_on(&self, lane: u64, stream: SendStream) {
        let mut streams = self.lock();
        match streams.farewell {
            None => drop(streams.lanes.insert(lane, stream)),
            Some(_) => streams.finish(stream),
        }
    }

    /// The other halves of lanes that this end opened.
    pub(super) fn take_halves(&self) -> Vec<RecvStream> {
        std::mem::take(&mut self.lock().halves)
    }

    pub(super) fn take_control(&self) -> Option<RecvStream> {
        self.control().take()
    }

    fn control(&self) -> MutexGuard<'_, Option<RecvStream>> {
        self.control_in
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Streams {
    /// Fails if the peer receives no more on this link.
    fn check_taken(&mut self, waker: &Waker) -> Result<()> {
        match self.refused.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(()) => Err(ErrorKind::BrokenPipe.into()),
            Poll::Pending => Ok(()),
        }
    }

    fn finish(&mut self, mut stream: SendStream) {
        // It fails only where the stream is over already.
        if stream.finish().is_ok() {
            self.unacknowledged.push(over(&stream));
        }
    }

    fn forget_acknowledged(&mut self, waker: &Waker) {
        let context = &mut Context::from_waker(waker);
        self.unacknowledged
            .retain_mut(|stream| stream.as_mut().poll(context).is_pending());
    }

    fn begin_farewell(&mut self) {
        let mut farewell = vec![0; 4];
        farewell.extend(self.opened.to_le_bytes());
        self.farewell = Some(farewell);
        for stream in std::mem::take(&mut self.lanes).into_values() {
            self.finish(stream);
        }
    }

    /// Says what is left to be said, and waits for the peer's machine to have it all.
    fn say_farewell(&mut self, waker: &Waker) -> Result<()> {
        let Some(farewell) = &mut self.farewell else {
            return Ok(());
        };
        while !farewell.is_empty() {
            let written = write(&mut self.control, &[IoSlice::new(farewell)], waker)?;
            farewell.drain(..written);
            if farewell.is_empty() && self.control.finish().is_ok() {
                let acknowledged = over(&self.control);
                self.unacknowledged.push(acknowledged);
            }
        }
        self.forget_acknowledged(waker);
        match self.unacknowledged.is_empty() {
            true => Ok(()),
            false => Err(ErrorKind::WouldBlock.into()),
        }
    }
}

/// Resolves when the peer has acknowledged the end of a stream, wants no more of it, or is gone.
fn over(stream: &SendStream) -> Pending<()> {
    let stopped = stream.stopped();
    Box::pin(async move { drop(stopped.await) })
}

fn write(stream: &mut SendStream, slices: &[IoSlice<'_>], waker: &Waker) -> Result<usize> {
    let context = &mut Context::from_waker(waker);
    let mut bytes = 0;
    for slice in slices {
        let mut rest = &slice[..];
        while !rest.is_empty() {
            match Pin::new(&mut *stream).poll_write(context, rest) {
                Poll::Ready(Ok(written)) => {
                    bytes += written;
                    rest = &rest[written..];
                }
                Poll::Ready(Err(error)) => return Err(unwritable(&error)),
                Poll::Pending if bytes == 0 => return Err(ErrorKind::WouldBlock.into()),
                Poll::Pending => return Ok(bytes),
            }
        }
    }
    Ok(bytes)
}

impl Carrier for QuicEnd {
    fn try_write(&self, slices: &[IoSlice<'_>], files: &mut Vec<OwnedFd>) -> Result<usize> {
        debug_assert!(files.is_empty(), "the sender refuses files");
        let waker = Waker::from(Arc::clone(&self.writable));
        write(&mut self.lock().control, slices, &waker)
    }

    fn try_flush(&self) -> Result<()> {
        let waker = Waker::from(Arc::clone(&self.writable));
        self.lock().say_farewell(&waker)
    }

    /// Of the control lane, before the link is split.
    fn try_read(
        &self,
        into: &mut [u8],
        _files: &mut VecDeque<OwnedFd>,
        _most_files: usize,
    ) -> Result<Arrived> {
        let waker = Waker::from(Arc::clone(&self.readable));
        let mut control = self.control();
        let Some(stream) = control.as_mut() else {
            return Err(ErrorKind::BrokenPipe.into());
        };
        match stream.poll_read(&mut Context::from_waker(&waker), into) {
            Poll::Ready(Ok(bytes)) => Ok(Arrived::bytes(bytes)),
            Poll::Ready(Err(error)) => Err(unreadable(&error)),
            Poll::Pending => Err(ErrorKind::WouldBlock.into()),
        }
    }

    async fn write_with<T>(&self, attempt: impl FnMut() -> Result<T>) -> Result<T> {
        retried(&self.writable.0, attempt).await
    }

    async fn read_with(&self, attempt: impl FnMut() -> Result<Arrived>) -> Result<Arrived> {
        retried(&self.readable.0, attempt).await
    }

    fn stop_writing(&self) {
        let mut streams = self.lock();
        if streams.farewell.is_none() {
            streams.begin_farewell();
            let waker = Waker::from(Arc::clone(&self.writable));
            // What does not go now goes with the next flush.
            let _ = streams.say_farewell(&waker);
        }
    }

    fn stop_reading(&self) {
        // The receiver holds the streams; dropping them tells the peer.
    }
}

/// A connection that is gone, as an error of a carrier.
pub(super) fn lost(error: &ConnectionError) -> Error {
    let kind = match error {
        ConnectionError::TimedOut => {
            return Error::new(
                ErrorKind::TimedOut,
                "the peer has shown no sign of life for too long",
            );
        }
        ConnectionError::TransportError(_) | ConnectionError::VersionMismatch => {
            ErrorKind::InvalidData
        }
        _ => ErrorKind::UnexpectedEof,
    };
    Error::new(kind, error.to_string())
}

pub(super) fn unreadable(error: &ReadError) -> Error {
    match error {
        ReadError::ConnectionLost(error) => lost(error),
        error => Error::new(ErrorKind::UnexpectedEof, error.to_string()),
    }
}

fn unwritable(error: &WriteError) -> Error {
    match error {
        WriteError::ConnectionLost(ConnectionError::TimedOut) => lost(&ConnectionError::TimedOut),
        error => Error::new(ErrorKind::BrokenPipe, error.to_string()),
    }
}
