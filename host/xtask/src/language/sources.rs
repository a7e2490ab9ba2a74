//! Whether a component is as its sources are: their digest is kept beside it, in `NAME.wasm.sources`.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    job::{Heading, seconds},
    repository::{guests_components, shown},
};

/// What a component is made from: files and folders, and all that else decides how it comes out, such as the version of a tool.
pub(super) struct Sources {
    paths: Vec<PathBuf>,
    tool: String,
}

impl Sources {
    /// Of those files and folders, by a tool of that name and version.
    pub(super) fn new(paths: impl IntoIterator<Item = PathBuf>, tool: &str) -> Self {
        Self {
            paths: paths.into_iter().collect(),
            tool: tool.to_owned(),
        }
    }

    /// Builds `NAME.wasm` with `build`, which is told where it has to be, unless it was built from just these sources.
    pub(super) fn build(
        &self,
        heading: &Heading,
        name: &str,
        build: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<()> {
        let component = guests_components().join(name).with_extension("wasm");
        let stamp = component.with_extension("wasm.sources");
        let digest = self.digest()?;
        if component.is_file() && fs::read_to_string(&stamp).is_ok_and(|old| old == digest) {
            return Ok(());
        }
        let begun = std::time::Instant::now();
        fs::create_dir_all(guests_components()).context("cannot make the folder of components")?;
        let _ = fs::remove_file(&stamp);
        build(&component).with_context(|| format!("cannot build {}", shown(&component)))?;
        fs::write(&stamp, digest).with_context(|| format!("cannot write {}", stamp.display()))?;
        let time = seconds(begun.elapsed());
        heading.say(format_args!("{}; {time}", shown(&component)));
        Ok(())
    }

    /// Names what these sources are, in 16 hex digits.
    pub(super) fn digest(&self) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        self.tool.hash(&mut hasher);
        for path in &self.paths {
            hash(path, &mut hasher).with_context(|| format!("cannot read {}", path.display()))?;
        }
        Ok(format!("{:016x}", hasher.finish()))
    }
}

/// Names and contents, in the order of names; what tools leave behind (`__pycache__`, `target`) does not count.
fn hash(path: &Path, hasher: &mut DefaultHasher) -> std::io::Result<()> {
    path.file_name().hash(hasher);
    if !path.is_dir() {
        fs::read(path)?.hash(hasher);
        return Ok(());
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(path)? {
        entries.push(entry?.path());
    }
    entries.sort();
    for entry in entries {
        if !entry.ends_with("__pycache__") && !entry.ends_with("target") {
            hash(&entry, hasher)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_changes_with_a_file_its_name_and_the_tool() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.py");
        let digest = |tool| {
            let sources = Sources::new([folder.path().to_path_buf()], tool);
            sources.digest().unwrap()
        };
        fs::write(&file, "one").unwrap();
        let first = digest("1");
        assert_eq!(first, digest("1"));
        assert_ne!(first, digest("2"));
        fs::write(&file, "two").unwrap();
        let second = digest("1");
        assert_ne!(first, second);
        fs::rename(&file, folder.path().join("other.py")).unwrap();
        assert_ne!(second, digest("1"));
    }

    #[test]
    fn digest_does_not_see_what_tools_leave_behind() {
        let folder = tempfile::tempdir().unwrap();
        let digest = || {
            let sources = Sources::new([folder.path().to_path_buf()], "1");
            sources.digest().unwrap()
        };
        let first = digest();
        fs::create_dir(folder.path().join("__pycache__")).unwrap();
        assert_eq!(first, digest());
    }
}
