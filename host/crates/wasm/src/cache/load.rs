//! From a component's bytes to an open file of compiled code.

use super::compile::{CompileError, compile};
use super::entry;
use super::folder::{Folder, Listed};
use super::key::Key;
use crate::engine::{Purpose, engine};
use crate::inspect::check_bytes;
use rustix::fs::{MemfdFlags, SealFlags};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

/// How far a load has come, for whoever shows it. Nothing is said of a component that is in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Another process compiles something; this one waits for it, and may then find what it needs.
    Waiting,
    /// The component is being compiled. Seconds for a large one.
    Compiling,
}

/// The compiled code of a component.
#[derive(Debug)]
pub struct Compiled {
    /// The code, open for reading; workers map it.
    pub file: OwnedFd,
    /// The digest of the component's bytes.
    pub digest: [u8; 32],
    /// Whether it was compiled just now.
    pub freshly_compiled: bool,
}

/// Compiles components, each once, and keeps the code in a folder.
#[derive(Debug)]
pub struct Cache {
    engine: Engine,
    folder: Option<Folder>,
}

impl Cache {
    /// Opens the cache in `folder`, and makes the folder if it is not there. If that fails there is one warning, and each
    /// load compiles.
    ///
    /// # Errors
    ///
    /// wasmtime's, if there is no engine for this machine.
    pub fn open(folder: PathBuf) -> wasmtime::Result<Self> {
        let opened = Folder::open(folder.clone())
            .inspect_err(|error| warn_unusable(&folder, error))
            .ok();
        Self::new(opened)
    }

    /// A cache that keeps nothing: each load compiles.
    ///
    /// # Errors
    ///
    /// wasmtime's, if there is no engine for this machine.
    pub fn without_folder() -> wasmtime::Result<Self> {
        Self::new(None)
    }

    fn new(folder: Option<Folder>) -> wasmtime::Result<Self> {
        Ok(Self {
            engine: engine(Purpose::Compile)?,
            folder,
        })
    }

    /// The folder, if one is used.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(Folder::path)
    }

    /// Gives the compiled code of the component `bytes`, from the cache or by compiling. `name` is for people.
    ///
    /// Blocks: for milliseconds if it is in the cache, else for as long as compiling takes.
    ///
    /// # Errors
    ///
    /// If the bytes are no component that this version can compile, or if there is no room even for a file without a name.
    pub fn load(
        &self,
        bytes: &[u8],
        name: &str,
        on_compile: &mut dyn FnMut(Progress),
    ) -> Result<Compiled, CompileError> {
        let digest = *blake3::hash(bytes).as_bytes();
        match self.find(digest) {
            Some(found) => Ok(found),
            None => self.compile(bytes, digest, name, on_compile),
        }
    }

    /// The code of the component with this digest, if the folder has it.
    pub(crate) fn find(&self, digest: [u8; 32]) -> Option<Compiled> {
        let folder = self.folder.as_ref()?;
        let file = folder.find(Key::new(&self.engine, &digest)).ok()??;
        Some(Compiled {
            file,
            digest,
            freshly_compiled: false,
        })
    }

    /// Compiles the component `bytes`, whose digest this is, unless another process does so meanwhile.
    pub(crate) fn compile(
        &self,
        bytes: &[u8],
        digest: [u8; 32],
        name: &str,
        on_compile: &mut dyn FnMut(Progress),
    ) -> Result<Compiled, CompileError> {
        check_bytes(name, bytes)?;
        let wanted = Wanted {
            engine: &self.engine,
            bytes,
            name,
            digest,
        };
        match &self.folder {
            Some(folder) => wanted.through(folder, on_compile),
            None => wanted.without_folder(on_compile),
        }
    }

    /// Maps compiled code, to look at it.
    pub(crate) fn map(&self, compiled: &Compiled) -> wasmtime::Result<Component> {
        crate::compiled::map(&self.engine, compiled.file.as_fd())
    }

    /// All entries, the newest first.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn list(&self) -> io::Result<Vec<Listed>> {
        self.folder.as_ref().map_or(Ok(Vec::new()), Folder::list)
    }

    /// Removes all entries, and says how many. Running actors are not disturbed.
    ///
    /// # Errors
    ///
    /// If an entry cannot be removed.
    pub fn clear(&self) -> io::Result<usize> {
        self.folder.as_ref().map_or(Ok(0), Folder::clear)
    }

    /// Bytes of all entries.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.list()?.iter().map(|entry| entry.bytes).sum())
    }
}

/// One load.
struct Wanted<'a> {
    engine: &'a Engine,
    bytes: &'a [u8],
    name: &'a str,
    digest: [u8; 32],
}

/// What came of an attempt to use the folder.
enum Kept {
    InFolder(Compiled),
    /// The folder failed; there may be code by then.
    Not(io::Error, Option<Vec<u8>>),
}

impl Wanted<'_> {
    fn through(
        &self,
        folder: &Folder,
        on_compile: &mut dyn FnMut(Progress),
    ) -> Result<Compiled, CompileError> {
        let key = Key::new(self.engine, &self.digest);
        match self.compile_into(folder, key, on_compile)? {
            Kept::InFolder(compiled) => Ok(compiled),
            Kept::Not(error, code) => {
                warn_unusable(folder.path(), &error);
                self.keep_unnamed(code, on_compile)
            }
        }
    }

    /// Compiles under the lock, unless someone else has done so meanwhile.
    fn compile_into(
        &self,
        folder: &Folder,
        key: Key,
        on_compile: &mut dyn FnMut(Progress),
    ) -> Result<Kept, CompileError> {
        let lock = match lock(folder, key, on_compile) {
            Ok(lock) => lock,
            Err(error) => return Ok(Kept::Not(error, None)),
        };
        if let Ok(Some(file)) = folder.find(key) {
            return Ok(Kept::InFolder(self.done(file, false)));
        }
        let code = self.compile(on_compile)?;
        Ok(match folder.put(&lock, key, self.name, &code) {
            Ok(file) => Kept::InFolder(self.done(file, true)),
            Err(error) => Kept::Not(error, Some(code)),
        })
    }

    fn without_folder(
        &self,
        on_compile: &mut dyn FnMut(Progress),
    ) -> Result<Compiled, CompileError> {
        self.keep_unnamed(None, on_compile)
    }

    fn keep_unnamed(
        &self,
        code: Option<Vec<u8>>,
        on_compile: &mut dyn FnMut(Progress),
    ) -> Result<Compiled, CompileError> {
        let code = match code {
            Some(code) => code,
            None => self.compile(on_compile)?,
        };
        let key = Key::new(self.engine, &self.digest);
        write_unnamed(key, self.name, &code)
            .map(|file| self.done(file, true))
            .map_err(|source| CompileError::Io {
                name: self.name.to_owned(),
                source,
            })
    }

    fn compile(&self, on_compile: &mut dyn FnMut(Progress)) -> Result<Vec<u8>, CompileError> {
        on_compile(Progress::Compiling);
        compile(self.engine, self.bytes, self.name)
    }

    fn done(&self, file: OwnedFd, freshly_compiled: bool) -> Compiled {
        Compiled {
            file,
            digest: self.digest,
            freshly_compiled,
        }
    }
}

fn lock(
    folder: &Folder,
    key: Key,
    on_compile: &mut dyn FnMut(Progress),
) -> io::Result<super::folder::Lock> {
    if let Some(lock) = folder.try_lock(key)? {
        return Ok(lock);
    }
    on_compile(Progress::Waiting);
    folder.lock(key)
}

/// Writes code into memory that has no name, and seals it: no worker can change what another one runs.
fn write_unnamed(key: Key, name: &str, code: &[u8]) -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut writer = BufWriter::new(File::from(rustix::fs::memfd_create("cwasm", flags)?));
    entry::write(&mut writer, key, name, code)?;
    writer.flush()?;
    let file = writer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    rustix::fs::fcntl_add_seals(&file, seals)?;
    Ok(file.into())
}

fn warn_unusable(folder: &Path, error: &io::Error) {
    tracing::warn!(
        folder = %folder.display(),
        %error,
        "the cache of compiled components cannot be used, so they are compiled at each start"
    );
}
