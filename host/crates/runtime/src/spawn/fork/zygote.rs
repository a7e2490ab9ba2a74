//! One zygote, as its supervisor has it.

use super::born::Born;
use super::packets::Packets;
use super::title;
use crate::clock::Clock;
use crate::spawn::exec::Exec;
use crate::spawn::worker_process::Role;
use crate::spawn::{ExitStatus, child, pidfd};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, Resource, getrlimit};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Stdio;
use std::time::Duration;
use tractor_protocol::control::Code;
use tractor_protocol::zygote::{FromZygote, ToZygote};

/// How long a zygote that is ready may take to answer, 500 ms: it takes 200 us, and one that takes longer is frozen. Other spawns wait as long.
const ANSWER: Duration = Duration::from_millis(500);

/// How long a zygote whose socket has closed may take to be dead, 100 ms; then it is killed.
const LAST_STEPS: Duration = Duration::from_millis(100);

/// Why there is no child. All but `Refused` are the end of the zygote.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It cannot prepare the code.
    Unready(String),
    /// It is gone.
    Gone(String),
    /// It did not answer in time.
    Slow,
    /// The system refused it another process. The number is the system's, or 0.
    Refused { errno: i32, why: String },
}

/// A process that is forked for each actor of its code. Killed and reaped when it is dropped.
#[derive(Debug)]
pub(super) struct Zygote {
    packets: Packets,
    process: OwnedFd,
    born: Born,
    ready: bool,
    /// What this process was limited to when it was started: its children are limited so too.
    bounds: Bounds,
    /// Set when it is reaped.
    gone: Option<ExitStatus>,
}

impl Zygote {
    /// Starts one, which prepares `code`. Does not wait until it is ready.
    pub(super) fn start(
        exec: &Exec,
        code: &Code,
        file: Option<BorrowedFd<'_>>,
    ) -> io::Result<Self> {
        let born = Born::new()?;
        let (packets, far) = Packets::pair()?;
        let files: Vec<_> = [Some(born.as_fd()), file].into_iter().flatten().collect();
        // It waits in the socket until there is someone to read it.
        packets.send(&ToZygote::Prepare(code.clone()), &files)?;
        let name = format!("tractor-zygote {}", name_of(code));
        let mut command = exec.command(Role::Zygote, name.as_ref(), far);
        command
            // Room for the names of its children.
            .arg(" ".repeat(title::ROOM_BYTES))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let bounds = Bounds::now();
        let pid = Pid::from_child(&command.spawn()?);
        let watched = rustix::process::pidfd_open(pid, PidfdFlags::empty());
        let process = watched.inspect_err(|_| child::end_unwatched(pid))?;
        Ok(Self {
            packets,
            process,
            born,
            ready: false,
            bounds,
            gone: None,
        })
    }

    /// Whether its children would be limited as those are that this process starts now.
    pub(super) fn is_limited_as_we_are(&self) -> bool {
        self.bounds == Bounds::now()
    }

    /// Readable when it has ended.
    pub(super) fn process(&self) -> BorrowedFd<'_> {
        self.process.as_fd()
    }

    /// Whether it is at its end, and is to be dropped.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.is_some()
    }

    /// Whether it can be forked, within so long.
    pub(super) fn is_ready(&mut self, patience: Duration) -> Result<bool, Trouble> {
        if !self.ready {
            match self.answer(patience) {
                Ok(FromZygote::Ready) => self.ready = true,
                Ok(FromZygote::Unready(why)) => return Err(self.end(Trouble::Unready(why))),
                Ok(other) => return Err(self.end(out_of_turn(&other))),
                Err(Trouble::Slow) => return Ok(false),
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(true)
    }

    /// Makes a child of this process, a worker with these files. It must be ready.
    pub(super) fn fork(&mut self, name: &str, files: [BorrowedFd<'_>; 3]) -> Result<Pid, Trouble> {
        let name = name.to_owned();
        let asked = self
            .born
            .clear()
            .and_then(|()| self.packets.send(&ToZygote::Fork { name }, &files));
        if let Err(error) = asked {
            return Err(self.end(Trouble::Gone(format!("it takes no message: {error}"))));
        }
        let trouble = match self.answer(ANSWER) {
            Ok(FromZygote::Forked { pid }) => match Pid::from_raw(pid.cast_signed()) {
                Some(pid) => return Ok(pid),
                None => self.end(out_of_turn(&FromZygote::Forked { pid })),
            },
            Ok(FromZygote::Refused { errno, why }) => return Err(Trouble::Refused { errno, why }),
            Ok(other) => self.end(out_of_turn(&other)),
            Err(trouble) => self.end(trouble),
        };
        // It does nothing any more, and whether it has done this the kernel tells.
        self.born.read().ok_or(trouble)
    }

    /// What it says next, within so long.
    fn answer(&mut self, patience: Duration) -> Result<FromZygote, Trouble> {
        let clock = Clock::start();
        loop {
            // First looked at, then waited for: what a dead one has said is in the socket still.
            let ended = self.has_ended();
            match self.packets.try_receive() {
                Ok(Some((message, _))) => return Ok(message),
                Err(error) if error.kind() == ErrorKind::WouldBlock && !ended => {}
                Ok(None) => {
                    // Its socket closes a little before it is dead, and how it died is to be told.
                    wait(&mut [readable(&self.process)], Some(LAST_STEPS));
                    return Err(self.end(Trouble::Gone("it has ended".to_owned())));
                }
                Err(_) if ended => return Err(self.end(Trouble::Gone("it has ended".to_owned()))),
                Err(error) => return Err(self.end(Trouble::Gone(error.to_string()))),
            }
            let left = patience.saturating_sub(clock.now().0);
            if left.is_zero() {
                return Err(Trouble::Slow);
            }
            let (packets, process) = (&self.packets, &self.process);
            wait(&mut [readable(packets), readable(process)], Some(left));
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        wait(&mut [readable(&self.process)], Some(Duration::ZERO))
    }

    /// Kills and reaps it. How it ended is told where that was not by this.
    fn end(&mut self, trouble: Trouble) -> Trouble {
        if self.is_gone() {
            return trouble;
        }
        let by_itself = self.has_ended();
        let status = self.reap();
        match trouble {
            Trouble::Gone(_) if by_itself => Trouble::Gone(how(status)),
            other => other,
        }
    }

    fn reap(&mut self) -> ExitStatus {
        let process = &self.process;
        *self.gone.get_or_insert_with(|| {
            child::kill(process);
            pidfd::reap(process)
        })
    }
}

/// What the system limits this process to, which a child has of its parent for good.
#[derive(Debug, PartialEq, Eq)]
struct Bounds([(Option<u64>, Option<u64>); RESOURCES.len()]);

/// All that a user may limit.
const RESOURCES: [Resource; 16] = [
    Resource::Cpu,
    Resource::Fsize,
    Resource::Data,
    Resource::Stack,
    Resource::Core,
    Resource::Rss,
    Resource::Nproc,
    Resource::Nofile,
    Resource::Memlock,
    Resource::As,
    Resource::Locks,
    Resource::Sigpending,
    Resource::Msgqueue,
    Resource::Nice,
    Resource::Rtprio,
    Resource::Rttime,
];

impl Bounds {
    fn now() -> Self {
        Self(RESOURCES.map(|resource| {
            let limit = getrlimit(resource);
            (limit.current, limit.maximum)
        }))
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        self.reap();
    }
}

/// Waits until one of these is as it is waited for; gives whether one is.
pub(super) fn wait(what: &mut [PollFd<'_>], time: Option<Duration>) -> bool {
    let time = time.and_then(|time| Timespec::try_from(time).ok());
    // Where it cannot be waited, nothing has come.
    rustix::event::poll(what, time.as_ref()).is_ok_and(|number| number > 0)
}

pub(super) fn readable(what: &impl AsFd) -> PollFd<'_> {
    PollFd::new(what, PollFlags::IN)
}

/// What is prepared, for people.
pub(super) fn name_of(code: &Code) -> &str {
    match code {
        Code::Native(_) => "(native)",
        Code::Component { name, .. } => name,
    }
}

fn how(status: ExitStatus) -> String {
    match status {
        ExitStatus::Code(code) => format!("it exited with code {code}"),
        ExitStatus::Signal(signal) => format!("it was killed by signal {signal}"),
    }
}

fn out_of_turn(message: &FromZygote) -> Trouble {
    Trouble::Gone(format!("it said {message:?} out of turn"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};
    use std::thread;

    /// A process that does nothing, to stand for another one.
    fn idle() -> Child {
        #[expect(
            clippy::disallowed_methods,
            reason = "a child that the test ends and reaps"
        )]
        let mut command = Command::new("sleep");
        command.arg("60").spawn().expect("it runs")
    }

    /// A zygote that is ready and whose process does nothing, with what a test plays it by.
    fn frozen() -> (Zygote, Packets, Born) {
        let (packets, far) = Packets::pair().expect("a socket");
        let pid = Pid::from_child(&idle());
        let born = Born::new().expect("a file");
        let written = born.try_clone().expect("a file");
        let zygote = Zygote {
            packets,
            process: rustix::process::pidfd_open(pid, PidfdFlags::empty()).expect("it runs"),
            born,
            ready: true,
            bounds: Bounds::now(),
            gone: None,
        };
        (zygote, far.into(), written)
    }

    fn fork(zygote: &mut Zygote) -> Result<Pid, Trouble> {
        let file = zygote.born.try_clone().expect("a file");
        zygote.fork("a", [file.as_fd(); 3])
    }

    /// Kills a zygote that was asked to fork.
    fn kill_when_asked(zygote: &Zygote, far: Packets) -> thread::JoinHandle<()> {
        let process = zygote.process.try_clone().expect("a descriptor");
        thread::spawn(move || {
            let asked = far.receive::<ToZygote>().expect("asked");
            assert!(matches!(asked, Some((ToZygote::Fork { .. }, files)) if files.len() == 3));
            child::kill(&process);
        })
    }

    #[test]
    fn zygote_that_dies_before_it_forked_is_gone_and_there_is_no_child() {
        let (mut zygote, far, _) = frozen();
        let killer = kill_when_asked(&zygote, far);
        let trouble = fork(&mut zygote).expect_err("no child");
        assert!(
            matches!(&trouble, Trouble::Gone(why) if why == "it was killed by signal 9"),
            "{trouble:?}"
        );
        assert!(zygote.is_gone());
        killer.join().expect("killed");
    }

    #[test]
    fn zygote_that_dies_between_forking_and_telling_has_a_child_that_is_found() {
        let (mut zygote, far, written) = frozen();
        let process = zygote.process.try_clone().expect("a descriptor");
        let forker = thread::spawn(move || {
            far.receive::<ToZygote>().expect("asked");
            // As the kernel does.
            let child = idle();
            written.write(Pid::from_child(&child));
            child::kill(&process);
            child
        });
        let found = fork(&mut zygote).expect("a child");
        assert!(zygote.is_gone());
        let mut child = forker.join().expect("forked");
        assert_eq!(found, Pid::from_child(&child));
        child.kill().expect("it runs");
        child.wait().expect("it is ours");
    }

    #[test]
    fn zygote_that_does_not_answer_is_killed_and_reaped() {
        let (mut zygote, _far, _) = frozen();
        let clock = Clock::start();
        let trouble = fork(&mut zygote).expect_err("no child");
        assert!(matches!(trouble, Trouble::Slow), "{trouble:?}");
        assert!(clock.now().0 >= ANSWER && zygote.is_gone());
        let trouble = fork(&mut zygote).expect_err("it is gone");
        assert!(matches!(trouble, Trouble::Gone(_)), "{trouble:?}");
    }

    #[test]
    fn zygote_that_is_refused_a_process_lives_on() {
        let (mut zygote, far, _) = frozen();
        let (errno, why) = (11, "no".to_owned());
        far.send(&FromZygote::Refused { errno, why }, &[])
            .expect("sent");
        let trouble = fork(&mut zygote).expect_err("refused");
        assert!(matches!(trouble, Trouble::Refused { errno: 11, .. }));
        assert!(!zygote.is_gone() && !zygote.has_ended());
    }

    #[test]
    fn zygote_that_speaks_out_of_turn_is_gone() {
        for said in [FromZygote::Ready, FromZygote::Forked { pid: 0 }] {
            let (mut zygote, far, _) = frozen();
            far.send(&said, &[]).expect("sent");
            let trouble = fork(&mut zygote).expect_err("no child");
            assert!(
                matches!(&trouble, Trouble::Gone(why) if why.contains("out of turn")),
                "{trouble:?}"
            );
            assert!(zygote.is_gone());
        }
    }

    #[test]
    fn zygote_is_waited_for_until_it_is_ready_or_the_patience_is_over() {
        let (mut zygote, far, _) = frozen();
        zygote.ready = false;
        assert!(!zygote.is_ready(Duration::ZERO).expect("it lives"));
        far.send(&FromZygote::Ready, &[]).expect("sent");
        assert!(zygote.is_ready(Duration::from_secs(9)).expect("it lives"));
        assert!(zygote.is_ready(Duration::ZERO).expect("it lives"));
        let why = "why".to_owned();
        let (mut zygote, far, _) = frozen();
        zygote.ready = false;
        far.send(&FromZygote::Unready(why), &[]).expect("sent");
        let trouble = zygote.is_ready(Duration::ZERO).expect_err("it cannot");
        assert!(matches!(trouble, Trouble::Unready(why) if why == "why"));
    }
}
