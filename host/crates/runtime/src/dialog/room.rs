//! The bytes that may wait in the queues of one actor, over all of its links.
//!
//! 1. Room that is held is given back when its holder is dropped.
//! 2. Nobody waits for room: who finds none takes the least with which it can go on, or fails. So one queue that is never emptied cannot
//!    hold up another, and there is nobody to wake.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The queues of one actor. Clones are the same queues.
#[derive(Clone, Debug)]
pub struct Queues {
    /// What came and is not received yet, or may come.
    pub incoming: QueueRoom,
    /// What is to be sent and not written yet.
    pub outgoing: QueueRoom,
    /// The arguments of calls that came and that the guest has not taken yet. Apart from `incoming`: streams may hold all of that for what
    /// may come, and the actor can be called none the less.
    pub arguments: QueueRoom,
    /// The dialogs that the actor has opened and that are not over, on all its links.
    pub opened: Count,
}

impl Queues {
    /// Makes queues that may hold so many bytes, in each direction, and as many of arguments.
    pub fn new(limit_bytes: u64) -> Self {
        Self {
            incoming: QueueRoom::new(limit_bytes, "wait to be received"),
            outgoing: QueueRoom::new(limit_bytes, "wait to be sent"),
            arguments: QueueRoom::new(limit_bytes, "of arguments wait to be taken"),
            opened: Count::default(),
        }
    }
}

/// The room of one direction. Clones are the same room.
#[derive(Clone, Debug)]
pub struct QueueRoom(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limit_bytes: u64,
    /// What the bytes do here, for people.
    what: &'static str,
    used_bytes: AtomicU64,
}

impl QueueRoom {
    /// The part of the room that one stream may take, an eighth: a few busy streams get along, and many small ones do not starve.
    const SHARE: u64 = 8;

    fn new(limit_bytes: u64, what: &'static str) -> Self {
        Self(Arc::new(Shared {
            limit_bytes,
            what,
            used_bytes: AtomicU64::new(0),
        }))
    }

    /// How much one stream may take, in bytes.
    pub(super) fn share_bytes(&self) -> u64 {
        (self.0.limit_bytes / Self::SHARE).max(1)
    }

    /// Bytes that are held.
    pub fn used_bytes(&self) -> u64 {
        self.0.used_bytes.load(Ordering::Relaxed)
    }

    /// Holds so many bytes, whether there is room or not.
    pub fn hold(&self, bytes: u64) -> Held {
        self.0.used_bytes.fetch_add(bytes, Ordering::Relaxed);
        Held {
            room: self.clone(),
            bytes,
        }
    }

    /// Holds so many bytes if there is room for them.
    pub fn try_hold(&self, bytes: u64) -> Option<Held> {
        let fits = self.used_bytes().saturating_add(bytes) <= self.0.limit_bytes;
        fits.then(|| self.hold(bytes))
    }

    /// Holds so many bytes if there is room for them, or nothing else is held.
    pub(super) fn try_hold_or_only(&self, bytes: u64) -> Option<Held> {
        match self.used_bytes() {
            0 => Some(self.hold(bytes)),
            _ => self.try_hold(bytes),
        }
    }

    /// Why there is no room for so many bytes, in one line.
    pub fn refusal(&self, bytes: u64) -> String {
        format!(
            "queue-bytes: {} bytes {}, {bytes} more are too many: {} may",
            self.used_bytes(),
            self.0.what,
            self.0.limit_bytes
        )
    }
}

/// How many of something there are. Clones are the same count.
#[derive(Clone, Debug, Default)]
pub struct Count(Arc<AtomicUsize>);

/// One of those that are counted, until it is dropped.
#[derive(Debug)]
pub(super) struct Counted(Count);

impl Count {
    /// How many there are.
    pub fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn one(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Room that is held; given back when dropped.
#[derive(Debug)]
pub struct Held {
    room: QueueRoom,
    bytes: u64,
}

impl Held {
    /// Holds up to `wish` bytes more, as many as there are. Gives how many.
    pub(super) fn grow(&mut self, wish: u64) -> u64 {
        let room = self.room.0.limit_bytes;
        let bytes = wish.min(room.saturating_sub(self.room.used_bytes()));
        self.room.0.used_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        bytes
    }

    /// Gives back what is beyond so many bytes.
    pub(super) fn shrink_to(&mut self, bytes: u64) {
        let back = self.bytes.saturating_sub(bytes);
        self.room.0.used_bytes.fetch_sub(back, Ordering::Relaxed);
        self.bytes -= back;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_given_back_when_its_holder_is_dropped() {
        let room = QueueRoom::new(100, "wait");
        let held = room.try_hold(60).expect("there is room");
        assert!(room.try_hold(60).is_none());
        drop(held);
        let mut held = room.try_hold(60).expect("there is room again");
        assert_eq!((held.grow(60), held.grow(1)), (40, 0));
        held.shrink_to(10);
        assert_eq!(room.used_bytes(), 10);
    }
}
