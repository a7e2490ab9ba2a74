//! Virtual time, processes, links with delays.

mod end;
mod faults;
mod links;
mod processes;

use super::books::Books;
use super::program;
use super::shell::{Birth, Input, Shell};
use super::wire::{Item, Wire};
use crate::Report;
use crate::oracle::{Oracle, brief};
use fastrand::Rng;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tractor_protocol::{Limits, Uuid};
use tractor_runtime::time::Time;
use tractor_runtime::tree::{Effect, ExitStatus, Tree, TreeConfig, TreeEvent};

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

    fn is_fine(&self) -> bool {
        self.books.is_fine() && self.oracle.wrong.is_empty()
    }
}
