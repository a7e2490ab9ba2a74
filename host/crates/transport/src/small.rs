//! Where small bodies are copied to, out of the memory that a link reads into.
//!
//! A value of a few bytes that somebody keeps must not keep a block of the link's. But memory of its own for each would be an allocation for
//! each message, so the smallest share some: whoever keeps one keeps [`SHARED_BYTES`], and no more.

use bytes::{Bytes, BytesMut};

/// Bodies up to this size share memory, 256 bytes: a larger one is worth an allocation.
const SMALL_BYTES: usize = 256;

/// What they share, 4 KiB: an allocation for some dozen messages.
const SHARED_BYTES: usize = 4 << 10;

/// Copies bodies.
#[derive(Default)]
pub(crate) struct Small {
    /// Room for the next ones. Empty until the first: a worker may have hundreds of links that are idle.
    shared: BytesMut,
}

impl Small {
    /// A copy that keeps little more than itself.
    pub(crate) fn copied(&mut self, body: &[u8]) -> Bytes {
        if body.len() > SMALL_BYTES {
            return Bytes::copy_from_slice(body);
        }
        if body.is_empty() {
            return Bytes::new();
        }
        if self.shared.capacity() < body.len() {
            self.shared = BytesMut::with_capacity(SHARED_BYTES);
        }
        self.shared.extend_from_slice(body);
        self.shared.split().freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_never_written_again() {
        let mut small = Small::default();
        let sizes = [0, 1, 64, SMALL_BYTES, SMALL_BYTES + 1];
        let bodies: Vec<_> = (0..=u8::MAX)
            .flat_map(|number| sizes.map(|size| vec![number; size]))
            .collect();
        let copies: Vec<_> = bodies.iter().map(|body| small.copied(body)).collect();
        assert_eq!(copies, bodies);
    }

    #[test]
    fn small_bodies_lie_side_by_side_and_larger_ones_do_not() {
        let mut small = Small::default();
        let (one, two) = (small.copied(&[1; 64]), small.copied(&[2; 64]));
        assert_eq!(two.as_ptr() as usize - one.as_ptr() as usize, 64);
        let large = small.copied(&[3; SMALL_BYTES + 1]);
        let three = small.copied(&[4; 64]);
        assert_eq!(three.as_ptr() as usize - two.as_ptr() as usize, 64);
        assert!(large.try_into_mut().is_ok(), "it is alone in its memory");
    }
}
