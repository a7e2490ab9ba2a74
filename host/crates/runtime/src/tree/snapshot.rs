//! The tree as it stands, for people who look in.

use super::actor::{Actor, State};
use super::machine::Tree;
use crate::time::Time;
use std::time::Duration;
use tractor_protocol::{ActorId, Cancellation};

/// The whole tree at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeSnapshot {
    /// The root, and everyone below it.
    pub root: ActorSnapshot,
    /// Whether the tree is going down.
    pub shutting_down: bool,
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
            children: children
                .into_iter()
                .map(|child| self.look_at(child, now))
                .collect(),
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
            (State::Stopping, _) => ActorState::Stopping { cancellation },
            (State::Ending | State::Lost { .. } | State::Killed { .. }, _) => ActorState::Ending,
            (State::Reaped, _) => ActorState::Gone,
        }
    }
}
