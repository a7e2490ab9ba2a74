//! Large components, such as Python's, which take longer to compile than a test may take.

use std::path::Path;
use tractor_wasm::{Cache, Components};

/// Has a component in the cache of the tests, compiled now if it was not before.
pub(crate) fn compile(file: &Path, cache: &Path) {
    let cache = Cache::open(cache.to_owned()).expect("a cache");
    let prepared = Components::new(cache).prepare_file("large", file, &mut |_| {});
    prepared.expect("it can be compiled");
}
