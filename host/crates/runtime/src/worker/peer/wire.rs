//! What carries a link: reading it, writing it, and noticing that it is broken.

use super::PeerLink;
use crate::dialog::Dialogs;
use crate::worker::core::{Core, lock};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::SetOnce;
use tractor_protocol::control::LinkReport;
use tractor_protocol::peer::PeerMessage;
use tractor_protocol::{Failure, FailureKind};
use tractor_transport::{HIGH_WATER_BYTES, Link, ReceiveError, Receiver, SendError, Sender};

/// How long what a peer has sent over a network may take to arrive once it is known to have ended.
const LAST_PACKETS: Duration = Duration::from_millis(100);

/// Bytes of messages of streams that are worth a write of their own, 4 KiB: it costs some microseconds, as encoding so much does.
const WORTH_WRITING_BYTES: usize = 4 << 10;

/// What carries a link.
pub(super) struct Wire {
    pub(super) sender: Sender<PeerMessage>,
    transport: &'static str,
    /// Whether it is seen here that the peer has ended; over a network it may not be.
    is_network: bool,
    /// How writing has ended.
    written: SetOnce<Result<(), SendError>>,
}

impl Wire {
    /// Writes what is worth it now, and not once the task that writes has its turn: that is after the guest's, which goes on with what it sent or
    /// got while the peer has nothing to do. Over a network a write costs more than that turn, so what is short goes with what follows it.
    fn write_now(&self, is_waited_for: bool) {
        let at_least = match is_waited_for && !self.is_network {
            true => 1,
            false => WORTH_WRITING_BYTES,
        };
        if self.sender.queued_bytes() >= at_least {
            // An error is seen by the task that writes, too.
            let _ = self.sender.try_flush();
        }
    }
}

impl PeerLink {
    /// Takes over what carries it, and reads that until it is lost.
    pub(in crate::worker) fn made(self: &Arc<Self>, core: &Core, link: Link) {
        let (transport, is_network) = (link.transport(), link.is_network());
        let (sender, receiver) = link.split();
        let driving = sender.drive();
        let wire = Wire {
            sender,
            transport,
            is_network,
            written: SetOnce::new(),
        };
        if self.wire.set(Some(wire)).is_err() {
            // It was given up meanwhile.
            return;
        }
        let driven = Arc::clone(self);
        core.spawn(async move {
            let end = driving.await;
            driven.wire().inspect(|wire| drop(wire.written.set(end)));
        });
        core.spawn(Arc::clone(self).pump());
        core.spawn(Arc::clone(self).read(receiver));
        // What was said meanwhile.
        self.with(|_| ());
    }

    pub(super) fn wire(&self) -> Option<&Wire> {
        self.wire.get().and_then(Option::as_ref)
    }

    async fn read(self: Arc<Self>, mut receiver: Receiver<PeerMessage>) {
        let failure = tokio::select! {
            biased;
            failure = self.read_all(&mut receiver) => failure,
            failure = self.broken() => failure,
        };
        self.lost(failure).await;
    }

    /// Reads until the link is at its end; gives the failure, unless the peer has just ended.
    async fn read_all(&self, receiver: &mut Receiver<PeerMessage>) -> Option<Failure> {
        loop {
            match receiver.receive().await {
                Ok(Some(received)) => {
                    self.fire_before(&received.frame.message);
                    if let Some(failure) = self.take(received.frame) {
                        return Some(failure);
                    }
                }
                // A peer that dies may do so inside a frame.
                Ok(None) | Err(ReceiveError::Cut) => return None,
                Err(ReceiveError::Io(error)) => return self.unreadable(&error),
                Err(error) => return Some(self.blame(&error)),
            }
        }
    }

    /// Waits until the link is broken where its reader does not see it; gives the failure, unless the peer has just ended.
    async fn broken(&self) -> Option<Failure> {
        let wire = self.wire()?;
        let ended = async {
            match wire.is_network {
                true => {
                    self.end.wait().await;
                    tokio::time::sleep(LAST_PACKETS).await;
                }
                false => std::future::pending().await,
            }
        };
        let unwritable = async {
            match wire.written.wait().await {
                Err(SendError::Io(error)) => self.unreadable(error),
                // The peer is gone, which the reader sees; or this end has said all.
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            () = ended => None,
            failure = unwritable => failure,
        }
    }

    /// The failure for a link that the system cannot read or write: the peer's own doing if it spoilt what both share, or its silence. Otherwise
    /// it has ended, and why, others know.
    fn unreadable(&self, error: &io::Error) -> Option<Failure> {
        let core = self.core.upgrade()?;
        let kind = match error.kind() {
            io::ErrorKind::InvalidData => FailureKind::ProtocolViolation,
            io::ErrorKind::TimedOut => FailureKind::ConnectionLost,
            _ => return None,
        };
        Some(self.failure(&core, kind, error.to_string()))
    }

    /// A callee was handed our time left, and may tell of its end before our own timer is heard. But it is not before our time: so that
    /// is looked at first, and the dialog ends as cancelled by our deadline, not as one that the callee gave up.
    fn fire_before(&self, message: &PeerMessage) {
        if matches!(message, PeerMessage::Failed { .. })
            && let Some(core) = self.core.upgrade()
        {
            core.fire();
        }
    }

    /// The failure for a frame that is none.
    fn blame(&self, error: &ReceiveError) -> Failure {
        let message = match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        match self.core.upgrade() {
            Some(core) => self.failure(&core, FailureKind::ProtocolViolation, message),
            None => self.gone("has ended"),
        }
    }

    /// Hands frames to the socket's queue while there is room. The rest stays in the machine, where it is bounded.
    pub(super) fn transmit(&self, dialogs: &mut Dialogs) {
        let Some(wire) = self.wire() else {
            return;
        };
        let sender = &wire.sender;
        let mut is_waited_for = false;
        loop {
            if sender.queued_bytes() >= HIGH_WATER_BYTES {
                self.full.notify_one();
                return;
            }
            let Some(frame) = dialogs.poll_transmit() else {
                break;
            };
            is_waited_for |= !matches!(frame.message, PeerMessage::Yield { .. });
            if let Err(SendError::Frame(error)) = sender.push_frame(&frame) {
                tracing::warn!(%error, peer = %self.peer, "a frame was not sent");
            }
        }
        wire.write_now(is_waited_for);
    }

    /// Goes on handing over frames once the socket has caught up, until the link is lost.
    async fn pump(self: Arc<Self>) {
        loop {
            self.full.notified().await;
            let Some(wire) = self.wire() else {
                return;
            };
            if wire.sender.room().await.is_err() {
                return;
            }
            self.with(|_| ());
        }
    }

    /// Waits until little enough is queued for the socket.
    pub(in crate::worker) async fn room(&self) {
        if let Some(wire) = self.wire.wait().await {
            // A peer that is gone takes nothing; its end is told by the dialog.
            let _ = wire.sender.room().await;
        }
    }

    /// Waits until all that was said on this link is on its way, and says no more. A peer that is gone needs nothing any more.
    pub(in crate::worker) async fn say_all(&self) {
        let is_silent = || lock(&self.machine).dialogs.open_dialogs() == 0;
        if self.wire.get().is_none() && is_silent() {
            return;
        }
        let Some(wire) = self.wire.wait().await else {
            return;
        };
        while wire.sender.flush().await.is_ok() {
            // What the machine held back goes now.
            self.with(|_| ());
            if wire.sender.queued_bytes() == 0 {
                break;
            }
        }
        if wire.is_network {
            // What is written may still be held in this process.
            wire.sender.close();
            let _ = wire.written.wait().await;
        }
    }

    /// What carries it, for people.
    pub(in crate::worker) fn report(&self) -> LinkReport {
        LinkReport {
            peer: self.peer.clone(),
            transport: self.wire().map(|wire| wire.transport.to_owned()),
        }
    }
}
