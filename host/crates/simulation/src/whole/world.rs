//! Virtual time, processes, links with delays.

mod faults;

use super::books::Books;
use super::program;
use super::shell::{Birth, Input, Outputs, Shell};
use super::wire::{Item, Wire, side};
use crate::Report;
use crate::oracle::{Oracle, brief};
use fastrand::Rng;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tractor_protocol::control::FromWorker;
use tractor_protocol::handshake::Hello;
use tractor_protocol::{ActorId, CancelReason, Limits, Uuid};
use tractor_runtime::time::Time;
use tractor_runtime::tree::{Effect, ExitStatus, SpawnRequest, Tree, TreeConfig, TreeEvent};

const SLOWEST_SPAWN: Duration = Duration::from_millis(20);
const SLOWEST_LINK: Duration = Duration::from_millis(12);
const EXIT_ALLOWANCE: Duration = Duration::from_millis(60);
const ALLOWANCE: Duration = Duration::from_millis(20);
const STOP_ALLOWANCE: Duration = Duration::from_millis(40);

/// Something that is going to happen.
enum Happening {
    /// The tree is told.
    Told(TreeEvent),
    /// A worker is told.
    Heard(Uuid, Input),
    /// Something arrives at an end of a link.
    Arrives(u64, usize, Item),
    /// A worker's process runs, and loads.
    Loads(Uuid),
    /// A worker's timers are looked at.
    Ticks(Uuid),
    /// A process dies.
    Dies(Uuid, ExitStatus),
    /// It goes on.
    Thaws(Uuid),
    /// A fault strikes.
    Strikes,
}

struct Process {
    shell: Shell,
    running: bool,
    dead: bool,
    /// What it is told while it is frozen.
    frozen: Option<VecDeque<Input>>,
    /// For when its next tick is due.
    armed: Option<Time>,
    last_in: Time,
    last_out: Time,
}

struct World {
    now: Time,
    rng: Rng,
    tree: Tree,
    oracle: Oracle,
    books: Books,
    queue: BTreeMap<(Time, u64), Happening>,
    sequence: u64,
    processes: BTreeMap<Uuid, Process>,
    wires: BTreeMap<u64, Wire>,
    /// Whether anything at all goes wrong from outside.
    faulty: bool,
    is_over: bool,
}

/// Runs one world to its end.
pub(crate) fn run(seed: u64, traced: bool) -> Report {
    let mut world = World::new(seed, traced);
    world.begin();
    let busy = Duration::from_millis(world.rng.u64(50..1500));
    world.run_until(Time(busy));
    if world.books.is_fair() {
        world.come_to_an_end();
    }
    world.wind_up();
    // Far above any grace: what is left then is stuck.
    let end = world.now + Duration::from_secs(60);
    world.run_until(end);
    world.check_end();
    world.report()
}

impl World {
    fn new(seed: u64, traced: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let config = TreeConfig {
            seed: rng.u64(..),
            grace: Duration::from_millis(rng.u64(1..400)),
            allowance: ALLOWANCE,
            stop_allowance: STOP_ALLOWANCE,
            exit_allowance: EXIT_ALLOWANCE,
            start_allowance: Duration::from_millis(200),
            limits: Limits {
                actors: Some(rng.u32(1..20)),
                depth: Some(rng.u32(1..8)),
                ..Limits::default()
            },
            ..TreeConfig::permissive(["a".to_owned()])
        };
        let tree = Tree::new(config, Time::ZERO);
        let constant =
            EXIT_ALLOWANCE + ALLOWANCE + STOP_ALLOWANCE + SLOWEST_SPAWN + 4 * SLOWEST_LINK;
        let oracle = Oracle::new(tree.root().uuid, constant, true);
        Self {
            now: Time::ZERO,
            oracle,
            tree,
            books: Books::new(traced, rng.u8(0..4) == 0),
            queue: BTreeMap::new(),
            sequence: 0,
            processes: BTreeMap::new(),
            wires: BTreeMap::new(),
            faulty: rng.u8(0..5) > 0,
            is_over: false,
            rng,
        }
    }

    fn begin(&mut self) {
        let root = self.tree.root().clone();
        let birth = Birth {
            id: root.clone(),
            is_root: true,
            one_shot: None,
            grace: Duration::from_millis(100),
            allowance: ALLOWANCE,
            overdue: tractor_protocol::control::Overdue::ServeOn,
            restarts: false,
            now: self.now,
            seed: self.rng.u64(..),
        };
        let shell = Shell::new(birth, self.books.clone());
        shell.begin(|task| Box::pin(program::root(task)));
        self.add_process(shell, true);
        self.input(root.uuid, Input::Tick);
        self.later(Duration::ZERO, Happening::Strikes);
    }

    fn add_process(&mut self, shell: Shell, running: bool) {
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

    fn name(&self, actor: Uuid) -> String {
        let process = self.processes.get(&actor);
        let name = process.map_or("?", |process| process.shell.id().name.as_str());
        format!("{name}-{:.6}", actor.to_string())
    }

    fn note(&self, text: impl FnOnce(&Self) -> String) {
        self.books.note(|| text(self));
    }

    fn at(&mut self, time: Time, happening: Happening) {
        self.sequence += 1;
        self.queue.insert((time, self.sequence), happening);
    }

    fn later(&mut self, delay: Duration, happening: Happening) {
        self.at(self.now + delay, happening);
    }

    fn delay(&mut self) -> Duration {
        match self.rng.u8(0..8) {
            0 => Duration::ZERO,
            1 => SLOWEST_LINK.mul_f64(self.rng.f64()),
            _ => Duration::from_micros(self.rng.u64(0..2000)),
        }
    }

    /// Lets everything happen that happens before `end`.
    fn run_until(&mut self, end: Time) {
        while self.books.is_fine() && self.oracle.wrong.is_empty() && !self.is_over {
            let queued = self.queue.keys().next().map(|(time, _)| *time);
            let timeout = self.tree.next_timeout();
            let Some(next) = [queued, timeout].into_iter().flatten().min() else {
                return;
            };
            if next > end {
                return;
            }
            self.go_to(next);
            if timeout.is_some_and(|timeout| timeout <= self.now) {
                self.note(|_| "timeout of the tree".to_owned());
                self.tree.handle_timeout(self.now);
                self.carry_out();
            } else if let Some((_, happening)) = self.queue.pop_first() {
                self.happen(happening);
            }
        }
    }

    fn go_to(&mut self, time: Time) {
        self.now = self.now.max(time);
        self.books.set_now(self.now);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Told(event) => self.tell_tree(event),
            Happening::Heard(actor, input) => self.input(actor, input),
            Happening::Arrives(link, end, item) => self.arrive(link, end, item),
            Happening::Loads(actor) => self.load(actor),
            Happening::Ticks(actor) => self.tick(actor),
            Happening::Dies(actor, status) => self.die(actor, status),
            Happening::Thaws(actor) => self.thaw(actor),
            Happening::Strikes => self.strike(),
        }
    }

    fn tell_tree(&mut self, event: TreeEvent) {
        self.note(|world| match &event {
            TreeEvent::Message { actor, message } => {
                format!("{} says {}", world.name(*actor), brief(message))
            }
            other => brief(other),
        });
        self.oracle.before(self.now, &event);
        self.tree.handle(self.now, event);
        self.carry_out();
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.tree.poll_effect() {
            self.oracle.after(self.now, &effect);
            self.note(|world| match &effect {
                Effect::Send { actor, message } => {
                    format!("    tells {} {}", world.name(*actor), brief(message))
                }
                other => format!("    {}", brief(other)),
            });
            match effect {
                Effect::Spawn(request) => self.spawn(&request),
                Effect::Send { actor, message } => self.send(actor, Input::Control(message)),
                Effect::Link { first, second } => self.link(first, second),
                Effect::Kill { actor } => {
                    let delay = self.delay();
                    self.later(delay, Happening::Dies(actor, ExitStatus::Signal(9)));
                }
                Effect::Finished => self.is_over = true,
                _ => {}
            }
        }
        self.oracle.at(self.now);
        let wrong = self.tree.audit();
        self.oracle.wrong.extend(wrong);
    }

    fn spawn(&mut self, request: &SpawnRequest) {
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

    fn load(&mut self, actor: Uuid) {
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

    /// Gives two workers a link: each end comes behind what the supervisor said before.
    fn link(&mut self, first: Uuid, second: Uuid) {
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

    /// Tells a worker something, and does what it wants done.
    fn input(&mut self, actor: Uuid, input: Input) {
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

    fn put_out(&mut self, actor: Uuid, outputs: Outputs) {
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

    fn arm(&mut self, actor: Uuid) {
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

    fn tick(&mut self, actor: Uuid) {
        if let Some(process) = self.processes.get_mut(&actor) {
            process.armed = None;
            self.input(actor, Input::Tick);
        }
    }

    fn say(&mut self, actor: Uuid, message: FromWorker) {
        if matches!(message, FromWorker::Withdraw { .. }) {
            self.books.seen("request withdrawn");
        }
        self.out(actor, TreeEvent::Message { actor, message });
    }

    /// Sends towards the supervisor, in order. The root's link is memory.
    fn out(&mut self, actor: Uuid, event: TreeEvent) {
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
    fn send(&mut self, actor: Uuid, input: Input) {
        let delay = self.delay();
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        let time = (self.now + delay).max(process.last_in);
        process.last_in = time;
        self.at(time, Happening::Heard(actor, input));
    }

    /// Sends over a peer link, in order.
    fn transmit(&mut self, from: Uuid, link: u64, item: Item) {
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

    fn arrive(&mut self, link: u64, end: usize, item: Item) {
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

    fn open_wire(&mut self, link: u64, actor: Uuid) {
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

    /// The process is gone, with its links.
    fn die(&mut self, actor: Uuid, status: ExitStatus) {
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

    fn wires_of(&self, actor: Uuid) -> Vec<u64> {
        let wires = self.wires.iter();
        let of = wires.filter(|(_, wire)| wire.ends.contains(&actor));
        of.map(|(link, _)| *link).collect()
    }

    /// Nothing strikes any more, and no program waits for what never comes: the root's comes to its end by itself.
    fn come_to_an_end(&mut self) {
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

    fn is_fine(&self) -> bool {
        self.books.is_fine() && self.oracle.wrong.is_empty()
    }

    fn is_at_rest(&self, actor: Uuid) -> bool {
        self.processes
            .get(&actor)
            .is_none_or(|process| process.shell.is_at_rest())
    }

    /// The end of the busy time.
    fn wind_up(&mut self) {
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

    fn check_end(&mut self) {
        if !self.books.is_fine() || !self.oracle.wrong.is_empty() {
            return;
        }
        self.oracle.at_end();
        let snapshot = self.tree.snapshot(self.now);
        let mut wrong = Vec::new();
        if !self.oracle.finished {
            wrong.push("the tree never finishes".to_owned());
        }
        if !snapshot.root.children.is_empty() || self.tree.next_timeout().is_some() {
            wrong.push(format!("something is left: {snapshot:?}"));
        }
        self.oracle.wrong.extend(wrong);
    }

    fn report(self) -> Report {
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
