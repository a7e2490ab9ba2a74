//! The way of machines that cannot reach rustup's server but can reach a Debian mirror: the target is built from Debian's
//! source package of Rust, and linked with Debian's wasi-libc.
//!
//! The source must be of the very release that rustc is. It takes 25 to 45 s. Nothing is installed on the machine: the
//! packages are unpacked into the workshop, and the one link that cargo needs in the sysroot is taken away again.

use std::{
    env, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::{apt::Apt, install::Staged, toolchain::Toolchain, workshop::Workshop};
use crate::{command::Tool, repository::WASM_TARGET, say};

/// The name of the empty crate that is built for the sake of std.
const CRATE: &str = "empty";

/// What rustc links programs and libraries with, and takes from its own folder of the target.
const C_LIBRARY: [&str; 3] = ["crt1-command.o", "crt1-reactor.o", "libc.a"];

/// It takes 30 s on two cores.
const BUILD_DEADLINE: Duration = Duration::from_secs(15 * 60);

/// Builds the target and installs it.
pub(super) fn build(toolchain: &Toolchain, workshop: &Workshop) -> Result<()> {
    let packages = fetch(toolchain, workshop)?;
    let source = packages.join(format!("usr/src/rustc-{}/library", toolchain.release));
    let c_library = c_library(&packages)?;
    let _link = SourceLink::make(toolchain, &source)?;
    say::detail("building the standard library (about 30 s)");
    let libraries = build_std(toolchain, workshop, &source)?;
    say::detail(format_args!(
        "installing in {}",
        toolchain.target().display()
    ));
    install(toolchain, &libraries, &c_library)
}

/// Downloads and unpacks the packages; gives the folder they are in.
fn fetch(toolchain: &Toolchain, workshop: &Workshop) -> Result<PathBuf> {
    let apt = Apt::of_recent_suites(workshop.folder())?;
    say::detail(format_args!("fetching package lists from {}", apt.mirror));
    apt.update()?;
    let rust = of_release(&apt.versions("rust-src")?, &toolchain.release)?;
    let versions = apt.versions("wasi-libc")?;
    let libc = versions.first().context("Debian has no wasi-libc")?;
    say::detail(format_args!(
        "downloading rust-src {rust}, wasi-libc {libc}"
    ));
    apt.unpack(&[format!("rust-src={rust}"), format!("wasi-libc={libc}")])
}

/// Picks the version of rust-src that is of `release`.
fn of_release(versions: &[String], release: &str) -> Result<String> {
    let same = |version: &&String| {
        let rest = version.strip_prefix(release);
        rest.is_some_and(|rest| rest.starts_with(['+', '-', '~']))
    };
    match versions.iter().find(same) {
        Some(version) => Ok(version.clone()),
        None if versions.is_empty() => bail!("Debian's mirror has no rust-src"),
        None => bail!(
            "Debian has no rust-src {release}, which this rustc would need; it has {}",
            versions.join(", ")
        ),
    }
}

/// Finds wasi-libc's folder for the target, wherever the package puts it.
fn c_library(packages: &Path) -> Result<PathBuf> {
    let found = find_folder(packages, &|folder| {
        folder.ends_with(WASM_TARGET) && folder.join(C_LIBRARY[0]).exists()
    })?;
    found.with_context(|| format!("Debian's wasi-libc has no {WASM_TARGET}"))
}

fn find_folder(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> io::Result<Option<PathBuf>> {
    if wanted(folder) {
        return Ok(Some(folder.to_owned()));
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir()
            && let Some(found) = find_folder(&entry.path(), wanted)?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Builds std in an empty crate; gives the folder of the libraries.
fn build_std(toolchain: &Toolchain, workshop: &Workshop, source: &Path) -> Result<PathBuf> {
    let project = workshop.make(CRATE)?;
    workshop.make(&format!("{CRATE}/src"))?;
    workshop.write(&format!("{CRATE}/src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"{CRATE}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n"
    );
    workshop.write(&format!("{CRATE}/Cargo.toml"), &manifest)?;
    let target = project.join("target");
    Tool::cargo()
        .args(["build", "--release", "-Zbuild-std=std,panic_abort"])
        .args(["--target", WASM_TARGET, "--target-dir"])
        .arg(&target)
        .dir(&project)
        // This crate is outside any project: nothing of the caller's may reach it.
        .without_env("RUSTFLAGS")
        .without_env("CARGO_BUILD_TARGET")
        .env("RUSTC_BOOTSTRAP", "1")
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            flags(toolchain, workshop, source),
        )
        .logged(&workshop.log(), BUILD_DEADLINE)?;
    Ok(target.join(WASM_TARGET).join("release/deps"))
}

/// Hides this machine's folders, so that backtraces of guests show std as they do everywhere.
fn flags(toolchain: &Toolchain, workshop: &Workshop, source: &Path) -> String {
    let std = format!("/rustc/{}/library", toolchain.release);
    let link = source_link(toolchain);
    let crates = cargo_home().join("registry/src");
    let renamed = [
        // The last that fits counts.
        (workshop.folder(), "/build"),
        (source, &std),
        (&link, &std),
        (&crates, "/rust/deps"),
    ];
    let renamed = renamed.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    let mut flags = renamed.to_vec();
    flags.push("-Cdebuginfo=0".to_owned());
    flags.join("\u{1f}")
}

fn cargo_home() -> PathBuf {
    let home = || env::home_dir().unwrap_or_default().join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// Copies the built libraries and the C library into the sysroot.
fn install(toolchain: &Toolchain, libraries: &Path, c_library: &Path) -> Result<()> {
    let staged = Staged::begin(toolchain)?;
    let lib = staged.target().join("lib");
    let own = lib.join("self-contained");
    fs::create_dir_all(&own)?;
    for entry in fs::read_dir(libraries)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with(&format!("lib{CRATE}-")) {
            fs::copy(entry.path(), lib.join(&name))?;
        }
    }
    for name in C_LIBRARY {
        let file = c_library.join(name);
        fs::copy(&file, own.join(name)).with_context(|| format!("no {}", file.display()))?;
    }
    staged.install()
}

fn source_link(toolchain: &Toolchain) -> PathBuf {
    toolchain.rustlib().join("src/rust/library")
}

/// The link in the sysroot by which cargo finds std's source. Removed when dropped.
struct SourceLink(Option<PathBuf>);

impl SourceLink {
    /// Makes it, unless the sysroot has the source itself. A link that an interrupted set-up left is replaced.
    fn make(toolchain: &Toolchain, source: &Path) -> Result<Self> {
        let link = source_link(toolchain);
        if link.is_symlink() {
            fs::remove_file(&link).with_context(|| format!("cannot remove {}", link.display()))?;
        }
        if link.exists() {
            return Ok(Self(None));
        }
        let make = || -> io::Result<()> {
            fs::create_dir_all(link.parent().unwrap_or(&link))?;
            symlink(source, &link)
        };
        make().with_context(|| format!("cannot write into the sysroot: {}", link.display()))?;
        Ok(Self(Some(link)))
    }
}

impl Drop for SourceLink {
    fn drop(&mut self) {
        let Some(link) = self.0.take() else { return };
        // A link that leads nowhere harms nothing, and the next set-up replaces it. Its folders go if they are empty.
        let _ = fs::remove_file(&link);
        for folder in link.ancestors().skip(1).take(2) {
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions() -> Vec<String> {
        ["1.95.1-1", "1.95.0+dfsg1-2~bpo13+1"]
            .map(str::to_owned)
            .into()
    }

    #[test]
    fn version_of_the_same_release_is_picked() {
        assert_eq!(
            of_release(&versions(), "1.95.0").unwrap(),
            "1.95.0+dfsg1-2~bpo13+1"
        );
    }

    #[test]
    fn version_of_a_release_that_debian_lacks_is_an_error_that_names_what_it_has() {
        let error = of_release(&versions(), "1.9").unwrap_err().to_string();
        assert!(error.contains("no rust-src 1.9,"), "{error}");
        assert!(error.contains("1.95.1-1"), "{error}");
    }

    #[test]
    fn source_link_leaves_the_sysroot_as_it_was() {
        let sysroot = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::at(sysroot.path());
        fs::create_dir_all(toolchain.rustlib()).unwrap();
        let link = SourceLink::make(&toolchain, sysroot.path()).unwrap();
        assert!(source_link(&toolchain).is_symlink());
        drop(link);
        assert!(!toolchain.rustlib().join("src").exists());
    }

    #[test]
    fn source_link_of_an_interrupted_set_up_is_replaced() {
        let sysroot = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::at(sysroot.path());
        fs::create_dir_all(toolchain.rustlib().join("src/rust")).unwrap();
        symlink("/nowhere", source_link(&toolchain)).unwrap();
        let _link = SourceLink::make(&toolchain, sysroot.path()).unwrap();
        let target = fs::read_link(source_link(&toolchain)).unwrap();
        assert_eq!(target, sysroot.path());
    }

    #[test]
    fn source_that_is_the_sysroots_own_is_left_alone() {
        let sysroot = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::at(sysroot.path());
        fs::create_dir_all(source_link(&toolchain)).unwrap();
        drop(SourceLink::make(&toolchain, Path::new("/nowhere")).unwrap());
        assert!(source_link(&toolchain).is_dir());
    }
}
