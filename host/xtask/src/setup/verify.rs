//! Verifies the target by building a program of two lines with it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};

use super::toolchain::rustc;
use crate::repository::WASM_TARGET;

/// Touches std, so that more than core must be right.
const PROGRAM: &str = "fn main() {\n    println!(\"{}\", std::env::args().count());\n}\n";

/// It takes a third of a second; a machine under load may take many times that.
const DEADLINE: Duration = Duration::from_secs(60);

/// Builds the program; an error quotes the first of rustc's.
pub(super) fn builds() -> Result<()> {
    let folder = Scratch::new()?;
    let source = folder.0.join("check.rs");
    fs::write(&source, PROGRAM).with_context(|| format!("cannot write {}", source.display()))?;
    let log = folder.0.join("log");
    let built = rustc()
        .args(["--edition", "2024", "--target", WASM_TARGET, "-o"])
        .arg(folder.0.join("check.wasm"))
        .arg(&source)
        .logged(&log, DEADLINE);
    built.map_err(|error| match first_error(&log) {
        Some(first) => anyhow!("a test program does not build: {first}"),
        None => error,
    })
}

/// Finds what rustc complained of first: all that follows is due to it.
fn first_error(log: &Path) -> Option<String> {
    let text = fs::read_to_string(log).ok()?;
    let first = text.lines().find(|line| line.starts_with("error"));
    first.map(str::to_owned)
}

/// A folder of this process, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let folder = env::temp_dir().join(format!("tractor-host-setup-{}", process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is a few kilobytes in the system's own folder for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}
