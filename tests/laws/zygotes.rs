//! Law 7 and law 10, of the processes that workers are forked from: whatever happens to one, no spawn fails because of it and nothing is left.

use crate::support::{
    DEADLINE, Program, Supervised, TestTree, actor, backend::CHOSEN, guests, in_tree_with, within,
};
use rustix::net::{RecvFlags, recv};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, Resource, Rlimit, Signal, kill_process};
use rustix::process::{geteuid, pidfd_getfd, pidfd_open, prlimit};
use std::collections::BTreeMap;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use tractor_host::{Child, Error, Nursery, SpawnBackend};

/// The user as whom root runs what is to reach a limit on processes: root itself has none.
const NOBODY_ELSE: u32 = 61_278;

/// Runs a body in a nursery of a tree whose actors are forked.
fn forked(body: impl AsyncFnOnce(&TestTree, &Nursery) -> Result<(), Error>) {
    in_tree_with(
        |builder| builder.spawn_backend(SpawnBackend::Fork),
        async |tree| {
            let ended = tree.nursery(async |n| body(tree, n).await).await;
            assert!(ended.is_ok(), "{ended:?}");
        },
    );
}

/// Starts an actor, and sees that it serves.
async fn started(n: &Nursery, name: &str) -> Result<Child, Error> {
    let child = n.start_actor(actor(name)).await?;
    assert_eq!(child.call::<u32>("add", (1, 2)).await?, 3);
    Ok(child)
}

fn zygotes(program: &Program) -> Vec<u32> {
    let all = program.everything().into_iter();
    all.filter(|process| !process.zombie && process.is_zygote())
        .map(|process| process.pid)
        .collect()
}

fn zygote(tree: &TestTree) -> u32 {
    match zygotes(&tree.program)[..] {
        [zygote] => zygote,
        ref other => panic!("one zygote is expected, not {other:?}"),
    }
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
    kill_process(pid, signal).expect("it runs");
}

/// Whether the process is there, alive or as a zombie.
fn is_there(tree: &TestTree, pid: u32) -> bool {
    let all = tree.program.everything();
    all.iter().any(|process| process.pid == pid)
}

/// Whether a message waits for a zygote that is frozen.
fn is_asked(zygote: u32) -> bool {
    let process = Pid::from_raw(zygote.cast_signed()).expect("a process");
    let process = pidfd_open(process, PidfdFlags::empty()).expect("it is there");
    let sockets = descriptors(zygote).filter(|(_, target)| target.starts_with("socket:"));
    let mut sockets = sockets.map(|(number, _)| {
        pidfd_getfd(&process, number, PidfdGetfdFlags::empty()).expect("a socket")
    });
    let waits = |socket: OwnedFd| {
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        recv(&socket, &mut [0; 1], flags).is_ok()
    };
    sockets.any(waits)
}

/// The open files of a process.
fn descriptors(pid: u32) -> impl Iterator<Item = (i32, String)> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs");
    entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let target = fs::read_link(entry.path()).ok()?;
        let number = entry.file_name().to_str()?.parse().ok()?;
        Some((number, target.to_string_lossy().into_owned()))
    })
}

#[test]
fn law_07_zygote_that_is_killed_is_reaped_at_once_and_the_next_actor_starts_another() {
    forked(async |tree, n| {
        let first = started(n, "first").await?;
        let killed = zygote(tree);
        signal(killed, Signal::KILL);
        // Nobody asks for anything meanwhile.
        assert!(within(DEADLINE, || !is_there(tree, killed)).await);
        let second = started(n, "second").await?;
        assert_ne!(zygote(tree), killed);
        // Those that it had made are not touched by its end.
        assert_eq!(first.call::<u32>("add", (1, 2)).await?, 3);
        first.cancel().await?;
        second.cancel().await
    });
}

#[test]
fn law_10_contained_zygote_that_is_killed_while_a_spawn_is_under_way() {
    forked(async |tree, n| {
        started(n, "first").await?.cancel().await?;
        let frozen = zygote(tree);
        signal(frozen, Signal::STOP);
        let kill = async {
            assert!(within(DEADLINE, || is_asked(frozen)).await);
            signal(frozen, Signal::KILL);
        };
        let (second, ()) = tokio::join!(started(n, "second"), kill);
        assert!(!is_there(tree, frozen));
        second?.cancel().await
    });
}

#[test]
fn law_10_contained_zygote_that_is_frozen_holds_a_spawn_up_for_a_bounded_time() {
    forked(async |tree, n| {
        started(n, "first").await?.cancel().await?;
        let frozen = zygote(tree);
        signal(frozen, Signal::STOP);
        let second = started(n, "second").await?;
        assert!(!is_there(tree, frozen), "it is killed and reaped");
        second.cancel().await
    });
}

#[test]
fn law_07_zygote_that_is_not_used_ends_by_itself() {
    forked(async |tree, n| {
        let begun = Instant::now();
        let child = started(n, "first").await?;
        let unused = zygote(tree);
        assert!(within(DEADLINE, || !is_there(tree, unused)).await);
        assert!(begun.elapsed().as_secs() >= 10, "{:?}", begun.elapsed());
        child.cancel().await
    });
}

#[test]
fn law_07_zygotes_are_gone_when_the_tree_is_killed() {
    in_tree_with(
        |builder| builder.spawn_backend(SpawnBackend::Fork),
        async |tree| {
            let nursery = tree.nursery(async |n| {
                started(n, "first").await?;
                assert_eq!(zygotes(&tree.program).len(), 1);
                tree.kill().await;
                assert_eq!(tree.program.everything(), [], "killed and reaped");
                Ok(())
            });
            // What it raises is of no interest.
            let _ = nursery.await;
        },
    );
}

#[test]
fn zygote_is_started_only_for_actors_that_are_to_be_forked() {
    let exec = |builder: tractor_host::TreeBuilder| builder.spawn_backend(SpawnBackend::Exec);
    in_tree_with(exec, async |tree| {
        let ended = tree
            .nursery(async |n| {
                let by_exec = [started(n, "a").await?, started(n, "b").await?];
                assert_eq!(zygotes(&tree.program), [0; 0]);
                let spec = actor("c").spawn_backend(SpawnBackend::Fork);
                let forked = n.start_actor(spec).await?;
                zygote(tree);
                assert!(!tree.look().await.contains("zygote"), "it is no actor");
                for child in by_exec.iter().chain([&forked]) {
                    child.cancel().await?;
                }
                Ok(())
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn automatic_backend_forks_from_the_third_actor_on_at_the_latest_once_its_zygote_is_ready() {
    let auto = |builder: tractor_host::TreeBuilder| builder.spawn_backend(SpawnBackend::Auto);
    in_tree_with(auto, async |tree| {
        let ended = tree
            .nursery(async |n| {
                started(n, "first").await?.cancel().await?;
                assert_eq!(zygotes(&tree.program), [0; 0], "it may be the only one");
                started(n, "second").await?.cancel().await?;
                let zygote = zygote(tree);
                let end = Instant::now() + DEADLINE;
                loop {
                    let child = started(n, "further").await?;
                    let is_forked = environment(child.actor().pid) == environment(zygote);
                    child.cancel().await?;
                    if is_forked {
                        return Ok(());
                    }
                    assert!(Instant::now() < end, "none is forked");
                }
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

/// The variables of a process, which say what it was started to be.
fn environment(pid: u32) -> Vec<u8> {
    fs::read(format!("/proc/{pid}/environ")).expect("it runs")
}

#[test]
fn law_10_contained_forked_worker_holds_what_one_that_was_started_by_exec_holds() {
    forked(async |_, n| {
        let held = |child: &Child| {
            let mut sorts = BTreeMap::new();
            for (_, target) in descriptors(child.actor().pid) {
                let sort = target.trim_end_matches(|c: char| c == ']' || c.is_ascii_digit());
                *sorts.entry(sort.to_owned()).or_insert(0) += 1;
            }
            sorts
        };
        let exec = actor("exec").spawn_backend(SpawnBackend::Exec);
        let exec = n.start_actor(exec).await?;
        let forks = [
            started(n, "first").await?,
            started(n, "second").await?,
            started(n, "third").await?,
        ];
        exec.call::<u32>("add", (1, 2)).await?;
        for child in &forks {
            assert_eq!(held(child), held(&exec));
            child.cancel().await?;
        }
        exec.cancel().await
    });
}

/// Gives random numbers, of those that are to be secret and of the others.
const DICE: &str = r#"(component
    (import "wasi:random/random@0.2.0" (instance $random
        (export "get-random-u64" (func (result u64)))))
    (import "wasi:random/insecure@0.2.0" (instance $insecure
        (export "get-insecure-random-u64" (func (result u64)))))
    (core func $random (canon lower (func $random "get-random-u64")))
    (core func $insecure (canon lower (func $insecure "get-insecure-random-u64")))
    (core module $module
        (import "host" "random" (func $random (result i64)))
        (import "host" "insecure" (func $insecure (result i64)))
        (func (export "random") (result i64) call $random)
        (func (export "insecure") (result i64) call $insecure))
    (core instance $instance (instantiate $module (with "host" (instance
        (export "random" (func $random))
        (export "insecure" (func $insecure))))))
    (func (export "random") (result u64) (canon lift (core func $instance "random")))
    (func (export "insecure") (result u64) (canon lift (core func $instance "insecure")))
)"#;

#[test]
fn forked_actors_draw_random_numbers_of_their_own() {
    let dice = wat::parse_str(DICE).expect("a component");
    let differ = |builder: tractor_host::TreeBuilder| {
        let builder = builder.spawn_backend(SpawnBackend::Fork);
        builder.component("dice", dice)
    };
    in_tree_with(differ, async |tree| {
        let ended = tree
            .nursery(async |n| {
                let mut drawn = std::collections::BTreeSet::new();
                for _ in 0..3 {
                    let child = n.start_actor("dice").await?;
                    for function in ["random", "insecure", "random"] {
                        drawn.insert(child.call::<u64>(function, ()).await?);
                    }
                    child.cancel().await?;
                }
                assert_eq!(zygotes(&tree.program).len(), 1);
                assert_eq!(drawn.len(), 9, "{drawn:?}");
                Ok(())
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn law_10_contained_fork_that_is_refused_by_the_limit_on_processes_is_an_exec_and_one_line() {
    CHOSEN.set(SpawnBackend::Fork);
    let folder = tempfile::tempdir().expect("a folder");
    let user = geteuid().is_root().then_some(NOBODY_ELSE);
    // What is compiled is in the cache by then.
    let mut first = Supervised::run(&[], &["interrupted", "1"]);
    first.signal(Signal::TERM);
    first.ends();
    copy(&guests::cache_folder(), folder.path(), user);
    let restarting = ["--restart", "on-failure", "--restart-delay", "1ms"];
    let mut supervised = Supervised::start_with(&restarting, &["interrupted", "1"], |command| {
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        command.env("TRACTOR_CACHE_DIR", folder.path())
    });
    let ready = |times| {
        move |this: &mut Supervised| {
            let lines = this.stdout();
            lines.iter().filter(|line| *line == "ready").count() == times
        }
    };
    assert!(supervised.within(ready(1)), "{:?}", supervised.stderr());
    for zygote in zygotes(&supervised.program) {
        limit_processes(zygote, user);
    }
    for killed in 1..=2 {
        signal(supervised.program.actors("main")[0], Signal::KILL);
        let again = supervised.within(ready(killed + 1));
        assert!(again, "{:?}", supervised.stderr());
    }
    supervised.signal(Signal::TERM);
    supervised.ends();
    let told = supervised.stderr().into_iter();
    // On a busy machine a zygote may also be late.
    let told: Vec<_> = told
        .filter(|line| line.contains("Resource temporarily unavailable"))
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("warning: the process that actors of `"));
}

#[test]
fn law_10_contained_limits_that_change_are_those_of_actors_that_are_forked_from_then_on() {
    CHOSEN.set(SpawnBackend::Fork);
    let restarting = ["--restart", "on-failure", "--restart-delay", "1ms"];
    let mut supervised = Supervised::run(&restarting, &["interrupted", "1"]);
    let main = |this: &Supervised| this.program.actors("main");
    let (first, zygotes_before) = (main(&supervised), zygotes(&supervised.program));
    assert!(!zygotes_before.is_empty());
    let supervisor = Pid::from_raw(supervised.pid().cast_signed());
    let old = most_files(&first[..]);
    let new = Rlimit {
        current: Some(old - 1),
        maximum: Some(old),
    };
    prlimit(supervisor, Resource::Nofile, new).expect("it is ours");
    signal(first[0], Signal::KILL);
    let again = supervised.within(|this| {
        let lines = this.stdout();
        lines.iter().filter(|line| *line == "ready").count() == 2
    });
    assert!(again, "{:?}", supervised.stderr());
    assert_eq!(most_files(&main(&supervised)), old - 1);
    supervised.signal(Signal::TERM);
    supervised.ends();
}

/// How many files the one process of these may have open.
fn most_files(pids: &[u32]) -> u64 {
    let [pid] = pids else {
        panic!("one process is expected, not {pids:?}")
    };
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).expect("it runs");
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let number = line.and_then(|line| line.split_whitespace().nth(3));
    number.expect("a limit").parse().expect("a number")
}

/// Lets a process make no other. Not even root may do so to others without a further capability.
fn limit_processes(pid: u32, user: Option<u32>) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a tool of the system, waited for at once"
    )]
    let mut command = Command::new("prlimit");
    command.args(["--nproc=1", "--pid", &pid.to_string()]);
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    assert!(command.status().expect("prlimit").success());
}

/// Copies a folder, for a user.
fn copy(from: &Path, to: &Path, user: Option<u32>) {
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).expect("it is ours");
    chown(to, user, user).expect("it is ours");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let copied = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&copied).expect("a folder");
            copy(&entry.path(), &copied, user);
        } else {
            fs::copy(entry.path(), &copied).expect("copied");
            chown(&copied, user, user).expect("it is ours");
        }
    }
}
