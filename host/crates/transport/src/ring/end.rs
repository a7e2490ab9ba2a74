//! One end of a link over shared memory.
//!
//! Sleeping and waking: whoever is about to sleep says so in the memory, looks once more, and sleeps; whoever has changed something looks whether the other sleeps,
//! and if so sends it one byte over the socket. Both put a full fence between their two steps, so one of them sees the other.

use super::shared::{Direction, SharedMemory, Word, ring_bytes};
use super::spin::Spin;
use crate::io::{Arrived, Carrier};
use crate::socket::Socket;
use std::collections::VecDeque;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// One end.
pub(crate) struct RingEnd {
    memory: SharedMemory,
    outgoing: Direction,
    incoming: Direction,
    /// What this end has written and read. The words in the memory are for the peer; these cannot be changed by it.
    written: AtomicU64,
    read: AtomicU64,
    doorbell: Socket,
    peer_gone: AtomicBool,
    /// The bell rang: for whoever waits in this process.
    rung: Notify,
    spin: Spin,
}

impl RingEnd {
    /// The end that made the memory, or the one that took it.
    pub(crate) fn new(memory: SharedMemory, made: bool, doorbell: Socket) -> Self {
        let (outgoing, incoming) = match made {
            true => (Direction::Made, Direction::Taken),
            false => (Direction::Taken, Direction::Made),
        };
        Self {
            memory,
            outgoing,
            incoming,
            written: AtomicU64::new(0),
            read: AtomicU64::new(0),
            doorbell,
            peer_gone: AtomicBool::new(false),
            rung: Notify::new(),
            spin: Spin::new(),
        }
    }

    fn load(&self, direction: Direction, word: Word) -> u64 {
        self.memory.word(direction, word).load(Ordering::Acquire)
    }

    fn store(&self, direction: Direction, word: Word, value: u64) {
        let word = self.memory.word(direction, word);
        word.store(value, Ordering::Release);
    }

    /// Bytes that wait to be read.
    fn arrived(&self) -> Result<usize> {
        let written = self.load(self.incoming, Word::Written);
        within(written.wrapping_sub(self.read.load(Ordering::Relaxed)))
    }

    /// Bytes that there is room for.
    fn room(&self) -> Result<usize> {
        let read = self.load(self.outgoing, Word::Read);
        let under_way = within(self.written.load(Ordering::Relaxed).wrapping_sub(read))?;
        Ok(ring_bytes() - under_way)
    }

    /// Reads at most so many bytes behind what a vector holds, as [`Carrier::try_read`] does into memory that was written before. It must have
    /// room for them.
    pub(crate) fn try_append(&self, into: &mut Vec<u8>, most: usize) -> Result<Arrived> {
        self.read(most, |position, bytes| {
            self.memory.append_out(self.incoming, position, into, bytes);
        })
    }

    /// Has `copy` take out what has arrived, at most `room` bytes: of so many behind a position.
    fn read(&self, room: usize, copy: impl FnOnce(u64, usize)) -> Result<Arrived> {
        // Before what has arrived: it is written before the end is told.
        let ended =
            self.peer_gone.load(Ordering::SeqCst) || self.load(self.incoming, Word::Ended) != 0;
        let arrived = self.arrived()?;
        if arrived == 0 && !ended {
            return Err(ErrorKind::WouldBlock.into());
        }
        let bytes = arrived.min(room);
        let start = self.read.load(Ordering::Relaxed);
        copy(start, bytes);
        let read = start.wrapping_add(bytes as u64);
        self.read.store(read, Ordering::Relaxed);
        self.store(self.incoming, Word::Read, read);
        // A writer that sleeps is woken when it is worth it, not for each byte.
        if arrived - bytes <= ring_bytes() / 2 {
            self.wake(self.incoming, Word::WriterWaits);
        }
        Ok(Arrived::bytes(bytes))
    }

    /// Wakes the peer if it sleeps for this.
    fn wake(&self, direction: Direction, waits: Word) {
        fence(Ordering::SeqCst);
        let waits = self.memory.word(direction, waits);
        if waits.load(Ordering::Relaxed) != 0 && waits.swap(0, Ordering::Relaxed) != 0 {
            self.ring();
        }
    }

    fn ring(&self) {
        // A bell that is full of rings will wake the peer; one that is broken has nobody to wake.
        let _ = self
            .doorbell
            .try_write(&[IoSlice::new(&[1])], &mut Vec::new());
    }

    /// Takes the rings of the bell.
    fn hear(&self) -> Result<Arrived> {
        let mut rings = [0; 64];
        let heard = self.doorbell.try_read(&mut rings, &mut VecDeque::new(), 0);
        match heard {
            Ok(heard) if heard.bytes > 0 => Ok(heard),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(error),
            // Its end, or an error: either way nobody is there.
            _ => {
                self.peer_gone.store(true, Ordering::SeqCst);
                Ok(Arrived::bytes(0))
            }
        }
    }

    /// Waits until the bell rings, whoever hears it.
    async fn wait(&self, rung: Pin<&mut Notified<'_>>) -> Result<()> {
        tokio::select! {
            biased;
            () = rung => {}
            heard = self.doorbell.read_with(|| self.hear()) => {
                heard?;
                self.rung.notify_waiters();
            }
        }
        Ok(())
    }

    /// Calls `attempt` until it does not say `WouldBlock`; says that it sleeps where the peer looks.
    async fn retried<T>(
        &self,
        direction: Direction,
        waits: Word,
        mut attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        loop {
            let mut rung = pin!(self.rung.notified());
            rung.as_mut().enable();
            self.memory
                .word(direction, waits)
                .store(1, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            match attempt() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(rung).await?,
                done => {
                    self.memory
                        .word(direction, waits)
                        .store(0, Ordering::Relaxed);
                    return done;
                }
            }
        }
    }
}

/// What the peer says of its position leaves at most a ring between the two ends.
fn within(bytes: u64) -> Result<usize> {
    match usize::try_from(bytes) {
        Ok(bytes) if bytes <= ring_bytes() => Ok(bytes),
        _ => Err(Error::new(
            ErrorKind::InvalidData,
            "the peer spoiled the shared memory: its position is outside the ring",
        )),
    }
}

impl Carrier for RingEnd {
    fn try_write(&self, slices: &[IoSlice<'_>], files: &mut Vec<OwnedFd>) -> Result<usize> {
        debug_assert!(files.is_empty(), "the sender refuses files");
        if self.load(self.outgoing, Word::Refused) != 0 || self.peer_gone.load(Ordering::Relaxed) {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let room = self.room()?;
        if room == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let start = self.written.load(Ordering::Relaxed);
        let mut bytes = 0;
        for slice in slices {
            let piece = &slice[..slice.len().min(room - bytes)];
            let position = start.wrapping_add(bytes as u64);
            self.memory.copy_in(self.outgoing, position, piece);
            bytes += piece.len();
        }
        let written = start.wrapping_add(bytes as u64);
        self.written.store(written, Ordering::Relaxed);
        self.store(self.outgoing, Word::Written, written);
        self.wake(self.outgoing, Word::ReaderWaits);
        Ok(bytes)
    }

    fn try_read(
        &self,
        into: &mut [u8],
        _files: &mut VecDeque<OwnedFd>,
        _most_files: usize,
    ) -> Result<Arrived> {
        self.read(into.len(), |position, bytes| {
            self.memory
                .copy_out(self.incoming, position, &mut into[..bytes]);
        })
    }

    async fn write_with<T>(&self, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
        match attempt() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            done => return done,
        }
        self.spin
            .until(|| self.room().map_or(true, |room| room > 0))
            .await;
        self.retried(self.outgoing, Word::WriterWaits, attempt)
            .await
    }

    async fn read_with(&self, mut attempt: impl FnMut() -> Result<Arrived>) -> Result<Arrived> {
        tokio::task::coop::consume_budget().await;
        match attempt() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            done => return done,
        }
        self.retried(self.incoming, Word::ReaderWaits, attempt)
            .await
    }

    fn stop_writing(&self) {
        self.store(self.outgoing, Word::Ended, 1);
        self.wake(self.outgoing, Word::ReaderWaits);
    }

    fn stop_reading(&self) {
        self.store(self.incoming, Word::Refused, 1);
        self.wake(self.incoming, Word::WriterWaits);
    }
}
