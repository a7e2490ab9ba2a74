//! Links to peers that this process did not start: who we are, whom we reach where, and who may reach us.

use crate::address::Address;
use crate::greet::{Greeted, Offer, greet_first, greet_second};
use crate::io::Io;
use crate::link::Link;
use crate::listener::Listener;
#[cfg(feature = "network")]
use crate::network::{Credentials, quic_connect, tcp_connect};
use crate::socket::Socket;
use std::io;
use std::time::Duration;
use tractor_protocol::frame::DEFAULT_LIMIT_BYTES;
use tractor_protocol::handshake::{HandshakeError, Hello};

/// How long this end waits for a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From asking for a link to having it. Default: 5 s.
    pub handshake: Duration,
    /// On a network: for any sign of life. A link that was silent for longer has failed, at both ends. Default: 5 s.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            silence: Duration::from_secs(5),
        }
    }
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The host's name leads to no address.
    #[error("the host {host} is not known")]
    Unresolved {
        /// The name.
        host: String,
        /// What the resolver said, if it said anything.
        #[source]
        source: Option<io::Error>,
    },
    /// Nobody listens there, or there is no way to it.
    #[error("the peer cannot be reached")]
    Unreachable(#[source] io::Error),
    /// No answer.
    #[error("the peer did not answer within {after:?}")]
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
    /// The peer speaks something else.
    #[error("whoever is there does not speak tractor's protocol")]
    Stranger,
    /// The peer does not prove that it is who it should be.
    #[error("the peer is not to be trusted: {why}")]
    Untrusted {
        /// What is missing.
        why: String,
    },
    /// The peer does not trust our certificate.
    #[error("the peer does not trust this end: {why}")]
    RefusedUs {
        /// What it said.
        why: String,
    },
    /// The two ends are of other versions.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// The peer's answer was no.
    #[error("the peer refuses: {reason}")]
    Refused {
        /// Its words.
        reason: String,
    },
    /// The peer went in place of an answer.
    #[error("the peer ended the link in place of a greeting")]
    Ended,
    /// A network address, and nothing to prove with who we are.
    #[error("{address} is on a network, and this end has no certificate to show")]
    NoCredentials {
        /// Where.
        address: Address,
    },
    /// This build has no such transport.
    #[error("this program was built without {address}'s transport (feature `network`)")]
    Unsupported {
        /// Where.
        address: Address,
    },
    /// The system refuses.
    #[error("the link cannot be made")]
    Io(#[source] io::Error),
}

/// What this process is to others: its name, its limits, and on a network its certificate.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(crate) name: String,
    pub(crate) limit_bytes: usize,
    pub(crate) rings: bool,
    pub(crate) patience: Patience,
    pub(crate) hello: Hello,
    #[cfg(feature = "network")]
    pub(crate) credentials: Option<Credentials>,
}

impl Endpoint {
    /// One with this name. Defaults: frames of at most 16 MiB, shared memory where the peer is on this machine and agrees, [`Patience::default`],
    /// no certificate, so nothing but Unix sockets.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            limit_bytes: DEFAULT_LIMIT_BYTES,
            rings: true,
            patience: Patience::default(),
            hello: Hello::OURS,
            #[cfg(feature = "network")]
            credentials: None,
        }
    }

    /// Proves who we are on a network. The name is that of the certificate from now on.
    #[cfg(feature = "network")]
    #[must_use]
    pub fn with_credentials(self, credentials: Credentials) -> Self {
        Self {
            name: credentials.name().to_owned(),
            credentials: Some(credentials),
            ..self
        }
    }

    /// Changes the limit for frames.
    #[must_use]
    pub fn with_limit(self, limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            ..self
        }
    }

    /// Says whether links within a machine may use shared memory.
    #[must_use]
    pub fn with_shared_memory(self, rings: bool) -> Self {
        Self { rings, ..self }
    }

    /// Changes how long a peer is waited for.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Speaks other versions: for programs that bridge them, and for tests.
    #[must_use]
    pub fn with_hello(self, hello: Hello) -> Self {
        Self { hello, ..self }
    }

    /// Listens. A port of 0 becomes a free one: see [`Listener::address`].
    ///
    /// # Errors
    ///
    /// [`ConnectError`]: the place is taken, is not ours, or needs what this endpoint has not.
    pub async fn listen(&self, address: &Address) -> Result<Listener, ConnectError> {
        Listener::bind(self.clone(), address).await
    }

    /// Connects to a peer of this name. On a network both ends prove who they are; a Unix socket is only as good as its place.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], within [`Patience::handshake`].
    ///
    /// # Cancel safety
    ///
    /// The peer sees the link end.
    pub async fn connect(&self, address: &Address, peer: &str) -> Result<Link, ConnectError> {
        self.within(async {
            let io = self.reach(address, peer).await?;
            self.greet_as_first(io, Some(peer)).await
        })
        .await
    }

    /// Makes a link of one end of a socketpair whose other end does the same as the other side. They agree on versions, and on shared
    /// memory if both would have it.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], within [`Patience::handshake`].
    ///
    /// # Cancel safety
    ///
    /// The peer sees the link end.
    pub async fn meet(
        &self,
        socket: std::os::fd::OwnedFd,
        side: tractor_protocol::Side,
    ) -> Result<Link, ConnectError> {
        let io = Io::Socket(Socket::new(socket).map_err(ConnectError::Io)?);
        self.within(async {
            match side {
                tractor_protocol::Side::First => self.greet_as_first(io, None).await,
                tractor_protocol::Side::Second => self.greet_as_second(io).await,
            }
        })
        .await
    }

    async fn reach(&self, address: &Address, peer: &str) -> Result<Io, ConnectError> {
        match address {
            Address::Unix(_) | Address::Abstract(_) => {
                crate::listener::unix_connect(address).map(Io::Socket)
            }
            Address::Tcp(..) | Address::Quic(..) => self.reach_over_network(address, peer).await,
        }
    }

    #[cfg(not(feature = "network"))]
    #[expect(clippy::unused_async, reason = "as the other one")]
    async fn reach_over_network(&self, address: &Address, _: &str) -> Result<Io, ConnectError> {
        Err(ConnectError::Unsupported {
            address: address.clone(),
        })
    }

    #[cfg(feature = "network")]
    async fn reach_over_network(&self, address: &Address, peer: &str) -> Result<Io, ConnectError> {
        let credentials = self.credentials(address)?;
        let mut last = None;
        for place in resolve(address).await? {
            let reached = match address {
                Address::Quic(..) => quic_connect(place, peer, credentials, self.patience)
                    .await
                    .map(|end| Io::Quic(Box::new(end))),
                _ => tcp_connect(place, peer, credentials, self.patience)
                    .await
                    .map(|end| Io::Tls(Box::new(end))),
            };
            match reached {
                // A name may lead to more than one place, of which only one is served.
                Err(error @ (ConnectError::Unreachable(_) | ConnectError::TimedOut { .. })) => {
                    last = Some(error);
                }
                done => return done,
            }
        }
        Err(last.unwrap_or(ConnectError::Ended))
    }

    #[cfg(feature = "network")]
    pub(crate) fn credentials(&self, address: &Address) -> Result<&Credentials, ConnectError> {
        let missing = || ConnectError::NoCredentials {
            address: address.clone(),
        };
        self.credentials.as_ref().ok_or_else(missing)
    }

    /// Does it in time.
    pub(crate) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        let after = self.patience.handshake;
        match tokio::time::timeout(after, work).await {
            Ok(done) => done,
            Err(_) => Err(ConnectError::TimedOut { after }),
        }
    }

    fn offer(&self) -> Offer<'_> {
        Offer {
            hello: self.hello,
            name: &self.name,
            rings: self.rings,
            silence: self.patience.silence,
        }
    }

    async fn greet_as_first(&self, io: Io, peer: Option<&str>) -> Result<Link, ConnectError> {
        let greeted = greet_first(io, &self.offer(), peer).await?;
        Ok(self.link(greeted))
    }

    pub(crate) async fn greet_as_second(&self, io: Io) -> Result<Link, ConnectError> {
        let greeted = greet_second(io, &self.offer()).await?;
        Ok(self.link(greeted))
    }

    fn link(&self, greeted: Greeted) -> Link {
        Link::greeted(greeted, self.limit_bytes)
    }
}

/// The places that a host and port lead to.
#[cfg(feature = "network")]
pub(crate) async fn resolve(address: &Address) -> Result<Vec<std::net::SocketAddr>, ConnectError> {
    let (Address::Tcp(host, port) | Address::Quic(host, port)) = address else {
        return Ok(Vec::new());
    };
    let unresolved = |source| ConnectError::Unresolved {
        host: host.to_string(),
        source,
    };
    let found = tokio::net::lookup_host((host.as_str(), *port)).await;
    let places: Vec<_> = found.map_err(|error| unresolved(Some(error)))?.collect();
    match places.is_empty() {
        true => Err(unresolved(None)),
        false => Ok(places),
    }
}
