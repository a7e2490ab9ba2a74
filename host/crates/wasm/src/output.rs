//! What a guest writes to its standard output and error: this process's, without a buffer in between.
//!
//! wasmtime's own go through the buffer of Rust's standard library, and what is in there when the worker is killed, or leaves
//! without running destructors, is lost.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

/// Bytes that a guest may write at once, 64 KiB: as much as a pipe takes.
const WRITE_BYTES: usize = 64 << 10;

/// Whoever read the output is gone, as after `| head`. The guest ends as any program in a pipeline does: by SIGPIPE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody reads the output any more (SIGPIPE)")]
pub(crate) struct NobodyReads;

impl NobodyReads {
    /// The number of SIGPIPE.
    pub(crate) const SIGNAL: u8 = 13;
}

/// One of the two. Writing waits until whoever reads has room; so does the whole worker.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Output {
    Stdout,
    Stderr,
}

impl Output {
    fn write_through(self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => through(io::stdout().lock(), bytes),
            // Has no buffer.
            Self::Stderr => io::stderr().write_all(bytes),
        }
    }
}

fn through(mut to: impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes)?;
    to.flush()
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        match self {
            Self::Stdout => io::IsTerminal::is_terminal(&io::stdout()),
            Self::Stderr => io::IsTerminal::is_terminal(&io::stderr()),
        }
    }
}

impl StdoutStream for Output {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(*self)
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(*self)
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.write_through(&bytes)
            .map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => StreamError::Trap(NobodyReads.into()),
                _ => StreamError::LastOperationFailed(error.into()),
            })
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES)
    }
}

impl Pollable for Output {
    /// Always: writing waits by itself.
    fn ready<'a, 'b>(&'a mut self) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(std::future::ready(()))
    }
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = &bytes[..bytes.len().min(WRITE_BYTES)];
        Poll::Ready(self.write_through(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
