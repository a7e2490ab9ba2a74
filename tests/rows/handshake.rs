//! Rows 56 and 57, on control links: workers and supervisors that do not speak as they should, before and after the first words.
//!
//! A bad worker is a shell script that has the worker's end of the link as its stdin, and writes bytes to it.

use crate::support::{Captured, DEADLINE, in_tree_with, one_failure};
use crate::transport::framed;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::Duration;
use tractor_host::{ActorId, Failure, FailureKind, Grants, Level, Limits, Uuid};
use tractor_protocol::NurseryId;
use tractor_protocol::control::{Code, FromWorker, SpawnSpec, ToWorker};
use tractor_protocol::handshake::{Hello, VersionRange};

/// A hello of a version to come.
const NEWER: Hello = Hello {
    magic: Hello::OURS.magic,
    versions: VersionRange {
        oldest: 900,
        newest: 901,
    },
};

const STRANGER: Hello = Hello {
    magic: *b"GET ",
    versions: VersionRange::OURS,
};

/// What starting a worker that says this fails with, or its nursery, and what is logged.
fn refused(says: &[u8]) -> (Failure, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("bad-worker");
    let octal: String = says.iter().map(|byte| format!("\\{byte:03o}")).collect();
    // It reads on, so that its end of the link stays open until it is killed.
    let text = format!("#!/bin/sh\nprintf '{octal}' >&0\nwhile read -r _; do :; done\n");
    fs::write(&script, text).expect("it is written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).expect("it is ours");
    let (log, mut failure) = (Captured::default(), None);
    let lines = log.clone();
    let logged = move |line: tractor_host::LogLine| {
        writeln!(lines.clone(), "{}", line.message).expect("it is kept");
    };
    in_tree_with(
        |builder| builder.worker_program(&script).log(Level::Error, logged),
        async |tree| {
            let raised = tree
                .nursery(async |n| n.start_actor("test-actor").await?.ended().await)
                .await;
            failure = Some(one_failure(&raised));
        },
    );
    assert!(!runs(&script), "it is killed");
    (failure.expect("it was raised"), log.lines())
}

/// Whether a process runs this script.
fn runs(script: &std::path::Path) -> bool {
    let script = script.to_string_lossy().into_owned();
    let processes = fs::read_dir("/proc").expect("Linux").flatten();
    let mut lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(&script))
}

fn is_violation(says: &[u8], because: &str) {
    let (failure, log) = refused(says);
    assert_eq!(failure.kind, FailureKind::ProtocolViolation, "{failure:?}");
    assert!(failure.message.contains(because), "{}", failure.message);
    let logged = |line: &String| line.starts_with("protocol violation: ") && line.contains(because);
    assert!(log.iter().any(logged), "{log:?}");
}

fn open_nursery(number: u64) -> FromWorker {
    FromWorker::OpenNursery {
        nursery: NurseryId(number),
        grace: None,
        restart: None,
    }
}

#[test]
fn row_56_bad_words_on_a_control_link_end_their_worker() {
    let malformed = [&5u32.to_le_bytes()[..], &[0xff; 5]].concat();
    let too_large = u32::MAX.to_le_bytes();
    for before in [vec![], framed(&FromWorker::Ready(Hello::OURS), &[])] {
        let with = |bytes: &[u8]| [&before[..], bytes].concat();
        is_violation(&with(&malformed), "malformed");
        is_violation(&with(&too_large), "over the limit");
    }
    let early = framed(&open_nursery(1), &[]);
    is_violation(&early, "asked for something before it was ready");
    let closes = FromWorker::CancelNursery {
        nursery: NurseryId(7),
        cancellation: tractor_host::Cancellation {
            scope: tractor_host::ScopeId(1),
            canceller: nobody(),
            reason: tractor_host::CancelReason::Requested,
            message: None,
        },
    };
    let ready = framed(&FromWorker::Ready(Hello::OURS), &[]);
    // It may be told before it is known that the process runs, and so before the worker counts as ready.
    is_violation(&[ready, framed(&closes, &[])].concat(), "");
}

#[test]
fn row_57_worker_of_another_version_is_refused_and_the_reason_logged() {
    is_violation(
        &framed(&FromWorker::Ready(NEWER), &[]),
        "no common protocol version",
    );
    let stranger = framed(&FromWorker::Ready(STRANGER), &[]);
    is_violation(&stranger, "does not speak tractor's protocol");
}

#[test]
fn row_57_second_hello_is_refused() {
    let twice = framed(&FromWorker::Ready(Hello::OURS), &[]).repeat(2);
    is_violation(&twice, "was ready twice");
}

fn nobody() -> ActorId {
    ActorId {
        name: "nobody".to_owned(),
        uuid: Uuid::from_random(1),
        pid: 0,
    }
}

/// Starts a real worker whose supervisor says this first; gives what it says, and its exit code.
fn worker_of(says: Option<&ToWorker>) -> (Vec<u8>, Option<i32>) {
    let (mut ours, theirs) = UnixStream::pair().expect("sockets");
    #[expect(clippy::disallowed_methods, reason = "reaped below")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_tractor-host"));
    command
        .env("TRACTOR_HOST_WORKER", "1")
        .stdin(Stdio::from(OwnedFd::from(theirs)));
    let mut child = command.stdout(Stdio::null()).spawn().expect("it starts");
    drop(command);
    if let Some(says) = says {
        ours.write_all(&framed(says, &[])).expect("it listens");
    }
    ours.shutdown(std::net::Shutdown::Write).expect("a socket");
    ours.set_read_timeout(Some(DEADLINE)).expect("a socket");
    let mut said = Vec::new();
    ours.read_to_end(&mut said).expect("it ends in time");
    let status = child.wait().expect("it is ours");
    (said, status.code())
}

#[test]
fn row_57_supervisor_of_another_version_is_refused_and_told_ours() {
    let spec = SpawnSpec {
        hello: NEWER,
        actor: nobody(),
        owner: nobody(),
        code: Code::Native("none".to_owned()),
        grants: Grants::default(),
        limits: Limits::default(),
        one_shot: None,
        restarts: false,
        identity: None,
        overdue: tractor_protocol::control::Overdue::EndActor,
        grace: Duration::from_millis(500),
        allowance: Duration::from_millis(20),
        terminal: false,
        log: Level::Warn,
    };
    let (said, code) = worker_of(Some(&ToWorker::Spec(Box::new(spec))));
    assert_eq!(said, framed(&FromWorker::Ready(Hello::OURS), &[]));
    assert_eq!(code, Some(70));
}

#[test]
fn row_57_worker_whose_supervisor_says_nothing_or_nonsense_leaves() {
    for says in [None, Some(&ToWorker::Stop)] {
        assert_eq!(worker_of(says), (Vec::new(), Some(70)), "{says:?}");
    }
}
