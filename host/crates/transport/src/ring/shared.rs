//! The shared memory itself: the only place that touches it.
//!
//! Invariants: the mapping is as long as the file, and the file cannot shrink (sealed, checked by who takes it), so no access faults;
//! no reference to the peer's bytes is ever made, only copies of them; every offset is checked here, whoever computed it.
#![expect(
    unsafe_code,
    reason = "memory that another process writes at any time can only be reached by raw pointers"
)]

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::mm::{MapFlags, ProtFlags};
use std::io::{Error, ErrorKind, Result};
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

/// Bytes under way in one direction, at most. Enough for four of the largest usual messages; the pages of an idle ring are never touched.
const RING_BYTES: usize = 256 << 10;

/// The words of both directions, before the rings: a page.
const HEAD_BYTES: usize = 4096;

/// Each word has cache lines of its own, so that ends that write different words do not disturb each other.
const WORD_STRIDE: usize = 128;

/// Words of one direction.
const WORDS: usize = 6;

/// What the file must be sealed with.
const SEALS: SealFlags = SealFlags::SHRINK
    .union(SealFlags::GROW)
    .union(SealFlags::SEAL);

/// Bytes that fit into one ring.
pub(crate) const fn ring_bytes() -> usize {
    RING_BYTES
}

/// A direction, by who writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The end that made the memory writes.
    Made,
    /// The end that took it writes.
    Taken,
}

/// What the two ends tell each other about one direction. Each word is written by one end but for the two `Waits`, which the other clears.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Word {
    /// By the writer: all bytes ever written.
    Written,
    /// By the reader: all bytes ever read.
    Read,
    /// By the writer: 1 when nothing will follow.
    Ended,
    /// By the reader: 1 when it takes no more.
    Refused,
    /// By the reader: 1 when it sleeps until something is there.
    ReaderWaits,
    /// By the writer: 1 when it sleeps until there is room.
    WriterWaits,
}

/// Memory that two processes share.
pub(crate) struct SharedMemory {
    start: NonNull<u8>,
}

// SAFETY: it is plain memory that is reached through atomics and copies only; the mapping lasts as long as the value.
unsafe impl Send for SharedMemory {}
// SAFETY: as above.
unsafe impl Sync for SharedMemory {}

const FILE_BYTES: usize = HEAD_BYTES + 2 * RING_BYTES;

impl SharedMemory {
    /// Makes it, and the file that hands it over.
    pub(crate) fn make() -> Result<(Self, OwnedFd)> {
        let file = Self::make_file()?;
        Ok((Self::map(&file)?, file))
    }

    /// Makes it for others: the file alone.
    pub(crate) fn make_file() -> Result<OwnedFd> {
        let file = rustix::fs::memfd_create(
            "tractor-ring",
            MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
        )?;
        rustix::fs::ftruncate(&file, FILE_BYTES as u64)?;
        rustix::fs::fcntl_add_seals(&file, SEALS)?;
        Ok(file)
    }

    /// Takes what a peer made. A file that is no such memory, or that could be cut short later, is refused.
    pub(crate) fn take(file: &OwnedFd) -> Result<Self> {
        let refused = |what| Error::new(ErrorKind::InvalidData, what);
        let seals = rustix::fs::fcntl_get_seals(file)
            .map_err(|_| refused("the peer's file is no shared memory"))?;
        if !seals.contains(SEALS) {
            return Err(refused("the peer's shared memory is not sealed"));
        }
        if rustix::fs::fstat(file)?.st_size != FILE_BYTES as i64 {
            return Err(refused("the peer's shared memory has another size"));
        }
        Self::map(file)
    }

    fn map(file: impl AsFd) -> Result<Self> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at a place that the kernel chooses; nothing else is there.
        let start = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                FILE_BYTES,
                access,
                MapFlags::SHARED,
                file,
                0,
            )
        }?;
        let start = NonNull::new(start.cast()).ok_or(ErrorKind::OutOfMemory)?;
        Ok(Self { start })
    }

    /// A word of a direction.
    pub(crate) fn word(&self, direction: Direction, word: Word) -> &AtomicU64 {
        let offset = (direction as usize * WORDS + word as usize) * WORD_STRIDE;
        assert!(offset + WORD_STRIDE <= HEAD_BYTES, "words are in the head");
        // SAFETY: in the mapping (checked), aligned (the mapping to pages, the stride to 8), and only ever used as an atomic, by the peer too: what
        // else it does is atomic for the processor, and any value is a valid one.
        unsafe { &*self.start.add(offset).cast::<AtomicU64>().as_ptr() }
    }

    /// Copies bytes into a ring, behind `position` bytes of it, around its end where need be.
    pub(crate) fn copy_in(&self, direction: Direction, position: u64, bytes: &[u8]) {
        let (offset, first) = self.place(direction, position, bytes.len());
        // SAFETY: both pieces lie in the ring (`place` checks), and no one holds a reference to it.
        unsafe {
            let piece = bytes.as_ptr();
            piece.copy_to_nonoverlapping(self.start.add(offset).as_ptr(), first);
            let ring = self.start.add(ring_offset(direction)).as_ptr();
            piece
                .add(first)
                .copy_to_nonoverlapping(ring, bytes.len() - first);
        }
    }

    /// Copies bytes out of a ring. The peer may change them meanwhile: then the copy is some mixture, and nothing worse.
    pub(crate) fn copy_out(&self, direction: Direction, position: u64, into: &mut [u8]) {
        // SAFETY: it is writable, and that long.
        unsafe { self.copy_to(direction, position, into.as_mut_ptr(), into.len()) };
    }

    /// As [`copy_out`](Self::copy_out), behind what a vector holds. It must have room for them: memory that is written anyway need not be zeroed before.
    pub(crate) fn append_out(
        &self,
        direction: Direction,
        position: u64,
        into: &mut Vec<u8>,
        bytes: usize,
    ) {
        let room = &mut into.spare_capacity_mut()[..bytes];
        // SAFETY: it is writable, and that long.
        unsafe { self.copy_to(direction, position, room.as_mut_ptr().cast(), bytes) };
        // SAFETY: so many bytes behind its length are in its capacity (checked above), and have just been written.
        unsafe { into.set_len(into.len() + bytes) };
    }

    /// # Safety
    ///
    /// At `into` are so many bytes that may be written.
    unsafe fn copy_to(&self, direction: Direction, position: u64, into: *mut u8, bytes: usize) {
        let (offset, first) = self.place(direction, position, bytes);
        // SAFETY: both pieces lie in the ring (`place` checks), no one holds a reference to it, and the caller gives room for both.
        unsafe {
            into.copy_from_nonoverlapping(self.start.add(offset).as_ptr(), first);
            let ring = self.start.add(ring_offset(direction)).as_ptr();
            into.add(first)
                .copy_from_nonoverlapping(ring, bytes - first);
        }
    }

    /// Where `bytes` bytes behind `position` begin, and how many of them stand before the end of the ring.
    fn place(&self, direction: Direction, position: u64, bytes: usize) -> (usize, usize) {
        assert!(bytes <= RING_BYTES, "no more than the ring holds");
        let within = (position % RING_BYTES as u64) as usize;
        (
            ring_offset(direction) + within,
            bytes.min(RING_BYTES - within),
        )
    }
}

const fn ring_offset(direction: Direction) -> usize {
    HEAD_BYTES + direction as usize * RING_BYTES
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own, of that length, and nothing points into it any more.
        let unmapped = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), FILE_BYTES) };
        debug_assert!(unmapped.is_ok(), "a whole mapping can be taken back");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    fn refusal(file: &OwnedFd) -> String {
        match SharedMemory::take(file) {
            Ok(_) => panic!("it was taken"),
            Err(error) => error.to_string(),
        }
    }

    fn memory(bytes: u64, seals: SealFlags) -> OwnedFd {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = rustix::fs::memfd_create("test", flags).expect("memory");
        rustix::fs::ftruncate(&file, bytes).expect("room");
        rustix::fs::fcntl_add_seals(&file, seals).expect("seals");
        file
    }

    #[test]
    fn both_ends_see_the_same_words_and_bytes() {
        let (made, file) = SharedMemory::make().expect("memory");
        let taken = SharedMemory::take(&file).expect("it is ours");
        made.word(Direction::Taken, Word::WriterWaits)
            .store(7, Ordering::SeqCst);
        let seen = taken.word(Direction::Taken, Word::WriterWaits);
        assert_eq!(seen.load(Ordering::SeqCst), 7);
        for direction in [Direction::Made, Direction::Taken] {
            // Around the end of the ring.
            let position = 3 * RING_BYTES as u64 - 5;
            made.copy_in(direction, position, b"0123456789");
            let mut out = [0; 10];
            taken.copy_out(direction, position, &mut out);
            assert_eq!(&out, b"0123456789");
            let mut appended = Vec::with_capacity(12);
            appended.extend_from_slice(b"ab");
            taken.append_out(direction, position, &mut appended, 10);
            assert_eq!(appended, b"ab0123456789");
        }
        let mut head = [0; 5];
        taken.copy_out(Direction::Made, 0, &mut head);
        assert_eq!(&head, b"56789");
    }

    #[test]
    fn memory_that_could_be_cut_short_is_refused() {
        let unsealed = memory(FILE_BYTES as u64, SealFlags::GROW);
        assert_eq!(refusal(&unsealed), "the peer's shared memory is not sealed");
        let small = memory(4096, SEALS);
        assert_eq!(refusal(&small), "the peer's shared memory has another size");
    }

    #[test]
    fn file_that_is_no_memory_is_refused() {
        let (reader, _writer) = rustix::pipe::pipe().expect("a pipe");
        assert_eq!(refusal(&reader), "the peer's file is no shared memory");
    }
}
