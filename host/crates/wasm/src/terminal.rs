//! The standard output of the actor that has the terminal.
//!
//! When nobody reads it any more (`| head`) the guest ends as a program that gets `SIGPIPE` does: quietly, with that signal's code. A guest
//! that were told of the error instead would panic about it, which nobody wants to read.

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

/// The exit code: 128 and the number of `SIGPIPE`, as shells have it.
const CLOSED_OUTPUT: i32 = 128 + 13;

/// This process's stdout.
pub(crate) struct TerminalOutput;

impl IsTerminal for TerminalOutput {
    fn is_terminal(&self) -> bool {
        IsTerminal::is_terminal(&std::io::stdout())
    }
}

impl StdoutStream for TerminalOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        StdoutStream::async_stream(&std::io::stdout())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Guarded(StdoutStream::p2_stream(&std::io::stdout())))
    }
}

/// A stream whose end is the end of the guest.
struct Guarded(Box<dyn OutputStream>);

impl OutputStream for Guarded {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        end_if_closed(self.0.write(bytes))
    }

    fn flush(&mut self) -> StreamResult<()> {
        end_if_closed(self.0.flush())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        end_if_closed(self.0.check_write())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Guarded {
    async fn ready(&mut self) {
        self.0.ready().await;
    }
}

fn end_if_closed<T>(result: StreamResult<T>) -> StreamResult<T> {
    result.map_err(|error| match error {
        StreamError::Closed => StreamError::Trap(I32Exit(CLOSED_OUTPUT).into()),
        other => other,
    })
}
