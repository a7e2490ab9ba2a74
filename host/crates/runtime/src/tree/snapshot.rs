//! The tree as it stands, for people who look in.

use super::actor::{Actor, Request, State};
use super::ended::{EndedActor, brief};
use super::machine::Tree;
use crate::time::Time;
use std::time::Duration;
use tractor_protocol::{ActorId, Cancellation, Failure, Uuid};

/// Failures shown of one actor that has failed and is not gone yet.
const MOST_FAILURES: usize = 4;

/// The whole tree at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeSnapshot {
    /// The root, and everyone below it.
    pub root: ActorSnapshot,
    /// Whether the tree is going down.
    pub shutting_down: bool,
    /// Those that ended lately, oldest first.
    pub ended: Vec<EndedActor>,
}

/// One actor at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorSnapshot {
    /// Who.
    pub actor: ActorId,
    /// Its component; `None` for the root.
    pub component: Option<String>,
    /// What it is doing.
    pub state: ActorState,
    /// For an actor that ends with its first call: that function.
    pub one_shot: Option<String>,
    /// How long ago it was made, or last started anew.
    pub age: Duration,
    /// How often it was started anew.
    pub restarts: u32,
    /// Its cancellation, if it has one.
    pub cancellation: Option<Cancellation>,
    /// The first of its own failures, in brief.
    pub failures: Vec<Failure>,
    /// What it asked of the supervisor and waits for.
    pub waits: Vec<Wait>,
    /// Those it owns, oldest first.
    pub children: Vec<Self>,
}

/// What an actor is doing, as far as the supervisor knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActorState {
    /// It is to be started anew, and has no process yet.
    Waiting {
        /// In how long; `None` if others must end or start first.
        left: Option<Duration>,
    },
    /// Its worker loads its code.
    Starting,
    /// It can be called.
    Serving,
    /// It was told to cancel all and leave.
    Cancelling {
        /// How long it has left.
        left: Duration,
        /// Who, and why.
        cancellation: Cancellation,
    },
    /// Its grace is over; it was told to stop, and will be killed.
    Stopping {
        /// Who, and why.
        cancellation: Option<Cancellation>,
    },
    /// Its process is about to end.
    Ending,
    /// Its process is reaped; those below it are not yet.
    Gone,
}

/// Something that an actor asked the supervisor for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// This actor of its own is to be ready.
    Start(ActorId),
    /// This actor of its own, which it cancelled, is to be gone.
    End(ActorId),
    /// Someone is to have this name.
    Name(String),
    /// A new link to this actor is to be made, for the old one was lost.
    Link(ActorId),
    /// It is to be its turn to start an actor: as many as its limit allows were started lately.
    Turn,
}

impl Tree {
    /// Looks at the whole tree.
    pub fn snapshot(&self, now: Time) -> TreeSnapshot {
        let root = self
            .actors
            .get(&self.root.uuid)
            .expect("the root's record is never dropped");
        TreeSnapshot {
            root: self.look_at(root, now),
            shutting_down: root.cancelled.is_some(),
            ended: self.ended.as_of(now),
        }
    }

    /// Recursion is as deep as the limit on depth lets the tree be.
    fn look_at(&self, record: &Actor, now: Time) -> ActorSnapshot {
        let mut children: Vec<&Actor> = record
            .nurseries
            .values()
            .flat_map(|nursery| nursery.members.values())
            .filter_map(|member| self.actors.get(member))
            .collect();
        children.sort_by_key(|child| child.birth);
        ActorSnapshot {
            actor: record.id.clone(),
            component: record.component.clone(),
            state: self.state_of(record, now),
            one_shot: record.one_shot.clone(),
            age: now.since(record.born),
            restarts: record.line.restarts,
            cancellation: record.cancelled.as_ref().map(|c| c.cancellation.clone()),
            failures: record
                .failures
                .iter()
                .take(MOST_FAILURES)
                .map(brief)
                .collect(),
            waits: record
                .requests
                .values()
                .filter_map(|request| self.wait(request))
                .collect(),
            children: children
                .into_iter()
                .map(|child| self.look_at(child, now))
                .collect(),
        }
    }

    fn wait(&self, request: &Request) -> Option<Wait> {
        let record = |actor: &Uuid| self.actors.get(actor);
        match request {
            // Such a request stands until the process is reaped, so that it can be taken back.
            Request::Start(child) => record(child)
                .filter(|child| matches!(child.state, State::Starting { request: Some(_) }))
                .map(|child| Wait::Start(child.id.clone())),
            Request::Connect(peer) => record(peer).map(|peer| Wait::Start(peer.id.clone())),
            Request::Cancel(target) => record(target).map(|target| Wait::End(target.id.clone())),
            Request::WaitFor(name) => Some(Wait::Name(name.clone())),
            Request::Turn(_) => Some(Wait::Turn),
            Request::Relink(peer) => record(peer).map(|peer| Wait::Link(peer.id.clone())),
        }
    }

    fn state_of(&self, record: &Actor, now: Time) -> ActorState {
        let cancellation = record.cancelled.as_ref().map(|c| c.cancellation.clone());
        match (&record.state, &record.cancelled) {
            (State::Waiting, _) => ActorState::Waiting {
                left: self.timers.of(record.id.uuid).map(|(at, _)| at.since(now)),
            },
            (State::Starting { .. }, _) => ActorState::Starting,
            (State::Cancelling, Some(over)) => ActorState::Cancelling {
                left: over.deadline.since(now),
                cancellation: over.cancellation.clone(),
            },
            (State::Serving | State::Cancelling, _) => ActorState::Serving,
            (State::Stopping { .. }, _) => ActorState::Stopping { cancellation },
            (State::Ending | State::Lost { .. } | State::Killed { .. }, _) => ActorState::Ending,
            (State::Reaped, _) => ActorState::Gone,
        }
    }
}
