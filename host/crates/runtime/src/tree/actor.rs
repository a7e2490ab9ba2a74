//! The record of one actor: what it is, and what its process is doing.

use super::limits::Bounds;
use super::line::Line;
use super::nursery::{Cancelled, Closed, Nursery};
use super::turns::BURST_SECONDS;
use crate::rate::Rate;
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};
use tractor_protocol::control::{Overdue, SpawnBackend};
use tractor_protocol::handshake::Hello;
use tractor_protocol::{ActorId, Failure, Grants, NurseryId, RequestId, Uuid};

/// Why the supervisor killed a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// It was cancelled with no time left, or while starting.
    Cancelled,
    /// It did not answer `Stop`.
    Overdue,
    /// What it did wrong is recorded already.
    Judged,
    /// It had said its last word and did not leave.
    Lingered,
    /// It had closed its control link and did not leave.
    Deaf,
}

/// What a worker is doing, as far as the supervisor knows. The root is serving, always.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// It is to be started anew, and has no process yet: it waits for its time, or its turn.
    Waiting,
    /// It is spawned, or about to be, and loads its code. `None`: nobody waits for that start any more.
    Starting { request: Option<RequestId> },
    /// It can be called.
    Serving,
    /// It was told to cancel all and leave; `Actor::cancelled` says until when.
    Cancelling,
    /// Its grace is over and it was told to stop.
    Stopping {
        /// It has answered that.
        answered: bool,
    },
    /// It has said its last word, and its process is about to end.
    Ending,
    /// Its control link is lost, and its process is about to end.
    Lost {
        /// It may have been starting.
        request: Option<RequestId>,
        /// It was told to stop before.
        stopped: bool,
    },
    /// Its process was killed, and is to be reaped.
    Killed {
        cause: Cause,
        /// It may have been starting.
        request: Option<RequestId>,
    },
    /// Its process is reaped; actors below it are not yet.
    Reaped,
}

impl State {
    /// The start that is not answered yet, in the states that may have one.
    pub(super) fn start(&mut self) -> Option<&mut Option<RequestId>> {
        match self {
            Self::Starting { request }
            | Self::Lost { request, .. }
            | Self::Killed { request, .. } => Some(request),
            Self::Waiting
            | Self::Serving
            | Self::Cancelling
            | Self::Stopping { .. }
            | Self::Ending
            | Self::Reaped => None,
        }
    }

    /// As what a kill counts that the whole tree's end demands; `None` if there is nothing to kill.
    pub(super) fn cause_of_kill(&self) -> Option<Cause> {
        match self {
            Self::Starting { .. } | Self::Serving | Self::Cancelling => Some(Cause::Cancelled),
            Self::Stopping { .. } | Self::Lost { stopped: true, .. } => Some(Cause::Overdue),
            Self::Ending => Some(Cause::Lingered),
            Self::Lost { .. } => Some(Cause::Deaf),
            Self::Waiting | Self::Killed { .. } | Self::Reaped => None,
        }
    }
}

/// A request of this actor that something may still be done about.
#[derive(Clone, Debug)]
pub(super) enum Request {
    /// It started this actor, whose process is not reaped yet.
    Start(Uuid),
    /// It cancelled this actor and waits for its end.
    Cancel(Uuid),
    /// It waits for this name.
    WaitFor(String),
    /// It wants a new link to this actor, whose worker has not said yet that it lost the old one.
    Relink(Uuid),
    /// It wants a link to this actor, which is being started anew.
    Connect(Uuid),
    /// It starts an actor, and waits for this turn.
    Turn((Time, u64)),
}

/// Where an actor belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) owner: Uuid,
    pub(super) nursery: NurseryId,
}

/// One actor.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) id: ActorId,
    /// Its number among all actors, in order of their making.
    pub(super) birth: u64,
    pub(super) born: Time,
    /// `None` for the root.
    pub(super) component: Option<String>,
    pub(super) grants: Grants,
    pub(super) bounds: Bounds,
    /// The starts below it.
    pub(super) starts: Rate,
    pub(super) one_shot: Option<String>,
    pub(super) overdue: Overdue,
    /// How its process is started, if its owner said.
    pub(super) spawn_backend: Option<SpawnBackend>,
    /// `None` for the root.
    pub(super) home: Option<Home>,
    /// The number of its owner's request that started it; 0 for the root.
    pub(super) started_by: RequestId,
    pub(super) state: State,
    pub(super) cancelled: Option<Cancelled>,
    /// That it is ready, said before its process id was known.
    pub(super) early: Option<Hello>,
    /// Its own real failures.
    pub(super) failures: Vec<Failure>,
    pub(super) nurseries: BTreeMap<NurseryId, Nursery>,
    pub(super) closed: Closed,
    /// What failed in nurseries that closed when it could not act on it any more.
    pub(super) untold: Vec<Failure>,
    pub(super) links: BTreeSet<Uuid>,
    /// Those of `links` whose end at this worker is gone, while nothing is known of an end of the peer.
    pub(super) unlinked: BTreeSet<Uuid>,
    pub(super) names: BTreeSet<String>,
    pub(super) requests: BTreeMap<RequestId, Request>,
    /// Requests of its owner that are answered when it is gone.
    pub(super) awaited_by: Vec<RequestId>,
    /// How many actors are below it.
    pub(super) below: u32,
    pub(super) line: Line,
}

impl Actor {
    /// Makes the record of an actor that has nothing yet, and is not in the tree.
    pub(super) fn new(id: ActorId, birth: u64, born: Time, bounds: Bounds, state: State) -> Self {
        Self {
            line: Line::new(id.uuid),
            id,
            birth,
            born,
            component: None,
            grants: Grants::default(),
            starts: Rate::new(bounds.spawn_rate, BURST_SECONDS),
            bounds,
            one_shot: None,
            overdue: Overdue::ServeOn,
            spawn_backend: None,
            home: None,
            started_by: RequestId(0),
            state,
            cancelled: None,
            early: None,
            failures: Vec::new(),
            nurseries: BTreeMap::new(),
            closed: Closed::default(),
            untold: Vec::new(),
            links: BTreeSet::new(),
            unlinked: BTreeSet::new(),
            names: BTreeSet::new(),
            requests: BTreeMap::new(),
            awaited_by: Vec::new(),
            below: 0,
        }
    }

    /// Whether messages reach it.
    pub(super) fn hears(&self) -> bool {
        matches!(
            self.state,
            State::Serving | State::Cancelling | State::Stopping { .. }
        )
    }

    /// Whether its tasks still run, so that what it is told becomes part of what it says.
    pub(super) fn goes_on(&self) -> bool {
        matches!(self.state, State::Serving | State::Cancelling)
    }

    /// Its starts that wait for their turn.
    pub(super) fn waiting_starts(&self) -> u32 {
        let all = self.requests.values();
        let waiting = all.filter(|request| matches!(request, Request::Turn(_)));
        u32::try_from(waiting.count()).unwrap_or(u32::MAX)
    }

    /// Whether it can be found and called.
    pub(super) fn serves(&self) -> bool {
        matches!(self.state, State::Serving)
    }

    /// Whether it will be there to be called, if all goes well.
    pub(super) fn is_starting(&self) -> bool {
        matches!(self.state, State::Waiting | State::Starting { .. })
    }

    /// Whether its process is reaped and nothing is left below it.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state, State::Reaped) && self.nurseries.values().all(|n| n.members.is_empty())
    }
}
