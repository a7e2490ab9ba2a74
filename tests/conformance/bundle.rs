//! The components of all languages, prepared once for all trees: compiling a big one takes longer than a scenario may.
//!
//! All at once and before there is a tree, for what they open stays open. One that is missing fails the pairs that need it, and no others.

use crate::LANGUAGES;
use crate::support::guests::{cache_folder, folder};
use std::sync::OnceLock;
use tractor_host::TreeBuilder;
use tractor_wasm::{Cache, Components, Prepared};

/// The component of each language, or what is wrong with it.
static PREPARED: OnceLock<Vec<Result<Prepared, String>>> = OnceLock::new();

/// Prepares all; gives the component of a language.
pub(crate) fn component(language: &str) -> Result<Prepared, String> {
    let prepared = PREPARED.get_or_init(prepare);
    let index = LANGUAGES.iter().position(|known| *known == language);
    index.map_or_else(
        || Err(format!("no language {language}")),
        |index| prepared[index].clone(),
    )
}

/// Adds those two to a tree's bundle.
pub(crate) fn add(
    builder: TreeBuilder,
    driver: (&str, &Prepared),
    peer: (&str, &Prepared),
) -> TreeBuilder {
    builder
        .component(driver.0, driver.1.clone())
        .component(peer.0, peer.1.clone())
}

fn prepare() -> Vec<Result<Prepared, String>> {
    let cache = Cache::open(cache_folder()).expect("a cache");
    let components = Components::new(cache);
    let prepared = LANGUAGES.iter().map(|language| {
        let file = folder().join(format!("conformance_{language}.wasm"));
        let prepared = components.prepare_file(language, &file, &mut |_| {});
        prepared.map_err(|error| format!("{error}: `cargo xtask guests` builds it"))
    });
    prepared.collect()
}
