//! What goes between the supervisor and workers, and between two workers: late, and in order on each way.

use super::{Happening, World};
use crate::oracle::brief;
use crate::whole::shell::Input;
use crate::whole::wire::{Item, Wire, side};
use std::time::Duration;
use tractor_protocol::Uuid;
use tractor_protocol::control::FromWorker;
use tractor_runtime::tree::TreeEvent;

impl World {
    /// Gives two workers a link: each end comes behind what the supervisor said before.
    pub(super) fn link(&mut self, first: Uuid, second: Uuid) {
        let link = self.wires.len() as u64 + 1;
        self.wires
            .insert(link, Wire::new([first, second], self.now));
        for (end, (actor, other)) in [(first, second), (second, first)].into_iter().enumerate() {
            let Some(peer) = self.processes.get(&other).map(|p| p.shell.id().clone()) else {
                continue;
            };
            let side = side(end);
            self.send(actor, Input::Link { link, peer, side });
            if self.processes.get(&actor).is_none_or(|p| p.dead) {
                // Nobody takes this end, so it is closed.
                self.books.lost(link);
                self.transmit(actor, link, Item::End);
            }
        }
    }

    pub(super) fn say(&mut self, actor: Uuid, message: FromWorker) {
        if matches!(message, FromWorker::Withdraw { .. }) {
            self.books.seen("request withdrawn");
        }
        self.out(actor, TreeEvent::Message { actor, message });
    }

    /// Sends towards the supervisor, in order. The root's link is memory.
    pub(super) fn out(&mut self, actor: Uuid, event: TreeEvent) {
        let delay = self.delay();
        let is_root = actor == self.tree.root().uuid;
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        let delay = if is_root { Duration::ZERO } else { delay };
        let time = (self.now + delay).max(process.last_out);
        process.last_out = time;
        self.at(time, Happening::Told(event));
    }

    /// Sends towards a worker, in order.
    pub(super) fn send(&mut self, actor: Uuid, input: Input) {
        let delay = self.delay();
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        let time = (self.now + delay).max(process.last_in);
        process.last_in = time;
        self.at(time, Happening::Heard(actor, input));
    }

    /// Sends over a peer link, in order.
    pub(super) fn transmit(&mut self, from: Uuid, link: u64, item: Item) {
        let delay = self.delay();
        let cut = self.faulty && self.rng.u16(0..2500) == 0;
        let Some(wire) = self.wires.get_mut(&link) else {
            return;
        };
        let Some(other) = wire.end_of(from).map(|end| 1 - end) else {
            return;
        };
        let time = (self.now + delay).max(wire.last[other]);
        wire.last[other] = time;
        self.at(time, Happening::Arrives(link, other, item));
        if cut {
            self.cut(link);
        }
    }

    pub(super) fn arrive(&mut self, link: u64, end: usize, item: Item) {
        let Some(wire) = self.wires.get_mut(&link) else {
            return;
        };
        if wire.ended[end] || (wire.is_cut && matches!(item, Item::Frame(_))) {
            return;
        }
        if !wire.open[end] {
            return wire.early[end].push_back(item);
        }
        let actor = wire.ends[end];
        let input = match item {
            Item::Frame(frame) => {
                self.note(|world| format!("  {link} to {}: {}", world.name(actor), brief(&frame)));
                Input::Frame { link, frame }
            }
            Item::End => {
                wire.ended[end] = true;
                Input::LinkEnd { link }
            }
        };
        self.input(actor, input);
    }

    pub(super) fn open_wire(&mut self, link: u64, actor: Uuid) {
        let Some(wire) = self.wires.get_mut(&link) else {
            return;
        };
        let Some(end) = wire.end_of(actor) else {
            return;
        };
        wire.open[end] = true;
        for item in std::mem::take(&mut wire.early[end]) {
            self.arrive(link, end, item);
        }
    }

    pub(super) fn wires_of(&self, actor: Uuid) -> Vec<u64> {
        let wires = self.wires.iter();
        let of = wires.filter(|(_, wire)| wire.ends.contains(&actor));
        of.map(|(link, _)| *link).collect()
    }
}
