//! What waits to be written.

use bytes::{Buf, Bytes, BytesMut};
use std::collections::VecDeque;
use std::io::IoSlice;
use std::os::fd::OwnedFd;

/// A body at least this large is not copied into the buffer: a second slice costs less than the copy.
const OWN_SEGMENT_BYTES: usize = 64 << 10;

/// Slices of one write. The system takes up to 1024; what is beyond goes with the next write.
const MOST_SLICES: usize = 64;

enum Segment {
    Shared(Bytes),
    Coalesced(BytesMut),
}

impl Segment {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Coalesced(bytes) => bytes,
        }
    }

    fn advance(&mut self, count: usize) {
        match self {
            Self::Shared(bytes) => bytes.advance(count),
            Self::Coalesced(bytes) => bytes.advance(count),
        }
    }
}

/// Segments in order. Files go with the first byte of their segment, so a segment with files starts a write of its own.
#[derive(Default)]
pub(crate) struct Outgoing {
    segments: VecDeque<(Segment, Vec<OwnedFd>)>,
    queued_bytes: usize,
}

impl Outgoing {
    pub(crate) fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Appends a frame: `write` appends its prefix and header to the buffer it is given.
    pub(crate) fn push<E>(
        &mut self,
        body: Bytes,
        files: Vec<OwnedFd>,
        write: impl FnOnce(&mut BytesMut) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut buffer, with) = self.buffer(files);
        let before = buffer.len();
        let written = write(&mut buffer);
        if written.is_ok() && body.len() < OWN_SEGMENT_BYTES {
            buffer.extend_from_slice(&body);
        }
        self.queued_bytes += buffer.len() - before;
        if !buffer.is_empty() {
            self.segments.push_back((Segment::Coalesced(buffer), with));
        }
        if written.is_ok() && body.len() >= OWN_SEGMENT_BYTES {
            self.queued_bytes += body.len();
            self.segments.push_back((Segment::Shared(body), Vec::new()));
        }
        written
    }

    /// The last buffer, to go on with, unless files ask for a new one.
    fn buffer(&mut self, files: Vec<OwnedFd>) -> (BytesMut, Vec<OwnedFd>) {
        if !files.is_empty() {
            return (BytesMut::new(), files);
        }
        match self.segments.pop_back() {
            Some((Segment::Coalesced(buffer), with)) => (buffer, with),
            Some(other) => {
                self.segments.push_back(other);
                (BytesMut::new(), files)
            }
            None => (BytesMut::new(), files),
        }
    }

    /// Gives one write's slices and files to `write`, and takes off what it says was written.
    pub(crate) fn write<E>(
        &mut self,
        write: impl FnOnce(&[IoSlice<'_>], &mut Vec<OwnedFd>) -> Result<usize, E>,
    ) -> Result<(), E> {
        let mut files = self
            .segments
            .front_mut()
            .map(|(_, files)| std::mem::take(files))
            .unwrap_or_default();
        let follow = self
            .segments
            .iter()
            .skip(1)
            .take_while(|(_, files)| files.is_empty());
        let slices: Vec<_> = self
            .segments
            .iter()
            .take(1)
            .chain(follow)
            .take(MOST_SLICES)
            .map(|(segment, _)| IoSlice::new(segment.bytes()))
            .collect();
        let written = write(&slices, &mut files);
        drop(slices);
        if let Some((_, first)) = self.segments.front_mut() {
            *first = files;
        }
        self.take(written?);
        Ok(())
    }

    fn take(&mut self, mut written: usize) {
        self.queued_bytes -= written;
        while let Some((segment, _)) = self.segments.front_mut() {
            let bytes = segment.bytes().len();
            if written < bytes {
                segment.advance(written);
                return;
            }
            written -= bytes;
            self.segments.pop_front();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.segments.clear();
        self.queued_bytes = 0;
    }
}
