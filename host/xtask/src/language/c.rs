//! C: clang and wasi-libc, laid out as a wasi-sdk in the cache, and `tractor-c` of `guests/c/tool`, which builds components with them.
//!
//! A wasi-sdk of one's own that `WASI_SDK_PATH` names is taken instead, and nothing of it provided.

mod plain;
mod wasi;

use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result};

use super::{Finding, sources::Sources, tools::Tools};
use crate::{
    cache::cache_folder,
    command::Tool,
    job::Heading,
    repository::root,
    setup::{self, Toolchain},
};

/// Names the folder of a wasi-sdk.
const WASI_SDK: &str = "WASI_SDK_PATH";

const REMEDY: &str = "cargo xtask setup --lang c";

/// The crate of `tractor-c`. What it is built from names it in the cache.
fn tool_folder() -> PathBuf {
    root().join("guests/c/tool")
}

/// Provides the wasm target, clang with wasi-libc, and `tractor-c`.
pub(super) fn provide(heading: &Heading) -> Result<()> {
    setup::ensure(heading, None)?;
    match wasi_sdk() {
        Some(folder) => heading.say(format_args!("{WASI_SDK} says {}", folder.display())),
        None => wasi::provide(heading)?,
    }
    tractor_c()?.provide(heading, |folder| {
        // What it is built of stays, for the next version of it: that takes a minute, and it itself two seconds.
        let target = cache_folder("tools")?.join("c-tractor-c-target");
        // One that fails its own tests is not taken.
        for command in ["test", "build"] {
            Tool::cargo()
                .args([command, "--release", "--quiet", "--locked"])
                .arg("--manifest-path")
                .arg(tool_folder().join("Cargo.toml"))
                .arg("--target-dir")
                .arg(&target)
                .run()?;
        }
        let built = target.join("release/tractor-c");
        fs::copy(&built, folder.join("tractor-c")).context("cannot copy tractor-c")?;
        Ok(())
    })
}

/// Builds each folder of `guests/c` that holds an actor: `hello` becomes `hello_c.wasm`; and the programs in `plain`, which are none.
pub(super) fn build(heading: &Heading) -> Result<()> {
    let tool = tractor_c()?;
    let sdk = root().join("guests/c");
    let version = format!("{} {}", tool.name(), Toolchain::active()?.release);
    for actor in actors()? {
        let name = actor.file_name().unwrap_or_default().to_string_lossy();
        let parts = ["tractor.h", "tractor.c", "src", "wit"].map(|part| sdk.join(part));
        let sources = Sources::new(parts.into_iter().chain([actor.clone()]), &version);
        sources.build(heading, &format!("{name}_c"), |component| {
            Tool::new(tool.folder().join("tractor-c"))
                .arg(&actor)
                .arg("-o")
                .arg(component)
                .arg("--sdk")
                .arg(&sdk)
                .run()
        })?;
    }
    plain::build(heading)
}

/// Looks for clang with wasi-libc, and for `tractor-c`.
pub(super) fn findings() -> Vec<Finding> {
    let compiler = match wasi_sdk() {
        Some(folder) if folder.join("bin/clang").exists() => {
            Finding::there(format_args!("wasi-sdk in {}", folder.display()))
        }
        Some(folder) => Finding::missing(
            format_args!("bin/clang in {}, which {WASI_SDK} names", folder.display()),
            format_args!("name the folder of a wasi-sdk, or unset {WASI_SDK}"),
        ),
        None => wasi::finding(),
    };
    let tool = match tractor_c() {
        Ok(tool) if tool.are_there() => Finding::there("tractor-c"),
        Ok(_) => Finding::missing("tractor-c", REMEDY),
        Err(error) => Finding::missing(format_args!("tractor-c ({error:#})"), REMEDY),
    };
    vec![compiler, tool]
}

fn wasi_sdk() -> Option<PathBuf> {
    let folder = env::var_os(WASI_SDK)?;
    (!folder.is_empty()).then(|| folder.into())
}

/// `tractor-c`, by the digest of its sources.
fn tractor_c() -> Result<Tools> {
    let parts = ["src", "Cargo.toml", "Cargo.lock"].map(|part| tool_folder().join(part));
    let digest = Sources::new(parts, "").digest()?;
    Tools::named(&format!("c-tractor-c-{digest}"))
}

/// The folders of `guests/c` that hold actors: all but the SDK's own, and `plain`.
fn actors() -> Result<Vec<PathBuf>> {
    let folder = root().join("guests/c");
    let mut actors = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let is_sdk = ["plain", "src", "template", "tool", "wit"]
            .iter()
            .any(|part| path.ends_with(part));
        if path.is_dir() && !is_sdk {
            actors.push(path);
        }
    }
    actors.sort();
    Ok(actors)
}
