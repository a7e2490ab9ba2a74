//! What proves on a network that an actor is of a tree.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A certificate of a tree's authority, and its key. It crosses only links that nobody else can read, and is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Whose it is: the name in the certificate.
    pub name: String,
    /// The certificate, in DER.
    pub certificate: Vec<u8>,
    /// Its private key, as PKCS #8 in DER.
    pub key: Vec<u8>,
    /// The authority's own certificate, in DER.
    pub authority: Vec<u8>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_never_printed() {
        let identity = Identity {
            name: "ann".into(),
            certificate: vec![101; 3],
            key: vec![102; 3],
            authority: vec![103; 3],
        };
        assert_eq!(format!("{identity:?}"), "Identity { name: \"ann\", .. }");
    }
}
