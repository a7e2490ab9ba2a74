//! The tools of a language, kept in the user's cache: each in a folder named for the tool and its version, so that another version is
//! another folder, and no clone disturbs the next.
//!
//! Invariants:
//! * A tool is whole or absent: its folder gets the name `READY` in it last, and what an interrupted set-up left is removed by the next.
//! * It is built where it is used (a Python venv cannot be moved), under a lock that the system gives back if the process dies.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result};

use crate::{
    cache::cache_folder,
    job::{Heading, seconds},
    setup::Lock,
};

/// The file that says that a tool is whole.
const READY: &str = ".ready";

/// One version of one tool.
pub(super) struct Tools {
    name: String,
    folder: PathBuf,
}

impl Tools {
    /// The tool of that name; `name` carries all that tells one version from another: `python-componentize-py-0.25.1`.
    pub(super) fn named(name: &str) -> Result<Self> {
        let name = name.to_owned();
        let folder = cache_folder("tools")?.join(&name);
        Ok(Self { name, folder })
    }

    /// Its name, with its version.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where it is, or is to be.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Tells whether it is there, and whole.
    pub(super) fn are_there(&self) -> bool {
        self.folder.join(READY).is_file()
    }

    /// Makes it with `make`, which is given the empty folder, if it is not there. What fails half-way is removed.
    pub(super) fn provide(
        &self,
        heading: &Heading,
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<()> {
        if self.are_there() {
            heading.say(format_args!("{} is there", self.name));
            return Ok(());
        }
        let parent = cache_folder("tools")?;
        fs::create_dir_all(&parent).with_context(|| format!("cannot make {}", parent.display()))?;
        let _lock = Lock::take(&parent.join(format!("{}.lock", self.name)), heading)?;
        if self.are_there() {
            heading.say(format_args!("{} is there now", self.name));
            return Ok(());
        }
        self.make(heading, make)
    }

    fn make(&self, heading: &Heading, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let begun = Instant::now();
        heading.say(format_args!("setting up {}", self.name));
        self.remove()?;
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot make {}", self.folder.display()))?;
        let made = make(&self.folder)
            .and_then(|()| fs::write(self.folder.join(READY), "").context("cannot write"));
        if let Err(error) = made {
            self.remove()?;
            return Err(error);
        }
        let time = seconds(begun.elapsed());
        heading.say(format_args!("{} is there now; {time}", self.name));
        Ok(())
    }

    fn remove(&self) -> Result<()> {
        if !self.folder.exists() {
            return Ok(());
        }
        fs::remove_dir_all(&self.folder)
            .with_context(|| format!("cannot remove {}", self.folder.display()))
    }
}
