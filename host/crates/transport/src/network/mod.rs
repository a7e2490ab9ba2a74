//! Links between machines: TLS over TCP, and QUIC, with the same certificates.
//!
//! Each tree is an authority of its own, so a certificate says "of this tree" and which actor. Both ends check the other's. Keys are in memory and nowhere else.

mod authority;
mod credentials;
mod quic;
mod tcp;
mod tls;

pub use authority::{Authority, AuthorityError};
pub(crate) use credentials::bears_name;
pub use credentials::{Credentials, CredentialsError};
pub(crate) use quic::{LanesIn, QuicEnd, QuicIncoming, QuicListener, quic_connect};
pub(crate) use tcp::{TcpIncoming, TcpListener, explained, tcp_connect};
pub(crate) use tls::TlsEnd;
