//! The receiving half of a link.
//!
//! Invariants: a read happens only when no whole frame is buffered, so at most one frame is incomplete and at most its files
//! are unclaimed; a frame over the limit is refused as soon as its prefix is there, before room for it is made; after an error
//! nothing is received any more.

use crate::block::Block;
use crate::files::Files;
use crate::io::{Arrived, Beat, Carrier, Io};
use crate::lane::Lanes;
use crate::large::Large;
#[cfg(feature = "network")]
use crate::network::LanesIn;
use crate::small::Small;
use crate::soon::Soon;
use bytes::Buf;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::io;
use std::marker::PhantomData;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tractor_protocol::frame::{self, Frame, FrameError};

/// Bodies up to this size are copied out of the buffer, so that a small value that is kept does not keep the whole buffer.
const COPIED_BODY_BYTES: usize = 4 << 10;

/// A frame and the files that came with it.
#[derive(Debug)]
pub struct Received<M> {
    /// The message and its body.
    pub frame: Frame<M>,
    /// Its files, in the order in which they were sent; as many as [`Files::files`] says.
    pub files: Vec<OwnedFd>,
}

/// Why nothing can be received from a link any more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The system refuses to read; or the peer of a network link has been silent for too long (`TimedOut`), or spoiled what carries
    /// the link (`InvalidData`).
    #[error("the link cannot be read")]
    Io(#[source] io::Error),
    /// The peer sent what is no frame, or too large a one.
    #[error("the peer sent a bad frame")]
    Frame(#[from] FrameError),
    /// The link ended, and not between two frames.
    #[error("the link ended inside a frame, or without the peer's word")]
    Cut,
    /// The peer sent more files than its messages come with, or more than this process may open.
    #[error("files from the peer were refused: more than its messages carry, or than may be open")]
    FilesRefused,
    /// A message came without the files that belong to it.
    #[error("a message came without its files")]
    FilesMissing,
    /// An earlier call gave the error that ended the link.
    #[error("the link has already failed")]
    Failed,
}

/// Receives frames of messages `M`. Dropping it refuses what the peer still sends.
pub struct Receiver<M> {
    io: Arc<Io>,
    limit_bytes: usize,
    block: Block,
    large: Large<M>,
    small: Small,
    soon: Soon,
    /// Where the peer has to show that it lives.
    beat: Option<Beat>,
    #[cfg(feature = "network")]
    lanes: Option<Box<LanesIn>>,
    files: VecDeque<OwnedFd>,
    failed: bool,
    messages: PhantomData<fn() -> M>,
}

impl<M> Receiver<M> {
    pub(crate) fn new(io: Arc<Io>, limit_bytes: usize) -> Self {
        Self {
            beat: io.beat(),
            #[cfg(feature = "network")]
            lanes: io
                .lanes()
                .map(|end| Box::new(LanesIn::new(end, limit_bytes))),
            io,
            limit_bytes,
            block: Block::default(),
            large: Large::default(),
            small: Small::default(),
            soon: Soon::default(),
            files: VecDeque::new(),
            failed: false,
            messages: PhantomData,
        }
    }
}

impl<M: DeserializeOwned + Files + Lanes> Receiver<M> {
    /// Receives the next frame; `None` when the peer is gone or will send no more, and everything it sent was received.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]; every later call fails with [`ReceiveError::Failed`].
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn receive(&mut self) -> Result<Option<Received<M>>, ReceiveError> {
        loop {
            if let Some(received) = self.try_receive()? {
                return Ok(Some(received));
            }
            let filled = self.fill().await;
            if !self.checked(filled)? {
                return Ok(None);
            }
        }
    }

    /// Gives a frame that has already been read, if there is one. Reads nothing from the link: a driver takes with it what one
    /// [`Receiver::receive`] brought.
    ///
    /// # Errors
    ///
    /// As [`Receiver::receive`].
    pub fn try_receive(&mut self) -> Result<Option<Received<M>>, ReceiveError> {
        if self.failed {
            return Err(ReceiveError::Failed);
        }
        let decoded = self.decode();
        self.checked(decoded)
    }

    fn decode(&mut self) -> Result<Option<Received<M>>, ReceiveError> {
        if self.beat.is_some() {
            self.skip_beats();
        }
        #[cfg(feature = "network")]
        if let Some(lanes) = &self.lanes
            && lanes.is_farewell(&self.block.data)
        {
            return Ok(None);
        }
        let Some(mut frame) = self.whole_frame()? else {
            // What is left belongs to one frame that is still on its way.
            return match self.files.len() {
                unclaimed if unclaimed > M::MOST => Err(ReceiveError::FilesRefused),
                _ => Ok(None),
            };
        };
        if frame.body.len() <= COPIED_BODY_BYTES {
            frame.body = self.small.copied(&frame.body);
        }
        #[cfg(feature = "network")]
        if let (Some(lanes), Some(end)) = (&mut self.lanes, self.io.lanes()) {
            lanes.decoded(end, frame.message.lane());
        }
        let files = self.claim(frame.message.files())?;
        Ok(Some(Received { frame, files }))
    }

    fn whole_frame(&mut self) -> Result<Option<Frame<M>>, FrameError> {
        if self.io.ring().is_some() {
            return self.large.decode(&mut self.block.data, self.limit_bytes);
        }
        frame::decode(&mut self.block.data, self.limit_bytes)
    }

    fn claim(&mut self, files: usize) -> Result<Vec<OwnedFd>, ReceiveError> {
        if files > self.files.len() {
            return Err(ReceiveError::FilesMissing);
        }
        Ok(self.files.drain(..files).collect())
    }

    /// Takes off empty frames, which only show that the peer lives.
    fn skip_beats(&mut self) {
        while frame::wanted_bytes(&self.block.data) == Some(frame::PREFIX_BYTES) {
            self.block.data.advance(frame::PREFIX_BYTES);
        }
    }

    /// Reads once. `false` at a clean end.
    async fn fill(&mut self) -> Result<bool, ReceiveError> {
        #[cfg(feature = "network")]
        if self.lanes.is_some() {
            return self.fill_lane().await;
        }
        let (io, block, files) = (&self.io, &mut self.block, &mut self.files);
        let large = &mut self.large;
        let missing = frame::wanted_bytes(&block.data).map_or(0, |whole| whole - block.data.len());
        let mut attempt = || match (large.body(), io.ring()) {
            (Some((body, missing)), Some(ring)) => ring.try_append(body, missing),
            _ => io.try_read(large.bounded(block.room(missing)), files, M::MOST),
        };
        let soon = &self.soon;
        let read = async {
            if io.is_between_processes() {
                tokio::task::coop::consume_budget().await;
                if let Some(read) = soon.look(&mut attempt).await {
                    return read;
                }
            }
            io.read_with(attempt).await
        };
        let read = match self.beat {
            None => read.await,
            Some(beat) => tokio::time::timeout(beat.silence, read)
                .await
                .unwrap_or_else(|_| Err(silent(beat))),
        };
        let arrived = match read {
            Ok(arrived) => arrived,
            // The peer is gone and had not read all that this end sent: its end as any other.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return self.end(),
            Err(error) => return Err(unreadable(error)),
        };
        if arrived.files_cut {
            return Err(ReceiveError::FilesRefused);
        }
        if arrived.bytes == 0 {
            return self.end();
        }
        self.filled(&arrived);
        self.soon.came();
        Ok(true)
    }

    /// As [`Receiver::fill`], on whichever lane has something.
    #[cfg(feature = "network")]
    async fn fill_lane(&mut self) -> Result<bool, ReceiveError> {
        tokio::task::coop::consume_budget().await;
        let (Some(lanes), Some(end)) = (&mut self.lanes, self.io.lanes()) else {
            return Ok(false);
        };
        loop {
            match lanes.try_fill(end, &mut self.block) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => lanes.rung().await,
                filled => return filled.map_err(unreadable),
            }
        }
    }

    fn filled(&mut self, arrived: &Arrived) {
        // A body took them in already.
        if !self.large.is_under_way() {
            self.block.filled(arrived.bytes);
        }
    }

    fn end(&self) -> Result<bool, ReceiveError> {
        if self.block.data.is_empty() && !self.large.is_under_way() {
            Ok(false)
        } else {
            Err(ReceiveError::Cut)
        }
    }

    /// Remembers an error, and lets go of what is buffered.
    fn checked<T>(&mut self, result: Result<T, ReceiveError>) -> Result<T, ReceiveError> {
        if result.is_err() {
            self.failed = true;
            self.block.clear();
            self.large = Large::default();
            self.files.clear();
        }
        result
    }
}

/// An end that the peer has not said is a cut, wherever it comes.
fn unreadable(error: io::Error) -> ReceiveError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ReceiveError::Cut,
        _ => ReceiveError::Io(error),
    }
}

fn silent(beat: Beat) -> io::Error {
    let message = format!("the peer has shown no sign of life for {:?}", beat.silence);
    io::Error::new(io::ErrorKind::TimedOut, message)
}

impl<M> Drop for Receiver<M> {
    fn drop(&mut self) {
        self.io.stop_reading();
    }
}

impl<M> std::fmt::Debug for Receiver<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver")
            .field("buffered_bytes", &self.block.data.len())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
