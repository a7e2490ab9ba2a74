//! Clang and wasi-libc in the cache, laid out as a wasi-sdk: `bin/clang`, and `include` and `lib` in `share/wasi-sysroot`.
//!
//! wasi-libc is Debian's, of the suites from which the Rust target is built too. Clang is the machine's own, or else its distribution's, unpacked
//! beside it with the libraries that the machine lacks: nothing is installed on the machine.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::{REMEDY, Tools};
use crate::{
    command::Tool, job::Heading, language::Finding, repository::WASM_TARGET, say, setup::Apt,
};

/// The layout's own version: another one is another folder.
pub(super) const NAME: &str = "c-wasi-1";

/// Names under which distributions install clang, newest first. Older ones know too little of WebAssembly.
const CLANGS: [&str; 9] = [
    "clang", "clang-21", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16", "clang-15",
    "clang-14",
];

/// Touches the library's headers.
const PROGRAM: &str = "#include <stdio.h>\nint check(void) { return puts(\"\"); }\n";

/// Provides both; what is there and does not work any more is made anew.
pub(super) fn provide(heading: &Heading) -> Result<()> {
    let tools = Tools::named(NAME)?;
    if tools.are_there()
        && let Err(error) = compiles(&tools.folder().join("bin/clang"), tools.folder())
    {
        heading.say(format_args!("{NAME} is there and broken: {error:#}"));
        fs::remove_dir_all(tools.folder()).context("cannot remove it")?;
    }
    tools.provide(heading, make).context(
        "clang with wasi-libc cannot be had from Debian's packages; a wasi-sdk whose folder WASI_SDK_PATH names does as well",
    )
}

/// Says whether they are there and work.
pub(super) fn finding() -> Finding {
    let clang = Tools::named(NAME).and_then(|tools| {
        if !tools.are_there() {
            bail!("not set up");
        }
        let clang = tools.folder().join("bin/clang");
        compiles(&clang, tools.folder())?;
        version(&clang)
    });
    match clang {
        Ok(version) => Finding::there(format_args!("{version} and wasi-libc")),
        Err(error) => Finding::missing(format_args!("clang with wasi-libc ({error:#})"), REMEDY),
    }
}

fn make(folder: &Path) -> Result<()> {
    let work = folder.join("work");
    c_library(folder, &work.join("libc"))?;
    fs::create_dir_all(folder.join("bin"))?;
    let clang = match of_this_machine(folder) {
        Some(clang) => clang,
        None => of_debian(folder, &work.join("clang"))?,
    };
    say::detail(format_args!("compiling with {}", version(&clang)?));
    fs::remove_dir_all(&work).context("cannot remove what was downloaded")
}

/// Takes headers and libraries out of Debian's package.
fn c_library(folder: &Path, work: &Path) -> Result<()> {
    let apt = Apt::of_recent_suites(work)?;
    say::detail(format_args!("fetching package lists from {}", apt.mirror));
    apt.update()?;
    let versions = apt.versions("wasi-libc")?;
    let version = versions.first().context("Debian has no wasi-libc")?;
    say::detail(format_args!("downloading wasi-libc {version}"));
    let unpacked = apt.unpack(&[format!("wasi-libc={version}")])?;
    for part in ["include", "lib"] {
        let to = folder.join("share/wasi-sysroot").join(part);
        fs::create_dir_all(&to)?;
        let from = unpacked.join("usr").join(part).join(WASM_TARGET);
        fs::rename(&from, to.join(WASM_TARGET))
            .with_context(|| format!("Debian's wasi-libc has no {part}/{WASM_TARGET}"))?;
    }
    Ok(())
}

/// Puts a clang that is installed, and does, into its place; gives that.
fn of_this_machine(folder: &Path) -> Option<PathBuf> {
    let place = folder.join("bin/clang");
    CLANGS.into_iter().find_map(|name| {
        let script = format!("#!/bin/sh\nexec {name} \"$@\"\n");
        write_program(&place, &script).ok()?;
        compiles(&place, folder).ok()?;
        Some(place.clone())
    })
}

/// Unpacks the distribution's.
fn of_debian(folder: &Path, work: &Path) -> Result<PathBuf> {
    let apt = Apt::of_this_machine(work)?;
    say::detail(format_args!("fetching package lists from {}", apt.mirror));
    apt.update()?;
    let packages = apt.missing_for("clang")?;
    let wanted: Vec<String> = packages.into_iter().filter(|p| is_wanted(p)).collect();
    say::detail(format_args!("downloading {}", wanted.join(", ")));
    let unpacked = apt.unpack(&wanted)?;
    let debian = folder.join("debian");
    fs::rename(&unpacked, &debian).context("cannot move the packages")?;
    let clang = find(&debian, &|path| {
        path.ends_with("bin/clang") && !path.is_symlink()
    })?;
    let clang = clang.first().context("the packages hold no clang")?;
    let place = folder.join("bin/clang");
    let libraries = libraries(&debian)?;
    let script = format!(
        "#!/bin/sh\nLD_LIBRARY_PATH='{libraries}' exec '{}' \"$@\"\n",
        clang.display()
    );
    write_program(&place, &script)?;
    compiles(&place, folder)?;
    Ok(place)
}

/// What clang is made of, and not what it would compile and link other programs with.
fn is_wanted(package: &str) -> bool {
    package.starts_with("clang")
        || package.starts_with("libclang-common")
        || (package.starts_with("lib") && !package.ends_with("-dev"))
}

/// The folders that hold shared libraries, as the loader wants them.
fn libraries(debian: &Path) -> Result<String> {
    let files = find(debian, &|path| path.to_string_lossy().contains(".so"))?;
    let mut folders: Vec<String> = files
        .iter()
        .filter_map(|file| Some(file.parent()?.display().to_string()))
        .collect();
    folders.sort();
    folders.dedup();
    Ok(folders.join(":"))
}

fn find(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            found.extend(find(&path, wanted)?);
        } else if wanted(&path) {
            found.push(path);
        }
    }
    Ok(found)
}

fn write_program(place: &Path, script: &str) -> Result<()> {
    let write = || {
        fs::write(place, script)?;
        fs::set_permissions(place, fs::Permissions::from_mode(0o755))
    };
    write().with_context(|| format!("cannot write {}", place.display()))
}

/// Compiles a small program with the library's headers.
fn compiles(clang: &Path, folder: &Path) -> Result<()> {
    let program = folder.join("check.c");
    let object = folder.join("check.o");
    fs::write(&program, PROGRAM).with_context(|| format!("cannot write {}", program.display()))?;
    let compiled = Tool::new(clang)
        .args(["--target=wasm32-wasi", "-nostdlibinc", "-isystem"])
        .arg(folder.join("share/wasi-sysroot/include").join(WASM_TARGET))
        .arg("-c")
        .arg(&program)
        .arg("-o")
        .arg(&object)
        .text();
    for file in [program, object] {
        // What stays behind is a kilobyte, and is written again.
        let _ = fs::remove_file(file);
    }
    compiled.map(drop)
}

fn version(clang: &Path) -> Result<String> {
    let text = Tool::new(clang).arg("--version").text()?;
    let first = text.lines().next().unwrap_or_default();
    Ok(first.split(" (").next().unwrap_or(first).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_to_link_other_programs_with_are_left_out() {
        let wanted = ["clang", "clang-14", "libllvm14", "libclang-common-14-dev"];
        assert!(wanted.into_iter().all(is_wanted));
        let unwanted = ["libobjc-12-dev", "binutils", "libc6-dev", "gcc-12"];
        assert!(!unwanted.into_iter().any(is_wanted));
    }

    #[test]
    fn libraries_are_found_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let lib = folder.path().join("usr/lib/x");
        fs::create_dir_all(&lib).unwrap();
        fs::write(lib.join("liba.so.1"), "").unwrap();
        fs::write(lib.join("libb.so"), "").unwrap();
        fs::write(folder.path().join("readme"), "").unwrap();
        assert_eq!(libraries(folder.path()).unwrap(), lib.display().to_string());
    }
}
