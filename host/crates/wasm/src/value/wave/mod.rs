//! WAVE: the text form of values that people type on the command line.
//!
//! Parsing is wasm-wave's; typing is our own, so that errors name their place and maps and lists of fixed length work too.
//! Writing is our own because wasm-wave panics on maps.

mod decode;
mod encode;

pub(crate) use decode::{Text, is_unit, value};
pub(crate) use encode::write;
