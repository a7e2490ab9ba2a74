//! `tractor-c PROJECT -o OUT.wasm`: makes a component of a folder of C files.
//!
//! PROJECT holds `*.c` and, for functions of its own, `wit/` with one world; without it the world is `tractor:actor/program`. The steps:
//! 1. [`bindings`] generates `actor.h` and `actor.c` for that world, whatever its name, by the crate wit-bindgen-c;
//! 2. [`compile`] has clang compile them, the project and the SDK;
//! 3. [`compile`] has rustc's own `wasm-component-ld` link the component.
//!
//! Clang and the C library are looked for in [`toolchain`]. What is made on the way is in the folder `OUT.build`, where editors find `actor.h`.

mod arguments;
mod bindings;
mod command;
mod compile;
mod toolchain;

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, ensure};

use arguments::Arguments;
use toolchain::Toolchain;

fn main() -> ExitCode {
    match Arguments::parse(std::env::args_os().skip(1)).and_then(|arguments| build(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build(arguments: &Arguments) -> Result<()> {
    let project = fs::canonicalize(&arguments.project)
        .with_context(|| format!("cannot open {}", arguments.project.display()))?;
    let toolchain = Toolchain::find()?;
    let sources = sources(&project)?;
    let folder = arguments.output.with_extension("build");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    bindings::generate(&project, &arguments.sdk, &sources, &folder)?;
    compile::component(arguments, &project, &toolchain, &sources, &folder)
}

/// The project's own C files, in the order of their names.
fn sources(project: &std::path::Path) -> Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(project)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "c") {
            sources.push(path);
        }
    }
    sources.sort();
    ensure!(!sources.is_empty(), "{} holds no *.c", project.display());
    Ok(sources)
}
