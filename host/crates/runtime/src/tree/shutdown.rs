//! The whole tree goes down: gracefully, or at once.

use super::actor::Cause;
use super::cancel::Order;
use super::machine::{Shutdown, Tree};
use super::nursery::{Cancelled, passed_down};
use crate::time::Time;
use std::time::Duration;
use tractor_protocol::control::ToWorker;
use tractor_protocol::{CancelReason, Cancellation, NurseryId, ScopeId, Uuid};

impl Tree {
    /// The tree goes down.
    pub(super) fn on_shutdown(
        &mut self,
        now: Time,
        reason: CancelReason,
        message: Option<String>,
        grace: Option<Duration>,
    ) {
        self.begin_shutdown();
        let cancellation = Cancellation {
            scope: ScopeId::default(),
            canceller: self.root.clone(),
            reason,
            message,
        };
        // The root itself is not timed: its members have all of `grace`, or their nurseries' own.
        let time = grace.map_or(Duration::MAX, |grace| {
            grace.saturating_add(self.config.allowance)
        });
        let over = Cancelled {
            cancellation,
            deadline: now + time,
        };
        self.cancel_root(now, over);
    }

    /// The tree goes down without asking anyone.
    pub(super) fn on_shutdown_now(&mut self, now: Time) {
        self.begin_shutdown();
        let cancellation = Cancellation {
            scope: ScopeId::default(),
            canceller: self.root.clone(),
            reason: CancelReason::Shutdown,
            message: Some("the tree is ended at once".to_owned()),
        };
        let over = Cancelled {
            cancellation,
            deadline: now,
        };
        self.cancel_root(now, over);
        self.kill_the_rest();
    }

    /// Those who were past a cancel's reach: told to stop, about to leave, or late already.
    fn kill_the_rest(&mut self) {
        let root = self.root.uuid;
        let rest: Vec<(Uuid, Cause)> = self
            .actors
            .values()
            .filter(|record| record.id.uuid != root)
            .filter_map(|record| Some((record.id.uuid, record.state.cause_of_kill()?)))
            .collect();
        for (actor, cause) in rest {
            self.kill(actor, cause);
        }
    }

    fn begin_shutdown(&mut self) {
        if self.shutdown == Shutdown::No {
            self.shutdown = Shutdown::Asked;
        }
    }

    /// Cancels what is below the root, and tells the root which of its nurseries that newly cancels.
    fn cancel_root(&mut self, now: Time, over: Cancelled) {
        let root = self.root.uuid;
        let Some(record) = self.actors.get_mut(&root) else {
            return;
        };
        // It has no time of its own: what counts is that of those below.
        self.accounts.asked(root, over.cancellation.reason, now);
        let told = passed_down(&over.cancellation);
        let fresh: Vec<NurseryId> = record
            .nurseries
            .iter()
            .filter(|(_, nursery)| nursery.cancelled.is_none())
            .map(|(id, _)| *id)
            .collect();
        match &mut record.cancelled {
            Some(first) => first.deadline = first.deadline.min(over.deadline),
            first @ None => *first = Some(over.clone()),
        }
        for nursery in fresh {
            let cancellation = told.clone();
            self.tell(
                root,
                ToWorker::NurseryCancelled {
                    nursery,
                    cancellation,
                },
            );
        }
        let mut orders = Vec::new();
        self.pass_down(now, &Order { actor: root, over }, &mut orders);
        self.cancel_all(now, orders);
    }
}
