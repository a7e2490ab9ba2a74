//! Connecting and listening for QUIC.

use super::incoming::PARKED_BYTES;
use super::outgoing::{QuicEnd, unreadable};
use crate::endpoint::{ConnectError, Patience};
use crate::network::credentials::{Credentials, server_name};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{
    ClientConfig, Connection, ConnectionError, Endpoint, ServerConfig, TransportConfig, VarInt,
};
use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Lanes that each end may have open: as many dialogs as a link has by default, and the control lane.
const LANES: u32 = 1024 + 1;

/// Bytes that one lane may have under way.
const LANE_BYTES: u32 = 1 << 20;

/// The first byte on the control lane, which makes it known to the peer.
const CONTROL: [u8; 1] = [0];

/// Waits for connections.
pub(crate) struct QuicListener(Endpoint);

/// A connection that has proven nothing yet.
pub(crate) struct QuicIncoming(quinn::Incoming);

impl QuicListener {
    pub(crate) fn bind(
        place: SocketAddr,
        credentials: &Credentials,
        patience: Patience,
    ) -> Result<Self> {
        let tls = QuicServerConfig::try_from(Arc::clone(credentials.server()))
            .map_err(|error| Error::new(ErrorKind::InvalidInput, error))?;
        let mut config = ServerConfig::with_crypto(Arc::new(tls));
        config.transport_config(transport(patience));
        Ok(Self(Endpoint::server(config, place)?))
    }

    pub(crate) fn place(&self) -> Result<SocketAddr> {
        self.0.local_addr()
    }

    pub(crate) async fn accept(&self) -> Result<QuicIncoming> {
        let incoming = self.0.accept().await;
        incoming
            .map(QuicIncoming)
            .ok_or_else(|| ErrorKind::NotConnected.into())
    }
}

impl QuicIncoming {
    pub(crate) async fn prove(self) -> std::result::Result<QuicEnd, ConnectError> {
        let connection = self.0.await.map_err(explained)?;
        let (control, mut control_in) = connection.accept_bi().await.map_err(explained)?;
        let mut first = CONTROL;
        control_in
            .read_exact(&mut first)
            .await
            .map_err(|_| ConnectError::Stranger)?;
        Ok(QuicEnd::new(connection, control, control_in))
    }
}

/// Connects, and proves to the peer who we are, as it does to us.
pub(crate) async fn quic_connect(
    place: SocketAddr,
    peer: &str,
    credentials: &Credentials,
    patience: Patience,
) -> std::result::Result<QuicEnd, ConnectError> {
    let connection = connected(place, peer, credentials, patience).await?;
    let (mut control, control_in) = connection.open_bi().await.map_err(explained)?;
    if let Err(error) = control.write_all(&CONTROL).await {
        let reason = connection.close_reason().map(explained);
        return Err(reason.unwrap_or_else(|| ConnectError::Io(error.into())));
    }
    Ok(QuicEnd::new(connection, control, control_in))
}

async fn connected(
    place: SocketAddr,
    peer: &str,
    credentials: &Credentials,
    patience: Patience,
) -> std::result::Result<Connection, ConnectError> {
    let name = server_name(peer).ok_or_else(|| ConnectError::Untrusted {
        why: format!("no certificate can bear the name {peer:?}"),
    })?;
    let unusable = |error| ConnectError::Io(Error::new(ErrorKind::InvalidInput, error));
    let tls = QuicClientConfig::try_from(Arc::clone(credentials.client()))
        .map_err(|error| ConnectError::Io(Error::new(ErrorKind::InvalidInput, error)))?;
    let mut config = ClientConfig::new(Arc::new(tls));
    config.transport_config(transport(patience));
    let any: IpAddr = match place {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let endpoint = Endpoint::client((any, 0).into()).map_err(ConnectError::Io)?;
    let connecting = endpoint
        .connect_with(config, place, &name.to_str())
        .map_err(unusable)?;
    connecting.await.map_err(|error| match error {
        ConnectionError::TimedOut => ConnectError::TimedOut {
            after: patience.silence,
        },
        error => explained(error),
    })
}

fn transport(patience: Patience) -> Arc<TransportConfig> {
    let mut config = TransportConfig::default();
    // Over 2^62 ms quinn refuses it; then there is none, which is as long.
    config.max_idle_timeout(patience.silence.try_into().ok());
    config.keep_alive_interval(Some((patience.silence / 4).max(Duration::from_millis(1))));
    config.max_concurrent_bidi_streams(VarInt::from_u32(LANES));
    config.max_concurrent_uni_streams(VarInt::from_u32(0));
    config.stream_receive_window(VarInt::from_u32(LANE_BYTES));
    config.receive_window(VarInt::from_u32(PARKED_BYTES as u32 / 2));
    config.send_window(PARKED_BYTES as u64 / 2);
    config.datagram_receive_buffer_size(None);
    Arc::new(config)
}

/// Why there is no connection.
pub(super) fn explained(error: ConnectionError) -> ConnectError {
    match error {
        ConnectionError::VersionMismatch => ConnectError::Stranger,
        // 0x100 and up are alerts of TLS. No common protocol inside is 120.
        ConnectionError::TransportError(error) if u64::from(error.code) == 0x100 + 120 => {
            ConnectError::Stranger
        }
        ConnectionError::TransportError(error) => ConnectError::Untrusted {
            why: error.to_string(),
        },
        ConnectionError::ConnectionClosed(close) if u64::from(close.error_code) == 0x100 + 120 => {
            ConnectError::Stranger
        }
        ConnectionError::ConnectionClosed(close) if u64::from(close.error_code) >= 0x100 => {
            ConnectError::RefusedUs {
                why: close.to_string(),
            }
        }
        ConnectionError::ConnectionClosed(_) | ConnectionError::ApplicationClosed(_) => {
            ConnectError::Ended
        }
        error => ConnectError::Unreachable(unreadable(&error.into())),
    }
}
