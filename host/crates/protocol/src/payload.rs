//! An encoded value and the name of its codec.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How the bytes of a payload are to be read. The callee's WIT types decide what they may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Codec {
    /// serde's postcard encoding of the parameter tuple, or of the value.
    Postcard,
    /// A JSON array of the arguments, or a JSON value.
    Json,
    /// WAVE text, as people type it: `(1, "two")`, or a value.
    Wave,
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postcard => "postcard",
            Self::Json => "json",
            Self::Wave => "wave",
        })
    }
}

/// A value on its way to or from another actor. Cloning shares the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// How to read the bytes.
    pub codec: Codec,
    /// The encoded value.
    pub bytes: Bytes,
}

impl Payload {
    /// A payload of `bytes` encoded with `codec`.
    pub fn new(codec: Codec, bytes: impl Into<Bytes>) -> Self {
        Self {
            codec,
            bytes: bytes.into(),
        }
    }
}
