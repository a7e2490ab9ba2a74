//! The supervisor's own account of how actors went: asked, answered, stopped, killed, reaped.
//!
//! 1. An account opens at the first sign of an end: the actor is cancelled, says its last word, loses its link, or is killed. What came
//!    first stays the beginning; a tighter deadline replaces a looser one.
//! 2. It is handed out once when the process is reaped, and once more, with all that went since with it, when nothing is left below.
//! 3. Accounts are facts. Nothing is decided by them.

use super::config::TreeConfig;
use crate::time::Time;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use tractor_protocol::{ActorId, CancelReason, Uuid};

/// How a process, or an actor with all below it, went. Times are since the beginning: when it was asked to end, or began to by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teardown {
    /// Who.
    pub actor: ActorId,
    /// Of what.
    pub extent: Extent,
    /// Why it was asked to end. `None`: it ended by itself, or for what it did.
    pub reason: Option<CancelReason>,
    /// The time that it was given; of a subtree, the longest that any process of it was given.
    pub allowed: Duration,
    /// When it had said its last word. Of a subtree each of these is the last that there was.
    pub answered: Option<Duration>,
    /// When it was told to stop.
    pub stopped: Option<Duration>,
    /// When the supervisor killed it.
    pub killed: Option<Duration>,
    /// When it was reaped.
    pub reaped: Duration,
}

/// What a [`Teardown`] is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// One process.
    Process,
    /// An actor and all below it that went since. Of the root: all below it.
    Subtree {
        /// How many processes.
        processes: u32,
        /// How many of them were told to stop.
        stopped: u32,
        /// How many of them the supervisor killed.
        killed: u32,
    },
}

impl Teardown {
    /// The time that it took beyond what it was given.
    pub fn over(&self) -> Duration {
        self.reaped.saturating_sub(self.allowed)
    }
}

impl fmt::Display for Teardown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |time: Option<Duration>| match time {
            Some(time) => format!("{:.1} ms", time.as_secs_f64() * 1e3),
            None => "never".to_owned(),
        };
        let what = match self.extent {
            Extent::Process => "it".to_owned(),
            Extent::Subtree { processes, .. } => {
                format!("it and all below, {processes} processes,")
            }
        };
        let begin = match self.reason {
            Some(reason) => format!("was asked to end ({reason:?})"),
            None => "ended by itself".to_owned(),
        };
        write!(
            f,
            "{what} {begin}, with {} to do so: answered {}, stopped {}, killed {}, reaped {}",
            shown(Some(self.allowed)),
            shown(self.answered),
            shown(self.stopped),
            shown(self.killed),
            shown(Some(self.reaped))
        )
    }
}

impl TreeConfig {
    /// The most by which a cancelled process outlasts the time it was given before it is killed: an allowance to answer `Stop`, the stop
    /// allowance to say its last word, and an allowance to exit after that. What lies between a kill and the reaping is the system's.
    pub fn overtime(&self) -> Duration {
        self.allowance * 2 + self.stop_allowance
    }
}

/// What happens to one process, the latest of each for many.
#[derive(Clone, Copy, Debug, Default)]
struct Steps {
    answered: Option<Time>,
    stopped: Option<Time>,
    killed: Option<Time>,
    reaped: Option<Time>,
}

impl Steps {
    fn latest(self, other: Self) -> Self {
        Self {
            answered: self.answered.max(other.answered),
            stopped: self.stopped.max(other.stopped),
            killed: self.killed.max(other.killed),
            reaped: self.reaped.max(other.reaped),
        }
    }
}

/// What went with an actor.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    steps: Steps,
    deadline: Time,
    processes: u32,
    stopped: u32,
    killed: u32,
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.steps = self.steps.latest(other.steps);
        self.deadline = self.deadline.max(other.deadline);
        self.processes += other.processes;
        self.stopped += other.stopped;
        self.killed += other.killed;
    }
}

#[derive(Debug)]
struct Account {
    asked: Time,
    deadline: Time,
    reason: Option<CancelReason>,
    own: Steps,
    all: Sum,
}

impl Account {
    fn close(&self, actor: ActorId, extent: Extent, steps: Steps, deadline: Time) -> Teardown {
        let since = |time: Time| time.since(self.asked);
        Teardown {
            actor,
            extent,
            reason: self.reason,
            allowed: since(deadline),
            answered: steps.answered.map(since),
            stopped: steps.stopped.map(since),
            killed: steps.killed.map(since),
            reaped: steps.reaped.map(since).unwrap_or_default(),
        }
    }
}

/// The open accounts, and what time it is.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    now: Time,
    open: BTreeMap<Uuid, Account>,
}

impl Accounts {
    /// It is so late. Said before anything else that is said at that time.
    pub(super) fn now(&mut self, now: Time) {
        self.now = now;
    }

    /// An actor is asked to end until then.
    pub(super) fn asked(&mut self, actor: Uuid, reason: CancelReason, deadline: Time) {
        let account = self.begin(actor, Some(reason), deadline);
        account.deadline = account.deadline.min(deadline);
    }

    /// An actor begins to end by itself, unless it was asked, and has so much time to exit.
    pub(super) fn leaves(&mut self, actor: Uuid, time: Duration) {
        let deadline = self.now + time;
        self.begin(actor, None, deadline);
    }

    /// An actor has said its last word.
    pub(super) fn answered(&mut self, actor: Uuid) {
        let now = self.now;
        if let Some(account) = self.open.get_mut(&actor) {
            account.own.answered = Some(now);
        }
    }

    /// An actor is told to stop.
    pub(super) fn stopped(&mut self, actor: Uuid) {
        let now = self.now;
        if let Some(account) = self.open.get_mut(&actor) {
            account.own.stopped = Some(now);
        }
    }

    /// An actor's process is killed by the supervisor.
    pub(super) fn killed(&mut self, actor: Uuid) {
        let now = self.now;
        self.begin(actor, None, now).own.killed = Some(now);
    }

    /// An actor's process is reaped.
    pub(super) fn reaped(&mut self, id: &ActorId) -> Teardown {
        let now = self.now;
        let account = self.begin(id.uuid, None, now);
        account.own.reaped = Some(now);
        let own = Sum {
            steps: account.own,
            deadline: account.deadline,
            processes: 1,
            stopped: u32::from(account.own.stopped.is_some()),
            killed: u32::from(account.own.killed.is_some()),
        };
        account.all.add(&own);
        account.close(id.clone(), Extent::Process, account.own, account.deadline)
    }

    /// Nothing is left of an actor and all below it. Gives their account, unless it was alone; it becomes part of its owner's.
    pub(super) fn gone(&mut self, id: &ActorId, owner: Option<Uuid>) -> Option<Teardown> {
        let account = self.open.remove(&id.uuid)?;
        let all = account.all;
        if let Some(above) = owner.and_then(|owner| self.open.get_mut(&owner)) {
            above.all.add(&all);
        }
        let extent = Extent::Subtree {
            processes: all.processes,
            stopped: all.stopped,
            killed: all.killed,
        };
        let alone = all.processes == 1 && owner.is_some();
        (!alone).then(|| account.close(id.clone(), extent, all.steps, all.deadline))
    }

    /// Whose accounts are open.
    pub(super) fn actors(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.open.keys().copied()
    }

    fn begin(&mut self, actor: Uuid, reason: Option<CancelReason>, deadline: Time) -> &mut Account {
        let asked = self.now;
        self.open.entry(actor).or_insert_with(|| Account {
            asked,
            deadline,
            reason,
            own: Steps::default(),
            all: Sum::default(),
        })
    }
}
