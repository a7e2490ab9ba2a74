//! How the program ends: one constant for each exit code, and which failure gives which.
//!
//! The numbers follow the shell (128 and a signal), `timeout` (124) and sysexits (64 to 78).

use std::process::ExitCode;
use tractor_host::{ActorId, Error, Failure, FailureKind};

/// All went well.
pub(crate) const OK: u8 = 0;
/// The program returned an error, or actors of its failed.
pub(crate) const FAILED: u8 = 1;
/// The command line is wrong: a flag, a function that is not there, arguments of another type.
pub(crate) const USAGE: u8 = 2;
/// The file is no component, not one that this version can run, or not one for this command.
pub(crate) const BAD_COMPONENT: u8 = 65;
/// A file or directory of the command line cannot be read.
pub(crate) const NO_INPUT: u8 = 66;
/// No such tree or actor runs.
pub(crate) const UNAVAILABLE: u8 = 69;
/// Something that should not happen: a bug of this program.
pub(crate) const INTERNAL: u8 = 70;
/// The system gives no more processes, threads, files or memory.
pub(crate) const SYSTEM: u8 = 71;
/// Writing failed: the output, or the cache.
pub(crate) const CANNOT_WRITE: u8 = 74;
/// The component needs something that it was not granted.
pub(crate) const DENIED: u8 = 77;
/// The time of `--timeout` was up.
pub(crate) const TIMEOUT: u8 = 124;
/// What is added to a signal's number: main was killed by it, or the tree was ended because this program got it.
pub(crate) const SIGNAL: u8 = 128;
/// Main trapped, or met a limit.
pub(crate) const TRAPPED: u8 = SIGNAL + 6;
/// Nobody reads the output any more: what `SIGPIPE` would give.
pub(crate) const CLOSED_OUTPUT: u8 = SIGNAL + 13;

/// The codes, for `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0    all went well
  1    the program returned an error, or actors failed
  2    the command line is wrong: a flag, a function's name, the types of arguments
  65   not a component, a component for a newer version, or not one for this command
  66   a file or directory of the command line cannot be read
  69   no such tree or actor runs
  70   a bug of tractor-host
  71   the system gives no more processes, threads, files or memory
  74   the output or the cache cannot be written
  77   the component needs something that it was not granted
  124  the time of --timeout was up
  134  main trapped, or met a limit
  128+ main was killed by that signal, or tractor-host got it:
       129 hang-up, 130 Ctrl-C, 137 killed, 141 output closed, 143 terminated
  Any other code is that with which the guest itself exited.";

/// The codes of `why`, for its `--help`.
pub(crate) const WHY_HELP: &str = "\
Exit codes:
  0    there is such an actor, and it was told of
  2    the command line is wrong
  69   there is none: it never was, it ended long ago or with its tree, or it belongs to another user
  71   the running trees cannot be found";

/// Why the program ends: a code, and what is said on stderr, unless it is quiet.
#[derive(Debug)]
pub(crate) struct Exit {
    pub(crate) code: u8,
    pub(crate) message: Option<String>,
}

impl Exit {
    /// Ends with `code` and `error: {message}`.
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: Some(message.into()),
        }
    }

    /// Ends with `code` and says nothing.
    pub(crate) fn quiet(code: u8) -> Self {
        Self {
            code,
            message: None,
        }
    }

    /// What writing to stdout failed with: nothing need be said to who does not listen.
    pub(crate) fn of_output(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::quiet(CLOSED_OUTPUT),
            _ => Self::new(
                CANNOT_WRITE,
                format!("the output cannot be written: {error}"),
            ),
        }
    }

    /// Says what there is to say, and gives the code.
    pub(crate) fn end(self) -> ExitCode {
        if let Some(message) = self.message {
            super::output::complain(&format!("error: {message}"));
        }
        ExitCode::from(self.code)
    }
}

/// What `error` gives, where `main` is the actor whose end is the end of the program. The first failure decides.
pub(crate) fn of_error(error: &Error, main: &ActorId) -> Exit {
    let mut failures = error.failures().iter();
    let Some(first) = failures.find(|failure| !failure.is_cancelled()) else {
        return Exit::new(FAILED, error.story());
    };
    let alone = error.failures().len() == 1;
    match (&first.kind, first.origin == *main) {
        // It has said what it wanted to say.
        (FailureKind::Exit(code), true) if alone || *code == CLOSED_OUTPUT => Exit::quiet(*code),
        (_, true) => Exit::new(of_failure(first), error.story()),
        (_, false) => Exit::new(FAILED, error.story()),
    }
}

/// What a failure of main itself gives.
pub(crate) fn of_failure(failure: &Failure) -> u8 {
    match &failure.kind {
        FailureKind::Exit(code) => *code,
        FailureKind::Trap(_) | FailureKind::Limit(_) => TRAPPED,
        FailureKind::Killed(signal) => SIGNAL.saturating_add(*signal),
        FailureKind::Denied => DENIED,
        _ => FAILED,
    }
}
