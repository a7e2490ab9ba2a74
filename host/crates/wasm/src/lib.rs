//! tractor-wasm
