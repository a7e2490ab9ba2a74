//! `tractor-host cache`.

use super::args::{Cache as Arguments, CacheAction};
use super::exit::{self, Exit};
use super::output::print;
use std::io;
use std::path::Path;
use std::time::SystemTime;
use tractor_host::look::{duration, size};
use tractor_wasm::{Cache, Listed};

/// Shows or clears the cache.
pub(crate) fn cache(arguments: Arguments) -> Result<(), Exit> {
    let folder = arguments
        .cache_dir
        .or_else(tractor_wasm::default_folder)
        .ok_or_else(|| {
            let text =
                "there is no cache: neither TRACTOR_CACHE_DIR, XDG_CACHE_HOME nor HOME is set";
            Exit::new(exit::UNAVAILABLE, text)
        })?;
    match arguments.action {
        CacheAction::Path => print(&format!("{}\n", folder.display())),
        CacheAction::List if !folder.exists() => print("0 entries, 0 B\n"),
        CacheAction::Clear if !folder.exists() => print("0 entries removed\n"),
        CacheAction::List => list(&open(&folder)?, &folder),
        CacheAction::Clear => clear(&open(&folder)?, &folder),
    }
}

fn open(folder: &Path) -> Result<Cache, Exit> {
    let cache = Cache::open(folder.to_owned())
        .map_err(|error| Exit::new(exit::SYSTEM, error.to_string()))?;
    match cache.folder() {
        Some(_) => Ok(cache),
        // Why was said as a warning.
        None => Err(unusable(folder, &io::Error::other("it is not used"))),
    }
}

fn list(cache: &Cache, folder: &Path) -> Result<(), Exit> {
    let entries = cache.list().map_err(|error| unusable(folder, &error))?;
    let width = entries
        .iter()
        .map(|entry| entry.component.chars().count())
        .max()
        .unwrap_or(0);
    let mut text: String = entries.iter().map(|entry| row(entry, width)).collect();
    let bytes = entries.iter().map(|entry| entry.bytes).sum();
    text.push_str(&format!(
        "{}, {} in {}\n",
        count(entries.len()),
        size(bytes),
        folder.display()
    ));
    print(&text)
}

fn row(entry: &Listed, width: usize) -> String {
    let age = SystemTime::now()
        .duration_since(entry.made)
        .unwrap_or_default();
    let name: String = entry.component.escape_debug().collect();
    let key = entry.key.to_string();
    let short = key.get(..12).unwrap_or(&key);
    format!(
        "{short}  {name:width$}  {:>8}  {} ago\n",
        size(entry.bytes),
        duration(age)
    )
}

fn clear(cache: &Cache, folder: &Path) -> Result<(), Exit> {
    let removed = cache.clear().map_err(|error| unusable(folder, &error))?;
    print(&format!("{} removed\n", count(removed)))
}

fn count(entries: usize) -> String {
    match entries {
        1 => "1 entry".to_owned(),
        entries => format!("{entries} entries"),
    }
}

fn unusable(folder: &Path, error: &io::Error) -> Exit {
    Exit::new(
        exit::CANNOT_WRITE,
        format!("the cache `{}` cannot be used: {error}", folder.display()),
    )
}
