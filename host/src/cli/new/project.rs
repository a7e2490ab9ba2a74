//! Writing a project.

use super::carried;
use super::language::Language;
use super::name::Name;
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// What the files of templates end in, here.
const TEMPLATE: &str = ".template";

/// The files of a project: where, and what. `None` if the program does not carry all that belongs to it.
pub(crate) fn files(language: &Language, name: &Name) -> Option<Vec<(String, Vec<u8>)>> {
    let mut files = own(language, name);
    if files.is_empty() {
        return None;
    }
    for (from, to) in language.sdk {
        let before = files.len();
        files.extend(carried::below(from).map(|(path, bytes)| {
            let slash = if path.is_empty() { "" } else { "/" };
            (format!("{to}{slash}{path}"), bytes.to_vec())
        }));
        if files.len() == before {
            return None;
        }
    }
    let made = (language.made)().into_iter();
    files.extend(made.map(|(path, text)| (path.to_owned(), text.into_bytes())));
    Some(files)
}

/// Those of the template, with the name in them.
fn own(language: &Language, name: &Name) -> Vec<(String, Vec<u8>)> {
    let files = carried::below(language.template).filter_map(|(path, bytes)| {
        let path = match path.strip_suffix(TEMPLATE)? {
            "gitignore" => ".gitignore",
            path => path,
        };
        let text = name.fill(&String::from_utf8_lossy(bytes));
        Some((path.to_owned(), text.into_bytes()))
    });
    files.collect()
}

/// Writes them into a folder that is not there, or empty.
///
/// # Errors
///
/// `DirectoryNotEmpty` and `NotADirectory` say what is there; what else, why it cannot be written.
pub(crate) fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    if fs::symlink_metadata(folder).is_ok_and(|found| !found.is_dir()) && !folder.is_dir() {
        return Err(Error::from(ErrorKind::NotADirectory));
    }
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(Error::from(ErrorKind::DirectoryNotEmpty));
    }
    for (path, bytes) in files {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, bytes)?;
    }
    Ok(())
}
