//! Connecting and listening for TLS over TCP.

use super::credentials::{Credentials, server_name};
use super::tls::TlsEnd;
use crate::endpoint::{ConnectError, Patience};
use rustls::{AlertDescription, ClientConnection, Connection, ServerConnection};
use std::io::{Error, Result};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Waits for connections.
pub(crate) struct TcpListener {
    socket: tokio::net::TcpListener,
    credentials: Credentials,
}

/// A connection that has proven nothing yet.
pub(crate) struct TcpIncoming {
    stream: TcpStream,
    credentials: Credentials,
}

impl TcpListener {
    pub(crate) async fn bind(place: SocketAddr, credentials: Credentials) -> Result<Self> {
        Ok(Self {
            socket: tokio::net::TcpListener::bind(place).await?,
            credentials,
        })
    }

    pub(crate) fn place(&self) -> Result<SocketAddr> {
        self.socket.local_addr()
    }

    pub(crate) async fn accept(&self) -> Result<TcpIncoming> {
        let (stream, _) = self.socket.accept().await?;
        Ok(TcpIncoming {
            stream,
            credentials: self.credentials.clone(),
        })
    }
}

impl TcpIncoming {
    pub(crate) async fn prove(
        self,
        patience: Patience,
    ) -> std::result::Result<TlsEnd, ConnectError> {
        let config = Arc::clone(self.credentials.server());
        let tls = ServerConnection::new(config).map_err(|error| untrusted(&error))?;
        shake(self.stream, tls.into(), patience).await
    }
}

/// Connects, and proves to the peer who we are, as it does to us.
pub(crate) async fn tcp_connect(
    place: SocketAddr,
    peer: &str,
    credentials: &Credentials,
    patience: Patience,
) -> std::result::Result<TlsEnd, ConnectError> {
    let name = server_name(peer).ok_or_else(|| ConnectError::Untrusted {
        why: format!("no certificate can bear the name {peer:?}"),
    })?;
    let stream = TcpStream::connect(place)
        .await
        .map_err(ConnectError::Unreachable)?;
    let tls = ClientConnection::new(Arc::clone(credentials.client()), name)
        .map_err(|error| untrusted(&error))?;
    shake(stream, tls.into(), patience).await
}

async fn shake(
    stream: TcpStream,
    tls: Connection,
    patience: Patience,
) -> std::result::Result<TlsEnd, ConnectError> {
    let socket = stream.into_std().map_err(ConnectError::Io)?.into();
    let end = TlsEnd::new(socket, tls, patience.silence).map_err(ConnectError::Io)?;
    end.handshake().await.map_err(explained)?;
    Ok(end)
}

/// What went wrong in the session, where it did.
pub(crate) fn explained(error: Error) -> ConnectError {
    use rustls::Error as Tls;
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        return ConnectError::Ended;
    }
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Tls>());
    match inner {
        None => ConnectError::Io(error),
        Some(
            Tls::InvalidMessage(_)
            | Tls::InappropriateMessage { .. }
            | Tls::InappropriateHandshakeMessage { .. }
            | Tls::PeerIncompatible(_)
            | Tls::NoApplicationProtocol
            | Tls::AlertReceived(
                AlertDescription::NoApplicationProtocol | AlertDescription::ProtocolVersion,
            ),
        ) => ConnectError::Stranger,
        Some(Tls::AlertReceived(alert)) => ConnectError::RefusedUs {
            why: format!("{alert:?}"),
        },
        Some(other) => untrusted(other),
    }
}

fn untrusted(error: &rustls::Error) -> ConnectError {
    ConnectError::Untrusted {
        why: error.to_string(),
    }
}
