//! `call`: values in and out, and how the functions of others fail.

use crate::program::call;
use insta::assert_snapshot;

#[test]
fn call_prints_the_value_as_wave_or_json() {
    assert_eq!(call(&[], "add(1, 2)").prints(), "3\n");
    assert_eq!(call(&[], "mirror({x: 1, y: 2})").prints(), "{x: 2, y: 1}\n");
    assert_eq!(
        call(&["--json"], r#"mirror({"x": 1, "y": 2})"#).prints(),
        "{\"x\":2,\"y\":1}\n"
    );
    assert_eq!(call(&[], "print(\"hi\")").prints(), "hi\n");
    assert_eq!(call(&["--json"], "print(\"hi\")").prints(), "hi\n");
}

#[test]
fn call_grants_what_flags_say_and_nothing_else() {
    assert_eq!(call(&[], "environment()").prints(), "[]\n");
    assert_eq!(
        call(&["--env", "A=b"], "environment()").prints(),
        "[(\"A\", \"b\")]\n"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "text").unwrap();
    let dir = format!("{}::/in::ro", folder.path().display());
    assert_eq!(
        call(&["--dir", &dir], "read-file(\"/in/a\")").prints(),
        "\"text\"\n"
    );
    assert_ne!(
        call(&["--dir", &dir], "write-file(\"/in/a\", \"\")").code,
        Some(0)
    );
    assert_ne!(call(&[], "read-file(\"/in/a\")").code, Some(0));
}

#[test]
fn unknown_function_is_refused_with_a_near_name() {
    let ran = call(&[], "ad(1, 2)");
    let said = ran.says(2);
    assert!(said.starts_with("error: test_actor.wasm exports no function `ad`\n  it exports:  add(a: u32, b: u32) -> u32\n"), "{said}");
    assert!(said.ends_with("\n  did you mean `add`?\n"), "{said}");
}

#[test]
fn ambiguous_function_is_to_be_named_in_full() {
    assert_snapshot!(call(&[], "side()").says(2), @"
    error: test_actor.wasm exports 2 functions `side`
      name one in full:  test:actor/left@0.1.0#side
                         test:actor/right@0.1.0#side
    ");
    assert_eq!(call(&[], "left#side()").code, Some(0));
}

#[test]
fn ill_typed_argument_is_named_before_anything_starts() {
    assert_snapshot!(call(&[], "add(1, \"x\")").says(2), @r#"error: add: parameter `b` is u32, and "x" is a string"#);
    assert_snapshot!(call(&["--json"], "add(1, \"x\")").says(2), @r#"error: add: parameter `b` is u32, and "x" is a string"#);
    assert_snapshot!(call(&[], "add(1)").says(2), @"error: add takes 2 arguments (a: u32, b: u32), and 1 was given");
    assert_snapshot!(call(&[], "add(1, 2").says(2), @"
    error: `add(1, 2` is no call
      write the function and its arguments, such as 'add(1, 2)'
    ");
    assert_snapshot!(call(&[], "serve-echo()").says(2), @"error: `serve-echo` takes a context, which only an actor can open: it cannot be called from here");
}

#[test]
fn declared_error_is_shown() {
    assert_snapshot!(call(&[], "divide(1, 0)").says(1), @r#"error: test_actor (pid N) returned an error: "1 cannot be divided by 0""#);
    assert_snapshot!(call(&[], "refuse(dark-green)").says(1), @"error: test_actor (pid N) returned an error: dark-green");
}

#[test]
fn trap_is_shown_with_its_source_line() {
    let ran = call(&[], "trap()");
    let (headline, frames) = ran.says(134).split_once('\n').expect("there are frames");
    assert_snapshot!(headline, @"error: test_actor (pid N) trapped: `unreachable` was executed (a panic or an abort; what it printed is in the actor's output)");
    assert!(frames.contains("at trap (src/calls.rs:"), "{frames}");
}

#[test]
fn exit_of_the_guest_is_the_exit_of_the_program() {
    assert_eq!(call(&[], "exit(1)").says(1), "");
    assert_eq!(call(&[], "exit(0)").says(0), "");
}

#[test]
fn memory_beyond_the_limit_is_named() {
    let ran = call(&["--max-memory", "16M"], "grow-memory(67108864)");
    let said = ran.says(134);
    assert!(
        said.contains("test_actor (pid N) met a limit: memory-bytes: the guest asked for "),
        "{said}"
    );
}

#[test]
fn message_beyond_the_limit_is_named() {
    let ran = call(&["--max-message", "64K"], "bytes-of(100000)");
    assert_snapshot!(ran.says(134), @"error: test_actor (pid N) met a limit: a value of 300000 bytes is over the limit of 65536 bytes; send it in pieces on a stream");
}
