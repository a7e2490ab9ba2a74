//! What people give the program that it cannot run.

use crate::guests::guest;
use crate::program::{Ran, run, start_with};
use insta::assert_snapshot;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

/// Runs a file of these bytes.
fn run_bytes(bytes: &[u8]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("given.wasm");
    fs::write(&file, bytes).expect("it is written");
    run(&["run".as_ref(), file.as_os_str()])
}

#[test]
fn file_that_is_no_component_is_refused_with_advice() {
    assert_snapshot!(run_bytes(b"hello\n").says(65), @"
    error: given.wasm is not a WebAssembly component: it seems to be text that begins with `hello`
      give it a component, as `cargo build --target wasm32-wasip2` makes one
    ");
    assert_snapshot!(run_bytes(b"").says(65), @"
    error: given.wasm is not a WebAssembly component: it seems to be an empty file
      give it a component, as `cargo build --target wasm32-wasip2` makes one
    ");
    assert_snapshot!(run_bytes(b"\0asm\x01\0\0\0").says(65), @"
    error: given.wasm is a core WebAssembly module, not a component
      it has no WIT world: build it for wasm32-wasip2, or with its language's component tools
    ");
}

#[test]
fn damaged_component_is_refused() {
    let whole = fs::read(guest("hello")).unwrap();
    let ran = run_bytes(&whole[..whole.len() / 2]);
    let said = ran.says(65);
    assert!(
        said.starts_with("error: `given.wasm` cannot be compiled: "),
        "{said}"
    );
}

/// The same version in the names of all imports, of the same length, so that the component stays well-formed.
#[test]
fn component_for_a_newer_package_says_what_to_update() {
    let mut bytes = fs::read(guest("hello")).unwrap();
    let old = b"@0.1.0";
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], b"tractor:actor/") {
        at += found + 14;
        if let Some(version) = find(&bytes[at..(at + 24).min(bytes.len())], old) {
            bytes[at + version..at + version + 6].copy_from_slice(b"@0.9.0");
        }
    }
    assert_snapshot!(run_bytes(&bytes).says(65), @"
    error: given.wasm needs tractor:actor@0.9.0, and this host has 0.1.0
      update tractor-host
    ");
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[test]
fn component_that_is_no_program_says_how_to_call_it() {
    let ran = run(&["run".as_ref(), guest("test-actor").as_os_str()]);
    let said = ran.says(65);
    assert!(said.starts_with("error: test_actor.wasm is no program: it exports no `run: async func(arguments: list<string>) -> result<_, error>`\n  call its functions with"), "{said}");
}

#[test]
fn file_that_is_not_there_is_named() {
    assert_snapshot!(run(&["run", "/no/such.wasm"]).says(66), @"error: `/no/such.wasm` cannot be read: No such file or directory (os error 2)");
    let hello = guest("hello");
    let dir = [
        "run".as_ref(),
        "--dir".as_ref(),
        "/no/such".as_ref(),
        hello.as_os_str(),
    ];
    assert_snapshot!(run(&dir).says(66), @"error: `/no/such` cannot be read: No such file or directory (os error 2)");
}

#[test]
fn flags_that_are_wrong_say_what_would_be_right() {
    for flags in [
        &["--timeout", "2"][..],
        &["--connect", "host"],
        &["--actor", "main=a"],
        &["--nope"],
    ] {
        let mut arguments = vec!["run"];
        arguments.extend(flags);
        arguments.push("a.wasm");
        let ran = run(&arguments);
        assert!(ran.says(2).starts_with("error: "), "{ran:?}");
    }
}

#[test]
fn words_behind_the_file_are_the_guests() {
    let hello = guest("hello");
    let arguments = ["run".as_ref(), hello.as_os_str(), "--env".as_ref()];
    assert_eq!(run(&arguments).prints(), "hello, --env, from main\n");
}

/// Runs `hello` with a cache of its own.
fn hello(cache: &Path) -> Ran {
    let file = guest("hello");
    let run = start_with(|command| {
        command
            .arg("run")
            .arg("--cache-dir")
            .arg(cache)
            .arg(file)
            .stdout(Stdio::piped())
    });
    run.end()
}

fn entries(cache: &TempDir) -> Vec<std::path::PathBuf> {
    let shards = files(cache.path());
    shards.iter().flat_map(|shard| files(shard)).collect()
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let found = fs::read_dir(folder).expect("the folder is there");
    found.flatten().map(|entry| entry.path()).collect()
}

#[test]
fn cache_that_is_damaged_is_made_anew() {
    let cache = tempfile::tempdir().unwrap();
    assert_eq!(hello(cache.path()).prints(), "hello, world, from main\n");
    let entry = entries(&cache).remove(0);
    let mut bytes = fs::read(&entry).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::set_permissions(&entry, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&entry, &bytes).unwrap();
    assert_eq!(hello(cache.path()).prints(), "hello, world, from main\n");
    assert_ne!(fs::read(&entry).unwrap(), bytes);
}

#[test]
fn cache_that_cannot_be_written_costs_time_only() {
    let ran = hello(Path::new("/proc/no/cache"));
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (Some(0), "hello, world, from main\n")
    );
    assert!(
        ran.err
            .starts_with("warning: the cache of compiled components cannot be used"),
        "{ran:?}"
    );
}

#[test]
fn runs_that_compile_the_same_at_once_compile_it_once() {
    let cache = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| hello(cache.path())));
        for run in both {
            assert_eq!(run.join().unwrap().prints(), "hello, world, from main\n");
        }
    });
    assert_eq!(entries(&cache).len(), 1);
}
