//! Two ends of a link within one process.
//!
//! Behaves as a socketpair does: a bounded number of bytes is under way, files are attached to the first byte of the write they
//! were given to, a read ends behind the write that brought files, and a file that there is no room for is closed.

use crate::io::{Arrived, Carrier};
use bytes::{Buf, Bytes, BytesMut};
use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, Result};
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Bytes under way in one direction, at most. About what Linux gives a socket.
const CAPACITY_BYTES: usize = 208 << 10;

/// One end.
pub(crate) struct MemoryEnd {
    incoming: Arc<Pipe>,
    outgoing: Arc<Pipe>,
}

/// One direction.
#[derive(Default)]
struct Pipe {
    state: Mutex<State>,
    arrived: Notify,
    room: Notify,
}

#[derive(Default)]
struct State {
    writes: VecDeque<Write>,
    bytes: usize,
    writer_gone: bool,
    reader_gone: bool,
}

struct Write {
    bytes: Bytes,
    files: Vec<OwnedFd>,
}

impl MemoryEnd {
    pub(crate) fn pair() -> (Self, Self) {
        let (there, back) = (Arc::<Pipe>::default(), Arc::<Pipe>::default());
        let first = Self {
            incoming: Arc::clone(&back),
            outgoing: Arc::clone(&there),
        };
        let second = Self {
            incoming: there,
            outgoing: back,
        };
        (first, second)
    }
}

impl Carrier for MemoryEnd {
    fn try_write(&self, slices: &[IoSlice<'_>], files: &mut Vec<OwnedFd>) -> Result<usize> {
        let mut state = self.outgoing.lock();
        if state.reader_gone || state.writer_gone {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let bytes = copied(slices, CAPACITY_BYTES - state.bytes);
        if bytes.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let written = bytes.len();
        state.bytes += written;
        state.writes.push_back(Write {
            bytes,
            files: std::mem::take(files),
        });
        drop(state);
        self.outgoing.arrived.notify_one();
        Ok(written)
    }

    fn try_read(
        &self,
        into: &mut [u8],
        files: &mut VecDeque<OwnedFd>,
        most_files: usize,
    ) -> Result<Arrived> {
        let mut state = self.incoming.lock();
        if state.writes.is_empty() && !state.writer_gone {
            return Err(ErrorKind::WouldBlock.into());
        }
        let arrived = state.read(into, files, most_files);
        drop(state);
        self.incoming.room.notify_waiters();
        Ok(arrived)
    }

    async fn write_with<T>(&self, attempt: impl FnMut() -> Result<T>) -> Result<T> {
        retried(&self.outgoing.room, attempt).await
    }

    async fn read_with(&self, attempt: impl FnMut() -> Result<Arrived>) -> Result<Arrived> {
        tokio::task::coop::consume_budget().await;
        retried(&self.incoming.arrived, attempt).await
    }

    fn stop_writing(&self) {
        self.outgoing.lock().writer_gone = true;
        self.outgoing.arrived.notify_one();
    }

    fn stop_reading(&self) {
        let mut state = self.incoming.lock();
        state.reader_gone = true;
        state.bytes = 0;
        // The files of writes that nobody reads are closed outside the lock.
        let unread = std::mem::take(&mut state.writes);
        drop(state);
        drop(unread);
        self.incoming.room.notify_waiters();
    }
}

impl Drop for MemoryEnd {
    fn drop(&mut self) {
        self.stop_writing();
        self.stop_reading();
    }
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change leaves the state whole, so a panic elsewhere in the process is no reason to stop.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn read(
        &mut self,
        into: &mut [u8],
        files: &mut VecDeque<OwnedFd>,
        most_files: usize,
    ) -> Arrived {
        let mut arrived = Arrived::bytes(0);
        while let Some(write) = self.writes.front_mut() {
            let taken = write.bytes.len().min(into.len() - arrived.bytes);
            write
                .bytes
                .copy_to_slice(&mut into[arrived.bytes..arrived.bytes + taken]);
            arrived.bytes += taken;
            self.bytes -= taken;
            let mut brought = std::mem::take(&mut write.files);
            let ends_here = !brought.is_empty() || !write.bytes.is_empty();
            arrived.files_cut |= brought.len() > most_files;
            brought.truncate(most_files);
            files.extend(brought);
            if write.bytes.is_empty() {
                self.writes.pop_front();
            }
            if ends_here || arrived.bytes == into.len() {
                break;
            }
        }
        arrived
    }
}

/// Up to `room` bytes of the slices.
fn copied(slices: &[IoSlice<'_>], room: usize) -> Bytes {
    let mut bytes = BytesMut::new();
    for slice in slices {
        let taken = slice.len().min(room - bytes.len());
        bytes.extend_from_slice(&slice[..taken]);
    }
    bytes.freeze()
}

pub(crate) async fn retried<T>(
    changed: &Notify,
    mut attempt: impl FnMut() -> Result<T>,
) -> Result<T> {
    loop {
        let mut change = pin!(changed.notified());
        // Listens before it looks, so that no change falls between.
        change.as_mut().enable();
        match attempt() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => change.await,
            done => return done,
        }
    }
}
