//! Reaching into other processes: by descriptors that cannot come to mean another one.

use rustix::io::Result;
use rustix::net::{Shutdown, shutdown, sockopt::socket_peercred};
use rustix::process::{
    Pid, PidfdFlags, PidfdGetfdFlags, Resource, Rlimit, Signal, pidfd_getfd, pidfd_open,
    pidfd_send_signal, prlimit,
};
use std::fs;
use std::os::fd::OwnedFd;

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

    /// Sends a signal; gives whether it was there to get it.
    pub(crate) fn signal(&self, signal: Signal) -> bool {
        pidfd_send_signal(&self.pidfd, signal).is_ok()
    }

    /// Sets the soft limit of something, and gives what it was.
    pub(crate) fn limit(&self, resource: Resource, most: u64) -> Option<u64> {
        let limit = |current| Rlimit {
            current: Some(current),
            maximum: None,
        };
        let old = prlimit_of(self.pid, resource)?;
        let new = Rlimit {
            maximum: old.maximum,
            ..limit(most.min(old.maximum.unwrap_or(u64::MAX)))
        };
        prlimit(Some(self.pid), resource, new).ok()?;
        Some(old.current.unwrap_or(u64::MAX))
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

    /// Its sockets, as descriptors of ours.
    fn sockets(&self) -> impl Iterator<Item = OwnedFd> {
        let folder = format!("/proc/{}/fd", self.pid.as_raw_nonzero());
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| {
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

fn prlimit_of(pid: Pid, resource: Resource) -> Option<Rlimit> {
    // The system call gives the old limit with a new one only: so it is read where the kernel shows it.
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
