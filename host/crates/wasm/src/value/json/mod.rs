//! JSON: what Python and JavaScript have built in.
//!
//! Integers are written and read without fraction or exponent and are never rounded. JavaScript's numbers end at 2^53, so
//! 64-bit integers may also be given as a string of digits; they are always written as numbers.

mod decode;
mod encode;

pub(crate) use decode::{describe, parse, value};
pub(crate) use encode::write;
