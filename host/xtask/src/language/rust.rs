//! Rust: the target `wasm32-wasip2`, which [`crate::setup`] provides.

use anyhow::Result;

use super::Finding;
use crate::{
    guests,
    job::Heading,
    repository::WASM_TARGET,
    setup::{self, Toolchain},
};

/// Provides the wasm target.
pub(super) fn provide(heading: &Heading) -> Result<()> {
    setup::ensure(heading, None)
}

/// Builds the workspace in `guests/`.
pub(super) fn build(heading: &Heading) -> Result<()> {
    guests::build(heading)
}

/// Looks for rustc and its wasm target.
pub(super) fn findings() -> Vec<Finding> {
    let toolchain = match Toolchain::active() {
        Ok(toolchain) => toolchain,
        Err(error) => {
            let remedy = "install Rust with rustup";
            return vec![Finding::missing(format_args!("rustc: {error:#}"), remedy)];
        }
    };
    let rustc = Finding::there(format_args!("rustc {}", toolchain.release));
    vec![rustc, target(&toolchain)]
}

fn target(toolchain: &Toolchain) -> Finding {
    let remedy = "cargo xtask setup --lang rust";
    if !toolchain.has_target() {
        return Finding::missing(WASM_TARGET, remedy);
    }
    match setup::works() {
        Ok(()) => Finding::there(WASM_TARGET),
        Err(error) => {
            Finding::missing(format_args!("{WASM_TARGET} that works ({error:#})"), remedy)
        }
    }
}
