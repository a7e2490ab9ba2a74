//! Frames that wait to be written.
//!
//! Invariants: no segment is empty; files stand at the start of a segment, and only the first segment of one write brings
//! files, so each file travels with the first byte of its frame; `queued_bytes` is the sum of the segments.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::Serialize;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::os::fd::OwnedFd;
use tractor_protocol::frame::{self, FrameError};

/// Larger bodies are not copied but written from where they are.
const SHARED_BODY_BYTES: usize = 16 << 10;

/// A segment of copied frames takes no further ones from this size on: growing it would copy it.
const FULL_SEGMENT_BYTES: usize = 32 << 10;

/// A written segment's memory is kept for the next one up to this size.
const KEPT_BYTES: usize = 64 << 10;

/// Segments in one write, at most.
const SLICES: usize = 32;

/// Frames that wait to be written.
#[derive(Default)]
pub(crate) struct Queue {
    segments: VecDeque<Segment>,
    queued_bytes: usize,
    /// All bytes ever written: says where a flush that began earlier has to end.
    written_bytes: u64,
    kept: BytesMut,
}

struct Segment {
    content: Content,
    files: Vec<OwnedFd>,
}

enum Content {
    /// Frames, or the head of one whose body is the next segment.
    Copied(BytesMut),
    /// A body.
    Shared(Bytes),
}

impl Queue {
    pub(crate) fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queued_bytes == 0
    }

    pub(crate) fn written_bytes(&self) -> u64 {
        self.written_bytes
    }

    /// What `written_bytes` will be when all that is queued now is written.
    pub(crate) fn end(&self) -> u64 {
        self.written_bytes + self.queued_bytes as u64
    }

    /// Appends a frame. On an error nothing is appended, and the files are closed.
    pub(crate) fn push<M: Serialize>(
        &mut self,
        message: &M,
        body: &Bytes,
        files: Vec<OwnedFd>,
        limit_bytes: usize,
    ) -> Result<(), FrameError> {
        let shared = body.len() > SHARED_BODY_BYTES;
        let encode = |out: &mut BytesMut| {
            if shared {
                frame::encode_head(message, body.len(), limit_bytes, out)
            } else {
                frame::encode(message, body, limit_bytes, out)
            }
        };
        self.append(files, encode)?;
        if shared {
            self.append_segment(Content::Shared(body.clone()), Vec::new());
        }
        Ok(())
    }

    /// Appends an empty frame.
    pub(crate) fn push_empty(&mut self) {
        let appended = self.append(Vec::new(), |out| {
            out.put_u32_le(0);
            Ok(())
        });
        debug_assert!(appended.is_ok(), "it is under any limit");
    }

    /// Appends what `encode` writes: to the last segment if that may grow.
    fn append(
        &mut self,
        files: Vec<OwnedFd>,
        encode: impl FnOnce(&mut BytesMut) -> Result<(), FrameError>,
    ) -> Result<(), FrameError> {
        if let Some(last) = self.segments.back_mut().and_then(Segment::open)
            && files.is_empty()
        {
            let before = last.len();
            encode(last)?;
            self.queued_bytes += last.len() - before;
            return Ok(());
        }
        let mut segment = std::mem::take(&mut self.kept);
        encode(&mut segment)?;
        self.append_segment(Content::Copied(segment), files);
        Ok(())
    }

    fn append_segment(&mut self, content: Content, files: Vec<OwnedFd>) {
        self.queued_bytes += content.bytes().len();
        self.segments.push_back(Segment { content, files });
    }

    /// Lets `write` write as much as it can of what stands first, once. Returns how much it wrote.
    pub(crate) fn write_with<E>(
        &mut self,
        write: impl FnOnce(&[IoSlice<'_>], &mut Vec<OwnedFd>) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let Some(first) = self.segments.front_mut() else {
            return Ok(0);
        };
        let mut files = std::mem::take(&mut first.files);
        let mut slices = [IoSlice::new(&[]); SLICES];
        let gathered = self.gather(&mut slices);
        let written = write(&slices[..gathered], &mut files);
        match written {
            Ok(bytes) => self.advance(bytes),
            Err(_) => self.segments[0].files = files,
        }
        written
    }

    /// The segments up to the next that brings files of its own.
    fn gather<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut gathered = 0;
        for (segment, slice) in self.segments.iter().zip(slices) {
            if gathered > 0 && !segment.files.is_empty() {
                break;
            }
            *slice = IoSlice::new(segment.content.bytes());
            gathered += 1;
        }
        gathered
    }

    fn advance(&mut self, bytes: usize) {
        self.queued_bytes -= bytes;
        self.written_bytes += bytes as u64;
        let mut left = bytes;
        while left > 0 {
            let first = &mut self.segments[0].content;
            let whole = first.bytes().len();
            if left < whole {
                first.advance(left);
                return;
            }
            left -= whole;
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        let first = self.segments.pop_front();
        if let Some(Content::Copied(mut bytes)) = first.map(|segment| segment.content)
            && bytes.capacity() <= KEPT_BYTES
        {
            bytes.clear();
            self.kept = bytes;
        }
    }
}

impl Segment {
    /// Its buffer, if further frames may be appended to it.
    fn open(&mut self) -> Option<&mut BytesMut> {
        match &mut self.content {
            Content::Copied(bytes) if bytes.len() < FULL_SEGMENT_BYTES => Some(bytes),
            _ => None,
        }
    }
}

impl Content {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Copied(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }

    fn advance(&mut self, count: usize) {
        match self {
            Self::Copied(bytes) => bytes.advance(count),
            Self::Shared(bytes) => bytes.advance(count),
        }
    }
}
