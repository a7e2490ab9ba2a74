//! Waiting for peers that this process did not start.

use crate::address::Address;
use crate::endpoint::{ConnectError, Endpoint};
use crate::io::Io;
use crate::link::Link;
#[cfg(feature = "network")]
use crate::network::{QuicIncoming, QuicListener, TcpIncoming, TcpListener};
use crate::socket::Socket;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use std::io::{ErrorKind, Result};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use tokio::net::UnixListener;

/// Waits for links. Dropping it frees the address; links that were made live on.
pub struct Listener {
    endpoint: Endpoint,
    address: Address,
    kind: Kind,
    _file: SocketFile,
}

enum Kind {
    Unix(UnixListener),
    #[cfg(feature = "network")]
    Tcp(TcpListener),
    #[cfg(feature = "network")]
    Quic(QuicListener),
}

/// Comers that have not said who they are, at most, while one peer is waited for.
const MOST_COMERS: usize = 64;

/// The file of a Unix socket, which goes with its listener.
struct SocketFile(Option<PathBuf>);

/// A peer that has come and said nothing yet. Dropping it turns the peer away.
pub struct Incoming {
    endpoint: Endpoint,
    kind: IncomingKind,
}

enum IncomingKind {
    Unix(OwnedFd),
    #[cfg(feature = "network")]
    Tcp(TcpIncoming),
    #[cfg(feature = "network")]
    Quic(Box<QuicIncoming>),
}

impl Listener {
    pub(crate) async fn bind(
        endpoint: Endpoint,
        address: &Address,
    ) -> std::result::Result<Self, ConnectError> {
        let (kind, address, file) = match address {
            Address::Unix(_) | Address::Abstract(_) => {
                let (kind, file) = unix_listen(address).map_err(ConnectError::Io)?;
                (kind, address.clone(), file)
            }
            Address::Tcp(..) | Address::Quic(..) => {
                let (kind, found) = listen_on_network(&endpoint, address).await?;
                (kind, found, SocketFile(None))
            }
        };
        Ok(Self {
            endpoint,
            address,
            kind,
            _file: file,
        })
    }

    /// Where it listens, with the port that was found free if 0 was asked for.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Waits for the next peer. What it says is not waited for: see [`Incoming::greet`].
    ///
    /// # Errors
    ///
    /// If the system gives no socket for it. The listener is as good as before.
    ///
    /// # Cancel safety
    ///
    /// No peer is lost.
    pub async fn accept(&self) -> Result<Incoming> {
        let kind = match &self.kind {
            Kind::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                IncomingKind::Unix(stream.into_std()?.into())
            }
            #[cfg(feature = "network")]
            Kind::Tcp(listener) => IncomingKind::Tcp(listener.accept().await?),
            #[cfg(feature = "network")]
            Kind::Quic(listener) => IncomingKind::Quic(Box::new(listener.accept().await?)),
        };
        Ok(Incoming {
            endpoint: self.endpoint.clone(),
            kind,
        })
    }
}

impl Listener {
    /// Waits for a peer of this name alone. Whoever else comes is turned away; those who say nothing keep nobody waiting while there are fewer
    /// than 64 of them.
    ///
    /// # Errors
    ///
    /// [`ConnectError::TimedOut`] after [`Patience::handshake`](crate::Patience::handshake); [`ConnectError::Io`] if the system gives no socket.
    ///
    /// # Cancel safety
    ///
    /// The peer sees the link end.
    pub async fn accept_from(&self, peer: &str) -> std::result::Result<Link, ConnectError> {
        self.endpoint.within(self.find(peer)).await
    }

    async fn find(&self, peer: &str) -> std::result::Result<Link, ConnectError> {
        // Each comer with its greeting under way.
        let mut comers = FuturesUnordered::new();
        let is_peer = |link: &Link| link.peer() == Some(peer);
        loop {
            tokio::select! {
                Some(greeted) = comers.next() => match greeted {
                    Ok(link) if is_peer(&link) => return Ok(link),
                    // A stranger, or somebody else of the tree.
                    _ => {}
                },
                incoming = self.accept(), if comers.len() < MOST_COMERS => {
                    comers.push(incoming.map_err(ConnectError::Io)?.greet());
                }
            }
        }
    }
}

impl Incoming {
    /// Lets both ends say and prove who they are. Best in a task of its own, so that a peer that says nothing keeps no other waiting.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], within [`Patience::handshake`](crate::Patience::handshake).
    ///
    /// # Cancel safety
    ///
    /// The peer sees the link end.
    pub async fn greet(self) -> std::result::Result<Link, ConnectError> {
        let Self { endpoint, kind } = self;
        endpoint
            .within(async {
                let io = match kind {
                    IncomingKind::Unix(socket) => Io::Socket(ours(socket)?),
                    #[cfg(feature = "network")]
                    IncomingKind::Tcp(incoming) => {
                        Io::Tls(Box::new(incoming.prove(endpoint.patience).await?))
                    }
                    #[cfg(feature = "network")]
                    IncomingKind::Quic(incoming) => Io::Quic(Box::new(incoming.prove().await?)),
                };
                endpoint.greet_as_second(io).await
            })
            .await
    }
}

/// A socket whose other end is of the same user.
fn ours(socket: OwnedFd) -> std::result::Result<Socket, ConnectError> {
    let peer = rustix::net::sockopt::socket_peercred(&socket)
        .map_err(|error| ConnectError::Io(error.into()))?;
    if peer.uid != rustix::process::geteuid() {
        let why = format!("it is of user {} on this machine", peer.uid.as_raw());
        return Err(ConnectError::Untrusted { why });
    }
    Socket::new(socket).map_err(ConnectError::Io)
}

/// Connects to a Unix socket. That takes no time: the listener need not do anything.
pub(crate) fn unix_connect(address: &Address) -> std::result::Result<Socket, ConnectError> {
    let connect = || {
        let place = unix_place(address)?;
        let socket = rustix::net::socket_with(
            rustix::net::AddressFamily::UNIX,
            rustix::net::SocketType::STREAM,
            rustix::net::SocketFlags::CLOEXEC,
            None,
        )?;
        rustix::net::connect(&socket, &place)?;
        Ok(socket)
    };
    ours(connect().map_err(ConnectError::Unreachable)?)
}

fn unix_listen(address: &Address) -> Result<(Kind, SocketFile)> {
    let place = unix_place(address)?;
    let socket = rustix::net::socket_with(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::STREAM,
        rustix::net::SocketFlags::CLOEXEC | rustix::net::SocketFlags::NONBLOCK,
        None,
    )?;
    rustix::net::bind(&socket, &place)?;
    // From here on the file is ours to remove.
    let file = SocketFile(match address {
        Address::Unix(path) => Some(path.clone()),
        _ => None,
    });
    rustix::net::listen(&socket, 64)?;
    Ok((Kind::Unix(UnixListener::from_std(socket.into())?), file))
}

fn unix_place(address: &Address) -> Result<rustix::net::SocketAddrUnix> {
    let place = match address {
        Address::Unix(path) => rustix::net::SocketAddrUnix::new(path),
        Address::Abstract(name) => rustix::net::SocketAddrUnix::new_abstract_name(name.as_bytes()),
        _ => return Err(ErrorKind::InvalidInput.into()),
    };
    Ok(place?)
}

#[cfg(not(feature = "network"))]
#[expect(clippy::unused_async, reason = "as the other one")]
async fn listen_on_network(
    _: &Endpoint,
    address: &Address,
) -> std::result::Result<(Kind, Address), ConnectError> {
    Err(ConnectError::Unsupported {
        address: address.clone(),
    })
}

#[cfg(feature = "network")]
async fn listen_on_network(
    endpoint: &Endpoint,
    address: &Address,
) -> std::result::Result<(Kind, Address), ConnectError> {
    let credentials = endpoint.credentials(address)?.clone();
    let mut last = std::io::Error::from(ErrorKind::AddrNotAvailable);
    for place in crate::endpoint::resolve(address).await? {
        let listening = match address {
            Address::Quic(..) => {
                QuicListener::bind(place, &credentials, endpoint.patience).map(Kind::Quic)
            }
            _ => TcpListener::bind(place, credentials.clone())
                .await
                .map(Kind::Tcp),
        };
        match listening {
            Ok(kind) => {
                let found = kind.found(address).map_err(ConnectError::Io)?;
                return Ok((kind, found));
            }
            Err(error) => last = error,
        }
    }
    Err(ConnectError::Io(last))
}

#[cfg(feature = "network")]
impl Kind {
    /// The address, with the port that it has.
    fn found(&self, address: &Address) -> Result<Address> {
        Ok(match (self, address) {
            (Self::Tcp(listener), Address::Tcp(host, _)) => {
                Address::Tcp(host.clone(), listener.place()?.port())
            }
            (Self::Quic(listener), Address::Quic(host, _)) => {
                Address::Quic(host.clone(), listener.place()?.port())
            }
            _ => address.clone(),
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Someone may have removed it already.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming").finish_non_exhaustive()
    }
}
