//! Drives one end of a link from the fuzzer's bytes.

use super::book::{Book, Entry, OURS};
use super::peer;
use arbitrary::{Result, Unstructured};
use std::collections::VecDeque;
use std::time::Duration;
use tractor_protocol::frame::Frame;
use tractor_protocol::peer::{PeerMessage, Start};
use tractor_protocol::{DialogId, Error, Failure, FailureId, FailureKind};
use tractor_runtime::dialog::{DialogLimits, Dialogs, Overrun, QueueRoom, ReceiveState};
use tractor_runtime::time::Time;

/// Small, so that each limit is met.
fn limits() -> DialogLimits {
    DialogLimits {
        dialogs: 4,
        message_bytes: 6,
        frame_bytes: 16,
        buffer_messages: 5,
        outbox_bytes: 64,
        queue_bytes: 1600,
        drain_messages: 3,
        grace: Duration::from_millis(50),
    }
}

struct Run {
    dialogs: Dialogs,
    book: Book,
    now: Time,
    is_lost: bool,
}

/// Drives one end of a link, and brings it to its end.
pub(crate) fn run(bytes: &[u8]) {
    let mut run = Run {
        dialogs: Dialogs::new(OURS, peer::actor(1), peer::actor(2), limits(), 7),
        book: Book::new(limits()),
        now: Time::ZERO,
        is_lost: false,
    };
    let mut input = Unstructured::new(bytes);
    while !input.is_empty() {
        // Bytes that make no step are passed over.
        let _ = run.step(&mut input);
        run.take_events();
        run.check_bounds();
    }
    run.wind_down();
}

impl Run {
    fn step(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        match input.int_in_range(0..=31_u8)? {
            0..=11 => self.hear(input),
            12..=16 => {
                self.write(input.int_in_range(1..=9)?);
                Ok(())
            }
            17 => self.pass(input),
            18 => self.lose(input),
            _ => self.act(input),
        }
    }

    fn hear(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let frame = peer::frame(input, &self.book)?;
        if self.is_lost {
            assert_eq!(self.dialogs.handle(frame), Ok(()));
            return Ok(());
        }
        let is_legal = self.book.is_legal(&frame);
        let shown = frame.clone();
        match self.dialogs.handle(frame.clone()) {
            Ok(()) => {
                assert_ne!(is_legal, Some(false), "it passed: {shown:?}");
                self.take_in(frame);
            }
            Err(violation) => {
                assert_ne!(is_legal, Some(true), "{violation}: {shown:?}");
                let failure = self.dialogs.blame(&violation);
                assert_eq!(failure.kind, FailureKind::ProtocolViolation);
                self.end_link(failure);
            }
        }
        Ok(())
    }

    fn take_in(&mut self, frame: Frame<PeerMessage>) {
        let opened = match &frame.message {
            PeerMessage::Start(Start { dialog, .. }) => Some(*dialog),
            _ => None,
        };
        let is_let_in = opened.is_some_and(|id| self.dialogs.served().any(|served| served == id));
        self.book.took(frame, is_let_in);
    }

    fn write(&mut self, frames: usize) {
        for frame in std::iter::from_fn(|| self.dialogs.poll_transmit()).take(frames) {
            self.book.said(&frame);
        }
    }

    fn pass(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        self.now = self.now + peer::duration(input)?;
        self.dialogs.handle_timeout(self.now);
        assert!(
            self.dialogs
                .next_timeout()
                .is_none_or(|next| next > self.now)
        );
        Ok(())
    }

    fn lose(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        if input.ratio(1, 4)? {
            self.end_link(gone());
        }
        Ok(())
    }

    fn end_link(&mut self, failure: Failure) {
        self.dialogs.lost(failure);
        self.is_lost = true;
        assert_eq!(self.dialogs.poll_transmit(), None);
    }

    /// Does something at this end.
    fn act(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let id = peer::dialog(input, &self.book)?;
        match input.int_in_range(0..=15_u8)? {
            0 | 1 => return self.start(input),
            2 => {
                let (cancellation, grace) = (peer::cancellation(input)?, peer::duration(input)?);
                self.dialogs.cancel(self.now, id, cancellation, grace);
            }
            3 | 4 => drop(self.dialogs.started(id, peer::payload(input)?)),
            5 => self.finish(input, id)?,
            6 | 7 => self.open_stream(input, id)?,
            8..=10 => self.send(input, id)?,
            11 | 12 => self.receive(id, input.int_in_range(0..=4)?),
            13 => self.dialogs.stop(id),
            14 => {
                self.dialogs.abandon_stream(id);
                self.book.dropped(id);
            }
            _ => {
                self.dialogs.release(id);
                self.book.dropped(id);
            }
        }
        Ok(())
    }

    fn start(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let kind = peer::kind(input)?;
        let arguments = peer::payload(input)?;
        let started = self.dialogs.start(kind, "f".to_owned(), arguments, None);
        if let Ok(id) = started {
            assert!(!self.is_lost);
            let before = self.book.entries.insert(id, Entry::new(kind, false));
            assert!(before.is_none(), "a number is used twice");
        }
        Ok(())
    }

    fn finish(&mut self, input: &mut Unstructured<'_>, id: DialogId) -> Result<()> {
        let result = match input.int_in_range(0..=3_u8)? {
            0 => Err(Error::Cancelled(peer::cancellation(input)?)),
            1 => Err(Error::Failed(peer::failures(input)?)),
            2 => Err(Error::Closed),
            _ => Ok(peer::payload(input)?),
        };
        self.dialogs.finish(id, result);
        // Only the peer's dialogs are ended so.
        if id.opener() != OURS {
            self.book.finished(id);
        }
        Ok(())
    }

    fn open_stream(&mut self, input: &mut Unstructured<'_>, id: DialogId) -> Result<()> {
        let buffer = input.int_in_range(0..=7)?;
        let overrun = input.choose(&[Overrun::Wait, Overrun::Fail, Overrun::DropOldest])?;
        let opened = self.dialogs.open_stream(id, buffer, *overrun);
        assert!(opened.is_err() || !self.is_lost);
        Ok(())
    }

    fn send(&mut self, input: &mut Unstructured<'_>, id: DialogId) -> Result<()> {
        let mut messages = VecDeque::new();
        for _ in 0..input.int_in_range(0..=6_u8)? {
            messages.push_back(peer::payload(input)?);
        }
        let before = messages.len();
        let (taken, sent) = self.dialogs.send(id, &mut messages);
        assert_eq!(taken as usize, before - messages.len());
        assert!(sent.is_err() || !self.is_lost);
        Ok(())
    }

    fn receive(&mut self, id: DialogId, max: u32) {
        match self.dialogs.receive(id, max) {
            Ok(messages) => {
                assert!((1..=max.max(1) as usize).contains(&messages.len()));
                self.book.received(id, &messages);
            }
            Err(state @ (ReceiveState::Ended | ReceiveState::Failed(_))) => {
                let again = self.dialogs.receive(id, max);
                // A misuse is a new failure each time.
                if !matches!(&state, ReceiveState::Failed(Error::Failed(_))) {
                    assert_eq!(again, Err(state));
                }
            }
            Err(ReceiveState::Empty) => assert!(!self.is_lost),
        }
    }

    fn take_events(&mut self) {
        while let Some(event) = self.dialogs.poll_event() {
            self.book.told(&event, self.is_lost);
        }
    }

    fn check_bounds(&self) {
        let limits = &self.book.limits;
        // Each opener has its own count; those that nobody has released count too.
        let streams = 2 * limits.dialogs;
        let most = streams * limits.buffer_messages as usize;
        assert!(self.dialogs.queued_messages() <= most);
        assert!(self.dialogs.open_dialogs() <= streams);
        assert!(self.dialogs.served().count() <= limits.dialogs);
        assert!(self.dialogs.queues().incoming.used_bytes() <= limits.queue_bytes);
        // One value goes even if there is no room for it.
        let most = limits.queue_bytes + limits.message_bytes as u64;
        assert!(self.dialogs.queues().outgoing.used_bytes() <= most);
    }

    /// Writes all, loses the link, ends every task, and checks that nothing is left.
    fn wind_down(&mut self) {
        let limits = &self.book.limits;
        // Of each dialog: start, started, cancel, stop, credit, end or refusal; and stream messages, of 6 bytes at least.
        let most = 2 * 6 * limits.dialogs + limits.dialogs + limits.outbox_bytes / 6 + 2;
        let frames = Vec::from_iter(std::iter::from_fn(|| self.dialogs.poll_transmit()));
        assert!(frames.len() <= most, "{} frames wait", frames.len());
        frames.iter().for_each(|frame| self.book.said(frame));
        self.end_link(gone());
        self.take_events();
        for id in Vec::from_iter(self.dialogs.served()) {
            self.dialogs.finish(id, Err(Error::Closed));
        }
        for id in Vec::from_iter(self.book.entries.keys().copied()) {
            self.dialogs.release(id);
        }
        self.take_events();
        self.book.assert_one_outcome_each();
        assert!(self.dialogs.is_idle(), "{:?}", self.dialogs);
        assert_eq!(self.dialogs.next_timeout(), None);
        let queues = self.dialogs.queues();
        let held = [&queues.incoming, &queues.outgoing].map(QueueRoom::used_bytes);
        assert_eq!(held, [0, 0]);
        assert_eq!(
            (self.dialogs.open_dialogs(), self.dialogs.overdue()),
            (0, 0)
        );
    }
}

fn gone() -> Failure {
    let kind = FailureKind::ConnectionLost;
    Failure::new(FailureId(99), kind, peer::actor(2), "the link is gone")
}
