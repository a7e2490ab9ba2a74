//! How a link to a peer is made of what the supervisor hands out: files, or the word that it goes over a network.
//!
//! Links of files are there at once. One over a network takes its time: the second end listens and says where, the first connects, and both prove who they
//! are. Meanwhile it stands in the worker's tables as any other, and what is said on it waits.

use super::core::Core;
use super::peer::PeerLink;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Weak};
use tractor_protocol::control::{Carrier, FromWorker};
use tractor_protocol::{ActorId, FailureKind, Side, Uuid};
use tractor_transport::{Address, ConnectError, Endpoint, Host, Link, Patience};

impl Core {
    /// Takes this worker's end of a link.
    pub(super) fn linked(
        self: &Arc<Self>,
        peer: ActorId,
        side: Side,
        carrier: Carrier,
        files: Vec<OwnedFd>,
    ) {
        let frame_bytes = self.settings.frame_bytes;
        let made = match carrier {
            Carrier::Socket => {
                of_files(files).and_then(|[socket]| Link::from_fd(socket, frame_bytes))
            }
            Carrier::SharedMemory => of_files(files)
                .and_then(|[socket, memory]| Link::shared(socket, &memory, side, frame_bytes)),
            Carrier::Tcp | Carrier::Quic => {
                let link = PeerLink::begin(self, peer, side);
                return self.spawn(make(Arc::downgrade(self), link, side, carrier));
            }
        };
        match made {
            Ok(made) => PeerLink::begin(self, peer, side).made(self, made),
            Err(error) => {
                tracing::warn!(%error, %peer, "a link was not opened");
                self.tell(&FromWorker::Unlinked { actor: peer.uuid });
            }
        }
    }

    /// The other end of a link that is being made listens, or cannot.
    pub(super) fn reach(&self, actor: Uuid, port: Option<u16>) {
        if let Some(link) = self.link(actor) {
            // A second word is of a peer that lies.
            let _ = link.port.set(port);
        }
    }

    /// Who this worker is on a network.
    fn endpoint(&self) -> Result<Endpoint, ConnectError> {
        let endpoint = Endpoint::new(name_of(&self.actor)).with_limit(self.settings.frame_bytes);
        #[cfg(feature = "network")]
        if let Some(identity) = &self.settings.identity {
            let credentials = tractor_transport::Credentials::new(identity);
            let credentials =
                credentials.map_err(|error| ConnectError::Io(io::Error::other(error)))?;
            return Ok(endpoint.with_credentials(credentials));
        }
        Ok(endpoint)
    }
}

/// The files of a link, if as many have come as it is made of.
fn of_files<const N: usize>(files: Vec<OwnedFd>) -> io::Result<[OwnedFd; N]> {
    let wrong = |files: Vec<OwnedFd>| {
        let text = format!("{} files came along, and it is made of {N}", files.len());
        io::Error::other(text)
    };
    files.try_into().map_err(wrong)
}

/// Makes a link over a network, unless its peer ends before.
async fn make(core: Weak<Core>, link: Arc<PeerLink>, side: Side, carrier: Carrier) {
    let made = tokio::select! {
        biased;
        _ = link.end.wait() => return Arc::clone(&link).lost(None).await,
        made = meet(&core, &link, side, carrier) => made,
    };
    let Some(core) = core.upgrade() else {
        return;
    };
    match made {
        Ok(made) => link.made(&core, made),
        Err(error) => {
            let message = format!(
                "no connection to {} could be made: {}",
                link.peer.name,
                told(&error)
            );
            let failure = link.failure(&core, FailureKind::ConnectionLost, message);
            link.lost(Some(failure)).await;
        }
    }
}

async fn meet(
    core: &Weak<Core>,
    link: &PeerLink,
    side: Side,
    carrier: Carrier,
) -> Result<Link, ConnectError> {
    let endpoint = core.upgrade().ok_or(ConnectError::Ended)?.endpoint();
    match side {
        Side::First => connect(&endpoint?, link, carrier).await,
        Side::Second => {
            let listening = match &endpoint {
                Ok(endpoint) => endpoint.listen(&local(carrier, 0)?).await,
                Err(error) => Err(ConnectError::Io(io::Error::other(error.to_string()))),
            };
            let core = core.upgrade().ok_or(ConnectError::Ended)?;
            core.tell(&FromWorker::Listening {
                actor: link.peer.uuid,
                port: listening
                    .as_ref()
                    .ok()
                    .and_then(|listener| listener.address().port()),
            });
            drop(core);
            listening?.accept_from(&name_of(&link.peer)).await
        }
    }
}

async fn connect(
    endpoint: &Endpoint,
    link: &PeerLink,
    carrier: Carrier,
) -> Result<Link, ConnectError> {
    let after = Patience::default().handshake;
    let told = tokio::time::timeout(after, link.port.wait()).await;
    let port = *told.map_err(|_| ConnectError::TimedOut { after })?;
    let port = port.ok_or_else(|| ConnectError::Refused {
        reason: "it cannot listen".to_owned(),
    })?;
    endpoint
        .connect(&local(carrier, port)?, &name_of(&link.peer))
        .await
}

/// A port of this machine, where nobody else's packets come.
fn local(carrier: Carrier, port: u16) -> Result<Address, ConnectError> {
    let host = "127.0.0.1".parse::<Host>();
    let host = host.map_err(|error| ConnectError::Io(io::Error::other(error)))?;
    Ok(match carrier {
        Carrier::Quic => Address::Quic(host, port),
        _ => Address::Tcp(host, port),
    })
}

/// The name in an actor's certificate: that of its incarnation.
fn name_of(actor: &ActorId) -> String {
    actor.uuid.to_string()
}

/// An error and what caused it, in one line.
fn told(error: &ConnectError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
