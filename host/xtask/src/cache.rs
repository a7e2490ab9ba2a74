//! The folders that xtask keeps in the user's cache, outside of the repository: what is there serves every clone.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};

/// Names `tractor-host/NAME` in the user's cache: `$XDG_CACHE_HOME`, or else `~/.cache`.
pub(crate) fn cache_folder(name: &str) -> Result<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").filter(|v| !v.is_empty());
    let cache = cache.map(PathBuf::from).or_else(|| {
        let home = env::home_dir()?;
        Some(home.join(".cache"))
    });
    let cache = cache.context("there is no home folder to keep a cache in: set XDG_CACHE_HOME")?;
    Ok(cache.join("tractor-host").join(name))
}
