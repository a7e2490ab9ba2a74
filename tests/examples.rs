//! Runs each example as its reader would, and compares what it prints with what its head says.
//!
//! The head of an example has a block of ` ```console `: a command behind `$ `, and the lines that it prints. In these lines
//!
//! 1. `<pid>`, or any other word in angle brackets, stands for some text without a space;
//! 2. lines that begin with `~ ` and stand together may come in any order: they are of processes that run at once.
//!
//! An example passes if it prints that and no more, nothing on stderr, exits with 0 in time, and leaves no process behind. All processes of an
//! example are in a process group of its own, by which they are found.
#![expect(
    clippy::disallowed_methods,
    reason = "examples are started here as by a shell, and reaped here"
)]

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// No example takes longer, however busy the machine is: the first run compiles a component.
const DEADLINE: Duration = Duration::from_secs(60);

/// The same where that component has an interpreter in it.
const DEADLINE_OF_BIG_ONES: Duration = Duration::from_secs(600);

/// Lines that begin so and stand together come in any order.
const ANY_ORDER: &str = "~ ";

macro_rules! examples {
    ($($test:ident: $name:literal,)*) => {
        /// Every example there is.
        const EXAMPLES: &[&str] = &[$($name),*];

        mod prints_what_its_head_says {
            $(
                #[test]
                fn $test() {
                    super::run($name);
                }
            )*
        }
    };
}

examples! {
    burn_cpu: "01_burn_cpu",
    self_destruct: "02_self_destruct",
    movie: "03_movie",
    nested_tree: "04_nested_tree",
    remote_error: "05_remote_error",
    ping_pong: "06_ping_pong",
    aggregator: "07_aggregator",
    primes: "08_primes",
    cluster: "09_cluster",
    embedding: "10_embedding.rs",
    native_actor: "11_native_actor.rs",
    restart: "12_restart",
}

/// The programs of the seed in other languages, which are in one component for each.
mod in_python {
    macro_rules! programs {
        ($($name:ident,)*) => {
            /// Every program there is.
            const PROGRAMS: &[&str] = &[$(concat!(stringify!($name), ".py")),*];

            $(
                #[test]
                fn $name() {
                    super::run(concat!("guests/python/examples/", stringify!($name), ".py"));
                }
            )*
        };
    }

    programs! {
        burn_cpu,
        echo_server,
        hello,
        nested_tree,
        ping_pong,
        remote_error,
    }

    #[test]
    fn what_asyncio_and_scopes_promise_holds() {
        super::run("guests/python/conformance/idioms.py");
    }

    #[test]
    fn programs_are_all_run_by_a_test() {
        assert_eq!(super::listed("guests/python/examples"), PROGRAMS);
    }
}

/// Those in JavaScript, which are in one component too.
mod in_js {
    macro_rules! programs {
        ($($test:ident: $file:literal,)*) => {
            $(
                #[test]
                fn $test() {
                    super::run(concat!("guests/js/", $file));
                }
            )*
        };
    }

    programs! {
        hello: "hello/main.js",
        burn_cpu: "programs/burn-cpu.js",
        nested_tree: "programs/nested-tree.js",
        ping_pong: "programs/ping-pong.js",
        remote_error: "programs/remote-error.js",
        what_the_sdk_does_itself: "test/main.js",
    }
}

/// Those in C: a component for each, in a folder of its own.
mod in_c {
    macro_rules! programs {
        ($($name:ident,)*) => {
            $(
                #[test]
                fn $name() {
                    let name = stringify!($name);
                    super::run(&format!("guests/c/{name}/{name}.c"));
                }
            )*
        };
    }

    programs! {
        burn_cpu,
        callbacks,
        hello,
        nested_tree,
        ping_pong,
        remote_error,
    }
}

#[test]
fn row_72_examples_are_all_run_by_a_test() {
    assert_eq!(listed("examples"), EXAMPLES);
}

/// What is in a folder, but for what is no example.
fn listed(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(repository().join(folder)).expect("there are examples");
    let names = entries.map(|entry| entry.expect("it can be listed").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.into_string().expect("UTF-8"))
        .filter(|name| name != "README.md" && name != "__pycache__")
        .collect();
    names.sort();
    names
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs one example.
fn run(name: &str) {
    let head = Head::of(name);
    let written = tempfile::tempdir().expect("a folder for its output");
    let (stdout, stderr) = (written.path().join("stdout"), written.path().join("stderr"));
    let child = command(&head.command)
        .stdin(Stdio::null())
        .stdout(File::create(&stdout).expect("a file"))
        .stderr(File::create(&stderr).expect("a file"))
        .process_group(0)
        .spawn()
        .expect("the example starts");
    let group = Pid::from_child(&child);
    let deadline = if name.ends_with(".py") {
        DEADLINE_OF_BIG_ONES
    } else {
        DEADLINE
    };
    let status = wait(child, deadline);
    let left = members(group);
    let read = |file| fs::read_to_string(file).expect("it writes UTF-8");
    let (stdout, stderr) = (read(stdout), read(stderr));
    if !left.is_empty() {
        // It fails for that, and is not to disturb others.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let status = status.unwrap_or_else(|| panic!("still running after {deadline:?}:\n{stdout}"));
    assert!(status.success(), "{status}\n{stdout}{stderr}");
    assert_eq!(stderr, "", "nothing on stderr");
    if let Err(why) = compare(&head.output, &stdout) {
        panic!("{why}\nthe whole output:\n{stdout}");
    }
    assert_eq!(left, Vec::<String>::new(), "processes are left");
}

/// Waits for it to end; at the deadline kills it and all that it started.
fn wait(mut child: Child, deadline: Duration) -> Option<ExitStatus> {
    let pid = Pid::from_child(&child);
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).expect("it is not reaped yet");
    let deadline = Timespec::try_from(deadline).expect("some minutes");
    let ended = poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&deadline));
    let in_time = ended.expect("it can be waited for") > 0;
    if !in_time {
        let _ = kill_process_group(pid, Signal::KILL);
    }
    let status = child.wait().expect("it can be reaped");
    in_time.then_some(status)
}

/// What is in the process group: command lines, or what the kernel says of a zombie.
fn members(group: Pid) -> Vec<String> {
    let processes = fs::read_dir("/proc").expect("Linux").flatten();
    let of_group = |stat: &str| {
        // Behind the name, which may hold anything: state, parent, group.
        let fields = &stat[stat.rfind(')')? + 1..];
        let found = fields.split_ascii_whitespace().nth(2)?;
        (found == group.as_raw_nonzero().to_string()).then(|| stat.to_owned())
    };
    processes
        .filter_map(|process| of_group(&fs::read_to_string(process.path().join("stat")).ok()?))
        .collect()
}

/// What the head of an example says.
struct Head {
    command: String,
    output: Vec<String>,
}

impl Head {
    fn of(name: &str) -> Self {
        let folder = if name.contains('/') { "" } else { "examples" };
        let path = repository().join(folder).join(name);
        let file = if path.is_dir() {
            path.join("src/lib.rs")
        } else {
            path
        };
        let text = fs::read_to_string(&file).expect("the example is there");
        // In Python it is a text, and has no marks before its lines.
        let mark = match file.extension().and_then(|ending| ending.to_str()) {
            Some("py") => "",
            Some("c" | "js") => "//",
            _ => "//!",
        };
        let head = text.lines().map_while(|line| line.strip_prefix(mark));
        let mut block = head
            .map(|line| {
                line.strip_prefix(' ')
                    .filter(|_| !mark.is_empty())
                    .unwrap_or(line)
            })
            .skip_while(|line| *line != "```console")
            .skip(1)
            .take_while(|line| *line != "```");
        let command = block.next().and_then(|line| line.strip_prefix("$ "));
        Self {
            command: command.expect("a command behind `$ `").to_owned(),
            output: block.map(str::to_owned).collect(),
        }
    }
}

/// The command with the programs as they were built for this test, and the guests where they are.
fn command(line: &str) -> Command {
    let host = Path::new(env!("CARGO_BIN_EXE_tractor-host"));
    let mut words = line.split(' ');
    let mut command = match (words.next(), words.next(), words.clone().next()) {
        (Some("tractor-host"), Some("run"), _) => {
            let mut command = Command::new(host);
            command.arg("run");
            command
        }
        (Some("cargo"), Some("run"), Some("--example")) => {
            let name = words.nth(1).expect("the name of an example");
            let built = host.with_file_name("examples").join(name);
            assert!(
                built.is_file(),
                "{} is not built: `cargo build --examples` does it",
                built.display()
            );
            Command::new(built)
        }
        _ => panic!("not the command of an example: {line}"),
    };
    command.args(words.map(argument));
    command.env(
        "XDG_CACHE_HOME",
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples-cache"),
    );
    command
}

/// Guests are built by `cargo xtask guests`, and looked for where `TRACTOR_GUESTS` says.
fn argument(word: &str) -> PathBuf {
    if !word.ends_with(".wasm") && !word.ends_with("/release") {
        return word.into();
    }
    let built = "guests/target/wasm32-wasip2/release";
    let guests = std::env::var_os("TRACTOR_GUESTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join(built),
        PathBuf::from,
    );
    let path = match word {
        folder if folder == built => guests,
        file => guests.join(file),
    };
    assert!(
        path.exists(),
        "{} is not there: `cargo xtask guests` builds the guests",
        path.display()
    );
    path
}

/// Compares output with what a head says, by the rules above.
fn compare(expected: &[String], output: &str) -> Result<(), String> {
    let mut lines = output.lines();
    let mut expected = expected.iter().map(String::as_str).peekable();
    while let Some(next) = expected.next() {
        let mut patterns = vec![next.strip_prefix(ANY_ORDER).unwrap_or(next)];
        if next.starts_with(ANY_ORDER) {
            let others =
                std::iter::from_fn(|| expected.next_if(|line| line.starts_with(ANY_ORDER)));
            patterns.extend(others.filter_map(|line| line.strip_prefix(ANY_ORDER)));
        }
        while !patterns.is_empty() {
            let line = lines
                .next()
                .ok_or_else(|| format!("missing: {patterns:?}"))?;
            let found = patterns.iter().position(|pattern| fits(pattern, line));
            let found = found.ok_or_else(|| format!("expected {patterns:?}, and got {line:?}"))?;
            patterns.remove(found);
        }
    }
    lines
        .next()
        .map_or(Ok(()), |line| Err(format!("too much: {line:?}")))
}

/// Whether a line is as a pattern says, in which `<word>` stands for some text without a space.
fn fits(pattern: &str, line: &str) -> bool {
    let placeholder = pattern
        .split_once('<')
        .and_then(|(before, rest)| Some((before, rest.split_once('>')?.1)));
    let Some((before, after)) = placeholder else {
        return pattern == line;
    };
    let Some(rest) = line.strip_prefix(before) else {
        return false;
    };
    let word = rest.find(' ').unwrap_or(rest.len());
    let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.take_while(|end| *end <= word)
        .any(|end| fits(after, &rest[end..]))
}

#[test]
fn compare_by_the_rules_takes_what_fits_and_refuses_the_rest() {
    let expected = ["pid <pid>!", "~ a", "~ b", "end"].map(str::to_owned);
    for output in ["pid 17!\na\nb\nend\n", "pid x!\nb\na\nend\n"] {
        assert_eq!(compare(&expected, output), Ok(()), "{output}");
    }
    for output in [
        "pid !\na\nb\nend\n",
        "pid 1 7!\na\nb\nend\n",
        "pid 17!\na\na\nend\n",
        "pid 17!\na\nend\nb\n",
        "pid 17!\na\nb\n",
        "pid 17!\na\nb\nend\nmore\n",
        "",
    ] {
        assert!(compare(&expected, output).is_err(), "{output}");
    }
}

#[test]
fn members_of_a_group_are_what_its_leader_left() {
    let mut leader = Command::new("sh");
    leader.args(["-c", "sleep 60 &"]).process_group(0);
    let leader = leader.spawn().expect("a shell");
    let group = Pid::from_child(&leader);
    assert!(wait(leader, DEADLINE).is_some_and(|status| status.success()));
    let left = members(group);
    kill_process_group(group, Signal::KILL).expect("something is left");
    assert_eq!(left.len(), 1, "{left:?}");
}
