//! The waiting calls of WASI 0.2, so that a guest in one of them can be stopped.
//!
//! `poll` and the blocking calls on streams hold the whole store while they wait: no other task runs, and no epoch is looked at.
//! Each is therefore raced against the wish to stop, which ends it as a trap with the guest's backtrace, and noted while it waits, so that
//! whoever looks at the tree sees it. All else is passed on to wasmtime's own. `files.rs` has those of the file system.

use super::files;
use super::state::State;
use crate::epoch::{Stop, Stopped};
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::io::{poll, streams};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, StreamError, StreamResult};

/// Puts these in the place of wasmtime's.
pub(super) fn shadow(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    poll::add_to_linker::<State, Stoppable>(linker, State::io)?;
    streams::add_to_linker::<State, Stoppable>(linker, State::io)?;
    files::shadow(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// What a guest waits in while it holds its store, for those who look from outside. Cloning gives the same note.
#[derive(Clone, Default)]
pub(crate) struct Blocked(Arc<Mutex<Option<&'static str>>>);

impl Blocked {
    /// The call, as `wasi:io/poll`; `None` if the guest is in none.
    pub(crate) fn now(&self) -> Option<&'static str> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, call: Option<&'static str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = call;
    }
}

/// How a host function that holds the store waits.
#[derive(Clone, Copy)]
pub(super) struct Waiter<'a> {
    pub(super) stop: &'a Stop,
    pub(super) blocked: &'a Blocked,
}

impl Waiter<'_> {
    /// Waits for `work`, noted as `call`, or fails as soon as the guest is to stop.
    pub(super) async fn wait<T>(
        self,
        call: &'static str,
        work: impl Future<Output = T>,
    ) -> Result<T, Stopped> {
        let _noted = Noted::new(self.blocked, call);
        self.stop.race(work).await
    }
}

/// Takes the note back when the call has ended, however it has.
struct Noted<'a>(&'a Blocked);

impl<'a> Noted<'a> {
    fn new(blocked: &'a Blocked, call: &'static str) -> Self {
        blocked.set(Some(call));
        Self(blocked)
    }
}

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl State {
    fn io(&mut self) -> Io<'_> {
        Io {
            table: &mut self.table,
            waiter: Waiter {
                stop: &self.stop,
                blocked: &self.blocked,
            },
        }
    }
}

struct Stoppable;

impl HasData for Stoppable {
    type Data<'a> = Io<'a>;
}

struct Io<'a> {
    table: &'a mut ResourceTable,
    waiter: Waiter<'a>,
}

impl Io<'_> {
    /// Waits for a call on a stream.
    async fn wait<T>(
        waiter: Waiter<'_>,
        work: impl Future<Output = StreamResult<T>>,
    ) -> StreamResult<T> {
        match waiter.wait("wasi:io/streams", work).await {
            Ok(done) => done,
            Err(stopped) => Err(StreamError::Trap(stopped.into())),
        }
    }
}

impl poll::Host for Io<'_> {
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.waiter
            .wait("wasi:io/poll", poll::Host::poll(self.table, pollables))
            .await?
    }
}

impl poll::HostPollable for Io<'_> {
    async fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        let work = poll::HostPollable::block(self.table, pollable);
        self.waiter.wait("wasi:io/poll", work).await?
    }

    async fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        poll::HostPollable::ready(self.table, pollable).await
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::drop(self.table, pollable)
    }
}

impl streams::Host for Io<'_> {
    fn convert_stream_error(
        &mut self,
        error: StreamError,
    ) -> wasmtime::Result<streams::StreamError> {
        streams::Host::convert_stream_error(self.table, error)
    }
}

impl streams::HostInputStream for Io<'_> {
    async fn drop(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<()> {
        streams::HostInputStream::drop(self.table, stream).await
    }

    fn read(&mut self, stream: Resource<DynInputStream>, len: u64) -> StreamResult<Vec<u8>> {
        streams::HostInputStream::read(self.table, stream, len)
    }

    async fn blocking_read(
        &mut self,
        stream: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<Vec<u8>> {
        Self::wait(
            self.waiter,
            streams::HostInputStream::blocking_read(self.table, stream, len),
        )
        .await
    }

    fn skip(&mut self, stream: Resource<DynInputStream>, len: u64) -> StreamResult<u64> {
        streams::HostInputStream::skip(self.table, stream, len)
    }

    async fn blocking_skip(
        &mut self,
        stream: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        Self::wait(
            self.waiter,
            streams::HostInputStream::blocking_skip(self.table, stream, len),
        )
        .await
    }

    fn subscribe(
        &mut self,
        stream: Resource<DynInputStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        streams::HostInputStream::subscribe(self.table, stream)
    }
}

impl streams::HostOutputStream for Io<'_> {
    async fn drop(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<()> {
        streams::HostOutputStream::drop(self.table, stream).await
    }

    fn check_write(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<u64> {
        streams::HostOutputStream::check_write(self.table, stream)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        streams::HostOutputStream::write(self.table, stream, bytes)
    }

    fn subscribe(
        &mut self,
        stream: Resource<DynOutputStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        streams::HostOutputStream::subscribe(self.table, stream)
    }

    async fn blocking_write_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        bytes: Vec<u8>,
    ) -> StreamResult<()> {
        let work = streams::HostOutputStream::blocking_write_and_flush(self.table, stream, bytes);
        Self::wait(self.waiter, work).await
    }

    async fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        len: u64,
    ) -> StreamResult<()> {
        let work =
            streams::HostOutputStream::blocking_write_zeroes_and_flush(self.table, stream, len);
        Self::wait(self.waiter, work).await
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, len: u64) -> StreamResult<()> {
        streams::HostOutputStream::write_zeroes(self.table, stream, len)
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        streams::HostOutputStream::flush(self.table, stream)
    }

    async fn blocking_flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        Self::wait(
            self.waiter,
            streams::HostOutputStream::blocking_flush(self.table, stream),
        )
        .await
    }

    fn splice(
        &mut self,
        stream: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        streams::HostOutputStream::splice(self.table, stream, from, len)
    }

    async fn blocking_splice(
        &mut self,
        stream: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        let work = streams::HostOutputStream::blocking_splice(self.table, stream, from, len);
        Self::wait(self.waiter, work).await
    }
}
