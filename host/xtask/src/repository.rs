//! Where things are in the repository, whatever folder `cargo xtask` was called in.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The triple that guests are built for.
pub(crate) const WASM_TARGET: &str = "wasm32-wasip2";

/// Returns the top of the repository.
///
/// Cargo's variable comes first: worktrees that share one target folder share one compiled xtask too.
pub(crate) fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = package.ancestors().nth(2).unwrap_or(&package);
    root.to_path_buf()
}

/// Returns the manifest of the guests' workspace.
pub(crate) fn guests_manifest() -> PathBuf {
    root().join("guests/Cargo.toml")
}

/// Returns the guests' own target folder; CARGO_TARGET_DIR does not move it.
pub(crate) fn guests_target() -> PathBuf {
    root().join("guests/target")
}

/// Returns the folder in which the built components are.
pub(crate) fn guests_components() -> PathBuf {
    guests_target().join(WASM_TARGET).join("release")
}

/// Shows a path as one would type it at the top of the repository.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
