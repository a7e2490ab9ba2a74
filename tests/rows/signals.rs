//! Rows 65 to 68: signals, the tree on stderr, the log, the output of children.

use crate::support::{DEADLINE, Supervised};
use crate::window::look_until;
use rustix::process::Signal;
use std::time::Duration;

/// One second, four times over for a busy machine.
const AT_ONCE: Duration = Duration::from_secs(4);

#[test]
fn row_65_terminate_and_hang_up_let_the_tree_clean_up() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut supervised = Supervised::run(&[], &["interrupted", "2"]);
        supervised.signal(signal);
        let (status, _) = supervised.ends();
        assert_eq!(status.code(), Some(code));
        assert_eq!(supervised.stderr(), ["child has cleaned up"; 2]);
    }
}

#[test]
fn row_65_killed_supervisor_leaves_nothing() {
    let mut supervised = Supervised::run(&[], &["interrupted", "3"]);
    supervised.signal(Signal::KILL);
    let (status, time) = supervised.ends();
    assert_eq!(status.code(), None);
    assert!(time < AT_ONCE, "{time:?}");
    assert_eq!(supervised.stderr(), [""; 0], "nobody cleaned up");
}

#[test]
fn row_65_signals_of_the_group_are_for_the_supervisor_alone() {
    let group = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT];
    let mut supervised = Supervised::run(&[], &["interrupted", "2"]);
    let before = supervised.program.processes();
    for signal in group {
        supervised.signal_workers(signal);
    }
    // A look asks every worker, which answers behind what it was sent.
    look_until(&supervised, |tree| tree.matches("running").count() == 3);
    assert_eq!(supervised.program.processes(), before);
    supervised.signal_workers(Signal::TERM);
    supervised.signal(Signal::TERM);
    let (status, _) = supervised.ends();
    assert_eq!(status.code(), Some(143));
    assert_eq!(supervised.stderr(), ["child has cleaned up"; 2]);
}

#[test]
fn row_66_usr1_prints_the_tree_with_its_tasks_and_disturbs_nothing() {
    let mut supervised = Supervised::run(&[], &["interrupted", "2"]);
    look_until(&supervised, |tree| tree.matches("running").count() == 3);
    for times in 1..=2 {
        supervised.signal(Signal::USR1);
        let told = supervised.within(|this| this.stderr().len() >= 4 * times);
        assert!(told, "{:?}", supervised.stderr());
    }
    let stderr = supervised.stderr();
    for tree in stderr.chunks(4) {
        let [root, main, one, other] = tree else {
            panic!("{stderr:?}");
        };
        let pid = format!("pid {}", supervised.pid());
        assert!(root.starts_with("root ") && root.contains(&pid), "{root}");
        assert!(
            main.starts_with("└─ main ") && main.contains("running  run"),
            "{main}"
        );
        for (child, branch) in [(one, "├─"), (other, "└─")] {
            let begin = format!("   {branch} child ");
            assert!(child.starts_with(&begin), "{child}");
            assert!(child.contains("running  clean-up"), "{child}");
        }
    }
    supervised.signal(Signal::INT);
    let (status, _) = supervised.ends();
    assert_eq!(status.code(), Some(130));
    assert_eq!(supervised.stderr()[8..], ["child has cleaned up"; 2]);
}

/// What a scenario prints that ends well.
fn to_its_end(options: &[&str], scenario: &[&str]) -> (Vec<String>, Vec<String>) {
    let mut supervised = Supervised::start_with(options, scenario, |command| command);
    let (status, _) = supervised.ends();
    assert_eq!(status.code(), Some(0), "{:?}", supervised.stderr());
    (supervised.stdout(), supervised.stderr())
}

/// Lines of the log, without process ids.
fn log_of(level: &[&str]) -> Vec<String> {
    let stderr = to_its_end(level, &["log"]).1;
    let mut lines: Vec<_> = stderr.iter().map(|line| without_pid(line)).collect();
    // How actors ended is told by the supervisor, and by no task of theirs.
    lines.retain(|line| !line.contains(" -: "));
    lines.sort();
    lines
}

fn without_pid(line: &str) -> String {
    let (before, rest) = line.split_once("(pid ").expect("each line names its actor");
    let (pid, after) = rest.split_once(')').expect("a process");
    assert!(pid.parse::<u32>().is_ok_and(|pid| pid > 1), "{line}");
    format!("{before}-{after}")
}

#[test]
fn row_67_log_level_of_the_root_holds_in_every_actor_and_lines_name_it() {
    let actors = [
        ("child", "log-below"),
        ("grandchild", "log-below"),
        ("main", "run"),
    ];
    let line = |level, words| {
        actors.map(|(name, task)| format!("{level} {name} - {task}: {words} of {name}"))
    };
    let error = line("error", "trouble");
    let info = line("info", "news");
    let debug = line("debug", "a step");
    assert_eq!(log_of(&[]), error);
    assert_eq!(log_of(&["--log", "error"]), error);
    assert_eq!(
        log_of(&["--log", "info"]),
        [error.clone(), info.clone()].concat()
    );
    assert_eq!(log_of(&["--log", "debug"]), [debug, error, info].concat());
}

/// Each child's lines came whole and in their order, and nothing else came.
fn all_whole(lines: &[String], children: u32, bytes: usize) {
    for index in 0..children {
        let letter = char::from(b'a' + index as u8);
        let long = letter.to_string().repeat(bytes);
        let mut expected = vec![long.clone()];
        expected.extend((0..50).map(|line| format!("{index} {line}")));
        expected.push(long);
        let number = format!("{index} ");
        let of_it = |line: &&String| line.starts_with(letter) || line.starts_with(&number);
        let its: Vec<_> = lines.iter().filter(of_it).collect();
        assert_eq!(its.len(), expected.len(), "lines of {index}");
        assert!(its.into_iter().eq(&expected), "lines of {index}");
    }
    assert_eq!(lines.len() as u32, 1 + 52 * children);
}

#[test]
fn row_68_lines_of_children_are_whole_also_200_kb_without_a_newline() {
    let (children, bytes) = (3, 200_000);
    let arguments = ["write", "3", "200000"];
    let (stdout, stderr) = to_its_end(&[], &arguments);
    assert_eq!(stderr, [""; 0]);
    all_whole(&stdout, children, bytes);
}

#[test]
fn row_68_reader_that_closed_is_no_reason_to_stop() {
    let (read, write) = std::io::pipe().expect("a pipe");
    drop(read);
    let mut supervised = Supervised::start_with(&[], &["write", "2", "200000"], |command| {
        command.stdout(write)
    });
    let (status, _) = supervised.ends();
    // Main itself says that it is ready, and learns that nobody reads.
    assert_eq!(status.code(), Some(141), "{:?}", supervised.stderr());
}

#[test]
fn row_68_reader_that_does_not_read_stops_nobody_but_who_writes() {
    let (read, write) = std::io::pipe().expect("a pipe");
    let mut supervised = Supervised::start_with(&[], &["write", "2", "200000"], |command| {
        command.stdout(write)
    });
    // The pipe is full, and the children wait; the supervisor does not.
    let both = |tree: &str| tree.contains("writer_0") && tree.contains("writer_1");
    look_until(&supervised, both);
    supervised.signal(Signal::INT);
    let (status, time) = supervised.ends();
    assert_eq!(status.code(), Some(130), "{:?}", supervised.stderr());
    assert!(time < DEADLINE / 4, "{time:?}");
    drop(read);
}
