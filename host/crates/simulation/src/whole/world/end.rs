//! How a world ends, and what must not be left of it.

use super::{Happening, World};
use crate::Report;
use std::time::Duration;
use tractor_protocol::{CancelReason, Uuid};
use tractor_runtime::tree::TreeEvent;

impl World {
    /// Nothing strikes any more, and no program waits for what never comes: the root's comes to its end by itself.
    pub(super) fn come_to_an_end(&mut self) {
        self.faulty = false;
        let root = self.tree.root().uuid;
        // Far above what programs take, whose depth and steps are bounded.
        let end = self.now + Duration::from_secs(600);
        while !self.is_at_rest(root) && self.is_fine() && self.now < end {
            let soon = self.now + Duration::from_millis(100);
            self.run_until(soon);
            self.go_to(soon);
        }
        let at_rest = self.is_at_rest(root) || !self.is_fine();
        self.books
            .expect(at_rest, || "the root's program never ends".to_owned());
        self.books.seen("program came to its end");
    }

    pub(super) fn is_at_rest(&self, actor: Uuid) -> bool {
        self.processes
            .get(&actor)
            .is_none_or(|process| process.shell.is_at_rest())
    }

    /// The end of the busy time.
    pub(super) fn wind_up(&mut self) {
        let gentle = TreeEvent::Shutdown {
            reason: CancelReason::Shutdown,
            message: None,
            grace: self
                .rng
                .bool()
                .then(|| Duration::from_millis(self.rng.u64(0..300))),
        };
        if self.is_over {
            return;
        }
        if self.rng.u8(0..4) == 0 {
            let delay = Duration::from_micros(self.rng.u64(0..30_000));
            self.later(delay, Happening::Told(TreeEvent::ShutdownNow));
        }
        self.tell_tree(gentle);
    }

    pub(super) fn check_end(&mut self) {
        if !self.books.is_fine() || !self.oracle.wrong.is_empty() {
            return;
        }
        self.oracle.check_end(&self.tree, self.now);
    }

    pub(super) fn report(self) -> Report {
        let (mut wrong, trace, mut seen) = self.books.take();
        wrong.extend(self.oracle.wrong);
        seen.add(&self.oracle.seen);
        // Futures refer back to their workers.
        self.processes
            .values()
            .for_each(|process| process.shell.die());
        Report { wrong, trace, seen }
    }
}
