//! Which incarnation of an actor is the current one, and what an owner knows of its children.
//!
//! Handles reach an actor, not an incarnation of it: they share a [`Reached`], which moves on when the actor is started anew. An owner is told
//! of that; whoever else calls the actor learns it from the answer when it next wants a link.

use super::core::{Core, End, lock};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tractor_protocol::control::FromWorker;
use tractor_protocol::{ActorId, Failure, RequestId, Uuid};

/// The actor that handles reach, as far as is known.
#[derive(Clone)]
pub(super) struct Reached(Arc<Mutex<ActorId>>);

impl Reached {
    pub(super) fn new(actor: ActorId) -> Self {
        Self(Arc::new(Mutex::new(actor)))
    }

    pub(super) fn get(&self) -> ActorId {
        lock(&self.0).clone()
    }

    pub(super) fn set(&self, actor: ActorId) {
        *lock(&self.0) = actor;
    }
}

/// What the worker knows of a child. In its tables until the child has ended for good.
pub(super) struct ChildRecord {
    /// The request that started it.
    pub(super) start: RequestId,
    pub(super) reached: Reached,
    /// That it has ended for good, and all below it.
    pub(super) end: End,
    restarts: AtomicU64,
    restarted: Notify,
    /// Nobody wants it to be started anew any more.
    done: AtomicBool,
}

/// What happens to a child after a run of its function.
pub(super) enum Next<'a> {
    /// It was started anew.
    Restarted,
    /// It has ended for good, with these failures.
    Ended(&'a [Failure]),
}

impl ChildRecord {
    pub(super) fn new(start: RequestId, actor: ActorId) -> Arc<Self> {
        Arc::new(Self {
            start,
            reached: Reached::new(actor),
            end: End::default(),
            restarts: AtomicU64::new(0),
            restarted: Notify::new(),
            done: AtomicBool::new(false),
        })
    }

    /// How often it was started anew.
    pub(super) fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Acquire)
    }

    /// Waits for more restarts than were seen, or for its end.
    pub(super) async fn next(&self, seen: u64) -> Next<'_> {
        loop {
            let restarted = self.restarted.notified();
            tokio::pin!(restarted);
            restarted.as_mut().enable();
            if self.restarts() > seen {
                return Next::Restarted;
            }
            tokio::select! {
                () = restarted => {}
                failures = self.end.wait() => return Next::Ended(failures),
            }
        }
    }
}

impl Core {
    /// What is known of a child that was started. It has ended already if the supervisor's word on that was faster than this.
    pub(super) fn child(&self, start: RequestId, actor: &ActorId) -> Arc<ChildRecord> {
        let known = self.state().children.get(&actor.uuid).cloned();
        known.unwrap_or_else(|| ChildRecord::new(start, actor.clone()))
    }

    /// The supervisor answered a start. Noted here and not by whoever asked: news of the child may come before that one runs.
    pub(super) fn child_started(&self, start: RequestId, actor: &ActorId) {
        let record = ChildRecord::new(start, actor.clone());
        self.state().children.insert(actor.uuid, record);
    }

    pub(super) fn child_restarted(&self, child: Uuid, actor: ActorId) {
        let (record, nurseries) = {
            let state = self.state();
            let Some(record) = state.children.get(&child).cloned() else {
                return;
            };
            let nurseries: Vec<_> = state.nurseries.values().cloned().collect();
            (record, nurseries)
        };
        let before = record.reached.get().uuid;
        for nursery in nurseries {
            nursery.replaced(before, actor.uuid);
        }
        let now = actor.uuid;
        record.reached.set(actor);
        record.restarts.fetch_add(1, Ordering::Release);
        record.restarted.notify_waiters();
        if record.done.load(Ordering::Acquire) {
            self.cancel_unheard(now);
        }
    }

    pub(super) fn child_ended(&self, child: Uuid, failures: Vec<Failure>) {
        let record = self.state().children.remove(&child);
        if let Some(record) = record {
            record.end.set(failures);
        }
    }

    /// Nobody wants this child to be started anew any more: its value is there.
    pub(super) fn is_done(&self, record: &ChildRecord) {
        let seen = record.restarts();
        record.done.store(true, Ordering::Release);
        if record.restarts() > seen {
            self.cancel_unheard(record.reached.get().uuid);
        }
    }

    /// Cancels a child that nobody holds, and does not wait for it.
    pub(super) fn cancel_unheard(&self, actor: Uuid) {
        let request = RequestId(self.next_id());
        self.tell(&FromWorker::CancelActor {
            request,
            actor,
            message: None,
        });
    }
}
