//! What arrives. Each message that the peer must not send in the state that it is in ends in one [`ProtocolViolation`], and
//! is told apart from what merely crossed the end of its dialog.

use super::dialogs::Dialogs;
use super::event::{DialogEvent, ProtocolViolation};
use super::outbox::Out;
use super::outcome::{from_outside, outcome};
use super::state::{Opened, OpenerState, Served};
use super::stream::Stream;
use bytes::Bytes;
use std::cmp::Ordering;
use std::time::Duration;
use tractor_protocol::frame::Frame;
use tractor_protocol::peer::{DialogKind, MessageHead, PeerMessage, Start};
use tractor_protocol::{Cancellation, DialogId, Failure, FailureKind, Payload};

type Handled = Result<(), ProtocolViolation>;

impl Dialogs {
    /// Takes in a frame of the peer. Nothing is taken in any more once the link is lost.
    ///
    /// # Errors
    ///
    /// [`ProtocolViolation`] if the peer must not say that now. The link is then to be closed, and
    /// [`lost`](Self::lost) to be called.
    pub fn handle(&mut self, frame: Frame<PeerMessage>) -> Result<(), ProtocolViolation> {
        if self.down.is_some() {
            return Ok(());
        }
        let Frame { message, body } = frame;
        check_body(&message, &body)?;
        match message {
            PeerMessage::Hello(_) => Err(ProtocolViolation::new("a second hello")),
            PeerMessage::Start(start) => self.on_start(start, body),
            PeerMessage::Started { dialog, codec } => {
                self.on_started(dialog, Payload::new(codec, body))
            }
            PeerMessage::Yield { dialog, messages } => self.on_yield(dialog, &messages, body),
            PeerMessage::Credit {
                dialog,
                messages,
                bytes,
            } => self.on_credit(dialog, messages, bytes),
            PeerMessage::Stop { dialog } => self.on_stop(dialog),
            PeerMessage::Return { dialog, codec } => {
                self.on_return(dialog, Payload::new(codec, body))
            }
            PeerMessage::Failed { dialog, failures } => self.on_failed(dialog, failures),
            PeerMessage::Cancel {
                dialog,
                cancellation,
                time_left,
            } => self.on_cancel(dialog, cancellation, time_left),
            PeerMessage::Ping(number) => {
                self.outbox.pong(number);
                Ok(())
            }
            PeerMessage::Pong(_) => Ok(()),
            _ => Err(ProtocolViolation::new("a message of another version")),
        }
    }

    fn on_start(&mut self, start: Start, body: Bytes) -> Handled {
        let id = start.dialog;
        if self.is_ours(id) {
            return Err(ProtocolViolation::in_dialog(
                id,
                "opened with a number of ours",
            ));
        }
        if id.index() < self.seen {
            return Err(ProtocolViolation::in_dialog(
                id,
                "opened with a number used before",
            ));
        }
        self.seen = id.index() + 1;
        if self.served.len() + self.outbox.ends() >= self.limits.dialogs {
            let text = format!("more than {} dialogs are open", self.limits.dialogs);
            return self.refuse(id, "dialogs", text);
        }
        let (bytes, room) = (body.len() as u64, &self.queues.arguments);
        let Some(held) = room.try_hold_or_only(bytes) else {
            let text = room.refusal(bytes);
            return self.refuse(id, "queue-bytes", text);
        };
        self.served.insert(id, Served::new(start.kind, held));
        self.events.push_back(DialogEvent::Incoming {
            dialog: id,
            kind: start.kind,
            function: start.function,
            arguments: Payload::new(start.codec, body),
            time_left: start.time_left,
        });
        Ok(())
    }

    /// Answers a dialog over a limit. A peer that opens on and on and never reads the answers is cut off.
    fn refuse(&mut self, id: DialogId, limit: &str, message: String) -> Handled {
        if self.outbox.refusals() >= self.limits.dialogs {
            return Err(ProtocolViolation::in_dialog(
                id,
                "opened over the limit, without reading answers",
            ));
        }
        let kind = FailureKind::Limit(limit.to_owned());
        let failures = vec![self.source.failure(kind, message)];
        let refusal = PeerMessage::Failed {
            dialog: id,
            failures,
        };
        self.outbox.push(Out::Refusal(refusal.into()));
        Ok(())
    }

    fn on_started(&mut self, id: DialogId, first: Payload) -> Handled {
        let dialog = self.answered(id)?;
        if dialog.kind == DialogKind::Call {
            return Err(ProtocolViolation::in_dialog(id, "a call was started"));
        }
        match &mut dialog.state {
            OpenerState::Requested => dialog.state = OpenerState::Running,
            OpenerState::Overdue { started, .. } if !*started => {
                *started = true;
                return Ok(());
            }
            OpenerState::Running | OpenerState::Overdue { .. } | OpenerState::Ended(_) => {
                return Err(ProtocolViolation::in_dialog(id, "started twice"));
            }
        }
        self.events
            .push_back(DialogEvent::Started { dialog: id, first });
        Ok(())
    }

    fn on_return(&mut self, id: DialogId, value: Payload) -> Handled {
        let dialog = self.answered(id)?;
        if dialog.kind == DialogKind::Context && !dialog.is_started() {
            return Err(ProtocolViolation::in_dialog(id, "returned without started"));
        }
        self.close_opened(id, Ok(value));
        Ok(())
    }

    fn on_failed(&mut self, id: DialogId, failures: Vec<Failure>) -> Handled {
        let dialog = self.answered(id)?;
        if failures.is_empty() {
            return Err(ProtocolViolation::in_dialog(id, "failed without a failure"));
        }
        let own = dialog.own_cancellation();
        let error = outcome(failures, own.as_ref(), &self.peer);
        self.close_opened(id, Err(error));
        Ok(())
    }

    fn on_cancel(
        &mut self,
        id: DialogId,
        cancellation: Cancellation,
        time_left: Duration,
    ) -> Handled {
        if self.is_ours(id) {
            return Err(ProtocolViolation::in_dialog(id, "cancelled by its callee"));
        }
        let Some(dialog) = self.asked_of_us(id)? else {
            return Ok(());
        };
        if !std::mem::replace(&mut dialog.cancelled, true) {
            self.events.push_back(DialogEvent::Cancelled {
                dialog: id,
                cancellation: from_outside(cancellation),
                time_left,
            });
        }
        Ok(())
    }

    fn on_yield(&mut self, id: DialogId, heads: &[MessageHead], body: Bytes) -> Handled {
        let illegal = |rule| ProtocolViolation::in_dialog(id, rule);
        check_heads(heads, &body).map_err(illegal)?;
        let Some(stream) = self.stream_of_peer(id)? else {
            return Ok(());
        };
        let (is_readable, is_credit_due) = stream.inbox.accept(heads, body).map_err(illegal)?;
        if is_readable {
            self.events.push_back(DialogEvent::Readable(id));
        }
        if is_credit_due {
            self.outbox.push(Out::Credit(id));
        }
        Ok(())
    }

    fn on_credit(&mut self, id: DialogId, messages: u32, bytes: u64) -> Handled {
        let illegal = |rule| ProtocolViolation::in_dialog(id, rule);
        let Some(stream) = self.stream_of_peer(id)? else {
            return Ok(());
        };
        stream.outlet.add_credit(messages, bytes).map_err(illegal)?;
        self.advance(id);
        Ok(())
    }

    fn on_stop(&mut self, id: DialogId) -> Handled {
        let illegal = |rule| ProtocolViolation::in_dialog(id, rule);
        let Some(stream) = self.stream_of_peer(id)? else {
            return Ok(());
        };
        if stream.inbox.stop().map_err(illegal)? {
            self.events.push_back(DialogEvent::Readable(id));
        }
        Ok(())
    }

    /// The stream that a message of the peer is for; `None` if it crossed the end of its dialog.
    fn stream_of_peer(&mut self, id: DialogId) -> Result<Option<&mut Stream>, ProtocolViolation> {
        let stream = if self.is_ours(id) {
            let dialog = self.answered(id)?;
            if dialog.kind == DialogKind::Context && !dialog.is_started() {
                return Err(ProtocolViolation::in_dialog(id, "a stream before started"));
            }
            &mut dialog.stream
        } else {
            let Some(dialog) = self.asked_of_us(id)? else {
                return Ok(None);
            };
            &mut dialog.stream
        };
        match stream.as_deref_mut() {
            Some(stream) => Ok(Some(stream)),
            None => Err(ProtocolViolation::in_dialog(id, "a call has no stream")),
        }
    }

    /// The dialog of ours that the callee speaks of. It says nothing before it is asked, and nothing after its last word.
    fn answered(&mut self, id: DialogId) -> Result<&mut Opened, ProtocolViolation> {
        if !self.is_ours(id) {
            return Err(ProtocolViolation::in_dialog(id, "answered by its opener"));
        }
        if id.index() >= self.outbox.begun {
            return Err(ProtocolViolation::in_dialog(
                id,
                "answered and never opened",
            ));
        }
        match self.opened.get_mut(&id) {
            Some(dialog) if !dialog.is_ended() => Ok(dialog),
            _ => Err(ProtocolViolation::in_dialog(id, "went on after its end")),
        }
    }

    /// The dialog of the peer's that it speaks of; `None` if that crossed our last word.
    fn asked_of_us(&mut self, id: DialogId) -> Result<Option<&mut Served>, ProtocolViolation> {
        if id.index() >= self.seen {
            return Err(ProtocolViolation::in_dialog(id, "never opened"));
        }
        Ok(self.served.get_mut(&id))
    }
}

fn check_body(message: &PeerMessage, body: &Bytes) -> Handled {
    let has_value = matches!(
        message,
        PeerMessage::Start(_)
            | PeerMessage::Started { .. }
            | PeerMessage::Yield { .. }
            | PeerMessage::Return { .. }
    );
    if has_value || body.is_empty() {
        return Ok(());
    }
    Err(ProtocolViolation::new(
        "a value behind a message that has none",
    ))
}

/// The messages of a batch are what its frame holds, and nothing else is.
fn check_heads(heads: &[MessageHead], body: &Bytes) -> Result<(), &'static str> {
    if heads.is_empty() {
        return Err("no stream messages");
    }
    let bytes: u64 = heads.iter().map(|head| u64::from(head.bytes)).sum();
    match bytes.cmp(&(body.len() as u64)) {
        Ordering::Greater => Err("stream messages are cut off"),
        Ordering::Equal => Ok(()),
        Ordering::Less => Err("bytes behind the stream messages"),
    }
}
