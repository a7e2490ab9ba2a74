//! Running the program.

use crate::guests::{cache_folder, guest};
use crate::process::Program;
use std::ffi::OsStr;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// No run takes longer, however busy the machine is.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    /// With `pid N` in place of each process id.
    pub(crate) err: String,
}

impl Ran {
    /// What was said, if it ended with this code.
    pub(crate) fn says(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        &self.err
    }

    /// What was printed, if all went well and nothing was said.
    pub(crate) fn prints(&self) -> &str {
        assert_eq!(self.says(0), "", "{self:?}");
        &self.out
    }
}

/// A run that may still be under way.
pub(crate) struct Started {
    pub(crate) program: Program,
    pub(crate) child: Child,
    out: Option<JoinHandle<String>>,
    err: Option<JoinHandle<String>>,
}

/// Runs the program to its end.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Ran {
    start(arguments).end()
}

/// Runs `call` for a function of the test actor.
pub(crate) fn call(flags: &[&str], call: &str) -> Ran {
    let file = guest("test-actor");
    let mut arguments = vec!["call".as_ref()];
    arguments.extend(flags.iter().map(OsStr::new));
    arguments.extend([file.as_os_str(), call.as_ref()]);
    run(&arguments)
}

/// Begins a scenario of the test program.
pub(crate) fn scenario(flags: &[&str], words: &[&str]) -> Started {
    let bundle = format!("test-actor={}", guest("test-actor").display());
    let file = guest("test-program");
    let mut arguments: Vec<&OsStr> = vec!["run".as_ref(), "--actor".as_ref(), bundle.as_ref()];
    arguments.extend(flags.iter().map(OsStr::new));
    arguments.push(file.as_os_str());
    arguments.extend(words.iter().map(OsStr::new));
    start(&arguments)
}

/// Begins a run.
pub(crate) fn start<S: AsRef<OsStr>>(arguments: &[S]) -> Started {
    start_with(|command| command.args(arguments).stdout(Stdio::piped()))
}

/// Begins a run of a command that differs.
pub(crate) fn start_with(differ: impl FnOnce(&mut Command) -> &mut Command) -> Started {
    let program = Program::link();
    #[expect(
        clippy::disallowed_methods,
        reason = "reaped by `end`, or when dropped"
    )]
    let mut command = Command::new(program.file());
    command
        .env("TRACTOR_CACHE_DIR", cache_folder())
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = differ(&mut command).spawn().expect("the program starts");
    let out = child.stdout.take().map(collect);
    let err = child.stderr.take().map(collect);
    Started {
        program,
        child,
        out,
        err,
    }
}

impl Started {
    /// Waits for its end, and sees that nothing of it is left.
    pub(crate) fn end(mut self) -> Ran {
        let end = Instant::now() + DEADLINE;
        let status = loop {
            if let Some(status) = self
                .child
                .try_wait()
                .expect("the program can be waited for")
            {
                break status;
            }
            assert!(Instant::now() < end, "the program does not end");
            // tidy: the pause of a poll under a deadline
            std::thread::sleep(Duration::from_millis(2));
        };
        // Every worker was reaped by the program before it ended: there is nothing to wait for.
        assert_eq!(self.program.everything(), [], "processes are left");
        let text = |thread: Option<JoinHandle<String>>| {
            thread.map(|thread| thread.join().expect("it reads"))
        };
        Ran {
            code: status.code(),
            out: text(self.out.take()).unwrap_or_default(),
            err: without_pids(&text(self.err.take()).unwrap_or_default()),
        }
    }

    /// Waits until so many actors of this name run.
    pub(crate) fn wait_for_actors(&self, name: &str, count: usize) -> Vec<u32> {
        let end = Instant::now() + DEADLINE;
        loop {
            let found = self.program.actors(name);
            if found.len() == count {
                return found;
            }
            assert!(
                Instant::now() < end,
                "{} of {count} actors run",
                found.len()
            );
            // tidy: the pause of a poll under a deadline
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("the program runs");
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // A test has failed; its workers die with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Process ids differ from run to run.
pub(crate) fn without_pids(text: &str) -> String {
    let mut parts = text.split("pid ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        format!(
            "{text}pid N{}",
            part.trim_start_matches(|c: char| c.is_ascii_digit())
        )
    })
}
