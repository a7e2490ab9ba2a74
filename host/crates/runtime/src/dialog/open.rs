//! What the opener of a dialog does, and how it comes to an end for it.

use super::dialogs::Dialogs;
use super::event::DialogEvent;
use super::limits::FUNCTION_BYTES;
use super::outbox::Out;
use super::outcome::from_outside;
use super::room::Held;
use super::state::{Asked, Opened, OpenerState};
use crate::time::Time;
use std::time::Duration;
use tractor_protocol::frame::Frame;
use tractor_protocol::peer::{DialogKind, PeerMessage, Start};
use tractor_protocol::{Cancellation, DialogId, Error, FailureKind, Payload};

impl Dialogs {
    /// Opens a dialog. Its end is told by one [`DialogEvent::Ended`].
    ///
    /// # Errors
    ///
    /// The failure of the link if it is lost; a limit (`message-bytes`, `function-bytes`, `dialogs`, `queue-bytes`) that would
    /// be passed.
    pub fn start(
        &mut self,
        kind: DialogKind,
        function: String,
        arguments: Payload,
        time_left: Option<Duration>,
    ) -> Result<DialogId, Error> {
        self.check_up()?;
        self.check_start(&function, &arguments)?;
        let held = self.hold(&arguments)?;
        let dialog = DialogId::new(self.side, self.next);
        self.next += 1;
        self.opened
            .insert(dialog, Opened::new(kind, self.queues.opened.one()));
        let message = PeerMessage::Start(Start {
            dialog,
            kind,
            function,
            codec: arguments.codec,
            time_left,
        });
        let body = arguments.bytes;
        self.outbox.push(Out::Value(Frame { message, body }, held));
        Ok(dialog)
    }

    /// Room for a value that waits to be written. One on each link there is always room for.
    pub(super) fn hold(&mut self, value: &Payload) -> Result<Held, Error> {
        let bytes = value.bytes.len() as u64;
        let room = &self.queues.outgoing;
        if bytes == 0 || !self.outbox.has_values() {
            return Ok(room.hold(bytes));
        }
        room.try_hold(bytes).ok_or_else(|| {
            let text = room.refusal(bytes);
            let kind = FailureKind::Limit("queue-bytes".to_owned());
            self.source.failure(kind, text).into()
        })
    }

    /// Asks the callee to end a dialog that we opened. Only the first time counts, and only before the end. The outcome is still the
    /// callee's; if it says nothing within `grace`, the dialog ends as overdue.
    pub fn cancel(&mut self, now: Time, id: DialogId, cancellation: Cancellation, grace: Duration) {
        let Some(dialog) = self.opened.get_mut(&id) else {
            return;
        };
        if dialog.asked.is_some() || !dialog.is_pending() {
            return;
        }
        let until = now + grace;
        let at_peer = from_outside(cancellation.clone());
        dialog.asked = Some(Asked {
            cancellation,
            until,
            grace,
        });
        self.timers.set(until, id);
        self.outbox.once(PeerMessage::Cancel {
            dialog: id,
            cancellation: at_peer,
            time_left: grace,
        });
    }

    /// Waits for a dialog that we cancelled no longer than `grace` from now; never longer than before. The callee is not told: it is to end
    /// as soon as it can anyway.
    pub fn hasten(&mut self, now: Time, id: DialogId, grace: Duration) {
        let pending = self
            .opened
            .get_mut(&id)
            .filter(|dialog| dialog.is_pending());
        let Some(asked) = pending.and_then(|dialog| dialog.asked.as_mut()) else {
            return;
        };
        let until = now + grace;
        if until < asked.until {
            self.timers.clear(asked.until, id);
            self.timers.set(until, id);
            asked.grace = asked.grace.saturating_sub(asked.until.since(until));
            asked.until = until;
        }
    }

    /// Says that nobody will use the stream of a context that we opened any more, before or after its end; it no longer keeps
    /// the dialog in the table. If the dialog goes on, our direction is stopped, and what the callee sends is taken and dropped, so
    /// that it is not held up.
    pub fn release(&mut self, id: DialogId) {
        let Some(dialog) = self.opened.get_mut(&id) else {
            return;
        };
        dialog.released = true;
        if dialog.is_ended() {
            self.opened.remove(&id);
        } else if dialog.is_pending() {
            self.drain(id);
        } else if let Some(stream) = dialog.stream.as_deref_mut() {
            // It is overdue, and may be for long.
            stream.inbox.forget();
        }
    }

    /// Ends a dialog on the callee's last word, or on the loss of the link.
    pub(super) fn close_opened(&mut self, id: DialogId, outcome: Result<Payload, Error>) {
        let Some(dialog) = self.opened.get_mut(&id) else {
            return;
        };
        let end = dialog.end();
        let is_told = end.is_some();
        let end = end.unwrap_or_else(|| outcome.as_ref().map(drop).map_err(Error::clone));
        dialog.state = OpenerState::Ended(end);
        if let Some(asked) = &dialog.asked {
            self.timers.clear(asked.until, id);
        }
        if !is_told {
            let dialog = id;
            self.events
                .push_back(DialogEvent::Ended { dialog, outcome });
            self.silence_stream(id);
        }
        if !self.opened.get(&id).is_some_and(Opened::is_held) {
            self.opened.remove(&id);
        }
    }

    /// Ends a dialog for us because its grace is over. It stays in the table until the callee has ended.
    pub(super) fn fall_due(&mut self, id: DialogId) {
        let Some(dialog) = self.opened.get_mut(&id) else {
            return;
        };
        let Some(asked) = dialog.asked.clone().filter(|_| dialog.is_pending()) else {
            return;
        };
        let started = dialog.is_started();
        let failure = self
            .source
            .overdue(&self.peer, id, asked.cancellation, asked.grace);
        let error = Error::from(failure);
        dialog.state = OpenerState::Overdue {
            started,
            error: error.clone(),
        };
        self.events.push_back(DialogEvent::Ended {
            dialog: id,
            outcome: Err(error),
        });
        self.silence_stream(id);
    }

    fn check_start(&mut self, function: &str, arguments: &Payload) -> Result<(), Error> {
        self.check_size(arguments)?;
        let (limit, what) = if function.len() > FUNCTION_BYTES {
            ("function-bytes", "the name of the function is too long")
        } else if self.queues.opened.now() >= self.limits.dialogs {
            ("dialogs", "this actor has too many dialogs open")
        } else {
            return Ok(());
        };
        let kind = FailureKind::Limit(limit.to_owned());
        Err(self.source.failure(kind, what).into())
    }

    pub(super) fn check_size(&mut self, value: &Payload) -> Result<(), Error> {
        let bytes = value.bytes.len();
        if bytes <= self.limits.message_bytes {
            return Ok(());
        }
        Err(self.source.too_large(bytes, &self.limits).into())
    }
}
