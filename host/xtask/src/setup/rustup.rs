//! The ordinary way: rustup downloads the target.

use std::time::Duration;

use anyhow::Result;

use super::{toolchain::Toolchain, workshop::Workshop};
use crate::{command::Tool, repository::WASM_TARGET};

/// The target is a download of 20 MB. rustup tries a dead server several times over; it is not waited for longer than this.
const DEADLINE: Duration = Duration::from_secs(120);

/// Adds the target to the active toolchain. One that rustup has in its books but that does not work is removed first.
pub(super) fn add(toolchain: &Toolchain, workshop: &Workshop) -> Result<()> {
    if toolchain.target_is_rustups() {
        // If that fails there is nothing to add either, and the check of the target says so.
        let _ = target("remove").logged(&workshop.log(), DEADLINE);
    }
    target("add").logged(&workshop.log(), DEADLINE)
}

fn target(verb: &str) -> Tool {
    Tool::new("rustup")
        .args(["target", verb, WASM_TARGET])
        // Its own backtrace would hide what it says.
        .env("RUST_BACKTRACE", "0")
}
