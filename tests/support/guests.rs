//! Where the test guests are, and the cache in which they are compiled once for all tests.

use std::path::{Path, PathBuf};

/// Where the guests are: `cargo xtask guests` builds them, and they are looked for where `TRACTOR_GUESTS` says.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("TRACTOR_GUESTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/target/wasm32-wasip2/release"),
        PathBuf::from,
    )
}

/// The file of a guest.
pub(crate) fn guest(name: &str) -> PathBuf {
    let file = folder().join(name.replace('-', "_")).with_extension("wasm");
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
