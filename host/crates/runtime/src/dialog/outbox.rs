//! What waits to be written to the link.
//!
//! It is bounded, even if the peer never reads: stream bytes by a limit that senders wait for, credits and pongs by
//! being merged with the one that waits already, the rest by the number of open dialogs, for which the ends in here count.

use super::room::Held;
use std::collections::VecDeque;
use tractor_protocol::DialogId;
use tractor_protocol::frame::Frame;
use tractor_protocol::peer::PeerMessage;

/// One thing to write.
#[derive(Debug)]
pub(super) enum Out {
    /// A message that each dialog sends at most once.
    Once(Frame<PeerMessage>),
    /// A value: arguments, or what a task gave.
    Value(Frame<PeerMessage>, Held),
    /// Stream messages.
    Yield(Frame<PeerMessage>),
    /// The end of a dialog that the peer opened.
    End(Frame<PeerMessage>, Held),
    /// The answer to a dialog that was not let in.
    Refusal(Frame<PeerMessage>),
    /// All credit that the dialog's inbox owes by then.
    Credit(DialogId),
    /// The answer to the newest ping.
    Pong,
}

/// The queue, and counts of what is in it.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: VecDeque<Out>,
    yield_bytes: usize,
    ends: usize,
    /// Frames with a value.
    values: usize,
    refusals: usize,
    pong: Option<u64>,
    /// Dialogs of ours whose `Start` has been taken.
    pub(super) begun: u64,
}

impl Outbox {
    pub(super) fn push(&mut self, out: Out) {
        match &out {
            Out::Yield(frame) => self.yield_bytes += cost(frame),
            Out::End(frame, _) => {
                self.ends += 1;
                self.values += usize::from(!frame.body.is_empty());
            }
            Out::Value(frame, _) => self.values += usize::from(!frame.body.is_empty()),
            Out::Refusal(_) => self.refusals += 1,
            Out::Once(_) | Out::Credit(_) | Out::Pong => {}
        }
        self.queue.push_back(out);
    }

    pub(super) fn once(&mut self, message: PeerMessage) {
        self.push(Out::Once(message.into()));
    }

    /// Answers a ping; a ping before it that has no answer yet gets none.
    pub(super) fn pong(&mut self, number: u64) {
        if self.pong.replace(number).is_none() {
            self.push(Out::Pong);
        }
    }

    /// Takes the next frame. `credit` tells what a dialog owes its peer.
    pub(super) fn pop(
        &mut self,
        mut credit: impl FnMut(DialogId) -> (u32, u64),
    ) -> Option<Frame<PeerMessage>> {
        loop {
            match self.queue.pop_front()? {
                Out::Once(frame) => return Some(self.begin(frame)),
                Out::Yield(frame) => {
                    self.yield_bytes -= cost(&frame);
                    return Some(frame);
                }
                Out::Value(frame, room) => {
                    drop(room);
                    self.values -= usize::from(!frame.body.is_empty());
                    return Some(self.begin(frame));
                }
                Out::End(frame, room) => {
                    drop(room);
                    self.ends -= 1;
                    self.values -= usize::from(!frame.body.is_empty());
                    return Some(frame);
                }
                Out::Refusal(frame) => {
                    self.refusals -= 1;
                    return Some(frame);
                }
                Out::Credit(dialog) => match credit(dialog) {
                    (0, 0) => {}
                    (messages, bytes) => {
                        let credit = PeerMessage::Credit {
                            dialog,
                            messages,
                            bytes,
                        };
                        return Some(credit.into());
                    }
                },
                Out::Pong => {
                    return self
                        .pong
                        .take()
                        .map(|number| PeerMessage::Pong(number).into());
                }
            }
        }
    }

    fn begin(&mut self, frame: Frame<PeerMessage>) -> Frame<PeerMessage> {
        if let PeerMessage::Start(start) = &frame.message {
            self.begun = start.dialog.index() + 1;
        }
        frame
    }

    /// Stream bytes, and about as many as their heads take.
    pub(super) fn yield_bytes(&self) -> usize {
        self.yield_bytes
    }

    /// Frames with arguments or results, which go even if there is no room for them, one at a time.
    pub(super) fn has_values(&self) -> bool {
        self.values > 0
    }

    pub(super) fn ends(&self) -> usize {
        self.ends
    }

    pub(super) fn refusals(&self) -> usize {
        self.refusals
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn clear(&mut self) {
        let begun = self.begun;
        *self = Self::default();
        self.begun = begun;
    }
}

fn cost(frame: &Frame<PeerMessage>) -> usize {
    let heads = match &frame.message {
        PeerMessage::Yield { messages, .. } => messages.len(),
        _ => 0,
    };
    frame.body.len() + heads * super::stream::HEAD_BYTES
}
