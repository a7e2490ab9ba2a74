//! The backend: does what the policy says, and falls back to exec.

use super::policy::{CodeId, Policy};
use super::zygote::{self, Trouble, Zygote};
use crate::clock::Clock;
use crate::spawn::child::{self, Pipes};
use crate::spawn::{Backend, Exec, Launch, Process};
use crate::time::Time;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use rustix::process::Pid;
use std::collections::{HashMap, HashSet};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;
use tractor_protocol::control::{Code, SpawnBackend};

/// Starts workers by forks of zygotes, and by exec.
pub struct Forkserver {
    exec: Exec,
    backend: SpawnBackend,
    policy: Policy,
    zygotes: HashMap<CodeId, Zygote>,
    clock: Clock,
    told: HashSet<Reason>,
}

/// Why an actor is not forked that was to be. Each is told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Reason {
    NotStarted,
    Unready,
    Late,
    Gone,
    Slow,
    Refused,
}

impl Forkserver {
    /// Starts by exec as `exec` does; `backend` is for actors of which nothing else is said.
    pub fn new(exec: Exec, backend: SpawnBackend) -> Self {
        Self {
            exec,
            backend,
            policy: Policy::default(),
            zygotes: HashMap::new(),
            clock: Clock::start(),
            told: HashSet::new(),
        }
    }

    fn start(&mut self, id: CodeId, launch: &Launch) {
        let file = launch.file.as_ref().map(AsFd::as_fd);
        match Zygote::start(&self.exec, &launch.code, file) {
            Ok(zygote) => drop(self.zygotes.insert(id, zygote)),
            Err(error) => {
                self.policy.failed(self.clock.now(), id);
                self.tell(Reason::NotStarted, &launch.code, &error.to_string());
            }
        }
    }

    /// The process of a worker that was forked; `None` if it is to be started by exec.
    fn fork(
        &mut self,
        id: CodeId,
        launch: &Launch,
        patience: Duration,
    ) -> Option<io::Result<Process>> {
        let zygote = self.zygotes.get_mut(&id)?;
        match zygote.is_ready(patience) {
            Ok(true) => self.policy.ready(id),
            Ok(false) => {
                // Whoever waits for none is not told that there is none yet.
                if !patience.is_zero() {
                    let why = format!("it was not ready within {patience:?}");
                    self.tell(Reason::Late, &launch.code, &why);
                }
                return None;
            }
            Err(trouble) => {
                self.trouble(id, &launch.code, trouble);
                return None;
            }
        }
        let output = match Ends::open(launch.terminal) {
            Ok(output) => output,
            Err(error) => return Some(Err(error)),
        };
        let forked = output.with(|stdout, stderr| {
            zygote.fork(&launch.name, [launch.control.as_fd(), stdout, stderr])
        });
        let is_gone = zygote.is_gone();
        match forked {
            Ok(pid) => {
                if is_gone {
                    self.lose(id);
                }
                Some(self.adopt(pid, output))
            }
            Err(trouble) => {
                self.trouble(id, &launch.code, trouble);
                None
            }
        }
    }

    fn adopt(&self, pid: Pid, output: Ends) -> io::Result<Process> {
        child::adopt(pid, output.near(), self.exec.runtime())
    }

    fn trouble(&mut self, id: CodeId, code: &Code, trouble: Trouble) {
        let now = self.clock.now();
        let (reason, why) = match trouble {
            Trouble::Unready(why) => {
                self.zygotes.remove(&id);
                self.policy.failed(now, id);
                (Reason::Unready, why)
            }
            Trouble::Gone(why) => {
                self.lose(id);
                (Reason::Gone, why)
            }
            Trouble::Slow => {
                self.lose(id);
                (Reason::Slow, "it did not answer, and was killed".to_owned())
            }
            Trouble::Refused { errno, why } => {
                if is_for_good(errno) {
                    self.zygotes.clear();
                    self.policy.give_up();
                }
                (Reason::Refused, why)
            }
        };
        self.tell(reason, code, &why);
    }

    fn lose(&mut self, id: CodeId) {
        self.zygotes.remove(&id);
        self.policy.lost(self.clock.now(), id);
    }

    /// A zygote that was started while there were other limits would give them to its children for good.
    fn end_one_of_other_limits(&mut self, id: CodeId) {
        let zygote = self.zygotes.get(&id);
        if zygote.is_some_and(|zygote| !zygote.is_limited_as_we_are()) {
            self.lose(id);
        }
    }

    fn tell(&mut self, reason: Reason, code: &Code, why: &str) {
        if self.told.insert(reason) {
            let what = match reason {
                Reason::NotStarted => "cannot be started",
                Reason::Unready => "cannot load the code",
                Reason::Late => "is late",
                Reason::Gone => "is gone",
                Reason::Slow => "is stuck",
                Reason::Refused => "cannot be forked",
            };
            let code = zygote::name_of(code);
            tracing::warn!(
                "the process that actors of `{code}` are forked from {what}: {why}; they are started by exec meanwhile, which is slower"
            );
        }
    }
}

/// Whether the system will refuse it the next time too: it does not know the call, or not with what is asked, or does not allow it.
fn is_for_good(errno: i32) -> bool {
    [Errno::NOSYS, Errno::PERM, Errno::INVAL]
        .iter()
        .any(|error| error.raw_os_error() == errno)
}

impl Backend for Forkserver {
    fn spawn(&mut self, launch: Launch) -> io::Result<Process> {
        let id = CodeId::of(&launch.code);
        self.end_one_of_other_limits(id);
        let backend = launch.backend.unwrap_or(self.backend);
        let plan = self.policy.need(self.clock.now(), id, backend);
        if let Some(end) = plan.end {
            self.zygotes.remove(&end);
        }
        if plan.start {
            self.start(id, &launch);
        }
        // One that has become ready meanwhile need not be waited for.
        let patience = plan
            .fork
            .or(self.zygotes.contains_key(&id).then_some(Duration::ZERO));
        let forked = patience
            .filter(|_| backend != SpawnBackend::Exec)
            .and_then(|patience| self.fork(id, &launch, patience));
        match forked {
            Some(process) => process,
            None => self.exec.spawn(launch),
        }
    }

    fn watched(&self) -> Vec<BorrowedFd<'_>> {
        self.zygotes.values().map(Zygote::process).collect()
    }

    fn patience(&self) -> Option<Duration> {
        let next: Time = self.policy.next_timeout()?;
        Some(next.since(self.clock.now()))
    }

    fn tend(&mut self) {
        let now = self.clock.now();
        for id in self.policy.expire(now) {
            self.zygotes.remove(&id);
        }
        let dead = self.zygotes.extract_if(|_, zygote| zygote.has_ended());
        for (id, _) in dead {
            // It costs nobody anything: the next actor of it starts another one.
            tracing::info!("a process that actors are forked from has died");
            self.policy.lost(now, id);
        }
    }

    fn rest(&mut self) {
        self.zygotes.clear();
        self.policy = Policy::default();
    }
}

/// Where a worker writes to: the terminal, or pipes.
enum Ends {
    Terminal,
    Pipes {
        stdout: (OwnedFd, OwnedFd),
        stderr: (OwnedFd, OwnedFd),
    },
}

impl Ends {
    fn open(terminal: bool) -> io::Result<Self> {
        if terminal {
            return Ok(Self::Terminal);
        }
        Ok(Self::Pipes {
            stdout: rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?,
            stderr: rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?,
        })
    }

    /// Lends the ends that are the worker's.
    fn with<T>(&self, take: impl FnOnce(BorrowedFd<'_>, BorrowedFd<'_>) -> T) -> T {
        match self {
            Self::Terminal => take(io::stdout().as_fd(), io::stderr().as_fd()),
            Self::Pipes { stdout, stderr } => take(stdout.1.as_fd(), stderr.1.as_fd()),
        }
    }

    /// Keeps the ends that are ours, and closes the others.
    fn near(self) -> Pipes {
        match self {
            Self::Terminal => Pipes::default(),
            Self::Pipes { stdout, stderr } => Pipes {
                stdout: Some(stdout.0),
                stderr: Some(stderr.0),
            },
        }
    }
}
