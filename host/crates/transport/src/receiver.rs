//! The reading direction.

use crate::files::Files;
use crate::socket::{MOST_FILES, Socket};
use bytes::BytesMut;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::io;
use std::marker::PhantomData;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tractor_protocol::{Frame, FrameError, frame};

/// A frame, and the files that came with it.
#[derive(Debug)]
pub struct Received<M> {
    /// The frame.
    pub frame: Frame<M>,
    /// As many files as the message says by [`Files`].
    pub files: Vec<OwnedFd>,
}

/// Why nothing more can be received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The peer sent what is no frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The peer ended in the middle of a frame.
    #[error("the link was cut in the middle of a frame")]
    Cut,
    /// A message came without its files.
    #[error("a message came without the files that belong to it")]
    MissingFiles,
    /// More files came than belong to messages.
    #[error("more files came than belong to messages")]
    StrayFiles,
    /// The system refused to read.
    #[error("the link broke")]
    Broken(#[source] io::Error),
}

/// Receives `M`s.
pub struct Receiver<M> {
    socket: Arc<Socket>,
    limit_bytes: usize,
    buffer: BytesMut,
    files: VecDeque<OwnedFd>,
    messages: PhantomData<fn() -> M>,
}

impl<M> Receiver<M> {
    pub(crate) fn new(socket: Arc<Socket>, limit_bytes: usize) -> Self {
        Self {
            socket,
            limit_bytes,
            buffer: BytesMut::new(),
            files: VecDeque::new(),
            messages: PhantomData,
        }
    }
}

impl<M: DeserializeOwned + Files> Receiver<M> {
    /// Waits for the next frame; `None` when the peer has ended between two.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]; the link is of no further use then.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    pub async fn receive(&mut self) -> Result<Option<Received<M>>, ReceiveError> {
        loop {
            if let Some(received) = self.try_receive()? {
                return Ok(Some(received));
            }
            if let Some(wanted) = frame::wanted_bytes(&self.buffer) {
                self.buffer.reserve(wanted - self.buffer.len());
            }
            if self.read().await? == 0 {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(ReceiveError::Cut)
                };
            }
        }
    }

    /// Gives a frame that has arrived already.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    pub fn try_receive(&mut self) -> Result<Option<Received<M>>, ReceiveError> {
        let Some(frame) = frame::decode::<M>(&mut self.buffer, self.limit_bytes)? else {
            return Ok(None);
        };
        let count = frame.message.files();
        if count > self.files.len() {
            return Err(ReceiveError::MissingFiles);
        }
        Ok(Some(Received {
            frame,
            files: self.files.drain(..count).collect(),
        }))
    }

    async fn read(&mut self) -> Result<usize, ReceiveError> {
        let read = match self.socket.read(&mut self.buffer, &mut self.files).await {
            Ok(read) => read,
            // The peer died with something of ours unread: its end all the same.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => 0,
            Err(error) => return Err(ReceiveError::Broken(error)),
        };
        // A read stops at the next files, so more than one message's can never wait here.
        if self.files.len() > MOST_FILES {
            return Err(ReceiveError::StrayFiles);
        }
        Ok(read)
    }
}
