//! `tree`, SIGUSR1, `inspect` and `cache`.

use crate::guests::guest;
use crate::program::{DEADLINE, Started, run, scenario, start, without_pids};
use insta::assert_snapshot;
use rustix::process::Signal;
use std::io::Write;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::Instant;

/// A tree of main and two children.
fn three() -> Started {
    let run = scenario(&[], &["interrupted", "2"]);
    run.wait_for_actors("child", 2);
    run
}

/// The tree as `tractor-host tree` shows it once every actor runs its function.
fn look(of: &Started) -> String {
    let end = Instant::now() + DEADLINE;
    loop {
        let ran = run(&["tree", &of.child.id().to_string()]);
        if ran.prints().matches("running").count() == 3 {
            return ran.out;
        }
        assert!(Instant::now() < end, "{ran:?}");
    }
}

/// What is behind the function, and the age of the tree, differ from run to run.
fn without_figures(text: &str) -> String {
    let mut shown = String::new();
    for line in without_pids(text).lines() {
        let end = line.find("  running").map_or(line.find("pid N"), |at| {
            let function = at + 11 + line[at + 11..].find("   ").unwrap_or(line.len() - at - 11);
            Some(function)
        });
        shown.push_str(line[..end.unwrap_or(line.len())].trim_end());
        shown.push('\n');
    }
    shown
}

#[test]
fn tree_shows_names_states_and_functions() {
    let run = three();
    assert_snapshot!(without_figures(&look(&run)), @"
    root
    └─ main              pid N   running  run
       ├─ child          pid N   running  clean-up
       └─ child          pid N   running  clean-up
    ");
    run.signal(Signal::INT);
    assert_eq!(run.end().code, Some(130));
}

#[test]
fn clients_that_are_slow_or_talk_nonsense_harm_nothing() {
    let run = three();
    let name = format!("tractor-host/{}", run.child.id());
    let address = SocketAddr::from_abstract_name(name).unwrap();
    let clients: Vec<_> = (0..40)
        .map(|_| {
            let mut client = UnixStream::connect_addr(&address).unwrap();
            // It may have been turned away by now.
            let _ = client.write_all(b"\xff\0GET / HTTP/1.1\r\n\r\n");
            client
        })
        .collect();
    drop(clients);
    look(&run);
    run.signal(Signal::INT);
    assert_eq!(run.end().code, Some(130));
}

#[test]
fn tree_of_a_process_without_one_is_not_found() {
    let ran = run(&["tree", "1"]);
    assert!(
        ran.says(69)
            .starts_with("error: process 1 runs no tree\n  "),
        "{ran:?}"
    );
}

/// What `why` says of an actor of a tree, without what differs from run to run.
fn why(of: &Started, actor: &str) -> String {
    let ran = run(&["why", actor, "--tree", &of.child.id().to_string()]);
    let told = without_pids(ran.prints());
    let lines = told.lines().filter(|line| !line.contains(" of memory"));
    let mut shown = String::new();
    for line in lines {
        let time = [" for ", "called ", "ended ", "started "].iter();
        let ends = time.filter_map(|word| {
            let at = line.find(word)? + word.len();
            line[at..]
                .starts_with(|c: char| c.is_ascii_digit())
                .then_some(at)
        });
        let end = ends.min().unwrap_or(line.len());
        shown.push_str(line[..end].trim_end());
        shown.push('\n');
    }
    shown
}

#[test]
fn why_says_what_an_actor_does_and_waits_for() {
    let run = three();
    look(&run);
    assert_snapshot!(why(&run, "main"), @"
    main (pid N) is running
      runs run for
      waits for clean-up of child (pid N), called
      waits for clean-up of child (pid N), called
      linked by shared memory to root (pid N), child (pid N), child (pid N)
      owns child (pid N), child (pid N)
      owned by root (pid N)
      started
    ");
    let pid = run.program.actors("child")[0].to_string();
    assert_snapshot!(why(&run, &pid), @"
    child (pid N) is running
      runs clean-up for
      linked by shared memory to main (pid N)
      owned by main (pid N), owned by root (pid N)
      started
    ");
    run.signal(Signal::INT);
    assert_eq!(run.end().code, Some(130));
}

#[test]
fn links_are_of_the_kind_that_is_asked_for() {
    for (kind, told) in [
        ("unix", "socket"),
        ("shared-memory", "shared memory"),
        ("tcp", "tcp"),
        ("quic", "quic"),
    ] {
        let run = scenario(&["--transport", kind], &["interrupted", "2"]);
        run.wait_for_actors("child", 2);
        look(&run);
        let of_main = why(&run, "main");
        let line = format!("  linked by {told} to root (pid N), child (pid N), child (pid N)\n");
        assert!(of_main.contains(&line), "{of_main}");
        run.signal(Signal::INT);
        assert_eq!(run.end().code, Some(130), "{kind}");
    }
}

#[test]
fn why_tells_of_who_is_cancelled_and_of_who_has_ended() {
    let run = scenario(&["--grace", "20s"], &["watch-ends"]);
    run.wait_for_actors("stubborn", 1);
    let until = |actor: &str, said: &str| {
        let end = Instant::now() + DEADLINE;
        loop {
            let ran = crate::program::run(&["why", actor, "--tree", &run.child.id().to_string()]);
            if ran.out.contains(said) {
                return why(&run, actor);
            }
            assert!(Instant::now() < end, "{ran:?}");
        }
    };
    let stubborn = until("stubborn", "is being cancelled");
    assert!(
        stubborn.contains("\n  cancelled: requested, by main (enough)\n"),
        "{stubborn}"
    );
    let trapped = until("trapped", "ended ");
    assert!(trapped.starts_with("trapped (pid N) ended\n"), "{trapped}");
    let trap = "  trapped (pid N) trapped: `unreachable` was executed";
    assert!(
        trapped.contains(trap) && trapped.contains("at trap (src/calls.rs:"),
        "{trapped}"
    );
    let asked = until("asked", "ended ");
    assert!(
        asked.contains("\n  cancelled: requested, by main\n"),
        "{asked}"
    );
    run.signal(Signal::INT);
    run.signal(Signal::TERM);
    assert!(matches!(run.end().code, Some(130 | 143)));
}

#[test]
fn why_of_an_unknown_actor_lists_near_names() {
    let run = three();
    let tree = run.child.id().to_string();
    let ran = crate::program::run(&["why", "chlid", "--tree", &tree]);
    assert_snapshot!(ran.says(69), @"
    error: no actor `chlid` runs here, or ended lately
      did you mean `child`?
      there are: child, main, root
    ");
    assert_eq!(ran.out, "");
    let none = crate::program::run(&["why", "main", "--tree", "1"]);
    assert!(
        none.says(69)
            .starts_with("error: process 1 runs no tree\n  "),
        "{none:?}"
    );
    assert_eq!(crate::program::run(&["why"]).code, Some(2));
    // Without a tree all of yours are looked at: this one is among them.
    let everywhere = crate::program::run(&["why", &run.program.actors("main")[0].to_string()]);
    assert!(
        everywhere.prints().starts_with("main (pid "),
        "{everywhere:?}"
    );
    run.signal(Signal::INT);
    assert_eq!(run.end().code, Some(130));
}

#[test]
fn usr1_shows_the_tree_on_stderr() {
    let run = three();
    look(&run);
    run.signal(Signal::USR1);
    // It is served in order: the tree's own answer comes after the one to the signal was begun.
    look(&run);
    look(&run);
    run.signal(Signal::INT);
    let ran = run.end();
    assert!(ran.says(130).contains("└─ main"), "{ran:?}");
}

#[test]
fn inspect_lists_what_a_component_exports_and_asks_for() {
    let file = guest("hello");
    let ran = run(&["inspect".as_ref(), file.as_os_str()]);
    let printed = ran.prints();
    assert!(
        printed.starts_with("hello.wasm: program, tractor:actor@0.1.0\n"),
        "{printed}"
    );
    assert!(
        printed.contains("run(arguments: list<string>) -> result<_, error>"),
        "{printed}"
    );
    let json = run(&["inspect".as_ref(), "--json".as_ref(), file.as_os_str()]);
    let json: serde_json::Value = serde_json::from_str(json.prints()).unwrap();
    assert_eq!(json["functions"][0]["name"], "run");
    assert_eq!(json["kind"], "program");
}

#[test]
fn cache_is_listed_and_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let hello = guest("hello");
    start(&[
        "run".as_ref(),
        "--cache-dir".as_ref(),
        dir.as_ref(),
        hello.as_os_str(),
    ])
    .end()
    .prints();
    let listed = run(&["cache", "--cache-dir", dir]);
    assert!(
        listed.prints().contains("hello.wasm") && listed.out.contains("1 entry, "),
        "{listed:?}"
    );
    assert_eq!(
        run(&["cache", "clear", "--cache-dir", dir]).prints(),
        "1 entry removed\n"
    );
    assert_eq!(
        run(&["cache", "path", "--cache-dir", dir]).prints(),
        format!("{dir}\n")
    );
    assert!(
        run(&["cache", "list", "--cache-dir", dir])
            .prints()
            .starts_with("0 entries, 0 B")
    );
}
