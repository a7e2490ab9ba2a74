//! Law 7, of workers that do not listen: guests that spin, or sit in a blocking call of WASI or of the system.
//!
//! Two things end a worker whose supervisor is dead: the signal that the kernel sends at its parent's death, and the end of its control
//! link. Each is tested without the other.

use super::support::{Supervised, computes, within};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::net::{Shutdown, shutdown};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, Signal, pidfd_getfd, pidfd_open};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

/// A second, four times over for a busy machine.
const BOUND: Duration = Duration::from_secs(4);

/// A tree with one child for each manner, all of them in the middle of it.
struct Held {
    supervised: Supervised,
    _folder: tempfile::TempDir,
}

const MANNERS: [&str; 4] = ["spins", "blocks", "opens", "ignores"];

impl Held {
    fn run() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, folder.path().join("pipe"), FileType::Fifo, mode, 0).expect("a pipe");
        let grant = format!("{}::/held", folder.path().display());
        let scenario: Vec<&str> = ["hold"].into_iter().chain(MANNERS).collect();
        let supervised = Supervised::run(&["--dir", &grant], &scenario);
        let held = Self {
            supervised,
            _folder: folder,
        };
        block_on(computes(held.pid("spins")));
        // A thread of it waits for someone to write to the pipe: it is in the system's `open`.
        let opens = held.pid("opens");
        assert!(block_on(within(BOUND, || is_opening(opens))));
        held
    }

    fn pid(&self, name: &str) -> u32 {
        self.supervised.program.actors(name)[0]
    }
}

/// Whether a thread of the process waits in the kernel for the other end of a pipe.
fn is_opening(pid: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    let mut places = threads.flatten().map(|thread| thread.path().join("wchan"));
    places.any(|place| fs::read_to_string(place).is_ok_and(|place| place == "wait_for_partner"))
}

/// Shuts down the links of a worker, that to its supervisor among them.
fn cut_links(pid: u32) {
    let process = Pid::from_raw(pid.cast_signed()).expect("a process");
    let process = pidfd_open(process, PidfdFlags::empty()).expect("it runs");
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs");
    let sockets = entries.flatten().filter(|entry| {
        let target = fs::read_link(entry.path()).unwrap_or_default();
        target.to_string_lossy().starts_with("socket:")
    });
    let numbers = sockets.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let sockets = numbers
        .map(|number| pidfd_getfd(&process, number, PidfdGetfdFlags::empty()).expect("a socket"));
    // All of them first: with one that is shut down it may be gone.
    let sockets: Vec<_> = sockets.collect();
    for socket in sockets {
        // The sockets by which tokio hears of signals were made by the worker itself, and are no links.
        let maker = rustix::net::sockopt::socket_peercred(&socket).expect("a socket");
        if maker.pid.as_raw_nonzero().get() != pid.cast_signed() {
            shutdown(&socket, Shutdown::Both).expect("a link");
        }
    }
}

/// For what waits; the tree itself is run outside, as a test of its own makes a runtime to see what is left.
fn block_on<T>(wait: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(wait)
}

#[test]
fn law_07_no_orphans_of_a_killed_supervisor_though_guests_spin_or_sit_in_blocking_calls() {
    let mut held = Held::run();
    held.supervised.signal(Signal::KILL);
    let (status, time) = held.supervised.ends();
    assert_eq!(status.signal(), Some(9));
    assert!(time < BOUND, "{time:?}");
}

#[test]
fn law_07_no_orphans_worker_whose_link_ends_exits_by_itself_though_its_guest_spins_or_blocks() {
    let mut held = Held::run();
    // It lives, so its workers get no signal; and it can neither kill nor reap.
    held.supervised.signal(Signal::STOP);
    for manner in MANNERS {
        cut_links(held.pid(manner));
    }
    let exited = || {
        let all = held.supervised.program.processes().into_iter();
        all.filter(|process| process.zombie).count() == MANNERS.len()
    };
    let gone = block_on(within(BOUND, exited));
    assert!(gone, "{:?}", held.supervised.program.processes());
    held.supervised.signal(Signal::CONT);
    let (status, time) = held.supervised.ends();
    assert_eq!(status.code(), Some(1), "{:?}", held.supervised.stderr());
    assert!(time < BOUND, "{time:?}");
}
