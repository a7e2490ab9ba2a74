//! The active Rust: what it is, where its libraries are, and what state its wasm target is in.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{command::Tool, repository::WASM_TARGET};

/// The Rust that this cargo builds with.
pub(crate) struct Toolchain {
    /// As `1.95.0`.
    pub(crate) release: String,
    /// All of `rustc -vV`.
    identity: String,
    pub(crate) sysroot: PathBuf,
}

impl Toolchain {
    /// One whose sysroot is `sysroot`, for tests.
    #[cfg(test)]
    pub(crate) fn at(sysroot: &Path) -> Self {
        Self {
            release: "1.95.0".into(),
            identity: "rustc 1.95.0".into(),
            sysroot: sysroot.into(),
        }
    }

    /// Asks rustc.
    pub(crate) fn active() -> Result<Self> {
        let identity = rustc().arg("-vV").text()?;
        let release = identity.lines().find_map(|l| l.strip_prefix("release: "));
        let sysroot = rustc().args(["--print", "sysroot"]).text()?;
        Ok(Self {
            release: release.context("`rustc -vV` names no release")?.to_owned(),
            sysroot: PathBuf::from(sysroot.trim_end()),
            identity,
        })
    }

    /// Where its own `wasm-component-ld` is, and `gcc-ld/wasm-ld`, which that calls.
    pub(crate) fn programs(&self) -> PathBuf {
        let host = self.identity.lines().find_map(|l| l.strip_prefix("host: "));
        self.rustlib().join(host.unwrap_or_default()).join("bin")
    }

    /// What compilers leave to a library, such as 128-bit arithmetic, for the wasm target.
    pub(crate) fn builtins(&self) -> Result<PathBuf> {
        let lib = self.target().join("lib");
        let entries =
            fs::read_dir(&lib).with_context(|| format!("cannot read {}", lib.display()))?;
        let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let found = paths.find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libcompiler_builtins-") && name.ends_with(".rlib")
        });
        found.with_context(|| format!("{} has no compiler builtins", lib.display()))
    }

    /// The folder that holds a folder for each target.
    pub(crate) fn rustlib(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib")
    }

    /// Where the target is, or is to be.
    pub(crate) fn target(&self) -> PathBuf {
        self.rustlib().join(WASM_TARGET)
    }

    pub(crate) fn has_target(&self) -> bool {
        self.target().is_dir()
    }

    /// Tells whether rustup put the target there and has it in its books.
    pub(crate) fn target_is_rustups(&self) -> bool {
        let books = format!("manifest-rust-std-{WASM_TARGET}");
        self.rustlib().join(books).exists()
    }

    /// Names this rustc and this state of the target: another one if either is made anew.
    pub(crate) fn fingerprint(&self) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        self.identity.hash(&mut hasher);
        for file in files(&self.target().join("lib"))? {
            file.hash(&mut hasher);
        }
        Ok(format!("{:016x}", hasher.finish()))
    }
}

/// Begins a rustc command: the one cargo would use.
pub(crate) fn rustc() -> Tool {
    Tool::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// Lists the files of a folder: name, size, and time of change in nanoseconds.
fn files(folder: &Path) -> Result<Vec<(PathBuf, u64, u128)>> {
    let read = || -> std::io::Result<Vec<_>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            let changed = metadata.modified()?.duration_since(std::time::UNIX_EPOCH);
            let changed = changed.unwrap_or_default().as_nanos();
            files.push((entry.path(), metadata.len(), changed));
        }
        files.sort();
        Ok(files)
    };
    read().with_context(|| format!("cannot read {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toolchain() -> (tempfile::TempDir, Toolchain) {
        let sysroot = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::at(sysroot.path());
        fs::create_dir_all(toolchain.target().join("lib")).unwrap();
        fs::write(toolchain.target().join("lib/libstd.rlib"), "std").unwrap();
        (sysroot, toolchain)
    }

    #[test]
    fn fingerprint_of_an_untouched_target_stays() {
        let (_sysroot, toolchain) = toolchain();
        let first = toolchain.fingerprint().unwrap();
        assert_eq!(first, toolchain.fingerprint().unwrap());
    }

    #[test]
    fn fingerprint_of_a_target_made_anew_differs() {
        let (_sysroot, toolchain) = toolchain();
        let first = toolchain.fingerprint().unwrap();
        fs::write(toolchain.target().join("lib/libstd.rlib"), "other").unwrap();
        assert_ne!(first, toolchain.fingerprint().unwrap());
    }

    #[test]
    fn fingerprint_of_another_rustc_differs() {
        let (_sysroot, mut toolchain) = toolchain();
        let first = toolchain.fingerprint().unwrap();
        toolchain.identity = "rustc 1.96.0".into();
        assert_ne!(first, toolchain.fingerprint().unwrap());
    }
}
