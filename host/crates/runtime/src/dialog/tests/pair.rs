//! Two ends and the wires between them.

use super::{at, callee_end, opener_end};
use crate::dialog::{DialogEvent, DialogLimits, Dialogs, Overrun, ReceiveState};
use crate::time::Time;
use bytes::BytesMut;
use std::collections::VecDeque;
use std::time::Duration;
use tractor_protocol::frame::{self, DEFAULT_LIMIT_BYTES, Frame};
use tractor_protocol::peer::{DialogKind, PeerMessage};
use tractor_protocol::{DialogId, Error, Payload};

pub(super) const OPENER: usize = 0;
pub(super) const CALLEE: usize = 1;

/// Each wire keeps the order; how long a frame takes is drawn anew for each, up to `delay_millis`.
pub(super) struct Pair {
    pub(super) now: Time,
    pub(super) ends: [Dialogs; 2],
    wires: [VecDeque<(Time, Frame<PeerMessage>)>; 2],
    delay_millis: u64,
    rng: fastrand::Rng,
}

impl Pair {
    /// Frames arrive at once.
    pub(super) fn new(limits: DialogLimits) -> Self {
        Self::with_delays(limits, 0, 0)
    }

    pub(super) fn with_delays(limits: DialogLimits, delay_millis: u64, seed: u64) -> Self {
        Self {
            now: Time::ZERO,
            ends: [opener_end(limits.clone()), callee_end(limits)],
            wires: [VecDeque::new(), VecDeque::new()],
            delay_millis,
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    /// Writes what one end has to write.
    pub(super) fn write(&mut self, end: usize) {
        while let Some(frame) = self.ends[end].poll_transmit() {
            let delay = self.rng.u64(0..=self.delay_millis);
            let last = self.wires[end].back().map_or(Time::ZERO, |(at, _)| *at);
            let arrival = last.max(self.now + Duration::from_millis(delay));
            self.wires[end].push_back((arrival, over_the_wire(frame)));
        }
    }

    /// Reads what has arrived at one end by now. Gives whether there was something.
    pub(super) fn read(&mut self, end: usize) -> bool {
        let wire = &mut self.wires[1 - end];
        let Some((_, frame)) = wire.pop_front_if(|(at, _)| *at <= self.now) else {
            return false;
        };
        self.ends[end]
            .handle(frame)
            .expect("both ends keep the protocol");
        true
    }

    /// Cuts the wires: what is on them is lost.
    pub(super) fn cut(&mut self) {
        self.wires = [VecDeque::new(), VecDeque::new()];
    }

    /// Delivers everything that arrives by now, and what that gives rise to.
    pub(super) fn settle(&mut self) {
        loop {
            self.write(OPENER);
            self.write(CALLEE);
            let moved = [self.read(OPENER), self.read(CALLEE)];
            if moved == [false, false] {
                return;
            }
        }
    }

    /// The next moment at which something happens by itself.
    pub(super) fn next_moment(&self) -> Option<Time> {
        let wires = self
            .wires
            .iter()
            .filter_map(|w| w.front().map(|(at, _)| *at));
        let timers = self.ends.iter().filter_map(Dialogs::next_timeout);
        wires.chain(timers).min()
    }

    pub(super) fn advance_to(&mut self, now: Time) {
        self.now = self.now.max(now);
        for end in &mut self.ends {
            end.handle_timeout(self.now);
        }
    }

    /// Opens a dialog and lets the callee know of it.
    pub(super) fn open(&mut self, kind: DialogKind) -> DialogId {
        let arguments = super::value("[]");
        let started = self.ends[OPENER].start(kind, "work".to_owned(), arguments, None);
        let id = started.expect("the link is up");
        self.settle();
        assert!(matches!(
            self.event(CALLEE),
            Some(DialogEvent::Incoming { dialog, .. }) if dialog == id
        ));
        id
    }

    /// Opens a context that has given its first value.
    pub(super) fn open_started(&mut self) -> DialogId {
        let id = self.open(DialogKind::Context);
        self.ends[CALLEE]
            .started(id, super::value("11"))
            .expect("once");
        self.settle();
        let first = super::value("11");
        let started = DialogEvent::Started { dialog: id, first };
        assert_eq!(self.event(OPENER), Some(started));
        id
    }

    /// Opens a context with a stream open at both ends.
    pub(super) fn open_streaming(&mut self, buffer: u32, overrun: Overrun) -> DialogId {
        let id = self.open_started();
        for end in &mut self.ends {
            end.open_stream(id, buffer, overrun).expect("once");
        }
        self.settle();
        id
    }

    pub(super) fn event(&mut self, end: usize) -> Option<DialogEvent> {
        self.ends[end].poll_event()
    }

    pub(super) fn events(&mut self, end: usize) -> Vec<DialogEvent> {
        std::iter::from_fn(|| self.event(end)).collect()
    }

    /// The outcomes told at the opener since events were last taken.
    pub(super) fn outcomes(&mut self) -> Vec<Result<Payload, Error>> {
        let events = self.events(OPENER).into_iter();
        let outcomes = events.filter_map(|event| match event {
            DialogEvent::Ended { outcome, .. } => Some(outcome),
            _ => None,
        });
        outcomes.collect()
    }

    /// Sends, and delivers.
    pub(super) fn send(
        &mut self,
        end: usize,
        id: DialogId,
        messages: Vec<Payload>,
    ) -> (u32, Result<(), Error>) {
        let sent = self.ends[end].send(id, &mut VecDeque::from(messages));
        self.settle();
        sent
    }

    /// Sends what there is room for, and delivers.
    pub(super) fn give(&mut self, end: usize, id: DialogId, messages: Vec<Payload>) {
        self.send(end, id, messages).1.expect("it is open");
    }

    /// Receives, and delivers the credit.
    pub(super) fn receive(
        &mut self,
        end: usize,
        id: DialogId,
        max: u32,
    ) -> Result<Vec<Payload>, ReceiveState> {
        let received = self.ends[end].receive(id, max);
        self.settle();
        received
    }

    /// Checks that nothing is left of any dialog.
    pub(super) fn assert_empty(&mut self) {
        self.settle();
        for (name, end) in ["opener", "callee"].into_iter().zip(&mut self.ends) {
            while end.poll_event().is_some() {}
            assert!(end.is_idle(), "something is left at the {name}: {end:?}");
            assert_eq!((end.open_dialogs(), end.overdue()), (0, 0), "{name}");
            assert_eq!(end.queued_messages(), 0, "{name}");
            assert_eq!(end.next_timeout(), None, "{name}");
        }
    }
}

/// Encodes and decodes, so that whatever is sent can be sent.
pub(super) fn over_the_wire(frame: Frame<PeerMessage>) -> Frame<PeerMessage> {
    let mut buffer = BytesMut::new();
    frame::encode(
        &frame.message,
        &frame.body,
        DEFAULT_LIMIT_BYTES,
        &mut buffer,
    )
    .expect("it fits into a frame");
    let decoded = frame::decode(&mut buffer, DEFAULT_LIMIT_BYTES).expect("it is a frame");
    let decoded = decoded.expect("it is a whole frame");
    assert_eq!(decoded, frame);
    decoded
}

impl Pair {
    /// Lets so much time pass.
    pub(super) fn wait(&mut self, millis: u64) {
        let now = self.now + at(millis).0;
        self.advance_to(now);
        self.settle();
    }
}
