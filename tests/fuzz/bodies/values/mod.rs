//! Values of arbitrary WIT types through the codecs.
//!
//! Whatever bytes come, in whatever codec: they are refused, or they are a value that goes through every codec unchanged. `types` makes
//! types and values from the fuzzer's bytes, `run` sends them through.

mod run;
mod types;

pub(crate) use run::run;
