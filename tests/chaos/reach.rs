//! Reaching into other processes: by descriptors that cannot come to mean another one.

use rustix::io::Result;
use rustix::net::{Shutdown, shutdown, sockopt::socket_peercred};
use rustix::process::{
    Pid, PidfdFlags, PidfdGetfdFlags, Resource, Rlimit, Signal, pidfd_getfd, pidfd_open,
    pidfd_send_signal, prlimit,
};
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// A process.
#[derive(Debug)]
pub(crate) struct Reach {
    pid: Pid,
    pidfd: OwnedFd,
}

impl Reach {
    /// `None` if there is no such process any more.
    pub(crate) fn open(pid: u32) -> Option<Self> {
        let pid = Pid::from_raw(pid.cast_signed())?;
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        Some(Self { pid, pidfd })
    }

    /// Whether both are of the same process.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.pid == other.pid
    }

    /// Whether it has begun as a worker: it catches SIGHUP, which it does after it has asked for a signal at its parent's death.
    pub(crate) fn has_begun(&self) -> bool {
        // Between fork and exec it has its parent's handlers.
        if !self.has_executed() {
            return false;
        }
        let file = format!("/proc/{}/status", self.pid.as_raw_nonzero());
        let status = std::fs::read_to_string(file).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        caught.is_some_and(|mask| mask & 1 == 1)
    }

    /// Sends a signal; gives whether it was there to get it.
    pub(crate) fn signal(&self, signal: Signal) -> bool {
        pidfd_send_signal(&self.pidfd, signal).is_ok()
    }

    /// Sets the soft limit of something, and gives what it was. `user` is whose process it is: without a further capability not even root
    /// may set the limits of others.
    pub(crate) fn limit(&self, resource: Resource, most: u64, user: Option<u32>) -> Option<u64> {
        let pid = self.pid.as_raw_nonzero().get();
        let before = limit_of(self.pid, resource)?.current.unwrap_or(u64::MAX);
        let word = match resource {
            Resource::Nofile => "files",
            _ => "processes",
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "this program again, waited for at once"
        )]
        let mut command = Command::new(std::env::current_exe().ok()?);
        command.args(["--limit", &pid.to_string(), word, &most.to_string()]);
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        command.status().ok()?.success().then_some(before)
    }

    /// How many descriptors it has open.
    pub(crate) fn descriptors(&self) -> u64 {
        let folder = format!("/proc/{}/fd", self.pid.as_raw_nonzero());
        fs::read_dir(folder).map_or(0, |entries| entries.count() as u64)
    }

    /// Shuts one of its links down, in both directions: what both ends see is the end of the link, with whatever was half-sent cut off. A
    /// link is a socket that `supervisor` has made. Gives whether there was one.
    pub(crate) fn cut(&self, pick: f64, supervisor: u32) -> bool {
        let links: Vec<OwnedFd> = self.sockets().filter(|s| made_by(s, supervisor)).collect();
        let chosen = links.get((pick * links.len() as f64) as usize);
        chosen.is_some_and(|link| shutdown(link, Shutdown::Both).is_ok())
    }

    /// How many links it has: to the supervisor, and to other workers.
    pub(crate) fn links(&self, supervisor: u32) -> usize {
        let sockets = self.sockets();
        sockets.filter(|socket| made_by(socket, supervisor)).count()
    }

    /// Whether it runs its own program. Between fork and exec a process has the descriptors of its parent.
    fn has_executed(&self) -> bool {
        let file = format!("/proc/{}/cmdline", self.pid.as_raw_nonzero());
        fs::read(file).is_ok_and(|line| line.starts_with(b"tractor-worker"))
    }

    /// Its sockets, as descriptors of ours.
    fn sockets(&self) -> impl Iterator<Item = OwnedFd> {
        let executed = self.has_executed();
        let folder = format!("/proc/{}/fd", self.pid.as_raw_nonzero());
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter(move |_| executed).filter_map(|entry| {
            let target = fs::read_link(entry.path()).ok()?;
            let number = entry.file_name().to_str()?.parse().ok()?;
            if !target.to_string_lossy().starts_with("socket:") {
                return None;
            }
            pidfd_getfd(&self.pidfd, number, PidfdGetfdFlags::empty()).ok()
        })
    }
}

/// Pairs of sockets know who made them. tokio's own, by which it hears of signals, was made by the worker itself, and is no link.
fn made_by(socket: &OwnedFd, pid: u32) -> bool {
    let maker: Result<_> = socket_peercred(socket);
    maker.is_ok_and(|maker| maker.pid.as_raw_nonzero().get().unsigned_abs() == pid)
}

/// What `--limit PID files|processes N` does.
pub(crate) fn set_limit(pid: i32, word: &str, most: u64) -> bool {
    let resource = match word {
        "files" => Resource::Nofile,
        _ => Resource::Nproc,
    };
    let set = || {
        let pid = Pid::from_raw(pid)?;
        let old = limit_of(pid, resource)?;
        let most = most.min(old.maximum.unwrap_or(u64::MAX));
        let new = Rlimit {
            current: (most < u64::MAX).then_some(most),
            ..old
        };
        prlimit(Some(pid), resource, new).ok()
    };
    set().is_some()
}

/// The system call gives the old limit with a new one only: so it is read where the kernel shows it.
fn limit_of(pid: Pid, resource: Resource) -> Option<Rlimit> {
    let limits = fs::read_to_string(format!("/proc/{}/limits", pid.as_raw_nonzero())).ok()?;
    let name = match resource {
        Resource::Nofile => "Max open files",
        _ => "Max processes",
    };
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    let mut numbers = line.split_whitespace().map(|word| word.parse().ok());
    Some(Rlimit {
        current: numbers.next()?,
        maximum: numbers.next()?,
    })
}
