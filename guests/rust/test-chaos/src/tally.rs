//! What was checked by an actor and all below it.

use std::cell::Cell;
use std::fmt;

/// Counts of one actor.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    checked: Cell<u64>,
    wrong: Cell<u64>,
    lost: Cell<u64>,
}

/// Counts as a child tells them: checked, wrong, lost.
pub(crate) type Told = (u64, u64, u64);

impl Tally {
    /// How many messages and values were checked.
    pub(crate) fn checked(&self) -> u64 {
        self.checked.get()
    }

    /// One more was checked.
    pub(crate) fn check(&self, right: bool, what: impl FnOnce() -> String) {
        self.checked.set(self.checked.get() + 1);
        if !right {
            self.wrong(&what());
        }
    }

    /// Something is wrong.
    pub(crate) fn wrong(&self, what: &str) {
        self.wrong.set(self.wrong.get() + 1);
        println!("wrong: {what}");
    }

    /// A child was lost.
    pub(crate) fn lose(&self) {
        self.lost.set(self.lost.get() + 1);
    }

    /// Adds what a child tells more than before.
    pub(crate) fn add(&self, before: Told, now: Told) {
        let more = |cell: &Cell<u64>, before: u64, now: u64| {
            cell.set(cell.get() + now.saturating_sub(before));
        };
        more(&self.checked, before.0, now.0);
        more(&self.wrong, before.1, now.1);
        more(&self.lost, before.2, now.2);
    }

    /// What it tells its owner.
    pub(crate) fn told(&self) -> Told {
        (self.checked.get(), self.wrong.get(), self.lost.get())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (checked, wrong, lost) = self.told();
        write!(f, "checked {checked} wrong {wrong} lost {lost}")
    }
}
