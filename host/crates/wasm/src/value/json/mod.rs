//! JSON: what Python and JavaScript have built in.
//!
//! Integers are written and read without fraction or exponent and are never rounded. JavaScript's numbers end at 2^53, so
//! 64-bit integers may also be given as a string of digits; they are always written as numbers. A field or key that stands in an
//! object twice is an error: parsers differ in which of the two they keep.

mod decode;
mod encode;
mod tree;

pub(crate) use decode::{describe, value};
pub(crate) use encode::write;
pub(crate) use tree::{Json, parse};
