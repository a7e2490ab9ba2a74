//! JavaScript: a tool of our own over componentize-qjs, which asks for a newer Rust than this workspace does.
//!
//! The tool is a workspace in `guests/js/tool`. Its dependencies, wasmtime among them, take minutes to build, so they are built once for each
//! `Cargo.lock` and profile and stay in the cache; when only its own sources change, cargo builds those anew beside them.

mod compiler;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use self::compiler::Compiler;
use super::{Finding, sources::Sources, tools::Tools};
use crate::{
    command::Tool,
    job::Heading,
    repository::{root, shown},
};

/// What the tool is made with; a new version is another folder in the cache.
const COMPONENTIZE: &str = "componentize-qjs-0.5.0";

/// The guests: the name of the component, its folder in `guests/js`, and where its WIT is if not in that.
const GUESTS: [(&str, &str, Option<&str>); 4] = [
    ("hello_js", "hello", None),
    ("programs_js", "programs", None),
    ("test_js", "test", None),
    (
        "conformance_js",
        "conformance",
        Some("tests/conformance/wit"),
    ),
];

/// Builds the tool, if the cache has none that is made so.
pub(super) fn provide(heading: &Heading) -> Result<()> {
    let tools = tools()?;
    tools.provide(heading, |folder| compile(folder, heading))?;
    if !is_of_these_sources(tools.folder())? {
        heading.say("its own sources have changed");
        compile(tools.folder(), heading)?;
    }
    Ok(())
}

/// Says whether the tool is there, and if not, whether there is a Rust to build it.
pub(super) fn findings() -> Vec<Finding> {
    let remedy = "cargo xtask setup --lang js (5 to 15 minutes, once)";
    match tools() {
        Ok(tools) if tools.are_there() => vec![Finding::there(COMPONENTIZE)],
        Ok(_) => vec![compiler::finding(), Finding::missing(COMPONENTIZE, remedy)],
        Err(error) => vec![Finding::missing(
            format_args!("{COMPONENTIZE}: {error:#}"),
            remedy,
        )],
    }
}

/// Builds the components whose sources have changed.
pub(super) fn build(heading: &Heading) -> Result<()> {
    let tools = tools()?;
    let program = program(tools.folder());
    let version = format!("{COMPONENTIZE} {}", digest(&own_sources())?);
    let js = root().join("guests/js");
    for (name, folder, wit) in GUESTS {
        let folder = js.join(folder);
        let wit = wit.map_or_else(|| folder.join("wit"), |wit| root().join(wit));
        let paths = [
            folder.clone(),
            wit.clone(),
            js.join("tractor"),
            root().join("wit"),
        ];
        Sources::new(paths, &version).build(heading, name, |component| {
            Tool::new(&program)
                .arg("--wit")
                .arg(&wit)
                .arg("--root")
                .arg(&js)
                .arg(folder.join("main.js"))
                .arg("-o")
                .arg(component)
                .run()
        })?;
    }
    Ok(())
}

fn tools() -> Result<Tools> {
    // What it is made of, and how.
    let made = digest(&["Cargo.lock", "Cargo.toml"].map(|file| workspace().join(file)))?;
    Tools::named(&format!("js-{COMPONENTIZE}-{made}"))
}

fn workspace() -> PathBuf {
    root().join("guests/js/tool")
}

/// What the tool is made of beside its dependencies.
fn own_sources() -> [PathBuf; 2] {
    [workspace().join("src"), workspace().join("wit")]
}

fn digest(paths: &[PathBuf]) -> Result<String> {
    Sources::new(paths.iter().cloned(), "").digest()
}

fn program(folder: &Path) -> PathBuf {
    folder.join("tractor-js")
}

/// The file that says which sources the program was made of.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("tractor-js.sources")
}

fn is_of_these_sources(folder: &Path) -> Result<bool> {
    let made_of = fs::read_to_string(stamp(folder)).unwrap_or_default();
    Ok(made_of == digest(&own_sources())? && program(folder).is_file())
}

/// Builds the tool in its folder of the cache, and puts the program at its top.
fn compile(folder: &Path, heading: &Heading) -> Result<()> {
    let target = folder.join("target");
    let compiler = Compiler::provide(heading)?;
    heading.say(format_args!(
        "compiling it with {compiler}; the first time takes 5 to 15 minutes"
    ));
    compiler
        .cargo()
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(workspace().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .run()
        .with_context(|| format!("cannot build {}", shown(&workspace())))?;
    let built = target.join("debug/tractor-js");
    // Put in its place whole: another clone may be running the one that is there.
    let whole = folder.join("tractor-js.new");
    fs::copy(&built, &whole)
        .and_then(|_| fs::rename(&whole, program(folder)))
        .and_then(|()| fs::write(stamp(folder), digest(&own_sources()).unwrap_or_default()))
        .with_context(|| format!("cannot put {} into the cache", built.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guest_has_a_main_module_and_a_world() {
        for (name, folder, wit) in GUESTS {
            let folder = root().join("guests/js").join(folder);
            assert!(folder.join("main.js").is_file(), "{name}");
            let wit = wit.map_or_else(|| folder.join("wit"), |wit| root().join(wit));
            assert!(wit.join("world.wit").is_file(), "{name}");
        }
    }

    #[test]
    fn lock_of_the_tool_names_the_version_that_the_cache_is_named_for() {
        let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
        let (name, version) = COMPONENTIZE.rsplit_once('-').unwrap();
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"");
        assert!(lock.contains(&entry), "{entry}");
    }
}
