//! Bindings for the world of the component, by the crate wit-bindgen-c.
//!
//! 1. The world is renamed to `actor` in the C code, so that one tractor.h fits every component.
//! 2. Imports that wait are lowered asynchronously; exports are lifted synchronously (the blocking style), but those that a source names in
//!    `TRACTOR_CALLBACK(...)`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use heck::ToSnakeCase;
use wit_bindgen_core::{
    AsyncFilterSet, Files,
    wit_parser::{Function, Resolve, WorldId, WorldItem, WorldKey},
};

/// What the world is called in C.
const NAME: &str = "actor";

/// A world that imports it includes `tractor:actor/actor`, and so all that tractor.c needs.
const NURSERY: &str = "tractor:actor/nursery@";

/// Writes `actor.h`, `actor.c` and `actor_component_type.o` into `folder`. What has not changed is not written.
pub(crate) fn generate(
    project: &Path,
    sdk: &Path,
    sources: &[PathBuf],
    folder: &Path,
) -> Result<()> {
    let (resolve, world) = world(project, sdk)?;
    let sources = sources.iter().map(fs::read_to_string);
    let sources = sources.collect::<std::io::Result<Vec<_>>>()?;
    let mut resolve = resolve;
    let options = wit_bindgen_c::Opts {
        rename_world: Some(NAME.to_owned()),
        generate_async_helpers: true,
        async_: styles(&resolve, world, &sources)?,
        ..Default::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files)?;
    for (name, text) in files.iter() {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|old| old == text) {
            continue;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Finds the world: that of the project's `wit`, or the program's.
fn world(project: &Path, sdk: &Path) -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let (ours, _) = resolve
        .push_dir(sdk.join("wit"))
        .with_context(|| format!("{} is no folder of the SDK for C", sdk.display()))?;
    let wit = project.join("wit");
    if !wit.exists() {
        let world = resolve.select_world(&[ours], Some("program"))?;
        return Ok((resolve, world));
    }
    let (theirs, _) = resolve.push_path(&wit)?;
    let world = resolve
        .select_world(&[theirs], None)
        .with_context(|| format!("{} must have one world", wit.display()))?;
    let mut imports = resolve.worlds[world].imports.keys();
    if !imports.any(|key| resolve.name_world_key(key).starts_with(NURSERY)) {
        let name = &resolve.worlds[world].name;
        bail!("the world `{name}` has to say: include tractor:actor/actor@0.1.0;");
    }
    Ok((resolve, world))
}

/// Says of each export in which style it is.
fn styles(resolve: &Resolve, world: WorldId, sources: &[String]) -> Result<AsyncFilterSet> {
    let mut styles = AsyncFilterSet::default();
    let mut named = callbacks(sources);
    for export in exports(resolve, world) {
        let before = named.len();
        named.retain(|name| *name != export.c_name);
        if named.len() == before {
            styles.push(&format!("-export:{}", export.wit_name));
        } else if !export.is_async {
            bail!(
                "TRACTOR_CALLBACK({}): only an `async func` can be in callback style",
                export.c_name
            );
        }
    }
    match named.first() {
        Some(name) => bail!("TRACTOR_CALLBACK({name}): the world exports no such function"),
        None => Ok(styles),
    }
}

/// Finds the functions that are named in `TRACTOR_CALLBACK(...)` at the beginning of a line.
fn callbacks(sources: &[String]) -> Vec<String> {
    let lines = sources.iter().flat_map(|source| source.lines());
    let names = lines.filter_map(|line| {
        let (name, _) = line.strip_prefix("TRACTOR_CALLBACK(")?.split_once(')')?;
        Some(name.trim().to_owned())
    });
    names.collect()
}

/// A function that the world exports.
struct Export {
    /// As filters of wit-bindgen name it.
    wit_name: String,
    c_name: String,
    is_async: bool,
}

fn exports(resolve: &Resolve, world: WorldId) -> Vec<Export> {
    let mut exports = Vec::new();
    for (key, item) in &resolve.worlds[world].exports {
        match item {
            WorldItem::Function(function) => exports.push(Export {
                wit_name: function.name.clone(),
                c_name: format!("exports_{NAME}_{}", function.name.to_snake_case()),
                is_async: is_async(function),
            }),
            WorldItem::Interface { id, .. } => {
                let functions = resolve.interfaces[*id].functions.values();
                exports.extend(functions.map(|function| in_interface(resolve, key, function)));
            }
            WorldItem::Type { .. } => {}
        }
    }
    exports
}

fn in_interface(resolve: &Resolve, key: &WorldKey, function: &Function) -> Export {
    let interface = resolve.name_world_key(key);
    // Versions are in the names of C only where there are two of them.
    let bare = interface.split('@').next().unwrap_or(&interface);
    let c_name = format!("exports_{bare}_{}", function.name).replace([':', '/'], "_");
    Export {
        wit_name: format!("{interface}#{}", function.name),
        c_name: c_name.to_snake_case(),
        is_async: is_async(function),
    }
}

fn is_async(function: &Function) -> bool {
    function.kind.is_async()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported() -> (Resolve, WorldId) {
        let mut resolve = Resolve::default();
        let wit = "package a:b; interface i { f: async func(); g-h: func(); } world w { export i; export run: async func(); }";
        let package = resolve.push_str("a.wit", wit).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        (resolve, world)
    }

    #[test]
    fn exports_are_named_as_in_c() {
        let (resolve, world) = exported();
        let names: Vec<_> = exports(&resolve, world)
            .into_iter()
            .map(|export| export.c_name)
            .collect();
        assert_eq!(
            names,
            ["exports_actor_run", "exports_a_b_i_f", "exports_a_b_i_g_h"]
        );
    }

    #[test]
    fn function_that_is_named_is_in_callback_style_and_others_are_not() {
        let (resolve, world) = exported();
        let source = "TRACTOR_CALLBACK(exports_a_b_i_f)\n".to_owned();
        let styles = styles(&resolve, world, &[source]).unwrap();
        let shown: Vec<_> = styles.debug_opts().collect();
        assert_eq!(shown, ["-export:run", "-export:a:b/i#g-h"]);
    }

    #[test]
    fn function_that_cannot_be_in_callback_style_is_an_error() {
        let (resolve, world) = exported();
        for name in ["exports_a_b_i_g_h", "exports_a_b_i_x"] {
            let source = format!("TRACTOR_CALLBACK({name})\n");
            let error = styles(&resolve, world, &[source]).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
