//! A socketpair in memory.

use bytes::BytesMut;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Bytes that wait in one direction before a write has to wait: about what a Unix socket holds.
const CAPACITY_BYTES: usize = 256 << 10;

#[derive(Default)]
struct Pipe {
    state: Mutex<State>,
    readable: Notify,
    writable: Notify,
}

#[derive(Default)]
struct State {
    bytes: BytesMut,
    files: VecDeque<OwnedFd>,
    closed: bool,
}

/// One end.
pub(crate) struct Memory {
    incoming: Arc<Pipe>,
    outgoing: Arc<Pipe>,
}

pub(crate) fn pair() -> (Memory, Memory) {
    let (one, two) = (Arc::<Pipe>::default(), Arc::<Pipe>::default());
    let near = Memory {
        incoming: Arc::clone(&one),
        outgoing: Arc::clone(&two),
    };
    (
        near,
        Memory {
            incoming: two,
            outgoing: one,
        },
    )
}

impl Pipe {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.state().closed = true;
        self.readable.notify_one();
        self.writable.notify_one();
    }
}

impl Memory {
    pub(crate) async fn read(&self, buffer: &mut BytesMut, files: &mut VecDeque<OwnedFd>) -> usize {
        loop {
            {
                let mut state = self.incoming.state();
                files.append(&mut state.files);
                if state.closed || !state.bytes.is_empty() {
                    let count = state.bytes.len();
                    buffer.extend_from_slice(&state.bytes.split());
                    self.incoming.writable.notify_one();
                    return count;
                }
            }
            self.incoming.readable.notified().await;
        }
    }

    pub(crate) fn try_write(
        &self,
        slices: &[IoSlice<'_>],
        files: &mut Vec<OwnedFd>,
    ) -> io::Result<usize> {
        let mut state = self.outgoing.state();
        if state.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let room = CAPACITY_BYTES.saturating_sub(state.bytes.len());
        if room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        state.files.extend(files.drain(..));
        let mut written = 0;
        for slice in slices {
            let part = &slice[..slice.len().min(room - written)];
            state.bytes.extend_from_slice(part);
            written += part.len();
        }
        self.outgoing.readable.notify_one();
        Ok(written)
    }

    pub(crate) async fn writable(&self) {
        loop {
            {
                let state = self.outgoing.state();
                if state.closed || state.bytes.len() < CAPACITY_BYTES {
                    return;
                }
            }
            self.outgoing.writable.notified().await;
        }
    }

    pub(crate) fn shutdown(&self) {
        self.outgoing.close();
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.outgoing.close();
        self.incoming.close();
    }
}
