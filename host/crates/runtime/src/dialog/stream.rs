//! One end of a two-way stream: what arrives ([`Inbox`]) and what leaves ([`Outlet`]).
//!
//! Invariants: credit that the peer holds, messages that wait, and messages taken since the last credit are together
//! never more than the buffer; and we send no more than the credit that we got.

use super::event::Overrun;
use std::collections::VecDeque;
use tractor_protocol::Payload;

/// What the head of a message takes in a frame, at most.
pub(super) const HEAD_BYTES: usize = 6;

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
}

impl Inbox {
    /// Opens with room for `buffer` messages. Gives whether credit is to be sent.
    pub(super) fn open(&mut self, buffer: u32) -> bool {
        self.mode = InboxMode::Open;
        self.buffer = buffer;
        self.give(buffer)
    }

    /// Drops what waits and what will come. Gives whether credit is to be sent.
    pub(super) fn drain(&mut self, buffer: u32) -> bool {
        let was = std::mem::replace(&mut self.mode, InboxMode::Draining);
        if was == InboxMode::Shut {
            self.buffer = buffer;
            return self.give(buffer);
        }
        let dropped = self.queue.len();
        self.queue.clear();
        self.give_back(dropped)
    }

    /// Ends with the dialog. Gives whether a waiting receiver has something to see now.
    pub(super) fn finish(&mut self) -> bool {
        let was_waiting = self.mode == InboxMode::Open && self.queue.is_empty() && !self.stopped;
        self.mode = InboxMode::Over;
        was_waiting
    }

    /// Takes in what the peer sent. Gives whether it became readable, and whether credit is to be sent.
    pub(super) fn accept(&mut self, messages: Vec<Payload>) -> Result<(bool, bool), &'static str> {
        if self.stopped {
            return Err("stream messages after the stop");
        }
        let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        self.held = self
            .held
            .checked_sub(count)
            .ok_or("more stream messages than credit")?;
        match self.mode {
            InboxMode::Shut | InboxMode::Over => Ok((false, false)),
            InboxMode::Draining => Ok((false, self.give_back(messages.len()))),
            InboxMode::Open => {
                let was_empty = self.queue.is_empty();
                self.queue.extend(messages);
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
        Ok(self.mode == InboxMode::Open && self.queue.is_empty())
    }

    /// Takes up to `max` messages. Gives whether credit is to be sent, too.
    pub(super) fn take(&mut self, max: u32) -> (Vec<Payload>, bool) {
        let count = self.queue.len().min(max as usize);
        let messages = self.queue.drain(..count).collect();
        (messages, self.give_back(count))
    }

    /// Takes the credit that is to be sent now.
    pub(super) fn take_owed(&mut self) -> u32 {
        std::mem::take(&mut self.owed)
    }

    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Counts messages that are gone from the queue, and gives their room back when it is half of the buffer.
    fn give_back(&mut self, count: usize) -> bool {
        self.used += u32::try_from(count).expect("no more are taken than the buffer holds");
        let is_worth_it = self.used >= (self.buffer / 2).max(1);
        if self.stopped || self.mode == InboxMode::Over || !is_worth_it {
            return false;
        }
        let used = std::mem::take(&mut self.used);
        self.give(used)
    }

    /// Adds credit. Gives whether there is none in the outbox yet.
    fn give(&mut self, messages: u32) -> bool {
        let is_first = self.owed == 0;
        self.held += messages;
        self.owed += messages;
        is_first && messages > 0
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
    /// How many more the peer lets us send.
    pub(super) credit: u32,
    /// With [`Overrun::DropOldest`]: what waits for credit.
    pub(super) backlog: VecDeque<Payload>,
    backlog_limit: usize,
}

impl Outlet {
    pub(super) fn open(&mut self, buffer: u32, overrun: Overrun) {
        self.mode = OutletMode::Open;
        self.overrun = overrun;
        self.backlog_limit = buffer as usize;
    }

    /// Keeps a message for when there is credit; drops the oldest if there are too many.
    pub(super) fn keep(&mut self, message: Payload) {
        if self.backlog.len() >= self.backlog_limit {
            self.backlog.pop_front();
        }
        self.backlog.push_back(message);
    }

    pub(super) fn add_credit(&mut self, messages: u32) -> Result<(), &'static str> {
        if messages == 0 {
            return Err("a credit of no messages");
        }
        let sum = self.credit.checked_add(messages);
        self.credit = sum.ok_or("more credit than can be counted")?;
        Ok(())
    }
}
