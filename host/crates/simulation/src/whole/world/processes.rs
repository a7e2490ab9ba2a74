//! Processes of workers: they start, take in and put out, and die.

use super::{Happening, Process, SLOWEST_SPAWN, World};
use crate::whole::shell::{Birth, Input, Outputs, Shell};
use crate::whole::wire::Item;
use tractor_protocol::control::FromWorker;
use tractor_protocol::handshake::Hello;
use tractor_protocol::{ActorId, Uuid};
use tractor_runtime::tree::{ExitStatus, SpawnRequest, TreeEvent};

impl World {
    pub(super) fn spawn(&mut self, request: &SpawnRequest) {
        let pid = 100 + u32::try_from(self.processes.len()).unwrap_or(0);
        let id = ActorId {
            pid,
            ..request.actor.clone()
        };
        let owner = request.owner.uuid;
        let birth = Birth {
            id: id.clone(),
            is_root: false,
            one_shot: request.one_shot.as_ref().map(|_| owner),
            grace: request.grace,
            allowance: request.allowance,
            overdue: request.overdue,
            restarts: request.restarts,
            now: self.now,
            seed: self.rng.u64(..),
        };
        self.add_process(Shell::new(birth, self.books.clone()), false);
        let delay = SLOWEST_SPAWN.mul_f64(self.rng.f64());
        if self.faulty && self.rng.u8(0..60) == 0 {
            let (actor, message) = (id.uuid, "no memory".to_owned());
            let event = TreeEvent::SpawnFailed { actor, message };
            return self.later(delay, Happening::Told(event));
        }
        self.later(delay, Happening::Loads(id.uuid));
    }

    pub(super) fn load(&mut self, actor: Uuid) {
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        process.running = true;
        process.last_out = self.now;
        let pid = process.shell.id().pid;
        self.tell_tree(TreeEvent::Spawned { actor, pid });
        match self.rng.u8(0..80) {
            0 if self.faulty => self.die(actor, ExitStatus::Code(3)),
            // It loads for ever.
            1 if self.faulty => self.freeze(actor),
            _ => self.say(actor, FromWorker::Ready(Hello::OURS)),
        }
    }

    /// Tells a worker something, and does what it wants done.
    pub(super) fn input(&mut self, actor: Uuid, input: Input) {
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        if process.dead || !process.running {
            return;
        }
        if let Some(frozen) = &mut process.frozen {
            frozen.push_back(input);
            return;
        }
        let opened = match &input {
            Input::Link { link, .. } => Some(*link),
            _ => None,
        };
        let outputs = process.shell.step(self.now, input);
        self.put_out(actor, outputs);
        if let Some(link) = opened {
            self.open_wire(link, actor);
        }
    }

    pub(super) fn put_out(&mut self, actor: Uuid, outputs: Outputs) {
        for (link, frame) in outputs.frames {
            self.transmit(actor, link, Item::Frame(frame));
        }
        for link in outputs.closed {
            self.transmit(actor, link, Item::End);
        }
        for message in outputs.control {
            self.say(actor, message);
        }
        let Some(process) = self.processes.get(&actor) else {
            return;
        };
        if let Some(failures) = process.shell.leaves() {
            self.books.seen("worker leaves");
            self.say(actor, FromWorker::Ended { failures });
            return self.die(actor, ExitStatus::Code(0));
        }
        self.arm(actor);
    }

    pub(super) fn arm(&mut self, actor: Uuid) {
        let now = self.now;
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        let next = process.shell.next_timeout();
        if let Some(next) = next
            && process
                .armed
                .is_none_or(|armed| next < armed || armed <= now)
        {
            process.armed = Some(next);
            self.at(next.max(now), Happening::Ticks(actor));
        }
    }

    pub(super) fn tick(&mut self, actor: Uuid) {
        if let Some(process) = self.processes.get_mut(&actor) {
            process.armed = None;
            self.input(actor, Input::Tick);
        }
    }

    /// The process is gone, with its links.
    pub(super) fn die(&mut self, actor: Uuid, status: ExitStatus) {
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        if process.dead || !process.running {
            return;
        }
        process.dead = true;
        process.shell.die();
        let links: Vec<u64> = self.wires_of(actor);
        for link in links {
            self.books.lost(link);
            self.transmit(actor, link, Item::End);
        }
        let stderr = Vec::new();
        let exited = TreeEvent::Exited {
            actor,
            status,
            stderr,
        };
        self.out(actor, TreeEvent::LinkLost { actor });
        self.out(actor, exited);
    }

    pub(super) fn add_process(&mut self, shell: Shell, running: bool) {
        let id = shell.id().uuid;
        let process = Process {
            shell,
            running,
            dead: false,
            frozen: None,
            armed: None,
            last_in: self.now,
            last_out: self.now,
        };
        self.processes.insert(id, process);
    }
}
