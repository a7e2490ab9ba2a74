//! The sending half of a link.
//!
//! Invariants: frames are written in the order in which they were pushed, whoever writes them, because the queue stays locked
//! while it is written; a failed link holds nothing and takes nothing; writing is shut down once, when the sender is closed
//! and all that was queued is written, or when nobody is left who would write it.

use crate::files::Files;
use crate::io::{Beat, Carrier, Io};
use crate::lane::{Lane, Lanes};
use crate::queues::Queues;
use bytes::Bytes;
use serde::Serialize;
use std::io;
use std::marker::PhantomData;
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tractor_protocol::frame::{Frame, FrameError};

/// [`Sender::room`] waits while this much is queued, 1 MiB: enough to keep a reader busy, little enough for hundreds of links.
pub const HIGH_WATER_BYTES: usize = 1 << 20;

/// Why something cannot be sent.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The frame is over the limit. The link is as good as before.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Other files were given than the message comes with. The link is as good as before.
    #[error("{given} files were given with a message that comes with {wanted}")]
    WrongFiles {
        /// How many were given.
        given: usize,
        /// How many belong to the message.
        wanted: usize,
    },
    /// Files were given on a link that carries none. The link is as good as before.
    #[error("this link carries no files")]
    NoFiles,
    /// The sender was closed.
    #[error("the link is closed")]
    Closed,
    /// The peer is gone, or receives no more.
    #[error("the peer is gone")]
    PeerGone,
    /// The system refuses to write.
    #[error("the link cannot be written")]
    Io(#[source] Arc<io::Error>),
}

/// Sends frames of messages `M`. Clones share the link; it is closed when the last is dropped.
pub struct Sender<M> {
    handle: Arc<Handle>,
    messages: PhantomData<fn(&M)>,
}

/// What the clones of a sender share, and its driver does not: so the driver does not keep the link open.
struct Handle(Arc<Outgoing>);

struct Outgoing {
    io: Arc<Io>,
    limit_bytes: usize,
    state: Mutex<State>,
    /// For the driver: something is queued, or the link has closed or failed. Keeps one notice for later.
    work: Notify,
    /// For those who wait: something was written, or the link has closed or failed.
    progress: Notify,
}

#[derive(Default)]
struct State {
    queues: Queues,
    closed: bool,
    stopped: bool,
    failed: Option<SendError>,
}

impl<M> Sender<M> {
    pub(crate) fn new(io: Arc<Io>, limit_bytes: usize) -> Self {
        let outgoing = Outgoing {
            io,
            limit_bytes,
            state: Mutex::default(),
            work: Notify::new(),
            progress: Notify::new(),
        };
        Self {
            handle: Arc::new(Handle(Arc::new(outgoing))),
            messages: PhantomData,
        }
    }

    /// Writes what the link takes now, without waiting. `true` if nothing is left.
    ///
    /// # Errors
    ///
    /// [`SendError::PeerGone`] or [`SendError::Io`]; what was queued is lost.
    pub fn try_flush(&self) -> Result<bool, SendError> {
        self.outgoing().write(u64::MAX)
    }

    /// Waits until all that is queued now is written, and writes it where nobody else does. On QUIC what was written may still be held in
    /// this process: who is about to exit closes the sender and lets [`Sender::drive`] end.
    ///
    /// # Errors
    ///
    /// [`SendError::PeerGone`] or [`SendError::Io`]; what was queued is lost.
    ///
    /// # Cancel safety
    ///
    /// What was not written stays queued.
    pub async fn flush(&self) -> Result<(), SendError> {
        let outgoing = self.outgoing();
        let end = match outgoing.io.hands_over() {
            true => outgoing.lock().queues.end(),
            false => u64::MAX,
        };
        outgoing.flush(end).await
    }

    /// Waits until less than [`HIGH_WATER_BYTES`] are queued. Someone else has to write meanwhile, usually
    /// [`Sender::drive`]. Whoever pushes only after this bounds the queue; of several who wait, each may push one frame.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::PeerGone`] or [`SendError::Io`].
    ///
    /// # Cancel safety
    ///
    /// It changes nothing.
    pub async fn room(&self) -> Result<(), SendError> {
        self.outgoing().room().await
    }

    /// Bytes that are pushed and not written.
    pub fn queued_bytes(&self) -> usize {
        self.outgoing().lock().queues.queued_bytes()
    }

    /// Writes whatever is pushed, as soon as it is, until the sender is closed and all is written. The future does not keep
    /// the sender open. Run one at a time.
    ///
    /// It learns that the peer is gone when there is something to write, not before: the receiver knows that earlier. On a network link it also shows the peer
    /// that this end lives; and when the sender is closed it ends once the peer's machine has all of it (QUIC) or the system has it (TCP).
    ///
    /// # Errors
    ///
    /// [`SendError::PeerGone`] or [`SendError::Io`]; what was queued is lost.
    ///
    /// # Cancel safety
    ///
    /// What was not written stays queued.
    pub fn drive(&self) -> impl Future<Output = Result<(), SendError>> + Send + use<M> {
        let outgoing = Arc::clone(&self.handle.0);
        async move {
            loop {
                // Until the queue is empty: only what is pushed to an empty queue is told as work.
                outgoing.flush(u64::MAX).await?;
                if outgoing.lock().stopped {
                    return Ok(());
                }
                outgoing.rest().await;
            }
        }
    }

    /// Takes no more. The peer receives what is queued and then the end; writing is left to whoever drives or flushes. Without
    /// any of them what the link does not take at once is lost when the last sender is dropped, and the peer notices.
    pub fn close(&self) {
        self.handle.0.close();
    }

    fn outgoing(&self) -> &Outgoing {
        &self.handle.0
    }
}

impl<M: Serialize + Files + Lanes> Sender<M> {
    /// Queues a frame. Writes nothing. Small bodies are copied, large ones shared.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing is queued then.
    pub fn push(&self, message: &M, body: &Bytes) -> Result<(), SendError> {
        self.push_with_files(message, body, Vec::new())
    }

    /// As [`Sender::push`], with message and body in one.
    ///
    /// # Errors
    ///
    /// As [`Sender::push`].
    pub fn push_frame(&self, frame: &Frame<M>) -> Result<(), SendError> {
        self.push(&frame.message, &frame.body)
    }

    /// Queues a frame that comes with open files. They are closed here once they are written, or if it fails.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing is queued then.
    pub fn push_with_files(
        &self,
        message: &M,
        body: &Bytes,
        files: Vec<OwnedFd>,
    ) -> Result<(), SendError> {
        let (given, wanted) = (files.len(), message.files());
        if given != wanted {
            return Err(SendError::WrongFiles { given, wanted });
        }
        let outgoing = self.outgoing();
        if given > 0 && !outgoing.io.carries_files() {
            return Err(SendError::NoFiles);
        }
        let lane = match outgoing.io.has_lanes() {
            true => message.lane(),
            false => Lane::Control,
        };
        let mut state = outgoing.lock();
        state.check_open()?;
        let was_empty = state.queues.is_empty();
        state
            .queues
            .push(lane, (message, body), files, outgoing.limit_bytes)?;
        drop(state);
        if was_empty {
            outgoing.work.notify_one();
        }
        Ok(())
    }
}

impl Outgoing {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change leaves the state whole, so a panic in someone's `Serialize` is no reason to stop.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until what stood before `end` is written, or nothing is left.
    async fn flush(&self, end: u64) -> Result<(), SendError> {
        loop {
            let mut progress = pin!(self.progress.notified());
            progress.as_mut().enable();
            let attempt = || match self.write(end) {
                Ok(false) => Err(io::ErrorKind::WouldBlock.into()),
                done => Ok(done.map(drop)),
            };
            tokio::select! {
                biased;
                written = self.io.write_with(attempt) => {
                    return written.map_err(|error| SendError::Io(Arc::new(error)))?;
                }
                // Another one may have written all there was: then the link need not become writable again.
                () = progress => {}
            }
        }
    }

    /// Waits for work; meanwhile shows the peer that this end lives.
    async fn rest(&self) {
        let work = self.work.notified();
        let Some(Beat { every, .. }) = self.io.beat() else {
            return work.await;
        };
        if tokio::time::timeout(every, work).await.is_err() {
            let mut state = self.lock();
            if state.check_open().is_ok() && state.queues.is_empty() {
                state.queues.push_beat();
            }
        }
    }

    async fn room(&self) -> Result<(), SendError> {
        loop {
            let mut progress = pin!(self.progress.notified());
            progress.as_mut().enable();
            if self.lock().has_room()? {
                return Ok(());
            }
            progress.await;
        }
    }

    /// Writes what the link takes now. `true` if what stood before `end` is written, or nothing is left.
    fn write(&self, end: u64) -> Result<bool, SendError> {
        let mut state = self.lock();
        let before = state.queues.queued_bytes();
        let written = state.write(&self.io);
        let after = state.queues.queued_bytes();
        let reached = self.io.hands_over() && state.queues.written_bytes() >= end;
        drop(state);
        if written.is_err() {
            self.work.notify_one();
        }
        if after < before {
            self.progress.notify_waiters();
        }
        written.map(|all| all || reached)
    }

    fn close(&self) {
        self.lock().closed = true;
        // An error is kept, and given to whoever asks next.
        let _ = self.write(u64::MAX);
        self.work.notify_one();
        self.progress.notify_waiters();
    }
}

impl State {
    fn check_open(&self) -> Result<(), SendError> {
        match &self.failed {
            Some(error) => Err(error.clone()),
            None if self.closed => Err(SendError::Closed),
            None => Ok(()),
        }
    }

    fn has_room(&self) -> Result<bool, SendError> {
        self.check_open()?;
        Ok(self.queues.queued_bytes() < HIGH_WATER_BYTES)
    }

    /// Writes until all is written or the link takes no more. `true` if nothing is left.
    fn write(&mut self, io: &Io) -> Result<bool, SendError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.write_all(io) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(self.fail(error)),
        }
    }

    fn write_all(&mut self, io: &Io) -> io::Result<()> {
        self.queues.write(io)?;
        if self.closed && !self.stopped {
            self.stopped = true;
            io.stop_writing();
        }
        io.try_flush()
    }

    fn fail(&mut self, error: io::Error) -> SendError {
        let error = match error.kind() {
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::NotConnected => SendError::PeerGone,
            _ => SendError::Io(Arc::new(error)),
        };
        self.queues = Queues::default();
        self.failed = Some(error.clone());
        error
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        // Neither a sender nor a driver is left. If something was not written, the peer sees the link end inside a frame.
        self.io.stop_writing();
    }
}

impl<M> Clone for Sender<M> {
    fn clone(&self) -> Self {
        Self {
            handle: Arc::clone(&self.handle),
            messages: PhantomData,
        }
    }
}

impl<M> std::fmt::Debug for Sender<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender")
            .field("queued_bytes", &self.queued_bytes())
            .finish_non_exhaustive()
    }
}
