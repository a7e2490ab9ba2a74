//! Values on their way between a payload's bytes and the component model, driven by the callee's WIT types.
//!
//! A payload is read in the codec its sender chose, against the type that the callee's component declares, and results go
//! back in the caller's codec. So Rust may talk to Python and a command line to both, and none of them knows the other's
//! language.
//!
//! # Invariants
//!
//! 1. Decoding never panics and never allocates more than a constant (of the type) times the input's size.
//! 2. Nothing is rounded, truncated or left over: bytes that do not fit the type are an error that names the place.
//! 3. Any value goes through any codec unchanged, NaN payloads aside.
//!
//! # The three codecs
//!
//! | WIT | postcard | json | wave |
//! | --- | --- | --- | --- |
//! | arguments | the tuple of them | an array | `(1, "two")`; empty text or `()` for none |
//! | no result | no bytes | `null` | empty text |
//! | `u8`, `s8` | one byte | number without fraction | number |
//! | `u16` to `u64`, `s16` to `s64` | varint; zigzag where signed | number; 64 bits: a string of digits too | number |
//! | `f32`, `f64` | little endian | number, or `"NaN"`, `"Infinity"`, `"-Infinity"` | number, `nan`, `inf`, `-inf` |
//! | `char` | as a string | string of one character | `'c'` |
//! | `list<t>` | length, elements | array | `[a, b]` |
//! | `list<t, n>` | elements | array | `[a, b]` |
//! | `map<k, v>` | length, pairs | object if `k` is string, else array of pairs | `[(k, v)]` |
//! | record | fields in order | object; an `option` field may be missing | `{a: 1}`; the same |
//! | tuple | elements | array | `(a, b)` |
//! | variant | varint of the case, its value | `"case"` or `{"case": value}` | `case` or `case(value)` |
//! | enum | varint of the case | `"case"` | `case` |
//! | option | 0, or 1 and the value | `null` or the value; an option within: `{"some": value}` | `none`, `some(v)` or `v` |
//! | result | 0 or 1, and the value | `{"ok": v}`, `{"err": e}`; `null` where it has none | `ok(v)`, `err(e)` or `v` |
//! | flags | varint, the first flag is bit 0 | array of names | `{a, b}` |
//!
//! The postcard column is byte for byte what serde's derives give for the Rust types that wit-bindgen makes. (Its `flags`
//! get no derives, so theirs is our own choice.) In the text codecs arguments at the end may be missing where they are
//! options, and a field that is unknown or given twice is an error. Resources, streams, futures and error contexts belong to one instance and are refused.

mod call;
mod codec;
mod error;
mod json;
mod messages;
mod near;
mod outcome;
mod path;
mod phrase;
mod postcard;
mod scalar;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod wave;

pub use call::Call;
pub(crate) use codec::unit;
pub use codec::{
    decode_arguments, decode_result, decode_value, encode_arguments, encode_result, encode_value,
};
pub use error::{Place, Subject, ValueError};
pub use messages::{Direction, Messages};
pub(crate) use near::{ALIKE, likeness};
pub use outcome::{Outcome, encode_outcome};
pub use shape::{MAX_DEPTH, MAX_NODES, Shape};
pub(crate) use text::excerpt;
pub use text::{Signature, TypeText};
