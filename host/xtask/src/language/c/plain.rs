//! Programs in C that know nothing of actors: clang, wasi-libc and rustc's linker, as a makefile would call them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{Tools, wasi, wasi_sdk};
use crate::{
    command::Tool,
    job::Heading,
    language::sources::Sources,
    repository::{WASM_TARGET, root},
    setup::Toolchain,
};

/// Builds each file of `guests/c/plain`: `command.c` becomes `plain_command_c.wasm`.
pub(super) fn build(heading: &Heading) -> Result<()> {
    let toolchain = Toolchain::active()?;
    for file in programs()? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let version = format!("{} {}", wasi::NAME, toolchain.release);
        let sources = Sources::new([file.clone()], &version);
        sources.build(heading, &format!("plain_{name}_c"), |component| {
            let object = component.with_extension("o");
            compile(&file, &object)?;
            link(&toolchain, &object, component)?;
            fs::remove_file(&object).context("cannot remove what was compiled")
        })?;
    }
    Ok(())
}

fn programs() -> Result<Vec<PathBuf>> {
    let folder = root().join("guests/c/plain");
    let entries = fs::read_dir(&folder)?.collect::<std::io::Result<Vec<_>>>()?;
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "c"));
    files.sort();
    Ok(files)
}

fn compile(file: &Path, object: &Path) -> Result<()> {
    let sdk = sdk()?;
    Tool::new(sdk.join("bin/clang"))
        .args(["--target=wasm32-wasi", "-std=gnu17", "-O2", "-Wall"])
        .args(["-Wextra", "-gline-tables-only", "-c", "-nostdlibinc"])
        .arg("-isystem")
        .arg(sdk.join("share/wasi-sysroot/include").join(WASM_TARGET))
        .args(["-fdebug-compilation-dir", "plain"])
        .arg(format!(
            "-ffile-prefix-map={}/=",
            root().join("guests/c/plain").display()
        ))
        .arg(file)
        .arg("-o")
        .arg(object)
        .run()
}

fn link(toolchain: &Toolchain, object: &Path, component: &Path) -> Result<()> {
    let lib = sdk()?.join("share/wasi-sysroot/lib").join(WASM_TARGET);
    let programs = toolchain.programs();
    Tool::new(programs.join("wasm-component-ld"))
        .arg("--wasm-ld-path")
        .arg(programs.join("gcc-ld/wasm-ld"))
        .arg("-o")
        .arg(component)
        .arg(lib.join("crt1-command.o"))
        .arg(object)
        .arg(lib.join("libc.a"))
        .arg(toolchain.builtins()?)
        .run()
}

fn sdk() -> Result<PathBuf> {
    match wasi_sdk() {
        Some(folder) => Ok(folder),
        None => Ok(Tools::named(wasi::NAME)?.folder().to_owned()),
    }
}
