//! Virtual time, links with delays, and processes.

use super::worker::{Deed, Worker};
use crate::Report;
use crate::oracle::{Oracle, brief};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::time::Duration;
use tractor_protocol::control::{FromWorker, ToWorker};
use tractor_protocol::{ActorId, CancelReason, Limits, Uuid};
use tractor_runtime::time::Time;
use tractor_runtime::tree::{Effect, ExitStatus, SpawnRequest, Tree, TreeConfig, TreeEvent};

/// How long a process takes to be, at most; and a kill to land and be reaped.
const SLOWEST_SPAWN: Duration = Duration::from_millis(20);
const SLOWEST_LINK: Duration = Duration::from_millis(12);
const EXIT_ALLOWANCE: Duration = Duration::from_millis(60);
const ALLOWANCE: Duration = Duration::from_millis(20);
const STOP_ALLOWANCE: Duration = Duration::from_millis(40);

/// Something that is going to happen.
enum Happening {
    /// The tree is told.
    Told(Box<TreeEvent>),
    /// A worker is told.
    Heard(Uuid, ToWorker),
    /// A worker's process runs, and loads.
    Loads(Uuid),
    /// A worker does something of its own accord.
    Acts(Uuid),
    /// A kill lands.
    Dies(Uuid),
}

struct Process {
    worker: Worker,
    running: bool,
    dead: bool,
    /// When the last message each way arrives: links keep the order.
    last_in: Time,
    last_out: Time,
}

struct World {
    now: Time,
    rng: Rng,
    tree: Tree,
    oracle: Oracle,
    queue: BTreeMap<(Time, u64), Happening>,
    sequence: u64,
    processes: BTreeMap<Uuid, Process>,
    orderly: bool,
    winding_up: bool,
    traced: bool,
    trace: Vec<String>,
}

/// Runs one world to its end. The trace costs more than all the rest, so it is made only if asked for.
pub(crate) fn run(seed: u64, traced: bool) -> Report {
    let mut world = World::new(seed, traced);
    let busy = Duration::from_millis(world.rng.u64(50..1500));
    world.run_until(Time(busy));
    world.wind_up();
    // Far above any grace: what is left then is stuck.
    let end = world.now + Duration::from_secs(60);
    world.run_until(end);
    world.check_end();
    Report {
        wrong: world.oracle.wrong,
        trace: world.trace,
        seen: world.oracle.seen,
    }
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
                actors: Some(rng.u32(1..40)),
                depth: Some(rng.u32(1..8)),
                ..Limits::default()
            },
            ..TreeConfig::permissive(["a".to_owned()])
        };
        let tree = Tree::new(config, Time::ZERO);
        let root = tree.root().clone();
        let constant =
            EXIT_ALLOWANCE + ALLOWANCE + STOP_ALLOWANCE + SLOWEST_SPAWN + 4 * SLOWEST_LINK;
        let orderly = rng.u8(0..8) > 0;
        let mut world = Self {
            now: Time::ZERO,
            oracle: Oracle::new(root.uuid, constant, orderly),
            tree,
            queue: BTreeMap::new(),
            sequence: 0,
            processes: BTreeMap::new(),
            orderly,
            winding_up: false,
            traced,
            trace: Vec::new(),
            rng,
        };
        let worker = Worker::new(root.clone(), true, false, &mut world.rng);
        world.add_process(worker, true);
        world.later(Duration::ZERO, Happening::Acts(root.uuid));
        world
    }

    fn add_process(&mut self, worker: Worker, running: bool) {
        let process = Process {
            running,
            dead: false,
            last_in: self.now,
            last_out: self.now,
            worker,
        };
        self.processes.insert(process.worker.id.uuid, process);
    }

    fn name(&self, actor: Uuid) -> String {
        let name = self
            .processes
            .get(&actor)
            .map(|p| p.worker.id.name.as_str());
        format!("{}-{:.6}", name.unwrap_or("?"), actor.to_string())
    }

    fn note(&mut self, text: impl FnOnce(&Self) -> String) {
        if !self.traced {
            return;
        }
        let text = text(self);
        let line = format!("{:>8.3} {text}", self.now.0.as_secs_f64() * 1000.0);
        self.trace.push(line);
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
        while self.oracle.wrong.is_empty() {
            let queued = self.queue.keys().next().map(|(time, _)| *time);
            let timeout = self.tree.next_timeout();
            let next = match (queued, timeout) {
                (Some(queued), Some(timeout)) => queued.min(timeout),
                (Some(time), None) | (None, Some(time)) => time,
                (None, None) => return,
            };
            if next > end {
                return;
            }
            self.now = self.now.max(next);
            if timeout.is_some_and(|timeout| timeout <= self.now) {
                self.note(|_| "timeout".to_owned());
                self.tree.handle_timeout(self.now);
                self.carry_out();
            } else if let Some((_, happening)) = self.queue.pop_first() {
                self.happen(happening);
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Told(event) => self.tell_tree(*event),
            Happening::Heard(actor, message) => self.tell_worker(actor, &message),
            Happening::Loads(actor) => self.load(actor),
            Happening::Acts(actor) => self.act(actor),
            Happening::Dies(actor) => self.die(actor, ExitStatus::Signal(9)),
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
                Effect::Send { actor, message } => self.send(actor, message),
                Effect::Kill { actor } => {
                    let delay = self.delay();
                    self.later(delay, Happening::Dies(actor));
                }
                _ => {}
            }
        }
        self.oracle.at(self.now);
        let wrong = self.tree.audit();
        self.oracle.wrong.extend(wrong);
    }

    fn spawn(&mut self, request: &SpawnRequest) {
        let id = ActorId {
            pid: 100 + u32::try_from(self.processes.len()).expect("few actors"),
            ..request.actor.clone()
        };
        let one_shot = request.one_shot.is_some();
        let worker = Worker::new(id.clone(), false, one_shot, &mut self.rng);
        self.add_process(worker, false);
        let delay = SLOWEST_SPAWN.mul_f64(self.rng.f64());
        if self.rng.u8(0..40) == 0 {
            let message = "no memory".to_owned();
            let actor = id.uuid;
            let event = TreeEvent::SpawnFailed { actor, message };
            return self.later(delay, Happening::Told(Box::new(event)));
        }
        self.later(delay, Happening::Loads(id.uuid));
    }

    fn load(&mut self, actor: Uuid) {
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        process.running = true;
        process.last_out = self.now;
        let pid = process.worker.id.pid;
        self.tell_tree(TreeEvent::Spawned { actor, pid });
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        let deeds = process.worker.load(&mut self.rng);
        self.do_all(actor, deeds);
        let delay = self.pause();
        self.later(delay, Happening::Acts(actor));
    }

    fn pause(&mut self) -> Duration {
        Duration::from_micros(self.rng.u64(0..30_000))
    }

    fn act(&mut self, actor: Uuid) {
        let others: Vec<Uuid> = self.processes.keys().copied().collect();
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        if process.dead || self.winding_up && process.worker.is_root {
            return;
        }
        let deeds = process.worker.act(&mut self.rng, &others);
        self.do_all(actor, deeds);
        let delay = self.pause();
        self.later(delay, Happening::Acts(actor));
        self.strike();
    }

    /// Now and then something outside kills a process.
    fn strike(&mut self) {
        let victims: Vec<Uuid> = self.processes.keys().copied().collect();
        let victim = victims[self.rng.usize(..victims.len())];
        if victim != self.tree.root().uuid && self.rng.u8(0..150) == 0 {
            self.later(Duration::ZERO, Happening::Dies(victim));
        }
    }

    fn tell_worker(&mut self, actor: Uuid, message: &ToWorker) {
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        if process.dead {
            return;
        }
        let deeds = process.worker.hear(&mut self.rng, message);
        self.do_all(actor, deeds);
    }

    fn do_all(&mut self, actor: Uuid, deeds: Vec<Deed>) {
        for deed in deeds {
            if self.processes.get(&actor).is_none_or(|p| p.dead) {
                return;
            }
            match deed {
                Deed::Say(message) => self.say(actor, message),
                Deed::Hang => {
                    self.out(actor, TreeEvent::LinkLost { actor });
                    if let Some(process) = self.processes.get_mut(&actor) {
                        process.worker.leaving = true;
                    }
                }
                Deed::Exit(code) => self.die(actor, ExitStatus::Code(code)),
                Deed::Crash(signal) => self.die(actor, ExitStatus::Signal(signal)),
            }
        }
    }

    fn say(&mut self, actor: Uuid, message: FromWorker) {
        if matches!(message, FromWorker::Withdraw { .. }) {
            self.oracle.seen.note("start withdrawn");
        }
        self.out(actor, TreeEvent::Message { actor, message });
    }

    /// Sends towards the supervisor, in order.
    fn out(&mut self, actor: Uuid, event: TreeEvent) {
        let delay = self.delay();
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        let time = (self.now + delay).max(process.last_out);
        process.last_out = time;
        self.at(time, Happening::Told(Box::new(event)));
    }

    /// Sends towards a worker, in order.
    fn send(&mut self, actor: Uuid, message: ToWorker) {
        let delay = self.delay();
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        let time = (self.now + delay).max(process.last_in);
        process.last_in = time;
        self.at(time, Happening::Heard(actor, message));
    }

    fn die(&mut self, actor: Uuid, status: ExitStatus) {
        let Some(process) = self.processes.get_mut(&actor) else {
            return;
        };
        if process.dead || !process.running {
            return;
        }
        process.dead = true;
        let stderr = vec!["last words".to_owned()];
        let exited = TreeEvent::Exited {
            actor,
            status,
            stderr,
        };
        if self.orderly || self.rng.bool() {
            self.out(actor, TreeEvent::LinkLost { actor });
            return self.out(actor, exited);
        }
        let delay = self.delay();
        self.later(delay, Happening::Told(Box::new(exited)));
        self.out(actor, TreeEvent::LinkLost { actor });
    }

    /// The end of the busy time: a shutdown, gentle or not, or the root closes what it has.
    fn wind_up(&mut self) {
        self.winding_up = true;
        let root = self.tree.root().uuid;
        let gentle = TreeEvent::Shutdown {
            reason: CancelReason::Shutdown,
            message: None,
            grace: self
                .rng
                .bool()
                .then(|| Duration::from_millis(self.rng.u64(0..300))),
        };
        match self.rng.u8(0..4) {
            0 => {
                let delay = self.pause();
                self.later(delay, Happening::Told(Box::new(TreeEvent::ShutdownNow)));
                self.tell_tree(gentle);
            }
            1 => self.tell_tree(gentle),
            _ => {
                let Some(process) = self.processes.get_mut(&root) else {
                    return;
                };
                let deeds = process.worker.wind_up();
                self.do_all(root, deeds);
                self.later(Duration::from_secs(30), Happening::Told(Box::new(gentle)));
            }
        }
    }

    fn check_end(&mut self) {
        if !self.oracle.wrong.is_empty() {
            return;
        }
        self.oracle.check_end(&self.tree, self.now);
    }
}
