//! What the supervisor does with a component: read it, compile it once, and have it ready for each worker that is to run it.

use crate::cache::{Cache, CompileError, Compiled, Progress, one_line};
use crate::inspect::{ComponentError, Functions, as_component};
use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Why a component cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// The file cannot be read.
    #[error("the component `{}` cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It is no component, or not one that can be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// It is for another version of this host.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// Its compiled code cannot be mapped.
    #[error("the compiled code of `{name}` cannot be mapped: {message}")]
    Map {
        /// The component's name for people.
        name: String,
        /// wasmtime's reason, in one line.
        message: String,
    },
}

/// A component that workers can run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Prepared {
    name: Arc<str>,
    bytes: Arc<[u8]>,
    compiled: Arc<Compiled>,
    functions: Arc<Functions>,
}

impl Prepared {
    /// Its name for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The digest of its bytes.
    pub fn digest(&self) -> [u8; 32] {
        self.compiled.digest
    }

    /// The file of its compiled code, to be passed to a worker with the specification.
    pub fn file(&self) -> BorrowedFd<'_> {
        self.compiled.file.as_fd()
    }

    /// A further handle to that file.
    ///
    /// # Errors
    ///
    /// If the process has too many files open.
    pub fn clone_file(&self) -> std::io::Result<OwnedFd> {
        self.compiled.file.try_clone()
    }

    /// Whether it was compiled just now, and not found in the cache.
    pub fn is_freshly_compiled(&self) -> bool {
        self.compiled.freshly_compiled
    }

    /// What it exports, and what it asks for.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// The component itself, for [`Signatures`](crate::inspect::Signatures).
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Prepares components, the same one only once.
#[derive(Debug)]
pub struct Components {
    cache: Cache,
    prepared: Mutex<HashMap<[u8; 32], Arc<Compiled>>>,
}

impl Components {
    /// Prepares with `cache`.
    pub fn new(cache: Cache) -> Self {
        Self {
            cache,
            prepared: Mutex::default(),
        }
    }

    /// The cache.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Prepares the component in a file; it is named as the file is, without the ending.
    ///
    /// Blocks: for milliseconds if it is in the cache, else for as long as compiling takes.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or what it holds cannot be run.
    pub fn prepare_file(
        &self,
        path: &Path,
        on_compile: &mut dyn FnMut(Progress),
    ) -> Result<Prepared, PrepareError> {
        let bytes = std::fs::read(path).map_err(|source| PrepareError::Read {
            path: path.to_owned(),
            source,
        })?;
        let name = path.file_stem().unwrap_or(path.as_os_str());
        self.prepare(&name.to_string_lossy(), bytes, on_compile)
    }

    /// Prepares the component `bytes`, or what can be made one. Blocks as [`prepare_file`](Self::prepare_file) does.
    ///
    /// # Errors
    ///
    /// If the bytes are nothing that can be run.
    pub fn prepare(
        &self,
        name: &str,
        bytes: impl Into<Vec<u8>>,
        on_compile: &mut dyn FnMut(Progress),
    ) -> Result<Prepared, PrepareError> {
        let bytes = match as_component(name, bytes.into()) {
            Ok(bytes) => Arc::<[u8]>::from(bytes),
            Err(error) => return Err(error.into()),
        };
        let digest = *blake3::hash(&bytes).as_bytes();
        let known = self.prepared().get(&digest).cloned();
        let compiled = match known {
            Some(compiled) => compiled,
            None => {
                let compiled = Arc::new(self.cache.load(&bytes, name, on_compile)?);
                self.prepared().insert(digest, Arc::clone(&compiled));
                compiled
            }
        };
        Ok(Prepared {
            name: name.into(),
            bytes,
            functions: Arc::new(self.read(name, &compiled)?),
            compiled,
        })
    }

    fn read(&self, name: &str, compiled: &Compiled) -> Result<Functions, PrepareError> {
        let component = self
            .cache
            .map(compiled)
            .map_err(|error| PrepareError::Map {
                name: name.to_owned(),
                message: one_line(&error),
            })?;
        Ok(Functions::of(name, &component)?)
    }

    /// A panic elsewhere cannot leave the table half changed.
    fn prepared(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Arc<Compiled>>> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn component_prepared_twice_is_compiled_once_even_without_a_cache() {
        let components = Components::new(Cache::without_folder().expect("engine"));
        let mut compiled = 0;
        for _ in 0..2 {
            let prepared =
                components.prepare("empty", *b"\0asm\x0d\0\x01\0", &mut |_| compiled += 1);
            assert_eq!(prepared.expect("prepared").name(), "empty");
        }
        assert_eq!(compiled, 1);
    }

    #[test]
    fn file_that_is_missing_is_named() {
        let components = Components::new(Cache::without_folder().expect("engine"));
        let error = components
            .prepare_file(Path::new("/no/such.wasm"), &mut |_| {})
            .expect_err("missing");
        assert_eq!(
            error.to_string(),
            "the component `/no/such.wasm` cannot be read"
        );
    }
}
