//! The struct: its tables, its polls, its counts, and what happens when the link is lost.

use super::event::{DialogEvent, ProtocolViolation};
use super::limits::DialogLimits;
use super::outbox::Outbox;
use super::outcome::{FailureSource, outcome};
use super::room::Queues;
use super::state::{Opened, Served};
use super::stream::Stream;
use super::timer::Timers;
use crate::time::Time;
use std::collections::{BTreeMap, VecDeque};
use tractor_protocol::frame::Frame;
use tractor_protocol::peer::PeerMessage;
use tractor_protocol::{
    ActorId, CancelReason, Cancellation, DialogId, Error, Failure, FailureKind, ScopeId, Side,
};

/// One end of a peer link; see the [module](super).
#[derive(Debug)]
pub struct Dialogs {
    pub(super) side: Side,
    pub(super) peer: ActorId,
    pub(super) limits: DialogLimits,
    pub(super) queues: Queues,
    pub(super) source: FailureSource,
    pub(super) opened: BTreeMap<DialogId, Opened>,
    pub(super) served: BTreeMap<DialogId, Served>,
    /// The index of the next dialog that we open.
    pub(super) next: u64,
    /// The index after the highest that the peer has opened.
    pub(super) seen: u64,
    pub(super) timers: Timers,
    pub(super) outbox: Outbox,
    /// Streams that can go on when the outbox has room.
    pub(super) stalled: VecDeque<DialogId>,
    pub(super) events: VecDeque<DialogEvent>,
    /// Why the link is gone.
    pub(super) down: Option<Failure>,
}

impl Dialogs {
    /// Makes this end of a fresh link, after the handshake. `seed` is where the ids of new failures come from.
    pub fn new(side: Side, us: ActorId, peer: ActorId, limits: DialogLimits, seed: u64) -> Self {
        let rng = fastrand::Rng::with_seed(seed);
        Self {
            side,
            peer,
            queues: Queues::new(limits.queue_bytes),
            limits: limits.checked(),
            source: FailureSource { us, rng },
            opened: BTreeMap::new(),
            served: BTreeMap::new(),
            next: 0,
            seen: 0,
            timers: Timers::default(),
            outbox: Outbox::default(),
            stalled: VecDeque::new(),
            events: VecDeque::new(),
            down: None,
        }
    }

    /// The same end, whose queues are bounded together with those of other links.
    #[must_use]
    pub fn sharing(mut self, queues: Queues) -> Self {
        self.queues = queues;
        self
    }

    /// The queues that it shares.
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    /// Takes the next frame to write. The shell writes all of them, in order.
    pub fn poll_transmit(&mut self) -> Option<Frame<PeerMessage>> {
        let (opened, served) = (&mut self.opened, &mut self.served);
        let frame = self.outbox.pop(|id| {
            let opened = opened.get_mut(&id).and_then(|d| d.stream.as_deref_mut());
            let stream = opened.or(served.get_mut(&id).and_then(|d| d.stream.as_deref_mut()));
            stream.map_or((0, 0), |stream| stream.inbox.take_owed())
        });
        self.wake_stalled();
        frame
    }

    /// Takes the next event.
    pub fn poll_event(&mut self) -> Option<DialogEvent> {
        self.events.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called next.
    pub fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// Ends what is overdue by `now`.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(id) = self.timers.take_due(now) {
            self.fall_due(id);
        }
    }

    /// Ends everything because the link is gone. Dialogs that we opened end with `failure`; the tasks of those that the peer opened
    /// are cancelled, and stay in the table until they are finished. Only the first loss counts.
    pub fn lost(&mut self, failure: Failure) {
        if self.down.is_some() {
            return;
        }
        self.down = Some(failure.clone());
        self.outbox.clear();
        self.stalled.clear();
        for id in Vec::from_iter(self.opened.keys().copied()) {
            let own = self.opened.get(&id).and_then(Opened::own_cancellation);
            let error = outcome(vec![failure.clone()], own.as_ref(), &self.peer);
            self.close_opened(id, Err(error));
        }
        for id in Vec::from_iter(self.served.keys().copied()) {
            self.lose_served(id, &failure);
        }
    }

    /// Makes the failure for a violation by the peer, to be passed to [`lost`](Self::lost).
    pub fn blame(&mut self, violation: &ProtocolViolation) -> Failure {
        let kind = FailureKind::ProtocolViolation;
        let peer = self.peer.clone();
        self.source.failure_at(peer, kind, &violation.message)
    }

    /// The actor at the other end.
    pub fn peer(&self) -> &ActorId {
        &self.peer
    }

    /// Why the link is gone, if it is.
    pub fn down(&self) -> Option<&Failure> {
        self.down.as_ref()
    }

    /// Dialogs that are not over, as opener or callee.
    pub fn open_dialogs(&self) -> usize {
        let opened = self.opened.values().filter(|dialog| !dialog.is_ended());
        opened.count() + self.served.len()
    }

    /// Dialogs whose opener was told that they are overdue, and whose callee has still not ended.
    pub fn overdue(&self) -> usize {
        self.opened.values().filter(|d| d.is_overdue()).count()
    }

    /// Dialogs that the peer opened and that are not finished.
    pub fn served(&self) -> impl Iterator<Item = DialogId> + '_ {
        self.served.keys().copied()
    }

    /// Stream messages that wait at this end to be received.
    pub fn queued_messages(&self) -> usize {
        let opened = self.opened.values().filter_map(|d| d.stream.as_deref());
        let served = self.served.values().filter_map(|d| d.stream.as_deref());
        opened.chain(served).map(|s| s.inbox.queued()).sum()
    }

    /// Whether no dialog is left in it, and nothing is to be written or told.
    pub fn is_idle(&self) -> bool {
        self.opened.is_empty()
            && self.served.is_empty()
            && self.outbox.is_empty()
            && self.events.is_empty()
    }

    pub(super) fn is_ours(&self, id: DialogId) -> bool {
        id.opener() == self.side
    }

    pub(super) fn check_up(&self) -> Result<(), Error> {
        match &self.down {
            None => Ok(()),
            Some(failure) => Err(failure.clone().into()),
        }
    }

    pub(super) fn stream_mut(&mut self, id: DialogId) -> Option<&mut Stream> {
        let stream = if self.is_ours(id) {
            &mut self.opened.get_mut(&id)?.stream
        } else {
            &mut self.served.get_mut(&id)?.stream
        };
        stream.as_deref_mut()
    }

    fn lose_served(&mut self, id: DialogId, failure: &Failure) {
        self.silence_stream(id);
        let cancellation = Cancellation {
            scope: ScopeId(0),
            canceller: self.peer.clone(),
            reason: CancelReason::ConnectionLost,
            message: Some(failure.message.clone()),
        };
        self.events.push_back(DialogEvent::Cancelled {
            dialog: id,
            cancellation,
            time_left: self.limits.grace,
        });
    }
}
