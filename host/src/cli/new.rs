//! `tractor-host new`: a project that builds and runs with the two commands that it prints.
//!
//! A project has all that it needs of this repository: the SDK of its language and the WIT package are written into it, from the files that the program
//! carries. What comes from elsewhere, the language's own tools and libraries, its README names.
//!
//! `project` writes, `language` says what a project of each language is made of, `carried` is what the program carries. A folder of templates, one for a
//! language, holds what is the project's own: each file ends in `.template`, and `{{name}}` and `{{file}}` in it are the project's name, and
//! that as a file's.

mod carried;
mod language;
mod name;
mod project;

use super::args::New;
use super::exit::{self, Exit};
use super::output::print;
use name::Name;
use std::io;
use std::path::Path;

/// Makes a project.
pub(crate) fn new(arguments: &New) -> Result<(), Exit> {
    let folder = &arguments.folder;
    let name = Name::of(folder).map_err(|error| Exit::new(exit::USAGE, error.to_string()))?;
    let language = language::language(arguments.lang);
    let files = project::files(&language, &name).ok_or_else(|| {
        let text = format!("this version has no template for {}", language.title);
        Exit::new(exit::USAGE, text)
    })?;
    project::write(folder, &files).map_err(|error| refused(folder, &error))?;
    print(&told(folder, &language, &name))
}

fn refused(folder: &Path, error: &io::Error) -> Exit {
    let folder = folder.display();
    match error.kind() {
        io::ErrorKind::DirectoryNotEmpty => {
            let text = format!("`{folder}` is there already, and not empty");
            Exit::new(exit::USAGE, text)
        }
        io::ErrorKind::NotADirectory => Exit::new(
            exit::USAGE,
            format!("`{folder}` is there already, and no folder"),
        ),
        _ => Exit::new(
            exit::CANNOT_WRITE,
            format!("`{folder}` cannot be written: {error}"),
        ),
    }
}

fn told(folder: &Path, language: &language::Language, name: &Name) -> String {
    let (build, run) = (name.fill(language.build), name.fill(language.run));
    let (title, folder) = (language.title, folder.display());
    format!(
        "{folder}: an actor in {title}. In that folder, build it and run it:\n\n    {build}\n    {run}\n\n"
    )
}
