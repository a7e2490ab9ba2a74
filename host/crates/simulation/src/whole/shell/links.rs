//! Peer links and what they tell, after `worker/peer.rs` and `worker/serve.rs`.

use super::{Known, LinkEnd, Shell};
use crate::whole::books::Key;
use crate::whole::program;
use crate::whole::task::Task;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tractor_protocol::control::FromWorker;
use tractor_protocol::peer::{DialogKind, PeerMessage};
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, DialogId, Error, Failure, FailureId, FailureKind, Frame,
    Payload, ScopeId, Side, Uuid,
};
use tractor_runtime::dialog::{DialogEvent, DialogLimits, Dialogs};

/// How long the supervisor's word on why an actor ended is waited for.
pub(super) const WORD_OF_END: Duration = Duration::from_secs(1);

impl Shell {
    pub(super) fn open_link(&self, link: u64, peer: ActorId, side: Side) {
        let us = self.0.id.clone();
        let grace = self.0.grace;
        self.with(|state| {
            let limits = DialogLimits {
                dialogs: 16,
                buffer_messages: 4,
                // Little enough to be met.
                outbox_bytes: 30,
                frame_bytes: 40,
                drain_messages: 2,
                grace,
                ..DialogLimits::default()
            };
            let dialogs = Dialogs::new(side, us, peer.clone(), limits, state.rng.u64(..))
                .sharing(state.queues.clone());
            state.peers.push(peer.uuid);
            state.link_of.insert(peer.uuid, link);
            let end = LinkEnd {
                id: link,
                peer,
                side,
                dialogs,
                ended: None,
                lost: false,
            };
            state.links.insert(link, end);
        });
    }

    pub(super) fn take(&self, link: u64, frame: Frame<PeerMessage>) {
        let cancelled = match &frame.message {
            PeerMessage::Cancel { dialog, .. } => Some((link, *dialog)),
            _ => None,
        };
        let violation = self.with(|state| {
            let end = state.links.get_mut(&link)?;
            let violation = end.dialogs.handle(frame).err()?;
            Some(end.dialogs.blame(&violation))
        });
        self.pump();
        self.check_heard(cancelled);
        if let Some(failure) = violation {
            let name = &self.0.id.name;
            let text = || format!("{name}: a well-behaved peer is blamed: {failure:?}");
            self.books().expect(false, text);
            self.lose(link, failure.clone());
        }
    }

    /// The caller's cancel reaches the task at once, whatever that does.
    fn check_heard(&self, cancelled: Option<Key>) {
        let goes_on = self.with(|state| {
            let known = state.known.get(&cancelled?)?;
            let scope = known.borrow().scope?;
            state.scopes.cancellation(scope).is_none().then_some(scope)
        });
        self.books().expect(goes_on.is_none(), || {
            format!("the task in {goes_on:?} goes on, and its caller cancelled it")
        });
    }

    /// Nothing more comes on a link. Why, the supervisor will say.
    pub(super) fn link_ends(&self, link: u64) {
        let peer = self.with(|state| {
            let now = state.now;
            let end = state
                .links
                .get_mut(&link)
                .filter(|end| end.ended.is_none())?;
            end.ended = Some(now);
            Some(end.peer.uuid)
        });
        if let Some(actor) = peer {
            self.tell(FromWorker::Unlinked { actor });
        }
        self.give_up_links();
    }

    /// Both ends of the link to that actor are gone, and both actors live.
    pub(super) fn cut(&self, actor: Uuid) {
        let link = self.with(|state| state.link_of.get(&actor).copied());
        if let Some(link) = link {
            let text = "the connection was lost";
            self.lose(link, self.failure(FailureKind::ConnectionLost, text));
        }
    }

    /// Loses the links that are at their end, and of which the reason is known or has been waited for.
    pub(super) fn give_up_links(&self) {
        let given_up: Vec<(u64, Failure)> = self.with(|state| {
            let links = state.links.values().filter(|link| !link.lost);
            let ended = links.filter_map(|link| Some((link, link.ended?)));
            let given_up = ended.filter_map(|(link, since)| {
                let failure = match state.ends.get(&link.peer.uuid).map(Vec::as_slice) {
                    // It has left without a word: this is what it would have answered with.
                    Some([first, ..]) if first.is_cancelled() => context_cancelled(first),
                    Some([first, ..]) => first.clone(),
                    Some([]) => gone(&link.peer, "has ended"),
                    None if state.now >= since + WORD_OF_END => {
                        gone(&link.peer, "cannot be reached any more")
                    }
                    None => return None,
                };
                Some((link.id, failure))
            });
            given_up.collect()
        });
        for (link, failure) in given_up {
            self.lose(link, failure);
        }
    }

    fn lose(&self, link: u64, failure: Failure) {
        self.books().lost(link);
        self.books().seen("link lost");
        self.with(|state| {
            state.link_of.retain(|_, id| *id != link);
            if let Some(end) = state.links.get_mut(&link) {
                end.lost = true;
                end.dialogs.lost(failure);
                state.out.closed.push(link);
            }
        });
        self.pump();
    }

    /// Sends and tells what the machines want sent and told.
    pub(in crate::whole) fn pump(&self) {
        loop {
            let event = self.with(|state| {
                for end in state.links.values_mut() {
                    while let Some(frame) = end.dialogs.poll_transmit() {
                        state.out.frames.push((end.id, frame));
                    }
                    if let Some(event) = end.dialogs.poll_event() {
                        return Some((end.id, end.peer.clone(), event));
                    }
                }
                None
            });
            let Some((link, peer, event)) = event else {
                return;
            };
            self.act((link, event.dialog()), &peer, event);
        }
    }

    fn act(&self, key: Key, peer: &ActorId, event: DialogEvent) {
        self.touch();
        self.tell_of(key);
        let cell = self.with(|state| state.known.get(&key).cloned());
        match event {
            DialogEvent::Incoming {
                kind,
                arguments,
                time_left,
                ..
            } => self.serve(key, peer, kind, &arguments, time_left),
            DialogEvent::Started { first, .. } => {
                if let Some(cell) = cell {
                    cell.borrow_mut().first = Some(first);
                }
            }
            DialogEvent::Cancelled {
                cancellation,
                time_left,
                ..
            } => {
                let scope = cell.and_then(|cell| cell.borrow().scope);
                if let Some(scope) = scope {
                    self.begin_grace(scope, peer.uuid, key.1, time_left);
                    self.cancel_scope(scope, cancellation);
                }
            }
            DialogEvent::Ended { outcome, .. } => self.ended(key, peer, outcome),
            DialogEvent::Readable(_) | DialogEvent::Writable(_) => {}
        }
    }

    fn ended(&self, key: Key, peer: &ActorId, outcome: Result<Payload, Error>) {
        self.books().ended(key, &outcome);
        self.with(|state| state.due.remove(&key));
        let Some(cell) = self.with(|state| state.known.remove(&key)) else {
            return;
        };
        let scope = cell.borrow().scope;
        if let (Some(scope), Err(Error::Failed(failures))) = (scope, &outcome) {
            self.cancel_body(peer, scope, failures);
        }
        cell.borrow_mut().outcome = Some(outcome);
    }

    /// The callee of a context failed: cancels the scope of its body.
    pub(in crate::whole) fn cancel_body(
        &self,
        peer: &ActorId,
        scope: ScopeId,
        failures: &[Failure],
    ) {
        let lost = failures
            .iter()
            .any(|failure| failure.kind == FailureKind::ConnectionLost);
        let cancellation = Cancellation {
            scope,
            canceller: peer.clone(),
            reason: match lost {
                true => CancelReason::ConnectionLost,
                false => CancelReason::SiblingFailed,
            },
            message: None,
        };
        self.cancel_scope(scope, cancellation);
    }

    /// Begins a task for a call. A cancelled actor begins nothing any more.
    fn serve(
        &self,
        key: Key,
        peer: &ActorId,
        kind: DialogKind,
        arguments: &Payload,
        time_left: Option<Duration>,
    ) {
        // A task begins at once here: its arguments wait for nothing.
        self.with(|state| {
            let end = state.links.get_mut(&key.0)?;
            end.dialogs.take_arguments_room(key.1)
        });
        let refused = self.with(|state| state.cancelled.clone());
        if let Some((cancellation, _)) = refused {
            let refused = self.unless_restarted(Error::Cancelled(cancellation));
            return self.finish(key, Err(refused));
        }
        let task = Task::begin(self, time_left, Some(key));
        let cell = Known {
            scope: Some(task.scope),
            ..Known::default()
        };
        self.with(|state| state.known.insert(key, Rc::new(RefCell::new(cell))));
        let shot = self.with(|state| {
            let is = state.one_shot == Some(peer.uuid) && !state.shot;
            state.shot |= is;
            is
        });
        let shell = self.clone();
        let program = program::serve(task.clone(), kind, program::Fuel::from(arguments));
        self.spawn(Box::pin(async move {
            let result = task.finish(program.await).await;
            shell.end(key, result, shot);
        }));
    }

    fn end(&self, key: Key, result: Result<Payload, Error>, shot: bool) {
        let result = match result {
            Err(Error::Closed) => Err(self.failure(FailureKind::Other, "was over").into()),
            result => result,
        };
        let failures = match &result {
            Err(Error::Failed(failures)) => {
                let relayed = failures.iter().cloned();
                relayed
                    .map(|failure| failure.relayed_by(&self.0.id))
                    .collect()
            }
            _ => Vec::new(),
        };
        self.finish(key, result.map_err(|error| self.unless_restarted(error)));
        if shot {
            self.leave(failures);
        } else {
            self.leave_if_done();
        }
    }

    /// What a caller is told of a task that was cancelled so that the actor is started anew.
    fn unless_restarted(&self, error: Error) -> Error {
        match error {
            Error::Cancelled(_) if self.with(|state| state.restarting) => {
                let id = FailureId::of_end(self.0.id.uuid);
                let origin = self.0.id.clone();
                Failure::new(id, FailureKind::Restarted, origin, "was started anew").into()
            }
            error => error,
        }
    }

    /// Who waits for a dialog looks again.
    fn tell_of(&self, key: Key) {
        self.with(|state| *state.told.entry(key).or_default() += 1);
    }

    /// Ends a dialog as callee.
    pub(super) fn finish(&self, key: Key, result: Result<Payload, Error>) {
        // What breaks down answers for tasks that may end just then.
        let is_served = self.dialogs(key, |dialogs, id| dialogs.served().any(|other| other == id));
        if is_served == Some(true) {
            self.books().finished(key, &self.0.id, &result);
        }
        self.tell_of(key);
        self.with(|state| {
            state.known.remove(&key);
            if let Some(end) = state.links.get_mut(&key.0) {
                end.dialogs.finish(key.1, result);
            }
        });
        self.touch();
    }

    pub(in crate::whole) fn cancel_dialog(&self, key: Key, cancellation: Cancellation) {
        let Some(peer) = self.with(|state| Some(state.links.get(&key.0)?.peer.uuid)) else {
            return;
        };
        let grace = self.grace_of(peer, key);
        self.books().asked(key);
        self.with(|state| {
            let now = state.now;
            if let Some(end) = state.links.get_mut(&key.0) {
                end.dialogs.cancel(now, key.1, cancellation, grace);
            }
            if state.known.contains_key(&key) {
                state.due.entry(key).or_insert(now + grace);
            }
        });
        self.touch();
    }

    /// The actor has less time: so have those whom it cancelled before.
    pub(super) fn hasten(&self) {
        let due: Vec<(Key, Uuid)> = self.with(|state| {
            let peer = |key: &Key| Some((*key, state.links.get(&key.0)?.peer.uuid));
            state.due.keys().filter_map(peer).collect()
        });
        for (key, peer) in due {
            let grace = self.grace_of(peer, key);
            self.with(|state| {
                let until = state.now + grace;
                if let Some(end) = state.links.get_mut(&key.0) {
                    end.dialogs.hasten(state.now, key.1, grace);
                }
                if let Some(due) = state.due.get_mut(&key) {
                    *due = until.min(*due);
                }
            });
        }
        self.touch();
    }

    /// How long a cancelled callee may take, as `Core::grace_of` says.
    fn grace_of(&self, callee: Uuid, key: Key) -> Duration {
        let (default, allowance) = (self.0.grace, self.0.allowance);
        self.with(|state| {
            let mut nurseries = state.nurseries.values();
            let ended = nurseries.find(|nursery| {
                nursery.members.contains(&callee)
                    && state.scopes.cancellation(nursery.scope).is_some()
            });
            if let Some(nursery) = ended {
                return nursery.grace.unwrap_or(default) + WORD_OF_END;
            }
            let task = state
                .known
                .get(&key)
                .and_then(|known| known.borrow().opener);
            let grace = task.and_then(|task| state.graces.get(&task));
            let of_actor = state.cancelled.as_ref().map(|(_, until)| *until);
            let until = [grace.map(|grace| grace.until), of_actor];
            let left = until.into_iter().flatten().min();
            let left = left.map(|until| until.since(state.now));
            let below = left.map(|left| left - allowance.min(left / 2));
            below.map_or(default, |below| below.min(default))
        })
    }

    /// Works with one end of a dialog; gives nothing if the link is lost.
    pub(in crate::whole) fn dialogs<R>(
        &self,
        key: Key,
        work: impl FnOnce(&mut Dialogs, DialogId) -> R,
    ) -> Option<R> {
        self.with(|state| {
            let end = state.links.get_mut(&key.0)?;
            Some(work(&mut end.dialogs, key.1))
        })
    }
}

fn gone(peer: &ActorId, what: &str) -> Failure {
    let id = FailureId::of_end(peer.uuid);
    let text = format!("{} {what}", peer.name);
    Failure::new(id, FailureKind::ConnectionLost, peer.clone(), text)
}

fn context_cancelled(member: &Failure) -> Failure {
    let FailureKind::Cancelled(cancellation) = &member.kind else {
        return member.clone();
    };
    let kind = FailureKind::ContextCancelled(cancellation.clone());
    Failure {
        kind,
        ..member.clone()
    }
}
