//! The world that the component really has: the one asked for, all of `tractor:actor`, and what the prelude of the SDK needs.
//!
//! componentize-qjs reads one folder. So all packages are put side by side into one that is gone when the tool is done.

use crate::arguments::Arguments;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use wit_parser::{Resolve, UnresolvedPackageGroup, WorldId};

/// The world that is built.
pub(crate) const WORLD: &str = "component";

const WASI: [(&str, &str, &str); 3] = [
    ("wasi-io", "wasi:io", include_str!("../wit/wasi-io.wit")),
    ("wasi-cli", "wasi:cli", include_str!("../wit/wasi-cli.wit")),
    (
        "wasi-random",
        "wasi:random",
        include_str!("../wit/wasi-random.wit"),
    ),
];

/// The packages, gathered.
pub(crate) struct Packages {
    folder: TempDir,
}

/// What they say.
pub(crate) struct World {
    pub(crate) resolve: Resolve,
    pub(crate) world: WorldId,
}

impl Packages {
    /// Gathers the package asked for, those in its `deps`, and ours where they are not among them.
    pub(crate) fn gather(arguments: &Arguments) -> Result<Self> {
        let folder = tempfile::tempdir().context("no folder for the WIT packages")?;
        let deps = folder.path().join("deps");
        let mut known = Vec::new();
        copy(&arguments.wit, &deps.join("the-world"), &mut known)?;
        for dependency in folders(&arguments.wit.join("deps"))? {
            let name = dependency.file_name().unwrap_or_default();
            copy(&dependency, &deps.join(name), &mut known)?;
        }
        if !known.iter().any(|package| package == "tractor:actor") {
            copy(
                &arguments.sdk.join("wit"),
                &deps.join("tractor-actor"),
                &mut known,
            )?;
        }
        for (name, package, text) in WASI {
            if known.iter().any(|known| known == package) {
                bail!("deps has {package} already: this tool brings its own");
            }
            fs::create_dir_all(deps.join(name))?;
            fs::write(deps.join(name).join("package.wit"), text)?;
        }
        let world = asked_for(arguments)?;
        let text = format!(
            "package tractor-js:build;\n\
             world {WORLD} {{\n\
             include {world};\n\
             include tractor:actor/actor@0.1.0;\n\
             import wasi:cli/stdout@0.2.12;\n\
             import wasi:cli/stderr@0.2.12;\n\
             import wasi:random/random@0.2.12;\n\
             }}\n"
        );
        fs::write(folder.path().join("build.wit"), text)?;
        Ok(Self { folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn resolve(&self) -> Result<World> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(self.folder())?;
        let world = resolve.select_world(&[package], Some(WORLD))?;
        Ok(World { resolve, world })
    }
}

/// Copies the WIT files of one package, and notes its name.
fn copy(from: &Path, to: &Path, known: &mut Vec<String>) -> Result<()> {
    fs::create_dir_all(to)?;
    let mut files = entries(from)?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "wit"));
    if files.is_empty() {
        bail!("{} has no WIT files", from.display());
    }
    for file in files {
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let package = text.lines().find_map(|line| line.strip_prefix("package "));
        let name = package.and_then(|line| line.split(['@', ';', ' ']).next());
        known.extend(name.map(str::to_owned));
        fs::write(to.join(file.file_name().unwrap_or_default()), text)?;
    }
    Ok(())
}

/// The full name of the world asked for: `ns:pkg/world@version`.
fn asked_for(arguments: &Arguments) -> Result<String> {
    let group = UnresolvedPackageGroup::parse_dir(&arguments.wit)?;
    let package = &group.main.name;
    let mut worlds: Vec<&str> = group
        .main
        .worlds
        .iter()
        .map(|(_, world)| world.name.as_str())
        .collect();
    // Worlds of other packages, which are named in `include`, are there without a name.
    worlds.retain(|name| !name.is_empty());
    let world = match (&arguments.world, worlds.as_slice()) {
        (Some(name), _) if worlds.contains(&name.as_str()) => name.as_str(),
        (Some(name), _) => bail!(
            "{package} has no world `{name}`; it has: {}",
            worlds.join(", ")
        ),
        (None, [only]) => *only,
        (None, _) => bail!("--world is needed: {package} has {}", worlds.join(", ")),
    };
    let version = package.version.as_ref();
    let version = version.map_or(String::new(), |version| format!("@{version}"));
    Ok(format!(
        "{}:{}/{world}{version}",
        package.namespace, package.name
    ))
}

fn folders(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = entries(path)?;
    found.retain(|entry| entry.is_dir());
    Ok(found)
}

fn entries(path: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    // The same component whatever order the file system has.
    paths.sort();
    Ok(paths)
}
