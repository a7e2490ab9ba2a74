//! Runs the body of a fuzz target over what is kept of its inputs.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Gives each file of `corpus/TARGET` and `findings/TARGET` to `body`. A failure names the file.
pub(crate) fn run_all(target: &str, body: fn(&[u8])) {
    let files = files(target);
    assert!(files.len() > 9, "{target} has few inputs: {}", files.len());
    for file in files {
        let bytes = fs::read(&file).expect("an input can be read");
        let outcome = catch_unwind(AssertUnwindSafe(|| body(&bytes)));
        assert!(outcome.is_ok(), "that was {}", file.display());
    }
}

fn files(target: &str) -> Vec<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let folder = above.map(|folder| folder.join("tests/fuzz"));
    let folder = folder
        .into_iter()
        .find(|folder| folder.is_dir())
        .expect("the repository has tests/fuzz");
    let folders = ["corpus", "findings"].map(|kind| folder.join(kind).join(target));
    let entries = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    files.sort();
    files
}
