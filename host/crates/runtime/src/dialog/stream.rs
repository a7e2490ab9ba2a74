//! One end of a two-way stream: what arrives ([`Inbox`]) and what leaves ([`Outlet`]).
//!
//! Invariants:
//!
//! 1. Credit that the peer holds, messages that wait, and messages taken since the last credit are together never more than the buffer;
//!    and we send no more than the credit that we got.
//! 2. The same holds for bytes and the stream's share of the actor's queues, but for the last message, which may be larger than what is left.
//! 3. Room is no more than a wish: a stream that finds none is still given one message at a time, whenever nothing of it waits. So a peer
//!    is never held up by what is not received on other streams.

use super::event::Overrun;
use super::room::{Held, QueueRoom};
use bytes::Bytes;
use std::collections::VecDeque;
use tractor_protocol::Payload;
use tractor_protocol::peer::{MESSAGE_COST_BYTES, MessageHead};

/// What the head of a message takes in a frame, at most.
pub(super) const HEAD_BYTES: usize = 6;

/// What a stream whose messages are dropped lets its peer send at once, 256 KiB: a frame of them.
const DRAIN_BYTES: u64 = 256 << 10;

/// Messages beyond so many bytes are taken in a further batch: copied into the guest in pieces that fit a processor's cache they are there sooner.
const TAKEN_BYTES: u64 = 128 << 10;

/// What a message takes of the bytes that its sender may send.
pub(super) fn cost(message: &Payload) -> u64 {
    message.bytes.len() as u64 + MESSAGE_COST_BYTES
}

fn cost_of(head: &MessageHead) -> u64 {
    u64::from(head.bytes) + MESSAGE_COST_BYTES
}

/// Takes the messages of a batch apart. They share the memory of the frame.
fn split(heads: &[MessageHead], mut body: Bytes) -> impl Iterator<Item = Payload> {
    heads
        .iter()
        .map(move |head| Payload::new(head.codec, body.split_to(head.bytes as usize)))
}

/// Both directions of a context's stream, as one end sees them.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) inbox: Inbox,
    pub(super) outlet: Outlet,
}

impl Stream {
    /// Whether this end ever opened it.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.inbox.mode, InboxMode::Shut)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum InboxMode {
    /// This end has not opened its stream: the peer has no credit.
    #[default]
    Shut,
    /// Messages wait here to be received.
    Open,
    /// Nobody receives any more. Messages are dropped and their credit is given back, so that the peer gets through.
    Draining,
    /// The dialog is over at this end: what waits can be received, what still arrives is dropped, nothing is given back.
    Over,
}

/// The direction that comes in.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    pub(super) mode: InboxMode,
    /// The peer has said `Stop`.
    stopped: bool,
    /// It did so before the dialog was over, so that this is how the stream ends.
    pub(super) ends_with_stop: bool,
    queue: VecDeque<Payload>,
    buffer: u32,
    /// Credit given and not used by the peer.
    held: u32,
    /// Messages taken since credit was last given.
    used: u32,
    /// The part of `held` that waits in the outbox.
    owed: u32,
    bytes: InboxBytes,
}

/// The bytes of an inbox, counted as [`cost`] does.
#[derive(Debug, Default)]
struct InboxBytes {
    /// What may be given and waiting, together.
    share: u64,
    /// Given and not used by the peer; less than nothing after a message that was larger than that.
    given: i64,
    /// In the queue.
    queued: u64,
    /// The part of `given` that waits in the outbox.
    owed: u64,
    /// What is held of the room for given and waiting bytes; none for what is dropped.
    room: Option<Held>,
}

impl InboxBytes {
    fn waiting(&self) -> u64 {
        u64::try_from(self.given).unwrap_or(0) + self.queued
    }

    /// Takes in a message.
    fn accept(&mut self, cost: u64) -> Result<(), &'static str> {
        if self.given <= 0 {
            return Err("more stream bytes than credit");
        }
        self.given -= cost.cast_signed();
        Ok(())
    }

    /// Gives what there is room for, if that is half of the share, or if the peer can send nothing else.
    fn refill(&mut self) {
        let waiting = self.waiting();
        if let Some(room) = &mut self.room {
            room.shrink_to(waiting);
        }
        let wish = self.share.saturating_sub(waiting);
        let is_stuck = self.given <= 0 && self.queued == 0;
        if wish < (self.share / 2).max(1) && !is_stuck {
            return;
        }
        let found = self.room.as_mut().map_or(wish, |room| room.grow(wish));
        let bytes = found.max(u64::from(is_stuck));
        if bytes > 0 {
            let debt = self.given.min(0).unsigned_abs();
            self.given += (bytes + debt).cast_signed();
            self.owed += bytes + debt;
        }
    }
}

impl Inbox {
    /// Opens with room for `buffer` messages, and for a share of the room in bytes. Gives whether credit is to be sent.
    pub(super) fn open(&mut self, buffer: u32, room: &QueueRoom) -> bool {
        self.mode = InboxMode::Open;
        self.buffer = buffer;
        self.bytes.share = room.share_bytes();
        self.bytes.room = Some(room.hold(0));
        self.give(buffer)
    }

    /// Drops what waits and what will come. Gives whether credit is to be sent.
    pub(super) fn drain(&mut self, buffer: u32) -> bool {
        let was = std::mem::replace(&mut self.mode, InboxMode::Draining);
        self.bytes.room = None;
        if was == InboxMode::Shut {
            self.buffer = buffer;
            self.bytes.share = DRAIN_BYTES;
            return self.give(buffer);
        }
        let dropped = self.queue.len();
        self.queue.clear();
        self.bytes.queued = 0;
        self.give_back(dropped)
    }

    /// Ends with the dialog. Gives whether a waiting receiver has something to see now.
    pub(super) fn finish(&mut self) -> bool {
        let was_waiting = self.mode == InboxMode::Open && self.queue.is_empty() && !self.stopped;
        self.mode = InboxMode::Over;
        self.give_up();
        was_waiting
    }

    /// Drops what waits, for nobody receives it any more, and all room for it.
    pub(super) fn forget(&mut self) {
        self.queue.clear();
        self.bytes.queued = 0;
        self.bytes.room = None;
    }

    /// The peer sends nothing more that is kept: room for it is held no longer.
    fn give_up(&mut self) {
        let queued = self.bytes.queued;
        if let Some(room) = &mut self.bytes.room {
            room.shrink_to(queued);
        }
    }

    /// Takes in what the peer sent: messages whose bytes are all of `body`. Gives whether it became readable, and whether credit is to be sent.
    pub(super) fn accept(
        &mut self,
        heads: &[MessageHead],
        body: Bytes,
    ) -> Result<(bool, bool), &'static str> {
        if self.stopped {
            return Err("stream messages after the stop");
        }
        let count = u32::try_from(heads.len()).unwrap_or(u32::MAX);
        self.held = self
            .held
            .checked_sub(count)
            .ok_or("more stream messages than credit")?;
        for head in heads {
            self.bytes.accept(cost_of(head))?;
        }
        match self.mode {
            InboxMode::Shut | InboxMode::Over => Ok((false, false)),
            InboxMode::Draining => Ok((false, self.give_back(heads.len()))),
            InboxMode::Open => {
                let was_empty = self.queue.is_empty();
                self.bytes.queued += heads.iter().map(cost_of).sum::<u64>();
                self.queue.extend(split(heads, body));
                Ok((was_empty, false))
            }
        }
    }

    /// The peer said `Stop`. Gives whether a waiting receiver has something to see now.
    pub(super) fn stop(&mut self) -> Result<bool, &'static str> {
        if std::mem::replace(&mut self.stopped, true) {
            return Err("a second stop");
        }
        self.ends_with_stop = self.mode != InboxMode::Over;
        self.give_up();
        Ok(self.mode == InboxMode::Open && self.queue.is_empty())
    }

    /// Takes up to `max` messages, and at least one if there is one. Gives whether credit is to be sent, too.
    pub(super) fn take(&mut self, max: u32) -> (Vec<Payload>, bool) {
        let mut taken = 0;
        let fits = |message: &&Payload| {
            let fits = taken < TAKEN_BYTES;
            taken += cost(message);
            fits
        };
        let count = self
            .queue
            .iter()
            .take(max as usize)
            .take_while(fits)
            .count();
        let messages: Vec<Payload> = self.queue.drain(..count).collect();
        self.bytes.queued -= messages.iter().map(cost).sum::<u64>();
        (messages, self.give_back(count))
    }

    /// Takes the credit that is to be sent now: messages, and bytes.
    pub(super) fn take_owed(&mut self) -> (u32, u64) {
        let bytes = std::mem::take(&mut self.bytes.owed);
        (std::mem::take(&mut self.owed), bytes)
    }

    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Counts messages that are gone from the queue, and gives their room back when it is half of the buffer.
    fn give_back(&mut self, count: usize) -> bool {
        self.used += u32::try_from(count).expect("no more are taken than the buffer holds");
        if self.stopped || self.mode == InboxMode::Over {
            self.give_up();
            return false;
        }
        let is_worth_it = self.used >= (self.buffer / 2).max(1);
        let messages = match is_worth_it {
            true => std::mem::take(&mut self.used),
            false => 0,
        };
        self.give(messages)
    }

    /// Adds credit, in bytes what there is room for. Gives whether there is some now, and was none in the outbox yet.
    fn give(&mut self, messages: u32) -> bool {
        let was_owed = self.owed > 0 || self.bytes.owed > 0;
        self.held += messages;
        self.owed += messages;
        self.bytes.refill();
        !was_owed && (self.owed > 0 || self.bytes.owed > 0)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OutletMode {
    /// This end has not opened its stream.
    #[default]
    Shut,
    /// It may send.
    Open,
    /// It stopped, and `Stop` follows what still waits for credit.
    Stopping,
    /// `Stop` is sent.
    Stopped,
}

/// The direction that goes out.
#[derive(Debug, Default)]
pub(super) struct Outlet {
    pub(super) mode: OutletMode,
    pub(super) overrun: Overrun,
    /// A sender left messages behind, and waits.
    pub(super) waiting: bool,
    /// It waits for the outbox, too.
    pub(super) stalled: bool,
    /// How many more messages the peer lets us send.
    pub(super) credit: u32,
    /// How many bytes; less than nothing after a message that was larger than what was left.
    pub(super) window: i64,
    /// With [`Overrun::DropOldest`]: what waits for credit.
    pub(super) backlog: VecDeque<Payload>,
    backlog_limit: usize,
    /// What the backlog costs, and may cost.
    backlog_bytes: u64,
    backlog_limit_bytes: u64,
}

impl Outlet {
    pub(super) fn open(&mut self, buffer: u32, overrun: Overrun, room: &QueueRoom) {
        self.mode = OutletMode::Open;
        self.overrun = overrun;
        self.backlog_limit = buffer as usize;
        self.backlog_limit_bytes = room.share_bytes();
    }

    /// Keeps a message for when there is credit; drops the oldest if they are too many or too large, but never this one.
    pub(super) fn keep(&mut self, message: Payload) {
        self.backlog_bytes += cost(&message);
        self.backlog.push_back(message);
        while self.backlog.len() > 1
            && (self.backlog.len() > self.backlog_limit
                || self.backlog_bytes > self.backlog_limit_bytes)
        {
            let oldest = self.backlog.pop_front();
            self.backlog_bytes -= oldest.as_ref().map_or(0, cost);
        }
    }

    /// Takes out what is kept, to be sent as far as there is room.
    pub(super) fn take_backlog(&mut self) -> VecDeque<Payload> {
        self.backlog_bytes = 0;
        std::mem::take(&mut self.backlog)
    }

    /// Puts back what there was no room for.
    pub(super) fn put_back(&mut self, backlog: VecDeque<Payload>) {
        self.backlog_bytes = backlog.iter().map(cost).sum();
        self.backlog = backlog;
    }

    /// Whether the peer lets us send.
    pub(super) fn has_room(&self) -> bool {
        self.credit > 0 && self.window > 0
    }

    /// Uses the peer's room for a message.
    pub(super) fn spend(&mut self, message: &Payload) {
        self.credit -= 1;
        self.window -= cost(message).cast_signed();
    }

    pub(super) fn add_credit(&mut self, messages: u32, bytes: u64) -> Result<(), &'static str> {
        if (messages, bytes) == (0, 0) {
            return Err("a credit of nothing");
        }
        let sum = self.credit.checked_add(messages);
        self.credit = sum.ok_or("more credit than can be counted")?;
        let sum = self.window.checked_add_unsigned(bytes);
        self.window = sum.ok_or("more credit than can be counted")?;
        Ok(())
    }
}
