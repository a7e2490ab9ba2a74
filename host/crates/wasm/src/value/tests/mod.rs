//! Tests of the codecs across files: random types and values, serde's own bytes, wasmtime's own types, error texts.

mod errors;
mod forms;
mod fuzz;
mod golden;
mod properties;
mod random;
mod table;
mod types;
