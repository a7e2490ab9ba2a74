//! The certificate authority of one tree.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use std::time::{Duration, SystemTime};
use tractor_protocol::Identity;

/// How far the clocks of two machines may be apart when a certificate is new.
const CLOCK_SKEW: Duration = Duration::from_secs(3600);

/// How long a certificate is good for, ten years: a tree may run long, and its keys end with it.
const VALID: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// What the names of actors end in, so that any name is one for a certificate.
const SUFFIX: &str = ".actor";

/// Why a certificate cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// The name is not letters, digits and hyphens, 1 to 63 of them.
    #[error(
        "{name:?} cannot stand in a certificate: names are 1 to 63 letters, digits and inner hyphens"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// No key, or no signature.
    #[error("no certificate can be made")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<rcgen::Error> for AuthorityError {
    fn from(error: rcgen::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// Issues the certificates of one tree. Its key is in memory only, and gone with it.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Vec<u8>,
}

impl Authority {
    /// Makes one, with a new key.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] if the system gives no randomness.
    pub fn new() -> Result<Self, AuthorityError> {
        let now = SystemTime::now();
        let mut params = params(Vec::new(), now - CLOCK_SKEW, now + VALID)?;
        params.distinguished_name = distinguished("tractor tree");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.der().to_vec();
        Ok(Self {
            issuer: Issuer::new(params, key),
            certificate,
        })
    }

    /// Makes an identity for an actor, good for ten years. The name is letters, digits and hyphens, as in a host name.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] if the name cannot stand in a certificate.
    pub fn identity(&self, name: &str) -> Result<Identity, AuthorityError> {
        let now = SystemTime::now();
        self.identity_between(name, now - CLOCK_SKEW, now + VALID)
    }

    /// As [`Authority::identity`], good from and until given times.
    ///
    /// # Errors
    ///
    /// As [`Authority::identity`].
    pub fn identity_between(
        &self,
        name: &str,
        from: SystemTime,
        until: SystemTime,
    ) -> Result<Identity, AuthorityError> {
        let is_label = (1..=63).contains(&name.len())
            && !name.starts_with('-')
            && !name.ends_with('-')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_label {
            let name = name.to_owned();
            return Err(AuthorityError::Name { name });
        }
        let mut params = params(vec![certified(name)], from, until)?;
        params.distinguished_name = distinguished(name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.der().to_vec();
        Ok(Identity {
            name: name.to_owned(),
            certificate,
            key: key.serialize_der(),
            authority: self.certificate.clone(),
        })
    }
}

/// An actor's name as it stands in a certificate.
pub(super) fn certified(name: &str) -> String {
    format!("{name}{SUFFIX}")
}

fn params(
    names: Vec<String>,
    from: SystemTime,
    until: SystemTime,
) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.not_before = from.into();
    params.not_after = until.into();
    Ok(params)
}

fn distinguished(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}
