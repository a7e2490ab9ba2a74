//! Components that know nothing of us: their functions, and WASI commands as programs.

use crate::guests::{cache_folder, guest};
use crate::large;
use crate::program::{Ran, run, start_with};
use insta::assert_snapshot;
use std::io::Write;
use std::process::Stdio;

fn call(text: &str) -> Ran {
    let file = guest("plain-calc");
    run(&["call".as_ref(), file.as_os_str(), text.as_ref()])
}

fn command(flags: &[&str], words: &[&str]) -> Ran {
    let file = guest("plain-command").display().to_string();
    let mut arguments = vec!["run"];
    arguments.extend(flags);
    arguments.push(&file);
    arguments.extend(words);
    run(&arguments)
}

#[test]
fn plugin_is_called_by_its_full_name_or_a_short_one() {
    assert_eq!(call("plain:calc/sums@1.2.0#add(1, 2)").prints(), "3\n");
    assert_eq!(call("sums#total([1, 2, 3])").prints(), "6\n");
    assert_eq!(call("later(\"x\")").prints(), "\"x, later\"\n");
    assert_snapshot!(call("divide(1, 0)").says(1), @"error: plain_calc (pid N) returned an error: by-zero");
}

#[test]
fn function_with_a_resource_is_refused_before_anything_starts() {
    assert_snapshot!(call("open(\"x\")").says(2), @"error: open: the result holds own<resource>, which cannot leave its component: only plain values go between actors");
    assert_snapshot!(call("length(\"x\")").says(2), @"error: length: parameter `of` is borrow<resource>, which cannot cross between actors");
    assert_eq!(call("files#count()").prints(), "0\n");
}

#[test]
fn command_gets_its_arguments_and_what_it_is_granted() {
    assert_eq!(command(&[], &["echo", "a", "--b"]).prints(), "a --b\n");
    assert_eq!(command(&[], &["--", "echo", "a"]).prints(), "a\n");
    assert_eq!(command(&["--env", "A=b"], &["env", "A"]).prints(), "b\n");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "text").unwrap();
    let dir = format!("{}::/in::ro", folder.path().display());
    assert_eq!(
        command(&["--dir", &dir], &["cat", "/in/a"]).prints(),
        "text\n"
    );
    assert_ne!(command(&[], &["cat", "/in/a"]).code, Some(0));
}

#[test]
fn command_reads_the_terminals_input() {
    assert_eq!(shouted("plain-command"), "ONE!\nTWO!\n");
}

/// Says `one` and `two` to a command, and gives what it answers until its input has ended.
fn shouted(command: &str) -> String {
    let file = guest(command);
    let mut started = start_with(|command| {
        let arguments = ["run".as_ref(), file.as_os_str(), "shout".as_ref()];
        let command = command.args(arguments).stdout(Stdio::piped());
        command.stdin(Stdio::piped())
    });
    let mut input = started.child.stdin.take().expect("a pipe");
    input.write_all(b"one\ntwo\n").expect("it reads");
    drop(input);
    started.end().prints().to_owned()
}

/// Commands that others' toolchains make, of sources that know nothing of us: clang with wasi-libc, and componentize-py.
#[test]
fn commands_in_c_and_python_are_programs_as_any() {
    for name in ["plain-command-c", "plain-command-python"] {
        let file = guest(name);
        large::compile(&file, &cache_folder());
        let file = file.display().to_string();
        let said = |words: &[&str]| run(&[&["run", &file, "--"], words].concat());
        assert_eq!(said(&["echo", "a", "--b"]).prints(), "a --b\n", "{name}");
        assert_eq!(shouted(name), "ONE\nTWO\n", "{name}");
        let usage = "usage: shout | echo WORDS | crash | spin\n";
        assert_eq!(said(&[]).says(1), usage, "{name}");
        let fell = said(&["crash"]);
        let text = fell.says(134);
        assert!(text.contains("it fell over"), "{text}");
        assert!(text.contains("main (pid N) trapped"), "{text}");
    }
}

#[test]
fn exit_code_of_a_command_is_that_of_the_program() {
    assert_eq!(command(&[], &["fail"]).says(1), "it will not do\n");
    assert_eq!(command(&[], &["exit", "0"]).says(0), "");
    // WASI 0.2 knows success and failure, and no other code.
    assert_eq!(command(&[], &["exit", "3"]).says(1), "");
    let said = command(&[], &["panic"]);
    assert!(said.says(134).contains("main (pid N) trapped"), "{said:?}");
    let file = guest("plain-command3").display().to_string();
    assert_eq!(run(&["run", &file, "exit", "7"]).says(7), "");
    assert_eq!(run(&["run", &file, "echo", "a", "b"]).prints(), "a b\n");
}

/// What a toolchain without components makes: a core module of WASI preview 1 that greets, and exits as it is told.
const PREVIEW1: &str = include_str!("guests/preview1.wat");

#[test]
fn command_of_preview_1_is_adapted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("greet.wasm");
    std::fs::write(&file, wat::parse_str(PREVIEW1).unwrap()).unwrap();
    let ran = run(&["run".as_ref(), file.as_os_str()]);
    assert_eq!(ran.says(0), "");
    assert_eq!(ran.out, "hello from preview 1\n");
}

#[test]
fn command_that_takes_too_long_is_ended_at_the_timeout() {
    let ran = command(&["--timeout", "300ms"], &["spin"]);
    assert_snapshot!(ran.says(124), @"error: plain_command.wasm was cancelled: 300 ms were up");
}
