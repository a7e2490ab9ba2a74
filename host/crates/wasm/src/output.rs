//! What a guest writes to its standard output and error: this process's, without a buffer in between.
//!
//! wasmtime's own go through the buffer of Rust's standard library, and what is in there when the worker is killed, or leaves
//! without running destructors, is lost.

use crate::last_words::LastWords;
use crate::lines::{Admit, Lines};
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
#[derive(Clone, Debug)]
pub(crate) struct Output {
    end: End,
    /// `None` for whoever has the terminal, whose output is its own business.
    lines: Option<Lines>,
    /// Of standard error.
    last: Option<LastWords>,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Stdout,
    Stderr,
}

impl Output {
    /// Standard output; `admit` says whether there may be another line.
    pub(crate) fn stdout(admit: Option<Admit>) -> Self {
        Self {
            end: End::Stdout,
            lines: admit.map(Lines::new),
            last: None,
        }
    }

    /// Standard error, whose end `last` keeps; `admit` says whether there may be another line.
    pub(crate) fn stderr(admit: Option<Admit>, last: LastWords) -> Self {
        Self {
            end: End::Stderr,
            lines: admit.map(Lines::new),
            last: Some(last),
        }
    }

    fn write_through(&self, bytes: &[u8]) -> io::Result<()> {
        match &self.lines {
            // On the terminal it was read already.
            None => self.end.write(bytes),
            Some(lines) => match lines.admitted(bytes) {
                left if left.is_empty() => Ok(()),
                left => {
                    self.last.iter().for_each(|last| last.keep(&left));
                    self.end.write(&left)
                }
            },
        }
    }
}

impl End {
    fn write(self, bytes: &[u8]) -> io::Result<()> {
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
        match self.end {
            End::Stdout => io::IsTerminal::is_terminal(&io::stdout()),
            End::Stderr => io::IsTerminal::is_terminal(&io::stderr()),
        }
    }
}

impl StdoutStream for Output {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
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
