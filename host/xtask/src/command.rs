//! The one home of child processes: each is waited for, and each failure names the command line.
#![expect(
    clippy::disallowed_methods,
    reason = "the one home of Command::new in this program; every child is waited for here"
)]

use std::{
    env,
    ffi::{OsStr, OsString},
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// How often a child under a deadline is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// The unit of times in `/proc`: a hundredth of a second, whatever the kernel's own tick is (`man 5 proc`, `USER_HZ`).
const PROC_TICK: Duration = Duration::from_millis(10);

/// How many last lines of a child's output an error quotes.
const QUOTED_LINES: usize = 6;

/// How the variables begin in which cargo tells a program of its package.
const OF_A_PACKAGE: [&str; 2] = ["CARGO_MANIFEST_", "CARGO_PKG_"];

/// A command line, with the text that shows it in errors.
pub(crate) struct Tool {
    command: Command,
    shown: String,
}

impl Tool {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let name = Path::new(program).file_name().unwrap_or(program);
        Self {
            command: Command::new(program),
            shown: name.to_string_lossy().into_owned(),
        }
    }

    /// The cargo that runs xtask. What that one has told xtask of its package is not passed on: build scripts that look at it, as ring's does, would
    /// be run anew, and what depends on them built anew, whenever the same is built without xtask.
    pub(crate) fn cargo() -> Self {
        let cargo = Self::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let of_xtask = |name: &String| OF_A_PACKAGE.iter().any(|begin| name.starts_with(begin));
        names
            .filter(of_xtask)
            .fold(cargo, |cargo, name| cargo.without_env(&name))
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    pub(crate) fn args(self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Self {
        arguments.into_iter().fold(self, Tool::arg)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it with this process's stdin, stdout and stderr.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.command.status();
        let status = status.with_context(|| self.cannot_start())?;
        self.expect_success(status, "")
    }

    /// Runs it and returns what it wrote to stdout.
    pub(crate) fn text(mut self) -> Result<String> {
        let output = self.command.stdin(Stdio::null()).output();
        let output = output.with_context(|| self.cannot_start())?;
        self.expect_success(output.status, &String::from_utf8_lossy(&output.stderr))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it with its output in the file `log`; kills it when the time is up.
    pub(crate) fn logged(mut self, log: &Path, deadline: Duration) -> Result<()> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let copy = file
            .try_clone()
            .context("cannot duplicate a file descriptor")?;
        self.command.stdin(Stdio::null()).stdout(file).stderr(copy);
        let mut child = self.command.spawn().with_context(|| self.cannot_start())?;
        let Some(status) = wait(&mut child, deadline)? else {
            bail!("`{}` took longer than {deadline:?}", self.shown);
        };
        self.expect_success(status, &fs::read_to_string(log).unwrap_or_default())
    }

    /// Becomes it. Returns only if it cannot be started.
    pub(crate) fn become_it(mut self) -> anyhow::Error {
        let error = self.command.exec();
        anyhow::Error::new(error).context(self.cannot_start())
    }

    fn cannot_start(&self) -> String {
        format!("cannot start `{}`", self.shown)
    }

    fn expect_success(&self, status: ExitStatus, output: &str) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        let quoted = last_lines(output);
        if quoted.is_empty() {
            bail!("`{}` failed ({status})", self.shown);
        }
        bail!("`{}` failed ({status}):\n{quoted}", self.shown);
    }
}

/// The processor time of all children that were waited for until now, and of theirs.
pub(crate) fn children_time() -> Result<Duration> {
    let text = fs::read_to_string("/proc/self/stat").context("cannot read /proc/self/stat")?;
    children_time_in(&text).context("/proc/self/stat has no times of children")
}

/// Fields 16 and 17. The second is the name of the program, in parentheses, and may hold anything.
fn children_time_in(stat: &str) -> Option<Duration> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut times = behind_name.split_whitespace().skip(13);
    let mut ticks = || times.next()?.parse::<u32>().ok();
    Some(PROC_TICK * (ticks()? + ticks()?))
}

/// Waits for the child to end; kills it at the deadline and then gives `None`.
fn wait(child: &mut Child, deadline: Duration) -> Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() > deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(GLANCE);
    }
}

fn last_lines(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|l| !l.trim().is_empty()).collect();
    let first = lines.len().saturating_sub(QUOTED_LINES);
    lines[first..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tool_that_fails_quotes_its_last_lines() {
        let error = Tool::new("sh")
            .args(["-c", "echo why >&2; exit 3"])
            .text()
            .unwrap_err()
            .to_string();
        assert!(error.contains("exit status: 3"), "{error}");
        assert!(error.ends_with("why"), "{error}");
    }

    #[test]
    fn tool_beyond_its_deadline_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        let error = Tool::new("sleep")
            .arg("60")
            .logged(&folder.path().join("log"), Duration::from_millis(50))
            .unwrap_err();
        assert!(error.to_string().contains("took longer"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn tool_that_is_not_there_is_named() {
        let error = Tool::new("no-such-tool").run().unwrap_err();
        assert_eq!(error.to_string(), "cannot start `no-such-tool`");
    }

    #[test]
    fn children_time_is_read_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 2 3 0 0 11 12 150 50 20 0 1 0";
        assert_eq!(children_time_in(stat), Some(Duration::from_secs(2)));
        assert_eq!(children_time_in("7 (a) S 1"), None);
    }

    #[test]
    fn children_time_grows_by_what_a_child_used() {
        let before = children_time().unwrap();
        let count = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        Tool::new("sh").args(["-c", count]).run().unwrap();
        assert!(children_time().unwrap() > before);
    }

    #[test]
    fn last_lines_of_long_output_are_the_last() {
        let output: String = (0..20).map(|n| format!("{n}\n\n")).collect();
        assert_eq!(last_lines(&output), "14\n15\n16\n17\n18\n19");
    }
}
