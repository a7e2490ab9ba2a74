//! The real program, as a process that supervises a tree and can be sent signals.

use super::guests::cache_folder;
use super::left::Held;
use super::{DEADLINE, Program, backend, guest};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// `tractor-host run` with the test program, under a name of its own. Killed when dropped.
pub(crate) struct Supervised {
    child: Child,
    /// Where it and its workers are seen.
    pub(crate) program: Program,
    stdout: PathBuf,
    stderr: PathBuf,
    _held: Held,
}

impl Supervised {
    /// Runs a scenario, and waits until it has printed `ready`.
    pub(crate) fn run(options: &[&str], scenario: &[&str]) -> Self {
        let mut supervised = Self::start_with(options, scenario, |command| command);
        let mut ready = false;
        let told = supervised.within(|this| {
            ready = this.stdout().contains(&"ready".to_owned());
            ready || this.child.try_wait().expect("it is ours").is_some()
        });
        assert!(told && ready, "{:?}", supervised.stderr());
        supervised
    }

    /// Starts a scenario, by a command that may differ.
    pub(crate) fn start_with(
        options: &[&str],
        scenario: &[&str],
        differ: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Self {
        let (held, program) = (Held::take(), Program::link());
        let file = |end| program.file().with_extension(end);
        let (stdout, stderr) = (file("stdout"), file("stderr"));
        let actor = format!("test-actor={}", guest("test-actor").display());
        #[expect(
            clippy::disallowed_methods,
            reason = "the process that a test is about; it is reaped below"
        )]
        let mut command = Command::new(program.file());
        command
            .args(["run", "--spawn-backend", backend::name(), "--actor", &actor])
            .args(options)
            .arg(guest("test-program"))
            .args(scenario)
            .env_remove("RUST_BACKTRACE")
            .env("TRACTOR_CACHE_DIR", cache_folder())
            // Nobody writes to it, and it does not end.
            .stdin(Stdio::piped())
            .stdout(File::create(&stdout).expect("a file"))
            .stderr(File::create(&stderr).expect("a file"));
        let child = differ(&mut command).spawn().expect("the program runs");
        Self {
            child,
            program,
            stdout,
            stderr,
            _held: held,
        }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        signal_to(self.child.id(), signal);
    }

    /// Sends each of its workers and zygotes a signal.
    pub(crate) fn signal_workers(&self, signal: Signal) {
        for process in self.program.everything() {
            if process.pid != self.child.id() {
                signal_to(process.pid, signal);
            }
        }
    }

    /// Waits until it has exited, and nothing of it runs; gives how it exited and how long that took.
    pub(crate) fn ends(&mut self) -> (ExitStatus, Duration) {
        self.ends_under(|_| {})
    }

    /// As [`ends`](Self::ends), doing something to it again and again meanwhile.
    pub(crate) fn ends_under(&mut self, pressure: impl Fn(&Self)) -> (ExitStatus, Duration) {
        let begin = Instant::now();
        let mut status = None;
        let ended = self.within(|this| {
            if status.is_none() {
                pressure(this);
            }
            status = this.child.try_wait().expect("it is ours");
            status.is_some() && this.program.everything().is_empty()
        });
        assert!(ended, "{:?} {:?}", status, self.program.everything());
        (status.expect("it has exited"), begin.elapsed())
    }

    /// What it printed so far.
    pub(crate) fn stdout(&self) -> Vec<String> {
        lines(&self.stdout)
    }

    /// What it printed as errors so far.
    pub(crate) fn stderr(&self) -> Vec<String> {
        lines(&self.stderr)
    }

    /// Polls until `condition` holds, and gives whether it does in time.
    pub(crate) fn within(&mut self, mut condition: impl FnMut(&mut Self) -> bool) -> bool {
        let end = Instant::now() + DEADLINE;
        while !condition(self) {
            if Instant::now() > end {
                return false;
            }
            // tidy: the pause of a poll under a deadline
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        // Mostly it has exited by now.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for file in [&self.stdout, &self.stderr] {
            let _ = fs::remove_file(file);
        }
    }
}

fn signal_to(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
    kill_process(pid, signal).expect("it runs");
}

fn lines(file: &PathBuf) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
