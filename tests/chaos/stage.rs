//! The real program, in a folder of its own, running the tree of a round.

use crate::cache::{self, Full};
use crate::guest;
use crate::machine::is_root;
use crate::process::{Process, Program};
use crate::reach::Reach;
use crate::round::Round;
use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use tempfile::TempDir;

/// The user as whom root runs the program: a user without any rights, who has no other processes.
const NOBODY_ELSE: u32 = 61_277;

/// A running program. Killed when dropped.
pub(crate) struct Stage {
    child: Child,
    status: Option<ExitStatus>,
    pub(crate) program: Program,
    pub(crate) supervisor: Reach,
    pub(crate) user: Option<u32>,
    folder: TempDir,
    _full: Option<Full>,
}

impl Stage {
    pub(crate) fn open(round: &Round) -> std::io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let user = is_root().then_some(NOBODY_ELSE);
        chown(folder.path(), user, user)?;
        let (cache, temporary) = (folder.path().join("cache"), folder.path().join("tmp"));
        cache::fill(&cache, user)?;
        fs::create_dir(&temporary)?;
        chown(&temporary, user, user)?;
        let full = round
            .full_cache
            .then(|| Full::mount(&cache, user))
            .flatten();
        let program = Program::link();
        #[expect(
            clippy::disallowed_methods,
            reason = "the process that this is all about; it is reaped below"
        )]
        let mut command = Command::new(program.file());
        command
            .args(["run", "--spawn-backend", round.backend])
            .args(["--grace", "500ms", "--cache-dir"])
            .arg(&cache)
            .arg(guest())
            .arg(round.shape.text())
            .env_clear()
            .env("TMPDIR", &temporary)
            .env("RUST_BACKTRACE", "1")
            .current_dir(&temporary)
            .stdin(Stdio::null())
            .stdout(File::create(folder.path().join("stdout"))?)
            .stderr(File::create(folder.path().join("stderr"))?);
        // In the driver's group, whose own parent may go away: then the kernel sends SIGHUP to all of a group in which one is stopped.
        command.process_group(0);
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        let child = command.spawn()?;
        let supervisor = Reach::open(child.id()).expect("a child that is not waited for");
        Ok(Self {
            child,
            status: None,
            program,
            supervisor,
            user,
            folder,
            _full: full,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it exited, once it has.
    pub(crate) fn status(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().expect("it is ours");
        }
        self.status
    }

    pub(crate) fn stdout(&self) -> Vec<String> {
        self.lines("stdout")
    }

    pub(crate) fn stderr(&self) -> Vec<String> {
        self.lines("stderr")
    }

    /// How many messages main has heard were checked, by the last that it said.
    pub(crate) fn checked(&self) -> u64 {
        let lines = self.stdout();
        let last = lines
            .iter()
            .rev()
            .find_map(|line| line.strip_prefix("beat checked "));
        let number = last.and_then(|rest| rest.split(' ').next()?.parse().ok());
        number.unwrap_or(0)
    }

    /// Its workers that live, those that are about to be one among them, the oldest first.
    pub(crate) fn workers(&self) -> Vec<Process> {
        let mut all = self.program.processes();
        all.retain(|process| !process.zombie && process.pid != self.pid());
        all.sort_by_key(|process| process.pid);
        all
    }

    /// Removes the cache's folder.
    pub(crate) fn lose_cache(&self) {
        // With a file system mounted there only what is in it can be.
        let _ = fs::remove_dir_all(self.folder.path().join("cache"));
    }

    /// The files that are there and should not be.
    pub(crate) fn strange_files(&self) -> Vec<PathBuf> {
        let mut strange = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if !is_expected(&path) {
                    strange.push(path);
                }
            }
        }
        strange
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let bytes = fs::read(self.folder.path().join(name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().map(str::to_owned).collect()
    }
}

fn is_expected(path: &std::path::Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name == "stdout" || name == "stderr" || path.extension().is_some_and(|end| end == "cwasm")
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Mostly it has exited by now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
