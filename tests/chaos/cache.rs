//! The cache of compiled code that rounds use, spoil and lose, and the copy of it that is kept.

use crate::machine::is_root;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The cache that is kept from run to run, so that the guest is compiled once.
pub(crate) fn kept() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("chaos-cache")
}

/// Puts what is kept into a folder that a user then owns.
pub(crate) fn fill(folder: &Path, user: Option<u32>) -> io::Result<()> {
    make(folder, user)?;
    for shard in fs::read_dir(kept())? {
        let shard = shard?;
        let copy = folder.join(shard.file_name());
        make(&copy, user)?;
        for entry in fs::read_dir(shard.path())? {
            let entry = entry?;
            let copied = copy.join(entry.file_name());
            if !copied.exists() {
                fs::copy(entry.path(), &copied)?;
                chown(&copied, user, user)?;
            }
        }
    }
    Ok(())
}

fn make(folder: &Path, user: Option<u32>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    chown(folder, user, user)
}

/// A file system with hardly any room, in the place of a folder. Taken away when dropped.
pub(crate) struct Full(PathBuf);

impl Full {
    /// Mounts one; `None` if that is not permitted.
    pub(crate) fn mount(folder: &Path, user: Option<u32>) -> Option<Self> {
        let user = user.unwrap_or(0);
        let options = format!("size=64k,mode=700,uid={user},gid={user}");
        let words = ["-t", "tmpfs", "-o", &options, "none"];
        let mounted = is_root() && run("mount", words.iter().map(Path::new).chain([folder]));
        mounted.then(|| Self(folder.to_owned()))
    }
}

impl Drop for Full {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open there does not keep it.
        run("umount", [Path::new("-l"), &self.0]);
    }
}

fn run<'a>(program: &str, words: impl IntoIterator<Item = &'a Path>) -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "a tool of the system, waited for at once"
    )]
    let status = Command::new(program).args(words).status();
    status.is_ok_and(|status| status.success())
}
