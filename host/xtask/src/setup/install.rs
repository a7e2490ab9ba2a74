//! Puts a target into the sysroot, whole or not at all.
//!
//! It is staged in a folder beside its place, on the same file system, and renamed. A target that was there and did not
//! work is set aside first, and comes back if nothing better was found.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::toolchain::Toolchain;
use crate::repository::WASM_TARGET;

/// Beside the target, where no rustc looks for one.
const STAGING: &str = ".tractor-host-staging";
const ASIDE: &str = ".tractor-host-aside";

/// Removes what an interrupted set-up left; call it with the lock held. A target that was set aside goes back if its place is empty.
pub(super) fn remove_leftovers(toolchain: &Toolchain) -> Result<()> {
    remove_folder(&toolchain.rustlib().join(STAGING))?;
    let aside = toolchain.rustlib().join(ASIDE);
    if aside.exists() && !toolchain.has_target() {
        return rename(&aside, &toolchain.target());
    }
    remove_folder(&aside)
}

/// Removes a target that turned out not to work.
pub(super) fn remove(toolchain: &Toolchain) {
    // It is reported as broken; that it stays as well would add nothing, and the next set-up tries again.
    let _ = remove_folder(&toolchain.target());
}

/// A target in the making. Removed when dropped, unless installed.
pub(super) struct Staged {
    folder: PathBuf,
    place: PathBuf,
}

impl Staged {
    /// Makes an empty folder for it in the sysroot.
    pub(super) fn begin(toolchain: &Toolchain) -> Result<Self> {
        let folder = toolchain.rustlib().join(STAGING);
        remove_folder(&folder)?;
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot write into the sysroot: {}", folder.display()))?;
        let place = toolchain.target();
        Ok(Self { folder, place })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where in the folder the target's own files go.
    pub(super) fn target(&self) -> PathBuf {
        self.folder.join(WASM_TARGET)
    }

    /// Moves it into its place.
    pub(super) fn install(self) -> Result<()> {
        remove_folder(&self.place)?;
        rename(&self.target(), &self.place)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // If this fails, the next set-up removes it.
        let _ = remove_folder(&self.folder);
    }
}

/// A target that does not work, out of the way while another is looked for. Back in its place when dropped, unless forgotten.
pub(super) struct Replaced {
    aside: Option<PathBuf>,
    place: PathBuf,
}

impl Replaced {
    /// Sets the target aside if there is one that rustup knows nothing of: rustup would stumble over it.
    pub(super) fn set_aside(toolchain: &Toolchain) -> Result<Self> {
        let place = toolchain.target();
        let mut aside = None;
        if toolchain.has_target() && !toolchain.target_is_rustups() {
            let folder = toolchain.rustlib().join(ASIDE);
            rename(&place, &folder)?;
            aside = Some(folder);
        }
        Ok(Self { aside, place })
    }

    /// Throws the old target away: there is a better one.
    pub(super) fn forget(mut self) -> Result<()> {
        self.aside.take().map_or(Ok(()), |old| remove_folder(&old))
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        if let Some(aside) = self.aside.take() {
            // If this fails, the next set-up does it.
            let _ = rename(&aside, &self.place);
        }
    }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to)
        .with_context(|| format!("cannot rename {} to {}", from.display(), to.display()))
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.with_context(|| format!("cannot remove {}", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toolchain() -> (tempfile::TempDir, Toolchain) {
        let sysroot = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::at(sysroot.path());
        fs::create_dir_all(toolchain.rustlib()).unwrap();
        (sysroot, toolchain)
    }

    fn entries(toolchain: &Toolchain) -> Vec<String> {
        let entries = fs::read_dir(toolchain.rustlib()).unwrap();
        let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn staged_target_that_is_dropped_leaves_nothing() {
        let (_sysroot, toolchain) = toolchain();
        let staged = Staged::begin(&toolchain).unwrap();
        fs::create_dir_all(staged.target().join("lib")).unwrap();
        drop(staged);
        assert!(entries(&toolchain).is_empty());
    }

    #[test]
    fn staged_target_that_is_installed_is_all_there_is() {
        let (_sysroot, toolchain) = toolchain();
        let staged = Staged::begin(&toolchain).unwrap();
        fs::create_dir_all(staged.target().join("lib")).unwrap();
        staged.install().unwrap();
        assert_eq!(entries(&toolchain), [WASM_TARGET]);
    }

    #[test]
    fn broken_target_comes_back_when_nothing_better_was_found() {
        let (_sysroot, toolchain) = toolchain();
        fs::create_dir_all(toolchain.target().join("old")).unwrap();
        let replaced = Replaced::set_aside(&toolchain).unwrap();
        assert!(!toolchain.has_target());
        drop(replaced);
        assert!(toolchain.target().join("old").exists());
    }

    #[test]
    fn leftovers_of_an_interrupted_set_up_are_removed() {
        let (_sysroot, toolchain) = toolchain();
        fs::create_dir_all(toolchain.rustlib().join(STAGING).join("half")).unwrap();
        fs::create_dir_all(toolchain.rustlib().join(ASIDE).join("old")).unwrap();
        remove_leftovers(&toolchain).unwrap();
        assert_eq!(entries(&toolchain), [WASM_TARGET]);
        assert!(toolchain.target().join("old").exists());
    }
}
