//! What the tree is about to be told, and what it must come to.

use super::Oracle;
use tractor_protocol::control::{Body, FromWorker};
use tractor_protocol::{Failure, FailureId, FailureKind, NurseryId, Uuid};
use tractor_runtime::time::Time;
use tractor_runtime::tree::{ExitStatus, TreeEvent};

impl Oracle {
    /// Notes what the tree is about to be told.
    pub(crate) fn before(&mut self, now: Time, event: &TreeEvent) {
        self.starting = None;
        if let TreeEvent::Exited { actor, .. } | TreeEvent::SpawnFailed { actor, .. } = event {
            let known = self.known(*actor);
            known.reaped_at.get_or_insert(now);
            self.fallen = (!known.reaped).then_some(*actor);
        }
        match event {
            TreeEvent::Message { actor, message } => self.before_message(*actor, message),
            TreeEvent::LinkLost { actor } => self.known(*actor).link_lost = true,
            TreeEvent::Exited { actor, status, .. } => self.before_exit(*actor, *status),
            TreeEvent::SpawnFailed { actor, .. } => {
                self.seen.note("spawn failed");
                let counts = !self.known(*actor).killed;
                self.known(*actor).reaped = true;
                self.owe(*actor, counts);
            }
            _ => {}
        }
    }

    pub(super) fn before_message(&mut self, actor: Uuid, message: &FromWorker) {
        if !self.known(actor).heard() {
            return self.before_late_word(actor, message);
        }
        match message {
            FromWorker::Ready(_) if self.known(actor).ready => self.violates(actor),
            FromWorker::Ready(_) => {
                self.known(actor).ready = true;
                self.risen = self.known(actor).line.map(|_| actor);
            }
            FromWorker::OpenNursery {
                nursery, restart, ..
            } => {
                let book = self.nurseries.entry((actor, *nursery)).or_default();
                book.restart = *restart;
            }
            FromWorker::CancelNursery { nursery, .. } => {
                let book = self.nurseries.entry((actor, *nursery)).or_default();
                book.is_cancelled = true;
            }
            FromWorker::Unlinked { actor: peer } => drop(self.unlinked.insert((actor, *peer))),
            FromWorker::Log { .. } | FromWorker::Report { .. } => {}
            FromWorker::Ended { failures } => self.before_last_word(actor, failures),
            _ if !self.known(actor).ready => self.violates(actor),
            FromWorker::CloseNursery { nursery, body } => self.before_close(actor, *nursery, body),
            FromWorker::Withdraw { request } => {
                self.withdrawn.insert((actor, *request));
                let started = self.actors.iter().find(|(_, known)| {
                    known.owner == Some(actor) && known.request == Some(*request)
                });
                self.undone = started.map(|(child, _)| *child);
                self.undone.into_iter().for_each(|child| self.unwant(child));
            }
            FromWorker::Connect { request, .. } => {
                self.asked.insert((actor, *request), message.clone());
            }
            FromWorker::StartActor {
                request, nursery, ..
            } => {
                self.starting = Some((actor, *request, *nursery));
                self.asked.insert((actor, *request), message.clone());
            }
            FromWorker::CancelActor {
                request,
                actor: target,
                ..
            } => {
                self.asked.insert((actor, *request), message.clone());
                if self.known(*target).owner == Some(actor) {
                    self.unwant(*target);
                }
            }
            _ => {}
        }
    }

    /// A last word that crossed with the kill may count instead of what the tree would say itself.
    pub(super) fn before_late_word(&mut self, actor: Uuid, message: &FromWorker) {
        let known = self.known(actor);
        let FromWorker::Ended { failures } = message else {
            return;
        };
        if !known.killed || !known.stop_sent || known.reaped || failures.is_empty() {
            return;
        }
        known.late_word = true;
        if let Some(book) = self.home(actor) {
            book.may.extend(failures.iter().map(|failure| failure.id));
        }
    }

    pub(super) fn violates(&mut self, actor: Uuid) {
        self.seen.note("violation");
        self.known(actor).violated = true;
        self.owe(actor, true);
    }

    /// The end of the actor itself is, or may be, a failure of its nursery.
    pub(super) fn owe(&mut self, actor: Uuid, must: bool) {
        self.owe_failure(actor, FailureId::of_end(actor), must);
    }

    /// A failure of the actor is, or may be, one of its nursery: where actors are started anew, that answers most.
    pub(super) fn owe_failure(&mut self, actor: Uuid, failure: FailureId, must: bool) {
        if let Some(book) = self.home(actor) {
            book.may.insert(failure);
            if must && book.restart.is_none() {
                book.must.insert(failure);
            }
        }
    }

    pub(super) fn before_last_word(&mut self, actor: Uuid, failures: &[Failure]) {
        let early = !self.known(actor).ready && failures.is_empty();
        let real = failures.iter().filter(|failure| !failure.is_cancelled());
        let said_well = !early && real.clone().all(|f| f.kind == FailureKind::Exit(0));
        let known = self.known(actor);
        known.said_last = true;
        known.said_well = said_well;
        self.owe(actor, early);
        real.for_each(|failure| self.owe_failure(actor, failure.id, true));
    }

    pub(super) fn before_close(&mut self, owner: Uuid, nursery: NurseryId, body: &Body) {
        let book = self.nurseries.entry((owner, nursery)).or_default();
        book.is_cancelled |= *body != Body::Ended && !book.body_over;
        if let (Body::Failed(failures), false) = (body, book.body_over) {
            for failure in failures.iter().filter(|failure| !failure.is_cancelled()) {
                book.must.insert(failure.id);
                book.may.insert(failure.id);
            }
        }
        book.body_over = true;
    }

    pub(super) fn before_exit(&mut self, actor: Uuid, status: ExitStatus) {
        let outside = status == ExitStatus::Signal(9);
        let gentle = outside || status == ExitStatus::Code(0);
        let known = self.known(actor);
        let silent = !known.said_last && !known.violated && !known.late_word;
        let (cancelled, stopped, killed) = (known.cancel_sent, known.stop_sent, known.killed);
        known.reaped = true;
        if silent && outside && !killed {
            self.seen.note("killed from outside");
        }
        if !silent {
            return;
        }
        let owed = stopped || (!killed && (!cancelled || !gentle));
        self.owe(actor, owed && (self.orderly || !killed));
        let asked_for = cancelled && !stopped && gentle && self.orderly;
        if let Some(book) = self.home(actor).filter(|_| asked_for) {
            book.must_not.insert(FailureId::of_end(actor));
        }
    }
}
