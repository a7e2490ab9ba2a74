//! The folder: finding it, trusting it, locking it, and putting entries into it.

use super::entry;
use super::key::Key;
use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags};
use std::fs::{DirBuilder, File};
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Mode of an entry: nobody writes to it again.
const ENTRY_MODE: Mode = Mode::RUSR;

/// The folder that is used where none is given: `$TRACTOR_CACHE_DIR`, `$XDG_CACHE_HOME/tractor-host`, or
/// `~/.cache/tractor-host`. `None` if the environment names none of them.
pub fn default_folder() -> Option<PathBuf> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let of = |base: std::ffi::OsString| PathBuf::from(base).join("tractor-host");
    given("TRACTOR_CACHE_DIR")
        .map(PathBuf::from)
        .or_else(|| given("XDG_CACHE_HOME").map(of))
        .or_else(|| given("HOME").map(|home| of(PathBuf::from(home).join(".cache").into())))
}

/// An entry, for people.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name in the cache.
    pub key: Key,
    /// The component it was compiled from, as it was called then.
    pub component: String,
    /// Its size.
    pub bytes: u64,
    /// When it was made.
    pub made: SystemTime,
}

/// A folder of entries.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens the folder, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be made or read, or if another user could put code into it.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        make_private(&path)?;
        let metadata = path.metadata()?;
        let ours = metadata.uid() == rustix::process::geteuid().as_raw();
        if !ours || metadata.mode() & 0o022 != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "another user may write to it, and it holds machine code: make it yours alone (chmod go-w)",
            ));
        }
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the entry of `key` if it is there and sound.
    pub(super) fn find(&self, key: Key) -> io::Result<Option<OwnedFd>> {
        let mut file = match File::open(self.entry(key)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(entry::is_sound(&mut file, key)?.then(|| file.into()))
    }

    /// Locks what has the first digits of `key`; `None` if another process or thread has it.
    pub(super) fn try_lock(&self, key: Key) -> io::Result<Option<Lock>> {
        let shard = self.open_shard(key)?;
        match rustix::fs::flock(&shard, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Lock { _shard: shard })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Locks what has the first digits of `key`; waits for it.
    pub(super) fn lock(&self, key: Key) -> io::Result<Lock> {
        let shard = self.open_shard(key)?;
        loop {
            match rustix::fs::flock(&shard, FlockOperation::LockExclusive) {
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return Ok(Lock { _shard: shard }),
            }
        }
    }

    /// Puts an entry in the place of `key`, whatever is there, and opens it. It appears whole or not at all, and a crash
    /// leaves nothing: until then it has no name.
    pub(super) fn put(
        &self,
        _held: &Lock,
        key: Key,
        name: &str,
        code: &[u8],
    ) -> io::Result<OwnedFd> {
        let unnamed = rustix::fs::open(
            self.shard(key),
            OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC,
            ENTRY_MODE,
        )?;
        let mut writer = BufWriter::new(File::from(unnamed));
        entry::write(&mut writer, key, name, code)?;
        writer.flush()?;
        let unnamed = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        self.name(&unnamed, key)?;
        Ok(File::open(self.entry(key))?.into())
    }

    fn name(&self, unnamed: &File, key: Key) -> io::Result<()> {
        let path = self.entry(key);
        if let Err(error) = std::fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let from = format!("/proc/self/fd/{}", unnamed.as_raw_fd());
        rustix::fs::linkat(CWD, from, CWD, path, AtFlags::SYMLINK_FOLLOW)?;
        Ok(())
    }

    /// All entries, the newest first. What is no entry is left out.
    pub(super) fn list(&self) -> io::Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for (path, key) in self.entries()? {
            // Another process may be clearing the cache: what is gone is not listed.
            listed.extend(describe(&path, key).ok().flatten());
        }
        listed.sort_by_key(|entry| std::cmp::Reverse(entry.made));
        Ok(listed)
    }

    /// Removes all entries, and says how many. What is mapped stays valid.
    pub(super) fn clear(&self) -> io::Result<usize> {
        let entries = self.entries()?;
        for (path, _) in &entries {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(entries.len())
    }

    fn entries(&self) -> io::Result<Vec<(PathBuf, Key)>> {
        let mut found = Vec::new();
        for shard in std::fs::read_dir(&self.path)? {
            let shard = shard?;
            if shard.file_type()?.is_dir() {
                for file in std::fs::read_dir(shard.path())? {
                    let path = file?.path();
                    found.extend(key_of(&path).map(|key| (path, key)));
                }
            }
        }
        Ok(found)
    }

    fn open_shard(&self, key: Key) -> io::Result<OwnedFd> {
        let shard = self.shard(key);
        make_private(&shard)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(rustix::fs::open(shard, flags, Mode::empty())?)
    }

    fn shard(&self, key: Key) -> PathBuf {
        self.path.join(format!("{:02x}", key.0[0]))
    }

    fn entry(&self, key: Key) -> PathBuf {
        self.shard(key).join(format!("{key}.cwasm"))
    }
}

/// A lock on part of a folder, as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _shard: OwnedFd,
}

fn make_private(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn key_of(path: &Path) -> Option<Key> {
    Key::parse(path.file_name()?.to_str()?.strip_suffix(".cwasm")?)
}

fn describe(path: &Path, key: Key) -> io::Result<Option<Listed>> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let made = metadata.modified()?;
    Ok(entry::read_name(&mut file)?.map(|component| Listed {
        key,
        component,
        bytes: metadata.len(),
        made,
    }))
}
