//! `demo`: from a machine with only Rust to a running tree of actors.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{
    command::Tool,
    guests,
    job::Heading,
    repository::{guests_components, root, shown},
    setup,
};

/// The program guest that shows a small tree.
const COMPONENT: &str = "demo.wasm";

/// Runs `cargo xtask demo`. Becomes the program at its end, so that signals and exit code are the program's.
pub(crate) fn run() -> Result<()> {
    setup::ensure(&step(1, "wasm target"), None)?;
    guests::build(&step(2, "guests"))?;
    let program = build_host(&step(3, "host"))?;
    let component = guests_components().join(COMPONENT);
    step(4, "run").say(format_args!(
        "{} run {}",
        shown(&program),
        shown(&component)
    ));
    Err(Tool::new(program).arg("run").arg(component).become_it())
}

fn step(number: usize, name: &str) -> Heading {
    Heading::numbered(number, 4, name)
}

fn build_host(heading: &Heading) -> Result<PathBuf> {
    heading.say("building (the first time takes minutes: it compiles the engine)");
    Tool::cargo()
        .args(["build", "--bin", "tractor-host"])
        .dir(&root())
        .run()?;
    Ok(target_folder()?.join("debug/tractor-host"))
}

/// Asks cargo where it builds: CARGO_TARGET_DIR or a configuration may have moved it.
fn target_folder() -> Result<PathBuf> {
    let metadata = Tool::cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .dir(&root())
        .text()?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
    let folder = metadata["target_directory"].as_str();
    Ok(folder
        .context("cargo metadata names no target folder")?
        .into())
}
