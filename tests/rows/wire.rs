//! A real link between two processes, in the hands of a test: cut, or written to by a third.
//!
//! Nothing of a link has a name, so it is found as a debugger finds it: the kernel says which sockets are each other's ends, and
//! `pidfd_getfd` borrows them from their processes.

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType, recv, sendto, shutdown,
    socket_with,
};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use std::fs;
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::fs::FileExt;

/// Both ends of one link.
pub(crate) struct Wire {
    /// Of the process that was named first.
    pub(crate) first: OwnedFd,
    /// Of the other.
    pub(crate) second: OwnedFd,
}

impl Wire {
    /// The peer link between two processes. A supervisor also has a control link with its worker, which is older: it is not meant.
    pub(crate) fn between(first: u32, second: u32) -> Self {
        let (of_first, of_second) = (sockets(first), sockets(second));
        let mut links = of_second.into_iter().filter_map(|(fd, inode)| {
            let other = other_end(inode)?;
            let found = of_first.iter().find(|(_, inode)| *inode == other)?;
            Some((found.0, fd))
        });
        let newest = links.next().map(|link| {
            links.fold(
                link,
                |newest, link| {
                    if link.1 > newest.1 { link } else { newest }
                },
            )
        });
        let (of_first, of_second) = newest.expect("they have a link");
        Self {
            first: borrow(first, of_first),
            second: borrow(second, of_second),
        }
    }
}

/// Ends both directions of a link at this end: both processes see its end.
pub(crate) fn cut(end: &OwnedFd) {
    shutdown(end, Shutdown::Both).expect("it is a socket");
}

/// Writes to the link as the process would that this end belongs to: the other one reads it.
pub(crate) fn write(end: &OwnedFd, bytes: &[u8]) {
    let written = rustix::net::send(end, bytes, SendFlags::NOSIGNAL);
    assert_eq!(written, Ok(bytes.len()), "there is room");
}

/// Where, in memory that is shared, the second end says how much it has ever written.
pub(crate) const WRITTEN_BY_SECOND: u64 = 768;

/// Where it says how much it has ever read.
pub(crate) const READ_BY_SECOND: u64 = 128;

/// Writes nonsense into the shared memory of each link of a process, as a hostile one could of its own.
pub(crate) fn spoil(pid: u32, place: u64) {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("it runs");
    let rings = maps.lines().filter(|line| line.contains("tractor-ring"));
    let starts = rings.map(|line| {
        let start = line.split('-').next().expect("an address");
        u64::from_str_radix(start, 16).expect("an address")
    });
    let starts: Vec<u64> = starts.collect();
    assert!(!starts.is_empty(), "it shares memory");
    let memory = fs::File::options()
        .write(true)
        .open(format!("/proc/{pid}/mem"))
        .expect("it may be looked into");
    for start in starts {
        // Far from where any position is: one that is near by chance is no nonsense.
        let nonsense = (u64::MAX / 2).to_ne_bytes();
        memory
            .write_at(&nonsense, start + place)
            .expect("it is there");
    }
}

/// The sockets of a process: descriptor and inode.
fn sockets(pid: u32) -> Vec<(RawFd, u32)> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs");
    let socket = |entry: fs::DirEntry| {
        let fd = entry.file_name().to_str()?.parse().ok()?;
        let target = fs::read_link(entry.path()).ok()?;
        let inode = target
            .to_str()?
            .strip_prefix("socket:[")?
            .strip_suffix(']')?;
        Some((fd, inode.parse().ok()?))
    };
    entries.flatten().filter_map(socket).collect()
}

fn borrow(pid: u32, fd: RawFd) -> OwnedFd {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
    let process = pidfd_open(pid, PidfdFlags::empty()).expect("it runs");
    pidfd_getfd(&process, fd, PidfdGetfdFlags::empty()).expect("it may be looked at")
}

/// The inode of a Unix socket's other end, if it has one.
fn other_end(inode: u32) -> Option<u32> {
    const ASK: u16 = 20;
    const REQUEST: u16 = 1;
    const SHOW_PEER: u32 = 4;
    const PEER: u16 = 2;
    const HEADER_BYTES: u32 = 16;
    let family = AddressFamily::NETLINK;
    let (flags, protocol) = (SocketFlags::CLOEXEC, Some(SOCK_DIAG));
    let kernel = socket_with(family, SocketType::RAW, flags, protocol).expect("Linux");
    let mut ask = Vec::new();
    ask.extend((HEADER_BYTES + 24).to_ne_bytes());
    ask.extend([ASK.to_ne_bytes(), REQUEST.to_ne_bytes()].concat());
    ask.extend([0; 8]);
    ask.extend([1, 0, 0, 0]);
    for word in [u32::MAX, inode, SHOW_PEER, u32::MAX, u32::MAX] {
        ask.extend(word.to_ne_bytes());
    }
    let to = SocketAddrNetlink::new(0, 0);
    sendto(&kernel, &ask, SendFlags::empty(), &to).expect("the kernel listens");
    let mut answer = [0; 512];
    let (bytes, _) = recv(&kernel, &mut answer[..], RecvFlags::empty()).expect("it answers");
    // Behind the header and what it says of the socket come the attributes: of each its length, its kind, and its value.
    let mut rest = answer.get(32..bytes)?;
    while let [l1, l2, k1, k2, value @ ..] = rest {
        let length = usize::from(u16::from_ne_bytes([*l1, *l2]));
        if u16::from_ne_bytes([*k1, *k2]) == PEER {
            return Some(u32::from_ne_bytes(*value.first_chunk()?));
        }
        rest = rest.get(length.next_multiple_of(4).max(4)..)?;
    }
    None
}
