//! postcard: what serde's derives give for the Rust types that wit-bindgen makes.
//!
//! Sequential and without types on the wire, so a wrong type shows only where the bytes make no sense. Reading follows
//! postcard's own rules: a varint may not be longer than its type allows, a bool is 0 or 1, text is UTF-8.

mod decode;
mod encode;

pub(crate) use decode::Reader;
pub(crate) use encode::write;
