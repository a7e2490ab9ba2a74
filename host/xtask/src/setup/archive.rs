//! The way without a network: an archive that someone made where there is one.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};

use super::{install::Staged, toolchain::Toolchain, workshop::Workshop};
use crate::{command::Tool, repository::WASM_TARGET};

const DEADLINE: Duration = Duration::from_secs(120);

/// Unpacks `file`, which holds one folder named for the target, into the sysroot.
pub(super) fn unpack(file: &Path, toolchain: &Toolchain, workshop: &Workshop) -> Result<()> {
    let file = fs::canonicalize(file)
        .with_context(|| format!("cannot open the archive {}", file.display()))?;
    let staged = Staged::begin(toolchain)?;
    Tool::new("tar")
        .args(["--no-same-owner", "-xf"])
        .arg(&file)
        .arg("-C")
        .arg(staged.folder())
        .logged(&workshop.log(), DEADLINE)?;
    ensure!(
        staged.target().join("lib").is_dir(),
        "{} does not hold {WASM_TARGET}/lib",
        file.display()
    );
    staged.install()
}
