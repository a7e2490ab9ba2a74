//! What waits to be written on one link: a queue for each lane.
//!
//! A transport of one lane uses the first queue alone. Invariants: `queued_bytes` is the sum over all queues; a lane is known here only while something of it waits.

use crate::io::{Carrier, Io};
use crate::lane::Lane;
use crate::queue::Queue;
use bytes::Bytes;
use serde::Serialize;
use std::io::Result;
use std::os::fd::OwnedFd;
use tractor_protocol::frame::FrameError;

/// What waits on one link.
#[derive(Default)]
pub(crate) struct Queues {
    first: Queue,
    #[cfg(feature = "network")]
    lanes: lanes::LaneQueues,
}

impl Queues {
    pub(crate) fn queued_bytes(&self) -> usize {
        self.first.queued_bytes() + self.laned_bytes()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queued_bytes() == 0
    }

    /// As [`Queue::written_bytes`], of the first queue.
    pub(crate) fn written_bytes(&self) -> u64 {
        self.first.written_bytes()
    }

    /// As [`Queue::end`], of the first queue.
    pub(crate) fn end(&self) -> u64 {
        self.first.end()
    }

    /// Appends a frame. On an error nothing is appended, and the files are closed.
    pub(crate) fn push<M: Serialize>(
        &mut self,
        lane: Lane,
        (message, body): (&M, &Bytes),
        files: Vec<OwnedFd>,
        limit_bytes: usize,
    ) -> std::result::Result<(), FrameError> {
        #[cfg(feature = "network")]
        if lane != Lane::Control {
            return self.lanes.push(lane, (message, body), limit_bytes);
        }
        let _ = lane;
        self.first.push(message, body, files, limit_bytes)
    }

    /// Appends a frame that only shows that this end lives.
    pub(crate) fn push_beat(&mut self) {
        self.first.push_empty();
    }

    /// Writes until all is written; `WouldBlock` if the link takes no more.
    pub(crate) fn write(&mut self, io: &Io) -> Result<()> {
        while !self.first.is_empty() {
            self.first
                .write_with(|slices, files| io.try_write(slices, files))?;
        }
        #[cfg(feature = "network")]
        if let Some(end) = io.lanes() {
            return self.lanes.write(end);
        }
        Ok(())
    }

    #[cfg(feature = "network")]
    fn laned_bytes(&self) -> usize {
        self.lanes.queued_bytes()
    }

    #[cfg(not(feature = "network"))]
    #[expect(clippy::unused_self, reason = "as the other one")]
    fn laned_bytes(&self) -> usize {
        0
    }
}

#[cfg(feature = "network")]
mod lanes {
    use crate::lane::Lane;
    use crate::network::QuicEnd;
    use crate::queue::Queue;
    use bytes::Bytes;
    use serde::Serialize;
    use std::collections::{HashMap, VecDeque};
    use std::io::{ErrorKind, Result};
    use tractor_protocol::frame::FrameError;

    #[derive(Default)]
    pub(super) struct LaneQueues {
        queues: HashMap<u64, LaneQueue>,
        /// Lanes that are to be opened, in order.
        opening: VecDeque<u64>,
        queued_bytes: usize,
    }

    #[derive(Default)]
    struct LaneQueue {
        queue: Queue,
        ends: bool,
    }

    impl LaneQueues {
        pub(super) fn queued_bytes(&self) -> usize {
            self.queued_bytes
        }

        pub(super) fn push<M: Serialize>(
            &mut self,
            lane: Lane,
            (message, body): (&M, &Bytes),
            limit_bytes: usize,
        ) -> std::result::Result<(), FrameError> {
            let (Lane::Opens(key) | Lane::Within(key) | Lane::Ends(key)) = lane else {
                unreachable!("the control lane is the first queue");
            };
            let entry = self.queues.entry(key).or_default();
            let before = entry.queue.queued_bytes();
            let pushed = entry.queue.push(message, body, Vec::new(), limit_bytes);
            self.queued_bytes += entry.queue.queued_bytes() - before;
            if pushed.is_err() {
                self.forget_empty(key);
                return pushed;
            }
            entry.ends |= matches!(lane, Lane::Ends(_));
            if matches!(lane, Lane::Opens(_)) {
                self.opening.push_back(key);
            }
            Ok(())
        }

        fn forget_empty(&mut self, key: u64) {
            if self
                .queues
                .get(&key)
                .is_some_and(|lane| lane.queue.is_empty())
            {
                self.queues.remove(&key);
            }
        }

        /// Opens lanes and writes on all that are open. `WouldBlock` if any has something left.
        pub(super) fn write(&mut self, end: &QuicEnd) -> Result<()> {
            while let Some(key) = self.opening.front() {
                match end.try_open(*key) {
                    Ok(()) => self.opening.pop_front(),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                };
            }
            let waiting = &self.opening;
            let mut failed = None;
            let queued_bytes = &mut self.queued_bytes;
            self.queues.retain(|key, lane| {
                if failed.is_some() || waiting.contains(key) {
                    return true;
                }
                let before = lane.queue.queued_bytes();
                let written = lane.write(*key, end);
                *queued_bytes -= before - lane.queue.queued_bytes();
                match written {
                    Ok(()) => false,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => true,
                    Err(error) => {
                        failed = Some(error);
                        true
                    }
                }
            });
            match failed {
                Some(error) => Err(error),
                None if self.queues.is_empty() => Ok(()),
                None => Err(ErrorKind::WouldBlock.into()),
            }
        }
    }

    impl LaneQueue {
        fn write(&mut self, key: u64, end: &QuicEnd) -> Result<()> {
            while !self.queue.is_empty() {
                self.queue
                    .write_with(|slices, _| end.try_write_lane(key, slices))?;
            }
            if self.ends {
                end.finish_lane(key);
            }
            Ok(())
        }
    }
}
