//! The folder in which a set-up works, in the user's cache: empty at its beginning, gone at its end, and held by one set-up
//! at a time.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::lock::Lock;
use crate::job::Heading;

/// The working folder, with the lock on it.
pub(super) struct Workshop {
    lock: Lock,
    folder: PathBuf,
}

impl Workshop {
    /// Takes the lock, and clears away what an interrupted set-up left.
    pub(super) fn open(heading: &Heading) -> Result<Self> {
        let cache = cache_folder()?;
        fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
        let lock = Lock::take(&cache.join("lock"), heading)?;
        let folder = cache.join("work");
        remove(&folder)?;
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { lock, folder })
    }

    /// Tells whether another set-up was at work when this one came.
    pub(super) fn had_to_wait(&self) -> bool {
        self.lock.had_to_wait
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes a folder in it.
    pub(super) fn make(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// Names the file for the output of the tool in use.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // The next set-up clears it too.
        let _ = remove(&self.folder);
    }
}

fn remove(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}

fn cache_folder() -> Result<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").filter(|v| !v.is_empty());
    let cache = cache.map(PathBuf::from).or_else(|| {
        let home = env::home_dir()?;
        Some(home.join(".cache"))
    });
    let cache = cache.context("there is no home folder to keep a cache in: set XDG_CACHE_HOME")?;
    Ok(cache.join("tractor-host/setup"))
}
