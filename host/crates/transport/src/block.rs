//! The memory that a receiver reads into.
//!
//! Invariants: `data` is what has arrived and is not yet decoded, `spare` is the initialised rest of the same allocation right
//! behind it, so taking in what was read copies nothing. Decoded bodies may share the allocation; it is never written again
//! where it was handed out. An allocation is not reused but replaced, which costs one zeroing per allocation and not per read.

use bytes::BytesMut;

/// A block for a link that is not busy: a worker may have hundreds of links that are idle.
const QUIET_BYTES: usize = 8 << 10;

/// A block for a link whose last read filled all there was: fewer system calls.
const BUSY_BYTES: usize = 128 << 10;

/// With less room than this a read is not worth its system call.
const LEAST_READ_BYTES: usize = 2 << 10;

/// What has arrived, and room for more.
#[derive(Default)]
pub(crate) struct Block {
    /// Has arrived; frames are taken off its front.
    pub(crate) data: BytesMut,
    spare: BytesMut,
    busy: bool,
}

impl Block {
    /// Room for the next read: at least `missing` bytes, what the first frame still lacks.
    pub(crate) fn room(&mut self, missing: usize) -> &mut [u8] {
        if self.spare.len() < missing.max(LEAST_READ_BYTES) {
            self.renew(missing);
        }
        &mut self.spare
    }

    /// Takes the first `bytes` of the room, which were read, as data.
    pub(crate) fn filled(&mut self, bytes: usize) {
        self.busy = bytes == self.spare.len();
        let arrived = self.spare.split_to(bytes);
        self.data.unsplit(arrived);
    }

    /// Drops all of it.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn renew(&mut self, missing: usize) {
        let usual = if self.busy { BUSY_BYTES } else { QUIET_BYTES };
        let mut block = BytesMut::zeroed(self.data.len() + missing.max(usual));
        block[..self.data.len()].copy_from_slice(&self.data);
        self.data = block.split_to(self.data.len());
        self.spare = block;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(block: &mut Block, bytes: &[u8]) {
        block.room(0)[..bytes.len()].copy_from_slice(bytes);
        block.filled(bytes.len());
    }

    #[test]
    fn data_read_in_pieces_stays_together_without_a_copy() {
        let mut block = Block::default();
        read(&mut block, b"one ");
        let place = block.data.as_ptr();
        read(&mut block, b"two");
        assert_eq!(&block.data[..], b"one two");
        assert_eq!(block.data.as_ptr(), place);
    }

    #[test]
    fn undecoded_data_survives_a_new_block() {
        let mut block = Block::default();
        read(&mut block, b"head");
        assert!(block.room(1 << 20).len() >= 1 << 20);
        assert_eq!(&block.data[..], b"head");
        read(&mut block, b" and body");
        assert_eq!(&block.data[..], b"head and body");
    }

    #[test]
    fn bodies_handed_out_are_never_written_again() {
        let mut block = Block::default();
        let mut bodies = Vec::new();
        for number in 0..=u8::MAX {
            read(&mut block, &[number; 1000]);
            bodies.push(block.data.split_to(1000).freeze());
        }
        for (number, body) in (0..=u8::MAX).zip(bodies) {
            assert!(body.iter().all(|byte| *byte == number));
        }
    }

    #[test]
    fn a_read_that_fills_the_room_makes_the_next_block_larger() {
        let mut block = Block::default();
        let quiet = block.room(0).len();
        block.filled(quiet);
        assert!(block.room(0).len() > quiet);
    }
}
