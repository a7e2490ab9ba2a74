//! What the supervisor does with a component: read it, compile it once, and have it ready for each worker that is to run it.

use crate::cache::{Cache, CompileError, Compiled, Progress, one_line};
use crate::inspect::{ComponentError, Functions, as_component};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek};
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
}

/// What there is of a component in a file.
enum Found {
    Compiled(Arc<Compiled>),
    Bytes(Vec<u8>),
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

    /// Prepares the component in a file. `name` is for people.
    ///
    /// Blocks: for milliseconds if it is in the cache, else for as long as compiling takes.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or what it holds cannot be run.
    pub fn prepare_file(
        &self,
        name: &str,
        path: &Path,
        on_compile: &mut dyn FnMut(Progress),
    ) -> Result<Prepared, PrepareError> {
        match self.known_or_bytes(path) {
            Ok(Found::Compiled(compiled)) => self.ready(name, compiled),
            Ok(Found::Bytes(bytes)) => self.prepare(name, bytes, on_compile),
            Err(source) => Err(PrepareError::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// A file whose code is known is read through a small buffer only: memory for all of it would cost more than its digest does.
    fn known_or_bytes(&self, path: &Path) -> io::Result<Found> {
        let mut file = File::open(path)?;
        if file.metadata()?.is_file() {
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(&mut file)?;
            if let Some(compiled) = self.known(*hasher.finalize().as_bytes()) {
                return Ok(Found::Compiled(compiled));
            }
            file.rewind()?;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Found::Bytes(bytes))
    }

    /// The code of the component with this digest, if it has been compiled.
    fn known(&self, digest: [u8; 32]) -> Option<Arc<Compiled>> {
        if let Some(compiled) = self.prepared().get(&digest) {
            return Some(Arc::clone(compiled));
        }
        self.cache.find(digest).map(|found| self.keep(found))
    }

    fn keep(&self, compiled: Compiled) -> Arc<Compiled> {
        let compiled = Arc::new(compiled);
        self.prepared()
            .insert(compiled.digest, Arc::clone(&compiled));
        compiled
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
        let bytes = as_component(name, bytes.into())?;
        let digest = *blake3::hash(&bytes).as_bytes();
        let compiled = match self.known(digest) {
            Some(compiled) => compiled,
            None => self.keep(self.cache.compile(&bytes, digest, name, on_compile)?),
        };
        self.ready(name, compiled)
    }

    fn ready(&self, name: &str, compiled: Arc<Compiled>) -> Result<Prepared, PrepareError> {
        Ok(Prepared {
            name: name.into(),
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
    use std::io::Write;
    use std::os::fd::AsRawFd;

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn component_prepared_twice_is_compiled_once_even_without_a_cache() {
        let components = Components::new(Cache::without_folder().expect("engine"));
        let mut compiled = 0;
        for _ in 0..2 {
            let prepared = components.prepare("empty", EMPTY, &mut |_| compiled += 1);
            assert_eq!(prepared.expect("prepared").name(), "empty");
        }
        assert_eq!(compiled, 1);
    }

    #[test]
    fn file_is_compiled_again_only_once_it_has_changed() {
        let folder = tempfile::tempdir().expect("folder");
        let components = Components::new(Cache::open(folder.path().join("cache")).expect("cache"));
        let file = folder.path().join("a.wasm");
        let with_section = [EMPTY, b"\0\x02\x01a"].concat();
        let mut compiled = 0;
        for (bytes, expected) in [(EMPTY, 1), (EMPTY, 1), (&with_section, 2), (EMPTY, 2)] {
            std::fs::write(&file, bytes).expect("written");
            let prepared = components.prepare_file("a", &file, &mut |_| compiled += 1);
            let digest = *blake3::hash(bytes).as_bytes();
            assert_eq!(prepared.expect("prepared").digest(), digest);
            assert_eq!(compiled, expected);
        }
    }

    #[test]
    fn pipe_is_read_as_a_file_is() {
        let components = Components::new(Cache::without_folder().expect("engine"));
        let (reader, mut writer) = io::pipe().expect("pipe");
        writer.write_all(EMPTY).expect("written");
        drop(writer);
        let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
        let prepared = components.prepare_file("piped", Path::new(&path), &mut |_| {});
        prepared.expect("prepared");
    }

    #[test]
    fn file_that_is_missing_is_named() {
        let components = Components::new(Cache::without_folder().expect("engine"));
        let error = components
            .prepare_file("such", Path::new("/no/such.wasm"), &mut |_| {})
            .expect_err("missing");
        assert_eq!(
            error.to_string(),
            "the component `/no/such.wasm` cannot be read"
        );
    }
}
