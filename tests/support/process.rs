//! The processes of one test, as `/proc` shows them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static TREES: AtomicU32 = AtomicU32::new(0);

/// The program under a name that only one tree has. Removed when dropped.
pub(crate) struct Program {
    file: PathBuf,
    name: String,
}

/// A process of a program: alive, or a zombie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) zombie: bool,
    /// As it is shown to people: `tractor-worker NAME`.
    pub(crate) command: String,
}

impl Program {
    /// Links the program under a new name. The kernel shows 15 characters of it.
    pub(crate) fn link() -> Self {
        let number = TREES.fetch_add(1, Ordering::Relaxed);
        let name = format!("t{}n{number}", std::process::id());
        assert!(name.len() <= 15, "{name} would be cut");
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
        fs::hard_link(env!("CARGO_BIN_EXE_tractor-host"), &file).expect("the program is linked");
        Self { file, name }
    }

    /// Where it is.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Its supervisors and workers, zombies among them. Zygotes that live are none of them: they stay a while after their last child.
    pub(crate) fn processes(&self) -> Vec<Process> {
        let mut all = self.everything();
        all.retain(|process| process.zombie || !process.is_zygote());
        all
    }

    /// All its processes, zombies among them.
    pub(crate) fn everything(&self) -> Vec<Process> {
        let entries = fs::read_dir("/proc").expect("Linux");
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.filter_map(|pid| self.process(pid)).collect()
    }

    fn process(&self, pid: u32) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (begin, end) = (stat.find('(')?, stat.rfind(')')?);
        let zombie = stat[end + 1..].trim_start().starts_with(['Z', 'X']);
        // One that is about to be a zombie runs no file any more, but still has its name. Workers that ran `/proc/self/exe` are called `exe`.
        let parent = stat[end + 1..].split_whitespace().nth(1)?.parse().ok()?;
        let name = &stat[begin + 1..end];
        let of_ours =
            name == self.name || self.is_run_by(pid) || (name == "exe" && self.is_run_by(parent));
        of_ours.then(|| Process {
            pid,
            zombie,
            command: command(pid),
        })
    }

    fn is_run_by(&self, pid: u32) -> bool {
        fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|file| file == self.file)
    }

    /// Its processes that are alive and whose actor has this name.
    pub(crate) fn actors(&self, name: &str) -> Vec<u32> {
        let command = format!("tractor-worker {name}");
        let all = self.processes().into_iter();
        all.filter(|process| !process.zombie && process.command == command)
            .map(|process| process.pid)
            .collect()
    }
}

impl Process {
    /// Whether workers are forked from it.
    pub(crate) fn is_zygote(&self) -> bool {
        self.command.starts_with("tractor-zygote ")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Litter in the target folder is no fault of what is tested.
        let _ = fs::remove_file(&self.file);
    }
}

fn command(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let first = line.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(first).into_owned()
}
