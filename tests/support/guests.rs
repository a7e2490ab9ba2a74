//! Where the test guests are, and the cache in which they are compiled once for all tests.

use std::path::{Path, PathBuf};

/// The file of a guest. They are built by `cargo xtask guests`, and looked for where `TRACTOR_GUESTS` says.
pub(crate) fn guest(name: &str) -> PathBuf {
    let folder = std::env::var_os("TRACTOR_GUESTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/target/wasm32-wasip2/release"),
        PathBuf::from,
    );
    let file = folder.join(name.replace('-', "_")).with_extension("wasm");
    assert!(
        file.is_file(),
        "the guest {} is not built: run `cargo xtask guests`",
        file.display()
    );
    file
}

/// Compiled code of all tests.
pub(crate) fn cache_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}
