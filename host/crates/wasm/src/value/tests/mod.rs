//! Tests of the codecs across files: random types and values, serde's own bytes, wasmtime's own types, error texts.

#![expect(clippy::unwrap_used, reason = "a test that fails here says where")]

mod errors;
mod forms;
mod golden;
mod properties;
mod random;
mod types;
