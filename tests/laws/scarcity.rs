//! Law 10, of the machine itself: when it is out of files, what could not be made is made when there are some again.

use super::support::{Supervised, within};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use std::fs;
use std::process::Command;
use std::time::Duration;

/// Far above what it takes.
const DEADLINE: Duration = Duration::from_secs(40);

/// Waits until the program has printed so many lines; gives them.
fn lines(supervised: &Supervised, number: usize) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let enough = || supervised.stdout().len() >= number;
    let came = runtime
        .expect("a runtime")
        .block_on(within(DEADLINE, enough));
    assert!(came, "{:?} {:?}", supervised.stdout(), supervised.stderr());
    supervised.stdout()
}

/// Sets how many descriptors a process may have.
fn limit_files(pid: Pid, most: u64) {
    let limit = Rlimit {
        current: Some(most),
        ..getrlimit(Resource::Nofile)
    };
    prlimit(Some(pid), Resource::Nofile, limit).expect("it is ours");
}

#[test]
fn law_10_contained_link_that_could_not_be_made_is_made_at_the_next_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let grant = format!("{}::/held", folder.path().display());
    let tell = |name| fs::write(folder.path().join(name), "").expect("a file");
    let mut supervised = Supervised::run(&["--dir", &grant], &["call-when-told"]);
    let pid = Pid::from_raw(supervised.pid().cast_signed()).expect("a process");
    let plenty = getrlimit(Resource::Nofile).current.expect("a limit");
    // Not one more than it has.
    limit_files(pid, 3);
    tell("1");
    let refused = lines(&supervised, 2).remove(1);
    assert_eq!(refused, "/held/1: failed [connection-lost, in caller]");
    limit_files(pid, plenty);
    tell("2");
    assert_eq!(lines(&supervised, 3)[2], "/held/2: ok ()");
    let (status, _) = supervised.ends();
    assert!(status.success(), "{:?}", supervised.stderr());
}

/// So often in a row, 2 ms apart, a process must have the same descriptors before it counts as having come to rest.
const STEADY_LOOKS: u32 = 100;

/// The two least descriptors that a process has not, of which the second is the last that it can have under this limit.
fn limit_for_two_more(pid: Pid) -> u64 {
    let folder = format!("/proc/{}/fd", pid.as_raw_nonzero());
    let entries = fs::read_dir(folder).expect("it runs");
    let names = entries.flatten().map(|entry| entry.file_name());
    let taken: Vec<u64> = names
        .filter_map(|name| name.to_str()?.parse().ok())
        .collect();
    let mut free = (0..).filter(|number| !taken.contains(number));
    free.nth(1).expect("they are without end") + 1
}

#[test]
fn law_10_contained_link_without_memory_to_share_is_a_socket_and_one_line_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let grant = format!("{}::/held", folder.path().display());
    let tell = |name| fs::write(folder.path().join(name), "").expect("a file");
    let mut supervised = Supervised::run(&["--dir", &grant], &["call-when-told"]);
    let pid = Pid::from_raw(supervised.pid().cast_signed()).expect("a process");
    let plenty = getrlimit(Resource::Nofile).current.expect("a limit");
    // What it has open for a moment only, from its start, would be room later.
    let (mut most, mut looks) = (0, 0);
    assert!(supervised.within(|_| {
        let now = limit_for_two_more(pid);
        looks = if now == most { looks + 1 } else { 0 };
        most = now;
        looks == STEADY_LOOKS
    }));
    limit_files(pid, most);
    tell("1");
    assert_eq!(lines(&supervised, 2)[1], "/held/1: ok ()");
    limit_files(pid, plenty);
    tell("2");
    assert_eq!(lines(&supervised, 3)[2], "/held/2: ok ()");
    let (status, _) = supervised.ends();
    assert!(status.success(), "{:?}", supervised.stderr());
    let told = supervised.stderr();
    let why = "links are sockets, for there is no shared memory: Too many open files";
    assert!(told.len() == 1 && told[0].contains(why), "{told:?}");
}

#[test]
fn law_10_contained_worker_without_files_to_begin_with_says_so_as_its_last_words() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a worker that nobody supervises, waited for at once"
    )]
    let mut shell = Command::new("sh");
    let worker = shell
        .args(["-c", "ulimit -n 8; exec \"$0\""])
        .arg(env!("CARGO_BIN_EXE_tractor-host"))
        .env("TRACTOR_HOST_WORKER", "1")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&worker.stderr);
    assert!(said.starts_with("a worker could not begin: "), "{said}");
    assert_eq!(worker.status.code(), Some(70), "{said}");
}
