//! What the callee of a dialog does.

use super::dialogs::Dialogs;
use super::outbox::Out;
use super::outcome::{Standing, last_word};
use super::room::Held;
use super::state::CalleeState;
use tractor_protocol::frame::Frame;
use tractor_protocol::peer::{DialogKind, PeerMessage};
use tractor_protocol::{DialogId, Error, Failure, Payload};

impl Dialogs {
    /// Takes over what the arguments of a dialog hold of the queues, to be dropped when they wait no more. What is not taken is held
    /// until the dialog is finished.
    pub fn take_arguments_room(&mut self, id: DialogId) -> Option<Held> {
        self.served.get_mut(&id)?.arguments.take()
    }

    /// Gives the opener of a context its first value.
    ///
    /// # Errors
    ///
    /// Misuse if it is no context or was given one, which the opener is told too if the task ends with a value; the limit
    /// `message-bytes`; the failure of the link; closed if the dialog is over.
    pub fn started(&mut self, id: DialogId, value: Payload) -> Result<(), Error> {
        self.check_up()?;
        let dialog = self.served.get(&id).ok_or(Error::Closed)?;
        match (dialog.kind, dialog.state) {
            (DialogKind::Call, _) => return Err(self.misused(id, "a call has no first value")),
            (_, CalleeState::Started) => return Err(self.misused(id, "started twice")),
            (DialogKind::Context, CalleeState::Requested) => self.check_size(&value)?,
        }
        let held = self.hold(&value)?;
        if let Some(dialog) = self.served.get_mut(&id) {
            dialog.state = CalleeState::Started;
        }
        let message = PeerMessage::Started {
            dialog: id,
            codec: value.codec,
        };
        let body = value.bytes;
        self.outbox.push(Out::Value(Frame { message, body }, held));
        Ok(())
    }

    /// Ends a dialog that the peer opened, with what its task gave. What the opener gets is told in `outcome.rs`. What waits in its
    /// stream, in either direction, is dropped. Without effect on a dialog that is over.
    pub fn finish(&mut self, id: DialogId, result: Result<Payload, Error>) {
        let Some(dialog) = self.served.remove(&id) else {
            return;
        };
        if self.down.is_some() {
            return;
        }
        let standing = Standing {
            owes_started: (dialog.kind, dialog.state)
                == (DialogKind::Context, CalleeState::Requested),
            misuse: dialog.misuse,
        };
        let word = last_word(result, standing, &mut self.source, &self.limits);
        let word = word.map(|value| (self.hold(&value), value));
        let (end, held) = match word {
            Ok((Ok(held), value)) => (returned(id, value), held),
            Ok((Err(Error::Failed(failures)), _)) | Err(failures) => {
                let nothing = self.queues.outgoing.hold(0);
                (failed(id, failures), nothing)
            }
            Ok((Err(_), _)) => unreachable!("no room is a failure"),
        };
        self.outbox.push(Out::End(end, held));
    }

    /// Makes a misuse of a dialog, and keeps it for the opener.
    pub(super) fn misused(&mut self, id: DialogId, message: &str) -> Error {
        let failure = self.source.misuse(message);
        if let Some(dialog) = self.served.get_mut(&id) {
            dialog.misuse.get_or_insert_with(|| failure.clone());
        }
        failure.into()
    }
}

fn returned(dialog: DialogId, value: Payload) -> Frame<PeerMessage> {
    Frame {
        message: PeerMessage::Return {
            dialog,
            codec: value.codec,
        },
        body: value.bytes,
    }
}

fn failed(dialog: DialogId, failures: Vec<Failure>) -> Frame<PeerMessage> {
    PeerMessage::Failed { dialog, failures }.into()
}
