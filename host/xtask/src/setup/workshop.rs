//! The folder in which a set-up works, in the user's cache: gone at its end.
//!
//! One set-up works at a time, but each in a folder of its own: the tools of one that was killed may write for a while yet.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context, Result};

use super::lock::Lock;
use crate::{cache::cache_folder, job::Heading};

/// What the names of working folders begin with.
const PREFIX: &str = "work-";

/// The working folder, with the lock on it.
pub(super) struct Workshop {
    lock: Lock,
    cache: PathBuf,
    folder: PathBuf,
}

impl Workshop {
    /// Takes the lock, and clears away what an interrupted set-up left.
    pub(super) fn open(heading: &Heading) -> Result<Self> {
        let cache = cache_folder("setup")?;
        fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
        let lock = Lock::take(&cache.join("lock"), heading)?;
        remove_leftovers(&cache);
        let folder = cache.join(format!("{PREFIX}{}", process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self {
            lock,
            cache,
            folder,
        })
    }

    /// Tells whether another set-up was at work when this one came.
    pub(super) fn had_to_wait(&self) -> bool {
        self.lock.had_to_wait
    }

    /// Gives the folder itself.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes a folder in it.
    pub(super) fn make(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// Writes a file in it.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let file = self.folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    /// Names the file for the output of the tool in use.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        remove_leftovers(&self.cache);
    }
}

/// Removes every working folder. What cannot be removed, because an orphaned tool still writes into it, the next set-up removes.
fn remove_leftovers(cache: &Path) {
    let entries = fs::read_dir(cache).into_iter().flatten().flatten();
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
