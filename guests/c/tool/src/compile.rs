//! Clang and the linker.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::{
    arguments::Arguments,
    command::{command, run},
    toolchain::Toolchain,
};

/// A megabyte, below all else: what overflows it traps, and overwrites nothing.
const STACK: [&str; 3] = ["--stack-first", "-z", "stack-size=1048576"];

/// For the project's own files. Exports have parameters that they may not need.
const WARNINGS: [&str; 3] = ["-Wall", "-Wextra", "-Wno-unused-parameter"];

/// Compiles all and links the component.
pub(crate) fn component(
    arguments: &Arguments,
    project: &Path,
    toolchain: &Toolchain,
    sources: &[PathBuf],
    folder: &Path,
) -> Result<()> {
    let clang = Clang {
        toolchain,
        sdk: &arguments.sdk,
        project,
        folder,
    };
    let mut objects = Vec::new();
    for source in sources {
        // Whatever it is called, it is not in the way of the SDK's.
        let object = format!("own-{}", stem(source));
        objects.push(clang.compile(source, &object, &WARNINGS)?);
    }
    objects.push(clang.compile(&arguments.sdk.join("tractor.c"), "tractor", &["-Wall"])?);
    // The generated code is not ours to lint.
    objects.push(clang.compile(&folder.join("actor.c"), "actor", &["-w"])?);
    objects.push(folder.join("actor_component_type.o"));
    link(toolchain, &objects, &arguments.output)
}

struct Clang<'a> {
    toolchain: &'a Toolchain,
    sdk: &'a Path,
    project: &'a Path,
    folder: &'a Path,
}

impl Clang<'_> {
    /// Compiles one file. Backtraces show its lines: `PROJECT/file.c:7`.
    fn compile(&self, source: &Path, name: &str, warnings: &[&str]) -> Result<PathBuf> {
        let object = self.folder.join(format!("{name}.o"));
        let mut clang = command(&self.toolchain.clang);
        clang
            .args([
                "--target=wasm32-wasi",
                "-std=gnu17",
                "-O2",
                "-gline-tables-only",
                "-c",
            ])
            .args(warnings)
            .arg("-nostdlibinc")
            .arg("-isystem")
            .arg(&self.toolchain.include)
            .arg("-I")
            .arg(self.folder)
            .arg("-I")
            .arg(self.sdk)
            .arg("-fdebug-compilation-dir")
            .arg(self.project.file_name().unwrap_or_default())
            .arg(renamed(self.project, ""))
            .arg(renamed(self.sdk, "tractor/"))
            .arg(renamed(self.folder, ""))
            .arg(source)
            .arg("-o")
            .arg(&object);
        run(clang)?;
        Ok(object)
    }
}

fn stem(source: &Path) -> String {
    let stem = source.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// The option that hides this machine's folder.
fn renamed(folder: &Path, to: &str) -> OsString {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let mut option = OsString::from("-ffile-prefix-map=");
    option.push(folder);
    option.push(format!("/={to}"));
    option
}

fn link(toolchain: &Toolchain, objects: &[PathBuf], output: &Path) -> Result<()> {
    let mut linker = command(&toolchain.linker);
    linker
        .arg("--wasm-ld-path")
        .arg(&toolchain.wasm_ld)
        .args(["--entry", "_initialize", "--gc-sections"])
        .args(STACK)
        .arg("-o")
        .arg(output)
        .arg(toolchain.lib.join("crt1-reactor.o"))
        .args(objects)
        .arg(toolchain.lib.join("libc.a"))
        .arg(&toolchain.builtins);
    run(linker)
}
