//! The writing direction.

use crate::files::Files;
use crate::outgoing::Outgoing;
use crate::socket::Socket;
use bytes::Bytes;
use serde::Serialize;
use std::io;
use std::marker::PhantomData;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tractor_protocol::FrameError;
use tractor_protocol::frame;

/// Senders of streams wait while more than this is queued: enough to keep a socket busy, little enough to hold for a peer that does not read.
const MARK_BYTES: usize = 1 << 20;

/// Why something could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The peer is gone.
    #[error("the peer is gone")]
    Gone(#[source] io::Error),
}

/// Sends `M`s. Cheap to clone; any task may push, and one task runs [`drive`](Self::drive).
pub struct Sender<M> {
    shared: Arc<Shared>,
    messages: PhantomData<fn(M)>,
}

struct Shared {
    socket: Arc<Socket>,
    limit_bytes: usize,
    queue: Mutex<Queue>,
    pushed: Notify,
    written: Notify,
}

#[derive(Default)]
struct Queue {
    outgoing: Outgoing,
    closed: bool,
    gone: Option<io::ErrorKind>,
}

impl<M> Clone for Sender<M> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            messages: PhantomData,
        }
    }
}

impl<M> Sender<M> {
    pub(crate) fn new(socket: Arc<Socket>, limit_bytes: usize) -> Self {
        let (queue, pushed, written) = (Mutex::default(), Notify::new(), Notify::new());
        Self {
            shared: Arc::new(Shared {
                socket,
                limit_bytes,
                queue,
                pushed,
                written,
            }),
            messages: PhantomData,
        }
    }

    /// Bytes that wait to be written.
    pub fn queued_bytes(&self) -> usize {
        self.shared.queue().outgoing.queued_bytes()
    }

    /// Waits until little enough is queued, or the peer is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn room(&self) {
        self.shared
            .wait(|queue| queue.outgoing.queued_bytes() <= MARK_BYTES)
            .await;
    }

    /// Waits until all that was pushed is written. Needs [`drive`](Self::drive) to run.
    ///
    /// # Errors
    ///
    /// [`SendError::Gone`] if the peer is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    pub async fn flush(&self) -> Result<(), SendError> {
        self.shared
            .wait(|queue| queue.outgoing.queued_bytes() == 0)
            .await;
        self.shared.queue().gone()
    }

    /// Takes nothing more; what is queued is still written, and then the peer is told that nothing more will come.
    pub fn close(&self) {
        self.shared.queue().closed = true;
        self.shared.pushed.notify_one();
    }

    /// Writes what is pushed, until the sender is closed or the peer gone. To be run once.
    ///
    /// # Errors
    ///
    /// [`SendError::Gone`] if the peer is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing; running it again goes on.
    pub async fn drive(&self) -> Result<(), SendError> {
        loop {
            self.shared.write_all().await?;
            if self.shared.is_closed() {
                self.shared.socket.shutdown();
                return Ok(());
            }
            self.shared.pushed.notified().await;
        }
    }
}

impl<M: Serialize + Files> Sender<M> {
    /// Queues a message and its body, without waiting. After the peer is gone it is dropped, as it would be on the way.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLarge`]; nothing is queued then.
    pub fn push(&self, message: &M, body: &[u8]) -> Result<(), FrameError> {
        self.queue(message, Bytes::copy_from_slice(body), Vec::new())
    }

    /// As [`push`](Self::push); a large body is not copied.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn push_body(&self, message: &M, body: Bytes) -> Result<(), FrameError> {
        self.queue(message, body, Vec::new())
    }

    /// As [`push`](Self::push), with as many files as the message says by [`Files`].
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn push_with_files(
        &self,
        message: &M,
        body: &[u8],
        files: Vec<OwnedFd>,
    ) -> Result<(), FrameError> {
        debug_assert_eq!(message.files(), files.len(), "a message and its files");
        self.queue(message, Bytes::copy_from_slice(body), files)
    }

    fn queue(&self, message: &M, body: Bytes, files: Vec<OwnedFd>) -> Result<(), FrameError> {
        let mut queue = self.shared.queue();
        if queue.closed || queue.gone.is_some() {
            return Ok(());
        }
        let (body_bytes, limit_bytes) = (body.len(), self.shared.limit_bytes);
        queue.outgoing.push(body, files, |out| {
            frame::encode_head(message, body_bytes, limit_bytes, out)
        })?;
        drop(queue);
        self.shared.pushed.notify_one();
        Ok(())
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closed(&self) -> bool {
        self.queue().closed
    }

    async fn wait(&self, done: impl Fn(&Queue) -> bool) {
        loop {
            let written = self.written.notified();
            tokio::pin!(written);
            written.as_mut().enable();
            {
                let queue = self.queue();
                if done(&queue) || queue.gone.is_some() {
                    return;
                }
            }
            written.await;
        }
    }

    async fn write_all(&self) -> Result<(), SendError> {
        loop {
            let result = {
                let mut queue = self.queue();
                if queue.outgoing.queued_bytes() == 0 {
                    return Ok(());
                }
                queue
                    .outgoing
                    .write(|slices, files| self.socket.try_write(slices, files))
            };
            match result {
                Ok(()) => self.written.notify_waiters(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.socket
                        .writable()
                        .await
                        .map_err(|error| self.lost(error))?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.lost(error)),
            }
        }
    }

    fn lost(&self, error: io::Error) -> SendError {
        let mut queue = self.queue();
        queue.gone = Some(error.kind());
        queue.outgoing.clear();
        drop(queue);
        self.written.notify_waiters();
        SendError::Gone(error)
    }
}

impl Queue {
    fn gone(&self) -> Result<(), SendError> {
        self.gone
            .map_or(Ok(()), |kind| Err(SendError::Gone(kind.into())))
    }
}
