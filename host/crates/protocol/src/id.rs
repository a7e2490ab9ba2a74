//! Who and which. Ids are global: none of them is an address, a path or a process id.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One incarnation of an actor, unique among all actors of all trees. An actor that is started anew has a new one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// Makes an id from 128 random bits.
    pub const fn from_random(bits: u128) -> Self {
        Self(bits.to_be_bytes())
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An actor: the name its owner gave it, its incarnation, and its worker's process id.
///
/// Equality and hash look at the incarnation alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActorId {
    /// The name its owner gave it; need not be unique.
    pub name: String,
    /// The incarnation.
    pub uuid: Uuid,
    /// Its worker's process id on its own machine; 0 while it has no process.
    pub pid: u32,
}

impl PartialEq for ActorId {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl Eq for ActorId {}

impl std::hash::Hash for ActorId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}

/// A nursery, numbered by the worker that opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NurseryId(pub u64);

/// A request on a control link, numbered by the worker that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// A cancel scope, numbered by the worker it lives in. Zero is no scope of that worker: the cancellation came from outside.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct ScopeId(pub u64);

/// A failure. The same failure has the same id wherever it is met, so that it is counted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FailureId(pub u64);

impl FailureId {
    /// The id of the failure that is the end of `actor` itself: whoever notices the end first, by its link or by its
    /// process, names it the same.
    pub fn of_end(actor: Uuid) -> Self {
        let (head, _) = actor
            .0
            .split_first_chunk::<8>()
            .expect("a uuid has 16 bytes");
        Self(u64::from_be_bytes(*head))
    }

    /// The id of the failure that is a dialog whose callee did not end in its grace period: named the same by the opener, who waits no longer, and
    /// by a callee that ends on account of it.
    pub fn of_overdue(opener: Uuid, callee: Uuid, dialog: DialogId) -> Self {
        // Uuids are random, so that what is made of two of them and a small number is as good as.
        let ends = Self::of_end(callee)
            .0
            .wrapping_add(Self::of_end(opener).0.rotate_left(32));
        Self(ends.wrapping_add(dialog.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
}

/// The two ends of a link. Each numbers the dialogs it opens on its own, told apart by the lowest bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Opens dialogs with even numbers.
    First,
    /// Opens dialogs with odd numbers.
    Second,
}

impl Side {
    /// The end across.
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// A dialog on one link: a call, or a context with its stream. Numbers of one side only grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DialogId(pub u64);

impl DialogId {
    /// The `index`th dialog that `side` opens.
    pub const fn new(side: Side, index: u64) -> Self {
        Self(index << 1 | side as u64)
    }

    /// The side that opened it.
    pub const fn opener(self) -> Side {
        if self.0 & 1 == 0 {
            Side::First
        } else {
            Side::Second
        }
    }

    /// Its number among the dialogs of its opener.
    pub const fn index(self) -> u64 {
        self.0 >> 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialog_id_keeps_its_opener_and_index() {
        for (side, index) in [(Side::First, 0), (Side::Second, 0), (Side::First, 1 << 40)] {
            let dialog = DialogId::new(side, index);
            assert_eq!((dialog.opener(), dialog.index()), (side, index));
            assert_ne!(dialog, DialogId::new(side.other(), index));
        }
    }

    #[test]
    fn actors_are_equal_by_incarnation_alone() {
        let actor = |name: &str, uuid, pid| ActorId {
            name: name.into(),
            uuid: Uuid::from_random(uuid),
            pid,
        };
        assert_eq!(actor("ann", 1, 0), actor("bob", 1, 99));
        assert_ne!(actor("ann", 1, 99), actor("ann", 2, 99));
    }

    #[test]
    fn failure_of_an_end_has_the_same_id_for_all_who_notice() {
        let actor = Uuid::from_random(1 << 64);
        let same = Uuid::from_random(1 << 64);
        assert_eq!(FailureId::of_end(actor), FailureId::of_end(same));
        let other = Uuid::from_random(2 << 64);
        assert_ne!(FailureId::of_end(actor), FailureId::of_end(other));
    }

    #[test]
    fn failure_of_an_overdue_dialog_differs_by_dialog_and_by_direction() {
        let (one, two) = (Uuid::from_random(1 << 64), Uuid::from_random(2 << 64));
        let dialog = |index| DialogId::new(Side::First, index);
        let id = FailureId::of_overdue(one, two, dialog(1));
        assert_eq!(id, FailureId::of_overdue(one, two, dialog(1)));
        assert_ne!(id, FailureId::of_overdue(one, two, dialog(2)));
        assert_ne!(id, FailureId::of_overdue(two, one, dialog(1)));
        assert_ne!(id, FailureId::of_end(two));
    }
}
