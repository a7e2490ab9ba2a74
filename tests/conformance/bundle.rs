//! The components of all languages, prepared once for all trees: compiling a big one takes longer than a scenario may.

use crate::LANGUAGES;
use crate::support::guests::{cache_folder, guest};
use std::sync::OnceLock;
use tractor_host::{Tree, TreeBuilder};
use tractor_wasm::{Cache, Components, Prepared};

/// The component of each language. To be asked for before there is a tree: what it opens stays open.
pub(crate) fn prepared() -> &'static [Prepared] {
    static PREPARED: OnceLock<Vec<Prepared>> = OnceLock::new();
    PREPARED.get_or_init(prepare)
}

/// A tree with all of them.
pub(crate) fn tree() -> TreeBuilder {
    let components = LANGUAGES.iter().zip(prepared());
    components.fold(Tree::builder(), |builder, (language, component)| {
        builder.component(*language, component.clone())
    })
}

fn prepare() -> Vec<Prepared> {
    let cache = Cache::open(cache_folder()).expect("a cache");
    let components = Components::new(cache);
    let prepared = LANGUAGES.iter().map(|language| {
        let file = guest(&format!("conformance-{language}"));
        let prepared = components.prepare_file(&file, &mut |_| {});
        prepared.unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    });
    prepared.collect()
}
