//! The deadlines of one link: when a cancelled dialog is overdue. There is no other timer.

use crate::time::Time;
use std::collections::BTreeSet;
use tractor_protocol::DialogId;

/// Deadlines in order. Who sets one keeps the time, to clear it.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Time, DialogId)>);

impl Timers {
    pub(super) fn set(&mut self, at: Time, dialog: DialogId) {
        self.0.insert((at, dialog));
    }

    pub(super) fn clear(&mut self, at: Time, dialog: DialogId) {
        self.0.remove(&(at, dialog));
    }

    pub(super) fn next(&self) -> Option<Time> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the first deadline that is not after `now`.
    pub(super) fn take_due(&mut self, now: Time) -> Option<DialogId> {
        let &(at, dialog) = self.0.first()?;
        if at > now {
            return None;
        }
        self.0.pop_first();
        Some(dialog)
    }
}
