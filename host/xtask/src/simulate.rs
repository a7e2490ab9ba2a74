//! `simulate`: whole trees in virtual time, from seeds.

use anyhow::Result;

use crate::{command::Tool, repository::root};

/// Builds the simulation in release, which takes no engine, and runs it with `arguments`.
pub(crate) fn run(arguments: Vec<String>) -> Result<()> {
    Tool::cargo()
        .args(["run", "--release", "--quiet"])
        .args(["--package", "tractor-simulation", "--"])
        .args(arguments)
        .dir(&root())
        .run()
}
