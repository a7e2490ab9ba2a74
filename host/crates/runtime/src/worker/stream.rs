//! The two-way stream of messages on a context, as one end sees it.

use super::peer::{DialogCell, PeerLink};
use super::scope::Scope;
use crate::dialog::{Held, Overrun, ReceiveState};
use std::collections::VecDeque;
use std::sync::Arc;
use tractor_protocol::{DialogId, Error, FailureKind, Payload};

/// How this end of a stream behaves.
#[derive(Clone, Copy, Debug)]
pub struct StreamOptions {
    /// Messages that may wait at this end; 256 by default. At least 1.
    pub buffer: u32,
    /// What a send does when the other end has no room; by default it waits.
    pub overrun: Overrun,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            buffer: 256,
            overrun: Overrun::Wait,
        }
    }
}

/// This end of a stream. Cheap to clone.
#[derive(Clone)]
pub struct MsgStream {
    link: Arc<PeerLink>,
    dialog: DialogId,
    cell: Arc<DialogCell>,
}

impl MsgStream {
    pub(super) fn open(
        link: Arc<PeerLink>,
        dialog: DialogId,
        cell: Arc<DialogCell>,
        options: StreamOptions,
    ) -> Result<Self, Error> {
        link.dialogs(|dialogs| {
            dialogs.open_stream(dialog, options.buffer.max(1), options.overrun)
        })?;
        Ok(Self { link, dialog, cell })
    }

    /// Sends in order, and waits for room. Gives how many messages were taken: all, unless the call was cut short.
    ///
    /// # Errors
    ///
    /// `closed` after `stop` or the end of the dialog, `cancelled` once `within` is, the failure of a message that is too large; the limit
    /// `queue-bytes` if others wait to send as much as this actor may let wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping it may leave some of the messages sent; sending them one batch at a time keeps count.
    pub async fn send(&self, within: &Scope, messages: Vec<Payload>) -> (u32, Result<(), Error>) {
        if let Err(error) = within.enter().await {
            return (0, Err(error));
        }
        let (mut left, mut taken) = (VecDeque::from(messages), 0);
        let _room = match self.hold(within, &left) {
            Ok(room) => room,
            Err(error) => return (0, Err(error)),
        };
        let result = {
            let sent = self.cell.wait(|_| {
                let (count, result) = self
                    .link
                    .dialogs(|dialogs| dialogs.send(self.dialog, &mut left));
                taken += count;
                (result.is_err() || left.is_empty()).then_some(result)
            });
            tokio::select! {
                biased;
                sent = sent => sent,
                cancellation = within.cancelled() => Err(Error::Cancelled(cancellation)),
            }
        };
        if result.is_ok() {
            self.room(within).await;
        }
        (taken, result)
    }

    /// Room for messages that are about to wait here; there is always room for those of one call.
    fn hold(&self, within: &Scope, messages: &VecDeque<Payload>) -> Result<Held, Error> {
        let bytes = messages
            .iter()
            .map(|message| message.bytes.len() as u64)
            .sum();
        let core = within.core();
        let room = &core.queues.outgoing;
        if room.used_bytes() == 0 {
            return Ok(room.hold(bytes));
        }
        let kind = || FailureKind::Limit("queue-bytes".to_owned());
        let refused = || core.failure(kind(), room.refusal(bytes)).into();
        room.try_hold(bytes).ok_or_else(refused)
    }

    /// Lets the socket catch up, so that what waits in this process stays bounded.
    async fn room(&self, within: &Scope) {
        tokio::select! {
            biased;
            () = self.link.room() => {}
            _ = within.cancelled() => {}
        }
    }

    /// Receives at least one and at most `max` messages; an empty list when the other end has stopped.
    ///
    /// # Errors
    ///
    /// The failure of the dialog, behind the messages that came before it; `cancelled` once `within` is; `closed` if this end's dialog
    /// is over.
    ///
    /// # Cancel safety
    ///
    /// Dropping it takes no message.
    pub async fn receive(&self, within: &Scope, max: u32) -> Result<Vec<Payload>, Error> {
        within.enter().await?;
        let arrived = self.cell.wait(|_| {
            match self
                .link
                .dialogs(|dialogs| dialogs.receive(self.dialog, max))
            {
                Ok(messages) => Some(Ok(messages)),
                Err(ReceiveState::Ended) => Some(Ok(Vec::new())),
                Err(ReceiveState::Empty) => None,
                Err(ReceiveState::Failed(error)) => Some(Err(error)),
            }
        });
        tokio::select! {
            biased;
            arrived = arrived => arrived,
            cancellation = within.cancelled() => Err(Error::Cancelled(cancellation)),
        }
    }

    /// Ends this direction. What was sent arrives first.
    pub fn stop(&self) {
        self.link.dialogs(|dialogs| dialogs.stop(self.dialog));
    }

    /// Ends both directions, because the handle was dropped: what the other end sends is dropped, and it is not held up.
    pub fn abandon(&self) {
        self.link
            .dialogs(|dialogs| dialogs.abandon_stream(self.dialog));
    }
}
