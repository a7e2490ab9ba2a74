//! From a file of the command line to compiled code, and what is wrong with it if that fails.

use super::args::Flags;
use super::exit::{self, Exit};
use super::spinner::Spinner;
use std::path::{Path, PathBuf};
use tractor_wasm::inspect::{Signatures, as_component};
use tractor_wasm::{Cache, CompileError, Components, PrepareError, Prepared};

/// Compiles the components of one command.
pub(crate) struct Compiler {
    components: Components,
    spinner: Spinner,
}

impl Compiler {
    pub(crate) fn new(flags: &Flags) -> Result<Self, Exit> {
        let given = flags.cache_dir.clone();
        let folder = given.or_else(tractor_wasm::default_folder);
        let cache = match folder.filter(|_| !flags.no_cache) {
            Some(folder) => Cache::open(folder),
            None => Cache::without_folder(),
        };
        let cache = cache.map_err(|error| {
            let text = format!("the WebAssembly engine cannot be set up: {error}");
            Exit::new(exit::SYSTEM, text)
        })?;
        Ok(Self {
            components: Components::new(cache),
            spinner: Spinner::default(),
        })
    }

    /// Reads and compiles a file. The component is named as the file is.
    pub(crate) fn prepare(&mut self, file: &Path) -> Result<Prepared, Exit> {
        let name = name(file);
        let mut told = |progress| self.spinner.told(&name, progress);
        let prepared = self.components.prepare_file(&name, file, &mut told);
        prepared.map_err(|error| {
            let code = match &error {
                PrepareError::Read { source, .. } => return unreadable(file, source),
                PrepareError::Compile(CompileError::Io { .. }) => exit::SYSTEM,
                _ => exit::BAD_COMPONENT,
            };
            Exit::new(code, with_causes(&error))
        })
    }
}

/// What a component says of itself, for people.
pub(crate) fn signatures(name: &str, bytes: &[u8]) -> Result<Signatures, Exit> {
    Signatures::of(name, bytes).map_err(|error| bad(&error))
}

/// Reads a component from a file, and gives the name by which messages call it.
pub(crate) fn read(file: &Path) -> Result<(String, Vec<u8>), Exit> {
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    let name = name(file);
    let bytes = as_component(&name, bytes).map_err(|error| bad(&error))?;
    Ok((name, bytes))
}

/// How messages call the component in a file.
fn name(file: &Path) -> String {
    let name = file.file_name().unwrap_or(file.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The absolute path of a directory that is to be granted.
pub(crate) fn directory(path: &Path) -> Result<PathBuf, Exit> {
    let absolute = path
        .canonicalize()
        .map_err(|error| unreadable(path, &error))?;
    match absolute.is_dir() && absolute.to_str().is_some() {
        true => Ok(absolute),
        false => {
            let text = format!("`{}` cannot be granted: it is no directory", path.display());
            Err(Exit::new(exit::NO_INPUT, text))
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Exit {
    let text = format!("`{}` cannot be read: {error}", path.display());
    Exit::new(exit::NO_INPUT, text)
}

pub(crate) fn bad(error: &impl std::fmt::Display) -> Exit {
    Exit::new(exit::BAD_COMPONENT, error.to_string())
}

/// An error and its causes, in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
