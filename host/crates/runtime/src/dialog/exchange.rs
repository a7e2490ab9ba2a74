//! What both ends of a context do with its stream.

use super::dialogs::Dialogs;
use super::event::{DialogEvent, Overrun, ReceiveState};
use super::outbox::Out;
use super::state::CalleeState;
use super::stream::{HEAD_BYTES, InboxMode, Outlet, OutletMode, Stream};
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use tractor_protocol::frame::Frame;
use tractor_protocol::peer::{MessageHead, PeerMessage};
use tractor_protocol::{DialogId, Error, FailureKind, Payload};

impl Dialogs {
    /// Opens this end of a context's stream, and lets the peer send `buffer` messages (at least 1, at most the limit).
    ///
    /// `overrun` is about what *this* end sends while the receiver has no room: [`Overrun::Wait`] leaves it with the sender,
    /// [`Overrun::Fail`] fails the send, [`Overrun::DropOldest`] keeps the newest `buffer` messages here until there is room. What this
    /// end receives always waits for room here: that is the peer's choice to make.
    ///
    /// # Errors
    ///
    /// Closed the second time or after the end; misuse on a call, or before `started` at the callee; cancelled if we cancelled the
    /// context; the failure of the link.
    pub fn open_stream(
        &mut self,
        id: DialogId,
        buffer: u32,
        overrun: Overrun,
    ) -> Result<(), Error> {
        self.check_open(id)?;
        let buffer = buffer.clamp(1, self.limits.buffer_messages);
        let queues = self.queues.clone();
        let stream = self.stream_mut(id).ok_or(Error::Closed)?;
        if stream.is_open() {
            return Err(Error::Closed);
        }
        stream.outlet.open(buffer, overrun, &queues.outgoing);
        if stream.inbox.open(buffer, &queues.incoming) {
            self.outbox.push(Out::Credit(id));
        }
        Ok(())
    }

    /// Sends as many of `messages` as the receiver has room for, in order, and takes them out. Gives how many; with an error
    /// too, those before it are sent. Without an error, and with messages left, the rest is to be tried again after
    /// [`DialogEvent::Writable`].
    ///
    /// # Errors
    ///
    /// Closed after our stop or the end of the dialog; its failure, if it failed; misuse before `open_stream`; overrun under
    /// [`Overrun::Fail`]; the limit `message-bytes` for a message that is too large: it stays the first in `messages`.
    pub fn send(
        &mut self,
        id: DialogId,
        messages: &mut VecDeque<Payload>,
    ) -> (u32, Result<(), Error>) {
        let before = messages.len();
        let result = self
            .check_send(id)
            .and_then(|()| self.send_checked(id, messages));
        let taken = u32::try_from(before - messages.len()).unwrap_or(u32::MAX);
        (taken, result)
    }

    /// Takes between one and `max` messages (a `max` of 0 is 1), in order. Those that came before a stop, the end or a failure
    /// come first; then it is the same answer for ever, and a stop hides a later failure.
    ///
    /// # Errors
    ///
    /// Why there are none: [`ReceiveState`]. Closed for a dialog that is over and not kept, misuse before `open_stream`.
    pub fn receive(&mut self, id: DialogId, max: u32) -> Result<Vec<Payload>, ReceiveState> {
        let end = self.end_of(id);
        let Some(stream) = self.stream_mut(id) else {
            let error = end.and_then(Result::err).unwrap_or(Error::Closed);
            return Err(ReceiveState::Failed(error));
        };
        if stream.inbox.queued() > 0 {
            let (messages, is_credit_due) = stream.inbox.take(max.max(1));
            if is_credit_due {
                self.outbox.push(Out::Credit(id));
            }
            return Ok(messages);
        }
        let is_stopped = stream.inbox.ends_with_stop;
        match stream.inbox.mode {
            InboxMode::Shut => Err(ReceiveState::Failed(self.unopened(id))),
            InboxMode::Draining => Err(ReceiveState::Failed(Error::Closed)),
            InboxMode::Open | InboxMode::Over if is_stopped => Err(ReceiveState::Ended),
            InboxMode::Open | InboxMode::Over => Err(match end {
                None => ReceiveState::Empty,
                Some(Ok(())) => ReceiveState::Ended,
                Some(Err(error)) => ReceiveState::Failed(error),
            }),
        }
    }

    /// Ends our direction: the peer receives what was sent before, then the end. What [`Overrun::DropOldest`] keeps still goes out
    /// if room for it comes before the dialog ends. Without effect a second time, or before `open_stream`.
    pub fn stop(&mut self, id: DialogId) {
        let Some(stream) = self.stream_mut(id) else {
            return;
        };
        if stream.outlet.mode == OutletMode::Open {
            stream.outlet.mode = OutletMode::Stopping;
            self.advance(id);
        }
    }

    /// Says that nobody has this end's stream any more: our direction is stopped, and what the peer sends is taken and dropped, so
    /// that it is not held up. Without effect once the dialog is over or the link is lost.
    pub fn abandon_stream(&mut self, id: DialogId) {
        if self.down.is_some() {
            return;
        }
        let is_on = match self.opened.get(&id) {
            Some(dialog) => dialog.is_pending(),
            None => self.served.contains_key(&id),
        };
        if is_on {
            self.drain(id);
        }
    }

    /// Stops our direction and drops what comes in, opened or not.
    pub(super) fn drain(&mut self, id: DialogId) {
        let room = self.limits.drain_messages;
        let Some(stream) = self.stream_mut(id) else {
            return;
        };
        if matches!(stream.outlet.mode, OutletMode::Shut | OutletMode::Open) {
            stream.outlet.mode = OutletMode::Stopping;
        }
        if stream.inbox.drain(room) {
            self.outbox.push(Out::Credit(id));
        }
        self.advance(id);
    }

    /// Sends what is kept as far as there is room, then the stop if it is time for it, and wakes senders.
    pub(super) fn advance(&mut self, id: DialogId) {
        let Some(stream) = self.stream_mut(id) else {
            return;
        };
        let mut kept = stream.outlet.take_backlog();
        self.send_with_credit(id, &mut kept);
        let is_empty = kept.is_empty();
        let Some(stream) = self.stream_mut(id) else {
            return;
        };
        let outlet = &mut stream.outlet;
        outlet.put_back(kept);
        let is_time_to_stop = is_empty && outlet.mode == OutletMode::Stopping;
        if is_time_to_stop {
            outlet.mode = OutletMode::Stopped;
        }
        let may_go_on = outlet.has_room() || outlet.mode != OutletMode::Open;
        let is_woken = may_go_on && std::mem::take(&mut outlet.waiting);
        if is_time_to_stop {
            self.outbox.once(PeerMessage::Stop { dialog: id });
        }
        if is_woken {
            self.events.push_back(DialogEvent::Writable(id));
        }
    }

    /// Goes on with streams that waited for the outbox, once half of it is written.
    pub(super) fn wake_stalled(&mut self) {
        if self.stalled.is_empty() || self.outbox.yield_bytes() > self.limits.outbox_bytes / 2 {
            return;
        }
        for id in std::mem::take(&mut self.stalled) {
            if let Some(stream) = self.stream_mut(id) {
                stream.outlet.stalled = false;
                self.advance(id);
            }
        }
    }

    /// Ends both directions with the dialog, and wakes who waits for them.
    pub(super) fn silence_stream(&mut self, id: DialogId) {
        let Some(stream) = self.stream_mut(id) else {
            return;
        };
        let outlet = &mut stream.outlet;
        if outlet.mode != OutletMode::Shut {
            outlet.mode = OutletMode::Stopped;
        }
        outlet.take_backlog();
        let is_writer_woken = std::mem::take(&mut outlet.waiting);
        if stream.is_open() && stream.inbox.finish() {
            self.events.push_back(DialogEvent::Readable(id));
        }
        if is_writer_woken {
            self.events.push_back(DialogEvent::Writable(id));
        }
    }

    fn check_open(&mut self, id: DialogId) -> Result<(), Error> {
        self.check_up()?;
        if let Some(dialog) = self.opened.get(&id) {
            match (dialog.end(), &dialog.asked) {
                (Some(end), _) => return Err(end.err().unwrap_or(Error::Closed)),
                (None, Some(asked)) => return Err(asked.cancellation.clone().into()),
                (None, None) if dialog.stream.is_some() => return Ok(()),
                (None, None) => return Err(self.misused(id, "a call has no stream")),
            }
        }
        let dialog = self.served.get(&id).ok_or(Error::Closed)?;
        match (&dialog.stream, dialog.state) {
            (None, _) => Err(self.misused(id, "a call has no stream")),
            (_, CalleeState::Requested) => Err(self.misused(id, "a stream before started")),
            (Some(_), CalleeState::Started) => Ok(()),
        }
    }

    fn check_send(&mut self, id: DialogId) -> Result<(), Error> {
        if let Some(end) = self.end_of(id) {
            return Err(end.err().unwrap_or(Error::Closed));
        }
        match self.stream_mut(id).map(|stream| stream.outlet.mode) {
            Some(OutletMode::Open) => Ok(()),
            Some(OutletMode::Shut) => Err(self.unopened(id)),
            Some(OutletMode::Stopping | OutletMode::Stopped) | None => Err(Error::Closed),
        }
    }

    fn unopened(&mut self, id: DialogId) -> Error {
        self.misused(id, "the stream is not open")
    }

    /// How a dialog has ended, if its stream can still be asked for.
    fn end_of(&self, id: DialogId) -> Option<Result<(), Error>> {
        if self.is_ours(id) {
            return self.opened.get(&id)?.end();
        }
        self.check_up().err().map(Err)
    }

    fn send_checked(
        &mut self,
        id: DialogId,
        messages: &mut VecDeque<Payload>,
    ) -> Result<(), Error> {
        let is_first_in_line = |stream: &mut Stream| stream.outlet.backlog.is_empty();
        if self.stream_mut(id).is_some_and(is_first_in_line) {
            self.send_with_credit(id, messages);
        }
        let limit = self.limits.message_bytes;
        let Some(stream) = self.stream_mut(id) else {
            return Err(Error::Closed);
        };
        let outlet = &mut stream.outlet;
        if outlet.overrun == Overrun::DropOldest {
            while let Some(message) = messages.pop_front_if(|m| m.bytes.len() <= limit) {
                outlet.keep(message);
            }
        }
        let Some(first) = messages.front() else {
            return Ok(());
        };
        let bytes = first.bytes.len();
        if bytes > limit {
            return Err(self.source.too_large(bytes, &self.limits).into());
        }
        if outlet.overrun == Overrun::Fail && !outlet.has_room() {
            let text = "the receiver has no room";
            return Err(self.source.failure(FailureKind::Overrun, text).into());
        }
        outlet.waiting = true;
        Ok(())
    }

    /// Sends from the front of `messages` while there is credit, room in the outbox, and no message that is too large.
    fn send_with_credit(&mut self, id: DialogId, messages: &mut VecDeque<Payload>) {
        while self.outbox.yield_bytes() < self.limits.outbox_bytes {
            let limits = &self.limits;
            let (max_bytes, batch_bytes) = (limits.message_bytes, limits.frame_bytes);
            let Some(stream) = self.stream_mut(id) else {
                return;
            };
            let heads = take_room(messages, &mut stream.outlet, max_bytes, batch_bytes);
            if heads.is_empty() {
                return;
            }
            let body = concatenate(messages, heads.len());
            let message = PeerMessage::Yield {
                dialog: id,
                messages: heads,
            };
            self.outbox.push(Out::Yield(Frame { message, body }));
        }
        self.stall(id, messages.is_empty());
    }

    fn stall(&mut self, id: DialogId, is_all_sent: bool) {
        let Some(stream) = self.stream_mut(id).filter(|_| !is_all_sent) else {
            return;
        };
        if !std::mem::replace(&mut stream.outlet.stalled, true) {
            self.stalled.push_back(id);
        }
    }
}

/// Uses the peer's room for as many messages from the front as make one frame. They stay where they are.
fn take_room(
    messages: &VecDeque<Payload>,
    outlet: &mut Outlet,
    max_bytes: usize,
    batch_bytes: usize,
) -> Vec<MessageHead> {
    // In one piece: this is done for each frame.
    let mut heads = Vec::with_capacity(messages.len().min(outlet.credit as usize));
    let mut bytes = 0;
    for message in messages {
        let size = message.bytes.len();
        bytes += size + HEAD_BYTES;
        let is_full = bytes > batch_bytes && !heads.is_empty();
        if is_full || size > max_bytes || !outlet.has_room() {
            break;
        }
        outlet.spend(message);
        heads.push(MessageHead {
            codec: message.codec,
            bytes: u32::try_from(size).expect("a message is under a limit of u32"),
        });
    }
    heads
}

/// Takes the first messages. One keeps its bytes where they are; several are put together.
fn concatenate(messages: &mut VecDeque<Payload>, count: usize) -> Bytes {
    if count == 1 {
        let only = messages.pop_front();
        return only.map(|message| message.bytes).unwrap_or_default();
    }
    let sizes = messages.iter().take(count).map(|m| m.bytes.len());
    let mut body = BytesMut::with_capacity(sizes.sum());
    for message in messages.drain(..count) {
        body.extend_from_slice(&message.bytes);
    }
    body.freeze()
}
