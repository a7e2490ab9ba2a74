//! A pipe between a guest's standard input or output and whoever opened its command: bounded, and without a buffer in between.
//!
//! WASI lets a guest open its standard streams as often as it likes; all of them are this one pipe, so nothing that one of them has read
//! ahead is lost to the next.

use bytes::{Bytes, BytesMut};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wasmtime_wasi::cli::{IsTerminal, StdinStream, StdoutStream};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

/// Bytes that may wait in a pipe, 64 KiB: as much as in those of Linux. Whoever writes more waits.
const ROOM_BYTES: usize = 64 << 10;

/// A pipe; clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Pipe(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    bytes: BytesMut,
    /// Nothing more will be written.
    ended: bool,
    /// Nobody reads any more.
    closed: bool,
    waiting: Vec<Waker>,
}

impl Held {
    fn room(&self) -> usize {
        ROOM_BYTES.saturating_sub(self.bytes.len())
    }

    fn is_over(&self) -> bool {
        self.ended && self.bytes.is_empty()
    }

    fn changed(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }

    fn wait(&mut self, context: &Context<'_>) {
        if !self.waiting.iter().any(|w| w.will_wake(context.waker())) {
            self.waiting.push(context.waker().clone());
        }
    }
}

impl Pipe {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that nothing more will be written. What was is read first.
    pub(crate) fn end(&self) {
        let mut held = self.held();
        held.ended = true;
        held.changed();
    }

    /// Says that nobody reads any more: writing fails from now on.
    pub(crate) fn close(&self) {
        let mut held = self.held();
        held.closed = true;
        held.bytes.clear();
        held.changed();
    }

    /// Reads at least one and at most `most` bytes; none at its end.
    ///
    /// # Cancel safety
    ///
    /// Dropping it takes nothing.
    pub(crate) async fn read(&self, most: usize) -> Bytes {
        poll_fn(|context| self.poll_take(context, most)).await
    }

    /// Writes all of `bytes`, as room comes; `false` if nobody reads any more.
    ///
    /// # Cancel safety
    ///
    /// Dropping it may leave some of them written.
    pub(crate) async fn write(&self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            match poll_fn(|context| self.poll_put(context, bytes)).await {
                Some(written) => bytes = &bytes[written..],
                None => return false,
            }
        }
        true
    }

    fn poll_take(&self, context: &Context<'_>, most: usize) -> Poll<Bytes> {
        let mut held = self.held();
        if held.bytes.is_empty() && !held.ended {
            held.wait(context);
            return Poll::Pending;
        }
        let count = held.bytes.len().min(most);
        let taken = held.bytes.split_to(count).freeze();
        held.changed();
        Poll::Ready(taken)
    }

    fn poll_put(&self, context: &Context<'_>, bytes: &[u8]) -> Poll<Option<usize>> {
        let mut held = self.held();
        if held.closed {
            return Poll::Ready(None);
        }
        let count = held.room().min(bytes.len());
        if count == 0 {
            held.wait(context);
            return Poll::Pending;
        }
        held.bytes.extend_from_slice(&bytes[..count]);
        held.changed();
        Poll::Ready(Some(count))
    }

    /// Ready when `is_so`.
    async fn until(&self, is_so: impl Fn(&Held) -> bool) {
        poll_fn(|context| {
            let mut held = self.held();
            if is_so(&held) {
                return Poll::Ready(());
            }
            held.wait(context);
            Poll::Pending
        })
        .await;
    }
}

impl IsTerminal for Pipe {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for Pipe {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(Reading(self.clone()))
    }
}

impl StdoutStream for Pipe {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Writing(self.clone()))
    }
}

/// The end that a guest of WASI 0.2 reads.
struct Reading(Pipe);

impl InputStream for Reading {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let mut held = self.0.held();
        if held.is_over() {
            return Err(StreamError::Closed);
        }
        let count = held.bytes.len().min(size);
        let taken = held.bytes.split_to(count).freeze();
        held.changed();
        Ok(taken)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Reading {
    async fn ready(&mut self) {
        self.0
            .until(|held| held.ended || !held.bytes.is_empty())
            .await;
    }
}

/// The end that a guest of WASI 0.2 writes.
struct Writing(Pipe);

impl OutputStream for Writing {
    /// Takes what it was permitted, and never less, though other handles to the same pipe may have filled it meanwhile.
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut held = self.0.held();
        if held.closed {
            return Err(StreamError::Closed);
        }
        held.bytes.extend_from_slice(&bytes);
        held.changed();
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let held = self.0.held();
        match held.closed {
            true => Err(StreamError::Closed),
            false => Ok(held.room()),
        }
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Writing {
    async fn ready(&mut self) {
        self.0.until(|held| held.closed || held.room() > 0).await;
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_take(context, into.remaining()).map(|bytes| {
            into.put_slice(&bytes);
            Ok(())
        })
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.poll_put(context, bytes)
            .map(|written| written.ok_or_else(|| io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Another handle may still be written to: only the end of the command is the end of the pipe.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn pipe_gives_what_was_written_and_then_its_end() {
        let pipe = Pipe::default();
        assert!(pipe.write(b"hello").await);
        pipe.end();
        assert_eq!(pipe.read(3).await, "hel");
        assert_eq!(pipe.read(30).await, "lo");
        assert_eq!(pipe.read(30).await, "");
    }

    #[tokio::test]
    async fn pipe_that_is_full_makes_its_writer_wait_for_the_reader() {
        let pipe = Pipe::default();
        let bytes = vec![7; ROOM_BYTES + 1];
        let mut writing = Box::pin(pipe.write(&bytes));
        assert!(writing.as_mut().now_or_never().is_none());
        assert_eq!(Writing(pipe.clone()).check_write().unwrap(), 0);
        assert_eq!(pipe.read(10).await.len(), 10);
        assert!(writing.await);
        assert_eq!(pipe.held().bytes.len(), ROOM_BYTES - 9);
    }

    #[tokio::test]
    async fn pipe_that_nobody_reads_any_more_refuses_what_is_written() {
        let pipe = Pipe::default();
        pipe.close();
        assert!(!pipe.write(b"x").await);
        assert!(matches!(
            Writing(pipe).check_write(),
            Err(StreamError::Closed)
        ));
    }

    #[tokio::test]
    async fn handles_to_one_pipe_share_what_is_in_it() {
        let pipe = Pipe::default();
        pipe.write(b"ab").await;
        assert_eq!(Reading(pipe.clone()).read(1).unwrap(), "a");
        assert_eq!(Reading(pipe.clone()).read(1).unwrap(), "b");
        assert_eq!(Reading(pipe.clone()).read(1).unwrap(), "");
        pipe.end();
        assert!(Reading(pipe).read(1).is_err());
    }
}
