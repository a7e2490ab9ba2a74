//! Between the types of the WIT package and those of the protocol, which say the same in two ways.

pub(crate) mod from_wit;
pub(super) mod to_wit;

#[cfg(test)]
mod tests;
