//! tractor-wasm

pub mod inspect;
#[cfg(test)]
mod testing;
pub mod value;
