//! An identity, ready to be shown, and what it takes to check the peer's.

use super::authority::certified;
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::sync::Arc;
use tractor_protocol::Identity;

/// What both ends must name as the protocol inside. Versions of it are agreed on in the greeting, which can say more than that there is none.
const PROTOCOL: &[u8] = b"tractor";

/// Why an identity is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The certificate, its key and the authority do not belong together, or are none.
    #[error("the identity of {name:?} is damaged: {why}")]
    Damaged {
        /// Whose it is.
        name: String,
        /// What is wrong.
        why: String,
    },
}

/// An identity, ready to be used on any number of links.
#[derive(Clone)]
pub struct Credentials {
    name: String,
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Credentials {
    /// Reads an identity.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`].
    pub fn new(identity: &Identity) -> Result<Self, CredentialsError> {
        let damaged = |why: &dyn std::fmt::Display| CredentialsError::Damaged {
            name: identity.name.clone(),
            why: why.to_string(),
        };
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from(identity.authority.clone()))
            .map_err(|error| damaged(&error))?;
        let (roots, provider) = (Arc::new(roots), Arc::new(ring::default_provider()));
        Ok(Self {
            name: identity.name.clone(),
            client: client(identity, &roots, &provider).map_err(|error| damaged(&error))?,
            server: server(identity, &roots, &provider).map_err(|error| damaged(&error))?,
        })
    }

    /// Whose they are.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn client(&self) -> &Arc<ClientConfig> {
        &self.client
    }

    pub(super) fn server(&self) -> &Arc<ServerConfig> {
        &self.server
    }
}

fn client(
    identity: &Identity,
    roots: &Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let (chain, key) = shown(identity);
    let mut config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(Arc::clone(roots))
        .with_client_auth_cert(chain, key.into())?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    // Links are made once; nothing of one is kept for another.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

fn server(
    identity: &Identity,
    roots: &Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let (chain, key) = shown(identity);
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(provider))
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key.into())?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

fn shown(identity: &Identity) -> (Vec<CertificateDer<'static>>, PrivatePkcs8KeyDer<'static>) {
    (
        vec![CertificateDer::from(identity.certificate.clone())],
        PrivatePkcs8KeyDer::from(identity.key.clone()),
    )
}

/// The name that a certificate must bear to be this actor's; `None` if no certificate can.
pub(super) fn server_name(name: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(certified(name)).ok()
}

/// Whether a certificate that was found good bears this name.
pub(crate) fn bears_name(certificate: &CertificateDer<'_>, name: &str) -> bool {
    let Some(name) = server_name(name) else {
        return false;
    };
    webpki::EndEntityCert::try_from(certificate)
        .is_ok_and(|certificate| certificate.verify_is_valid_for_subject_name(&name).is_ok())
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
