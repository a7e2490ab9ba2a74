//! What the fuzz targets do with the fuzzer's bytes, and the code under test that is no crate's public interface.
//!
//! The bodies in `bodies/` are plain functions of bytes. `cargo test` runs them too, over all that is in `corpus/` and `findings/`, in the
//! crates that they are about: `host/crates/{protocol,runtime}/tests/fuzz.rs`, `host/crates/wasm/src/value/tests/fuzz.rs`,
//! `host/src/cli/fuzz.rs`. So a finding stays mended without nightly Rust.
#![expect(unused_imports, reason = "modules of other crates have uses there")]

#[path = "../../../host/crates/wasm/src/value/mod.rs"]
pub mod value;

#[path = "../../../host/src/cli/units.rs"]
mod units;

macro_rules! targets {
    ($($name:ident: $file:literal, $about:literal;)+) => {
        $(
            #[path = $file]
            mod $name;

            #[doc = $about]
            pub fn $name(bytes: &[u8]) {
                $name::run(bytes);
            }
        )+
    };
}

targets! {
    command_line: "../bodies/command_line.rs", "Calls as people type them.";
    control: "../bodies/control/mod.rs", "The supervisor's machine and workers that say anything.";
    dialog: "../bodies/dialog/mod.rs", "One end of a link and a peer that says anything.";
    flags: "../bodies/flags.rs", "Values of flags.";
    frame: "../bodies/frame.rs", "Frames.";
    handshake: "../bodies/handshake.rs", "First words.";
    values: "../bodies/values/mod.rs", "Values of any type in any codec.";
}
