//! Row 58: the socket through which one looks at a tree from outside.

use crate::support::{DEADLINE, Program, Supervised, guest};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use std::io::{Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A user that is nobody's.
const NOBODY: u32 = 65534;

/// What a command of the program gives: exit code, stdout, stderr.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs a command that looks at a tree, as this user or another.
fn look_as(user: Option<u32>, program: &Path, arguments: &[&str]) -> Ran {
    #[expect(clippy::disallowed_methods, reason = "reaped by `output`")]
    let mut command = Command::new(program);
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    command
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::null());
    let output = command.output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Looks at a tree until what is shown is as it should be.
pub(crate) fn look_until(of: &Supervised, shows: impl Fn(&str) -> bool) {
    let (pid, end) = (of.pid().to_string(), Instant::now() + DEADLINE);
    loop {
        let ran = look_as(None, of.program.file(), &["tree", &pid]);
        if shows(&ran.out) {
            return;
        }
        assert!(Instant::now() < end, "{}{}", ran.out, ran.err);
    }
}

fn is_whole(tree: &str) -> bool {
    tree.matches("running").count() == 2
}

/// Cancelled, it cleans up: nothing was done to it.
fn is_unharmed(mut supervised: Supervised) {
    look_until(&supervised, is_whole);
    supervised.signal(Signal::INT);
    let (status, _) = supervised.ends();
    assert_eq!(status.code(), Some(130));
    assert_eq!(supervised.stderr(), ["child has cleaned up"]);
}

#[test]
fn row_58_another_user_is_refused_and_told_so() {
    let supervised = Supervised::run(&[], &["interrupted", "1"]);
    if geteuid().is_root() {
        let pid = supervised.pid().to_string();
        for arguments in [&["tree", &pid][..], &["why", "main", "--tree", &pid]] {
            let ran = look_as(Some(NOBODY), supervised.program.file(), arguments);
            assert_eq!((ran.code, &*ran.out), (Some(69), ""), "{}", ran.err);
            let told = "it belongs to user 0, and only that user and root may look at it";
            assert!(ran.err.contains(told), "{}", ran.err);
        }
        let ran = look_as(Some(NOBODY), supervised.program.file(), &["tree"]);
        assert_eq!(ran.out, "", "trees of others are nobody's business");
    }
    is_unharmed(supervised);
}

#[test]
fn row_58_name_in_use_is_evaded_and_who_has_it_is_not_believed() {
    let program = Program::link();
    // The process id is known before the tree begins: a shell waits for a line, and then becomes the program.
    #[expect(clippy::disallowed_methods, reason = "reaped below")]
    let mut gate = Command::new("/bin/sh");
    gate.args(["-c", "read -r _ && exec \"$@\"", "sh"])
        .arg(program.file())
        .args(["run".as_ref(), guest("test-program").as_os_str()])
        .args(["spin"])
        .env(
            "TRACTOR_CACHE_DIR",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"),
        )
        .stdin(Stdio::piped());
    let mut child = gate.spawn().expect("a shell");
    let name = format!("tractor-host/{}", child.id());
    let name = SocketAddr::from_abstract_name(name).expect("a name");
    let squatter = UnixListener::bind_addr(&name).expect("it is free");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"go\n").expect("it waits for it");
    let pid = child.id().to_string();
    let look = || look_as(None, program.file(), &["tree", &pid]);
    let lies = std::thread::spawn(move || {
        // It answers the first who asks with what would steer a terminal, and then no more.
        let (mut client, _) = squatter.accept().expect("someone asks");
        client
            .write_all(b"\x1b[31mroot, believe me\n")
            .expect("it listens");
        squatter
    });
    let end = Instant::now() + DEADLINE;
    while program.actors("main").is_empty() {
        assert!(Instant::now() < end, "main starts");
        std::thread::yield_now();
    }
    let ran = look();
    assert!(
        ran.out.contains("└─ main"),
        "the true tree: {}{}",
        ran.out,
        ran.err
    );
    assert!(!ran.out.contains('\x1b'), "{}", ran.out);
    let squatter = lies.join().expect("it was asked");
    let ran = look();
    assert!(
        ran.out.contains("└─ main"),
        "the true tree: {}{}",
        ran.out,
        ran.err
    );
    let told = format!("warning: the tree of process {pid} cannot be seen: ");
    assert!(ran.err.starts_with(&told), "{}", ran.err);
    drop(squatter);
    kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
    assert_eq!(child.wait().expect("it is ours").code(), Some(130));
    assert_eq!(program.processes(), []);
}

#[test]
fn row_58_garbage_is_not_even_read() {
    let supervised = Supervised::run(&[], &["interrupted", "1"]);
    let name = format!("tractor-host/{}", supervised.pid());
    let address = SocketAddr::from_abstract_name(name).expect("a name");
    for garbage in [&b"\xff\0GET / HTTP/1.1\r\n\r\n"[..], &[0; 100_000], b""] {
        let mut client = UnixStream::connect_addr(&address).expect("it listens");
        client.set_nonblocking(true).expect("a socket");
        // As much as fits, or it may have been closed already.
        let _ = client.write(garbage);
        client.set_nonblocking(false).expect("a socket");
        client.set_read_timeout(Some(DEADLINE)).expect("a socket");
        let mut answer = Vec::new();
        let read = client.read_to_end(&mut answer);
        // Closed with what we sent unread: that is an error for us, behind the whole answer.
        assert!(read.is_ok() || !answer.is_empty(), "{read:?}");
        assert!(answer.starts_with(b"root "), "{garbage:?}");
    }
    is_unharmed(supervised);
}
