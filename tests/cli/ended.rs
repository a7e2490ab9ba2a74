//! How runs end before their time: by the clock, by signals, by a reader who goes.

use crate::guests::guest;
use crate::program::{call, scenario, start_with};
use insta::assert_snapshot;
use rustix::process::Signal;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

#[test]
fn timeout_stops_a_guest_that_spins_and_says_where_it_was() {
    /// The worker has 20 ms to answer that it stops, which a machine that is very busy does not give it at once.
    const TRIES: usize = 20;
    let spin = || {
        let ran = call(&["--timeout", "200ms", "--grace", "100ms"], "spin()");
        ran.says(124).to_owned()
    };
    let stopped = |said: &String| {
        said.starts_with("error: test_actor.wasm was cancelled: 200 ms were up\n  test_actor (pid N) did not answer within its grace period of 100 ms and was stopped")
    };
    let mut tries = std::iter::repeat_with(spin).take(TRIES);
    assert!(tries.any(|said| stopped(&said)), "{}", spin());
}

#[test]
fn timeout_lets_the_tree_clean_up() {
    let ran = scenario(&["--timeout", "1s"], &["interrupted", "2"]).end();
    assert_eq!(ran.out, "ready\n");
    let cleaned = "child has cleaned up\n";
    assert_eq!(
        ran.says(124),
        format!("{cleaned}{cleaned}error: test_program.wasm was cancelled: 1 s was up\n")
    );
}

#[test]
fn first_signal_lets_the_tree_clean_up() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let run = scenario(&[], &["interrupted", "2"]);
        run.wait_for_actors("child", 2);
        run.signal(signal);
        let ran = run.end();
        let cleaned = ran.says(code).matches("child has cleaned up\n").count();
        assert!(cleaned <= 2 && ran.err.len() == cleaned * 21, "{ran:?}");
    }
}

#[test]
fn second_signal_kills_at_once() {
    let run = scenario(&["--grace", "50s"], &["spin"]);
    run.wait_for_actors("main", 1);
    run.signal(Signal::INT);
    // Signals of one kind do not queue: another kind cannot be merged with the first.
    run.signal(Signal::TERM);
    let ran = run.end();
    assert!(matches!(ran.code, Some(130 | 143)), "{ran:?}");
}

#[test]
fn killed_main_gives_the_code_of_its_signal() {
    let run = scenario(&[], &["interrupted", "1"]);
    run.wait_for_actors("child", 1);
    let main = run.wait_for_actors("main", 1)[0];
    let main = rustix::process::Pid::from_raw(main.cast_signed()).unwrap();
    rustix::process::kill_process(main, Signal::KILL).unwrap();
    let ran = run.end();
    assert!(
        ran.says(137)
            .contains("main (pid N) was ended by signal 9 (SIGKILL)"),
        "{ran:?}"
    );
}

#[test]
fn error_of_the_program_is_told_with_code_1() {
    assert_snapshot!(scenario(&[], &["raise", "7"]).end().says(1), @"
    error: 1 of 2 actors failed
    ├─ main (pid N) failed: 7
    └─ daemon (pid N) was cancelled: its owner main ended
    ");
}

/// A pipe that takes nothing more.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (read, mut write) = std::io::pipe().expect("a pipe");
    let size = rustix::pipe::fcntl_getpipe_size(&write).expect("its size");
    write.write_all(&vec![b'x'; size]).expect("room");
    (read, write)
}

#[test]
fn stderr_that_nobody_reads_holds_up_neither_log_nor_signals() {
    let (read, write) = full_pipe();
    let bundle = format!("test-actor={}", guest("test-actor").display());
    let program = guest("test-program");
    let run = start_with(|command| {
        command
            .args([
                "run", "--log", "debug", "--grace", "50s", "--actor", &bundle,
            ])
            .arg(program)
            .args(["interrupted", "2"])
            .stdout(Stdio::piped())
            .stderr(Stdio::from(write))
    });
    run.wait_for_actors("child", 2);
    run.signal(Signal::USR1);
    // The tree is shown while it is told to end, and each teardown is logged.
    run.signal(Signal::TERM);
    assert_eq!(run.end().code, Some(143));
    drop(read);
}

#[test]
fn output_that_nobody_reads_ends_the_run_quietly() {
    let (read, write) = std::io::pipe().unwrap();
    drop(read);
    let file = guest("nested-tree");
    let run = start_with(|command| command.arg("run").arg(file).stdout(Stdio::from(write)));
    assert_eq!(run.end().says(141), "");
}

#[test]
fn output_read_in_part_ends_the_run_quietly() {
    let (read, write) = std::io::pipe().unwrap();
    let file = guest("nested-tree");
    let run = start_with(|command| command.arg("run").arg(file).stdout(Stdio::from(write)));
    let mut line = String::new();
    BufReader::with_capacity(1, read)
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with("main"), "{line}");
    let ran = run.end();
    // It may have written all before the reader went.
    assert!(
        matches!(ran.code, Some(141 | 0)) && ran.err.is_empty(),
        "{ran:?}"
    );
}

#[test]
fn help_and_inspect_do_not_mind_a_reader_who_goes() {
    for arguments in [&["--help"][..], &["cache", "path"]] {
        let (read, write) = std::io::pipe().unwrap();
        drop(read);
        let ran = start_with(|command| command.args(arguments).stdout(Stdio::from(write))).end();
        assert!(ran.err.is_empty(), "{ran:?}");
    }
}
