//! Mapping compiled components into this process.
#![expect(
    unsafe_code,
    reason = "compiled code is machine code, and mapping it is an act of trust"
)]

use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Maps the compiled component in `file`, which the supervisor passed to this worker. Its pages are shared between workers.
///
/// # Errors
///
/// wasmtime's, if the code was compiled for another engine or machine.
pub(crate) fn map(engine: &Engine, file: BorrowedFd<'_>) -> wasmtime::Result<Component> {
    map_path(
        engine,
        Path::new(&format!("/proc/self/fd/{}", file.as_raw_fd())),
    )
}

/// Maps a compiled component by its path.
pub(crate) fn map_path(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the bytes are what an engine of ours compiled. The supervisor made the file itself or checked its digest, in a
    // folder that only its user may write to; entries are replaced as a whole and never written to again; a file without
    // a name is sealed. Whoever can break this has the user's rights, and needs no guest to run code.
    unsafe { Component::deserialize_file(engine, path) }
}
