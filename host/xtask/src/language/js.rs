//! JavaScript: a tool of our own over componentize-qjs, which asks for a newer Rust than this workspace does.
//!
//! The tool is a workspace in `guests/js/tool`. Its dependencies, wasmtime among them, take minutes to build, so they are built once for each
//! `Cargo.lock` and stay in the cache; when only its own sources change, cargo builds those anew beside them.

use std::{
    fmt::{self, Display},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{Finding, sources::Sources, tools::Tools};
use crate::{
    command::Tool,
    job::Heading,
    repository::{root, shown},
    setup::Toolchain,
};

/// The oldest Rust that wasmtime 50 takes, which componentize-qjs 0.5 is made with.
const LEAST_MINOR: u32 = 97;

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

/// Builds the tool, if the cache has none for this `Cargo.lock`.
pub(super) fn provide(heading: &Heading) -> Result<()> {
    let tools = tools()?;
    tools.provide(heading, |folder| {
        heading.say("compiling it takes 5 to 15 minutes, once");
        compile(folder)
    })?;
    if !is_of_these_sources(tools.folder())? {
        heading.say("its own sources have changed");
        compile(tools.folder())?;
    }
    Ok(())
}

/// Says whether the tool is there, and if not, whether there is a Rust to build it.
pub(super) fn findings() -> Vec<Finding> {
    let remedy = "cargo xtask setup --lang js (5 to 15 minutes, once)";
    match tools() {
        Ok(tools) if tools.are_there() => vec![Finding::there(COMPONENTIZE)],
        Ok(_) => vec![compiler(), Finding::missing(COMPONENTIZE, remedy)],
        Err(error) => vec![Finding::missing(
            format_args!("{COMPONENTIZE}: {error:#}"),
            remedy,
        )],
    }
}

fn compiler() -> Finding {
    match Compiler::choose() {
        Ok(compiler) => Finding::there(compiler),
        Err(error) => Finding::missing(format_args!("{error:#}"), Compiler::REMEDY),
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
    let lock = digest(&[workspace().join("Cargo.lock")])?;
    Tools::named(&format!("js-{COMPONENTIZE}-{lock}"))
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
fn compile(folder: &Path) -> Result<()> {
    let target = folder.join("target");
    Compiler::choose()
        .with_context(|| format!("to get it: {}", Compiler::REMEDY))?
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

/// A Rust that is new enough: the active one, or else nightly.
struct Compiler {
    release: String,
    nightly: bool,
}

impl Compiler {
    const REMEDY: &str =
        "rustup toolchain install nightly --profile minimal (or a stable Rust of 1.97)";

    fn choose() -> Result<Self> {
        let active = Toolchain::active()?.release;
        if is_new_enough(&active) {
            return Ok(Self {
                release: active,
                nightly: false,
            });
        }
        let nightly = nightly().args(["rustc", "-vV"]).text().unwrap_or_default();
        let release = nightly
            .lines()
            .find_map(|line| line.strip_prefix("release: "));
        match release {
            Some(release) if is_new_enough(release) => Ok(Self {
                release: release.to_owned(),
                nightly: true,
            }),
            Some(release) => anyhow::bail!(
                "Rust 1.{LEAST_MINOR} or newer is needed: the active one is {active}, nightly is {release}"
            ),
            None => anyhow::bail!(
                "Rust 1.{LEAST_MINOR} or newer is needed: the active one is {active}, and there is no nightly"
            ),
        }
    }

    fn cargo(&self) -> Tool {
        match self.nightly {
            true => nightly().arg("cargo").without_env("RUSTC"),
            false => Tool::cargo(),
        }
    }
}

impl Display for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rustc {}", self.release)
    }
}

fn nightly() -> Tool {
    Tool::new("rustup").args(["run", "nightly"])
}

/// Whether a release such as `1.97.0-nightly` will do.
fn is_new_enough(release: &str) -> bool {
    let mut numbers = release.split(['.', '-']).map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(1)), Some(Ok(minor))) => minor >= LEAST_MINOR,
        (Some(Ok(major)), _) => major > 1u32,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_from_1_97_on_is_new_enough() {
        for release in ["1.97.0-nightly", "1.97.0", "1.100.2", "2.0.0"] {
            assert!(is_new_enough(release), "{release}");
        }
        for release in ["1.95.0", "1.96.0-nightly", "1.9.0", "", "nightly"] {
            assert!(!is_new_enough(release), "{release}");
        }
    }

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
