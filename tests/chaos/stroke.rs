//! Carrying out the strokes of a round, and taking back in time what is to pass.

use crate::machine::tasks_of;
use crate::reach::Reach;
use crate::round::Stroke;
use crate::stage::Stage;
use rustix::process::{Resource, Signal};
use std::time::{Duration, Instant};

/// What was done, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) kills: u64,
    pub(crate) freezes: u64,
    pub(crate) zygotes: u64,
    pub(crate) terminations: u64,
    pub(crate) cuts: u64,
    pub(crate) limits: u64,
    pub(crate) caches: u64,
}

impl Done {
    pub(crate) fn add(&mut self, other: &Self) {
        self.kills += other.kills;
        self.freezes += other.freezes;
        self.zygotes += other.zygotes;
        self.terminations += other.terminations;
        self.cuts += other.cuts;
        self.limits += other.limits;
        self.caches += other.caches;
    }
}

/// What passes, and when.
enum Passing {
    Frozen(Reach),
    Limited(Reach, Resource, u64, Option<u32>),
}

impl Passing {
    fn end(self) {
        match self {
            Self::Frozen(reach) => drop(reach.signal(Signal::CONT)),
            Self::Limited(reach, resource, before, user) => {
                reach.limit(resource, before, user);
            }
        }
    }
}

/// Strikes the processes of a stage.
#[derive(Default)]
pub(crate) struct Striker {
    pub(crate) done: Done,
    passing: Vec<(Instant, Passing)>,
}

impl Striker {
    /// Does one stroke. Where there is nobody to be struck, nothing happens.
    pub(crate) fn strike(&mut self, stage: &Stage, stroke: Stroke) {
        match stroke {
            Stroke::Kill { pick } => {
                let struck = worker(stage, pick, false);
                self.done.kills += u64::from(struck.is_some_and(|w| w.signal(Signal::KILL)));
            }
            Stroke::KillZygote { pick } => {
                let struck = zygote(stage, pick);
                self.done.zygotes += u64::from(struck.is_some_and(|z| z.signal(Signal::KILL)));
            }
            Stroke::FreezeZygote { pick, ms } => {
                let struck = zygote(stage, pick);
                self.done.zygotes += u64::from(struck.is_some());
                self.freeze(struck, ms);
            }
            Stroke::Terminate { pick } => {
                let struck = worker(stage, pick, true);
                self.done.terminations += u64::from(struck.is_some_and(|w| w.signal(Signal::TERM)));
            }
            Stroke::Freeze { pick, ms } => self.freeze(worker(stage, pick, true), ms),
            Stroke::FreezeSupervisor { ms } => self.freeze(Reach::open(stage.pid()), ms),
            Stroke::Cut { pick, link } => {
                let struck = worker(stage, pick, false);
                self.done.cuts += u64::from(struck.is_some_and(|w| w.cut(link, stage.pid())));
            }
            Stroke::WorkerFiles { pick, room, ms } => {
                self.limit(
                    stage.user,
                    worker(stage, pick, false),
                    Resource::Nofile,
                    room,
                    ms,
                );
            }
            Stroke::SupervisorFiles { room, ms } => {
                self.limit(
                    stage.user,
                    Reach::open(stage.pid()),
                    Resource::Nofile,
                    room,
                    ms,
                );
            }
            Stroke::Processes { room, ms } => {
                let user = stage.user.unwrap_or(rustix::process::getuid().as_raw());
                let room = tasks_of(user) + room;
                self.limit(
                    stage.user,
                    Reach::open(stage.pid()),
                    Resource::Nproc,
                    room,
                    ms,
                );
            }
            Stroke::LoseCache => {
                stage.lose_cache();
                self.done.caches += 1;
            }
        }
    }

    /// Takes back what has lasted long enough.
    pub(crate) fn pass(&mut self) {
        let now = Instant::now();
        let over = self.passing.extract_if(.., |(end, _)| *end <= now);
        over.for_each(|(_, passing)| passing.end());
    }

    /// Takes back everything.
    pub(crate) fn calm(&mut self) {
        self.passing
            .drain(..)
            .for_each(|(_, passing)| passing.end());
    }

    /// Freezes a worker until it is killed. One that has not begun could not be ended with its supervisor: see reliability.md.
    pub(crate) fn freeze_for_good(&mut self, stage: &Stage, pick: f64) {
        let struck = worker(stage, pick, true).filter(Reach::has_begun);
        self.done.freezes += u64::from(struck.is_some_and(|w| w.signal(Signal::STOP)));
    }

    fn freeze(&mut self, who: Option<Reach>, ms: u64) {
        if let Some(who) = who.filter(|who| who.signal(Signal::STOP)) {
            self.done.freezes += 1;
            self.passing.push((after(ms), Passing::Frozen(who)));
        }
    }

    fn limit(&mut self, user: Option<u32>, who: Option<Reach>, what: Resource, room: u64, ms: u64) {
        let Some(who) = who else {
            return;
        };
        let most = match what {
            Resource::Nofile => who.descriptors() + room,
            _ => room,
        };
        if let Some(before) = who.limit(what, most, user) {
            self.done.limits += 1;
            let before = self.first_limit(&who, what).unwrap_or(before);
            let passing = Passing::Limited(who, what, before, user);
            self.passing.push((after(ms), passing));
        }
    }

    /// What a limit was before it was first set, for one that is set still.
    fn first_limit(&self, who: &Reach, what: Resource) -> Option<u64> {
        self.passing.iter().find_map(|(_, passing)| match passing {
            Passing::Limited(other, limit, before, _) if other.is(who) && *limit == what => {
                Some(*before)
            }
            _ => None,
        })
    }
}

fn after(ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms)
}

/// One of those that workers are forked from.
fn zygote(stage: &Stage, pick: f64) -> Option<Reach> {
    let mut zygotes = stage.program.everything();
    zygotes.retain(|process| !process.zombie && process.is_zygote());
    let chosen = zygotes.get((pick * zygotes.len() as f64) as usize)?;
    Reach::open(chosen.pid)
}

/// One of the workers that run now. Main is one of them only if that is said: without it the round is over.
fn worker(stage: &Stage, pick: f64, main_too: bool) -> Option<Reach> {
    let mut workers = stage.workers();
    workers.retain(|worker| main_too || worker.command != "tractor-worker main");
    let chosen = workers.get((pick * workers.len() as f64) as usize)?;
    Reach::open(chosen.pid)
}
