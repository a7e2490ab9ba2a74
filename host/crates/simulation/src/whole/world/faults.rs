//! What goes wrong from outside: processes die and freeze, links break, time jumps.

use super::{Happening, Input, Process, World};
use crate::whole::wire::Item;
use std::time::Duration;
use tractor_protocol::Uuid;
use tractor_runtime::tree::{ExitStatus, TreeEvent};

impl World {
    /// A link breaks: what is under way is lost, and both ends notice.
    pub(super) fn cut(&mut self, link: u64) {
        self.note(|_| format!("link {link} is cut"));
        self.books.seen("link cut");
        self.books.lost(link);
        let Some(wire) = self.wires.get_mut(&link) else {
            return;
        };
        wire.is_cut = true;
        for end in [0, 1] {
            self.later(Duration::ZERO, Happening::Arrives(link, end, Item::End));
        }
    }

    pub(super) fn freeze(&mut self, actor: Uuid) {
        self.books.seen("process frozen");
        let time = Duration::from_millis(self.rng.u64(0..3000));
        if let Some(process) = self.processes.get_mut(&actor) {
            process.frozen.get_or_insert_default();
        }
        self.later(time, Happening::Thaws(actor));
    }

    pub(super) fn thaw(&mut self, actor: Uuid) {
        let process = self.processes.get_mut(&actor);
        let told = process.and_then(|process| process.frozen.take());
        for input in told.into_iter().flatten() {
            self.input(actor, input);
        }
        self.input(actor, Input::Tick);
    }

    /// Now and then something strikes from outside.
    pub(super) fn strike(&mut self) {
        if !self.faulty {
            return;
        }
        let delay = Duration::from_micros(self.rng.u64(0..120_000));
        self.later(delay, Happening::Strikes);
        let root = self.tree.root().uuid;
        let others: Vec<Uuid> = self
            .processes
            .keys()
            .copied()
            .filter(|a| *a != root)
            .collect();
        if others.is_empty() {
            return;
        }
        let victim = others[self.rng.usize(..others.len())];
        match self.rng.u8(0..8) {
            0 => self.die(victim, ExitStatus::Signal(9)),
            1 => self.die(victim, ExitStatus::Code(101)),
            2 => self.freeze(victim),
            3 => {
                let links = self.wires_of(victim);
                if !links.is_empty() {
                    let link = links[self.rng.usize(..links.len())];
                    self.cut(link);
                }
            }
            4 => self.lose_control(victim),
            5 if self.rng.u8(0..4) == 0 => self.jump(),
            _ => {}
        }
    }

    /// A control link breaks: the supervisor notices, and so does the worker, which leaves.
    pub(super) fn lose_control(&mut self, actor: Uuid) {
        let lives = |p: &Process| p.running && !p.dead;
        if !self.processes.get(&actor).is_some_and(lives) {
            return;
        }
        self.books.seen("control link cut");
        self.out(actor, TreeEvent::LinkLost { actor });
        let delay = self.delay();
        self.later(delay, Happening::Dies(actor, ExitStatus::Code(0)));
    }

    /// The machine was asleep: everything that was due meanwhile is due at once.
    pub(super) fn jump(&mut self) {
        self.books.seen("clock jump");
        let time = Duration::from_millis(self.rng.u64(0..5000));
        self.oracle.stood_still(time);
        self.go_to(self.now + time);
    }
}
