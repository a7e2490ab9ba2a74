//! Law 7: no zombies, no orphans, no litter.

use super::support::{
    DEADLINE, Program, Supervised, actor, computes, failed, guest, in_tree, in_tree_with, program,
    spawn_backend, within,
};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};
use tractor_host::{ActorSpec, FailureKind, Tree, TreeBuilder};

/// A second, four times over for a busy machine.
const BOUND: Duration = Duration::from_secs(4);

fn kill(pid: u32) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
    kill_process(pid, Signal::KILL).expect("it runs");
}

#[test]
fn law_07_no_orphans_when_a_middle_worker_is_killed() {
    in_tree(async |tree| {
        let mut begin = None;
        let mut middle = None;
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                let keeper = n
                    .run_in_actor(program("keeper"), "keep-spinner", (60_000,))
                    .await?;
                let spins = || !tree.program.actors("spinner").is_empty();
                assert!(within(DEADLINE, spins).await);
                computes(tree.program.actors("spinner")[0]).await;
                middle = Some(keeper.actor().clone());
                begin = Some(Instant::now());
                kill(keeper.actor().pid);
                keeper.output().await
            })
            .await;
        let time = begin.expect("started").elapsed();
        assert_eq!(tree.program.processes(), []);
        let failures = failed(&raised);
        assert_eq!(failures[0].kind, FailureKind::Killed(9));
        assert_eq!(Some(&failures[0].origin), middle.as_ref());
        // Its child did not end in time, and nobody but the supervisor was left to say so.
        assert_eq!(failures.len(), 2, "{failures:?}");
        assert!(matches!(failures[1].kind, FailureKind::Overdue(_)));
        assert_eq!(failures[1].path, [failures[0].origin.clone()]);
        assert!(time < BOUND, "{time:?}");
    });
}

#[test]
fn law_07_no_orphans_when_the_tree_is_killed() {
    in_tree(async |tree| {
        let nursery = tree.nursery(async |n| {
            n.start_actor(actor("daemon")).await?;
            n.run_in_actor(actor("spinner"), "spin", ()).await?;
            n.run_in_actor(program("keeper"), "keep-spinner", (60_000,))
                .await?;
            tree.kill().await;
            assert_eq!(tree.program.processes(), [], "killed and reaped");
            Ok(())
        });
        // What it raises is of no interest.
        let _ = nursery.await;
    });
}

#[test]
fn law_07_no_orphans_when_the_nursery_is_dropped() {
    in_tree(async |tree| {
        let nursery = tree.nursery(async |n| {
            n.start_actor(actor("daemon")).await?;
            n.run_in_actor(actor("spinner"), "spin", ()).await?;
            std::future::pending::<Result<(), _>>().await
        });
        let started = within(DEADLINE, || tree.program.processes().len() == 2);
        tokio::select! {
            ended = nursery => panic!("it ended: {ended:?}"),
            started = started => assert!(started),
        }
        let gone = within(BOUND, || tree.program.processes().is_empty());
        assert!(gone.await, "{:?}", tree.program.processes());
    });
}

#[test]
fn law_07_no_orphans_when_the_tree_is_dropped() {
    in_tree(async |other| {
        let program = Program::link();
        let builder = Tree::builder()
            .component("test-actor", guest("test-actor"))
            .spawn_backend(spawn_backend());
        let tree = builder.worker_program(program.file()).start().await;
        let tree = tree.expect("started");
        let nursery = tree.nursery(async |n| {
            n.start_actor(actor("daemon")).await?;
            std::future::pending::<Result<(), _>>().await
        });
        let started = within(DEADLINE, || !program.actors("daemon").is_empty());
        tokio::select! {
            ended = nursery => panic!("it ended: {ended:?}"),
            started = started => assert!(started),
        }
        drop(tree);
        assert!(within(BOUND, || program.processes().is_empty()).await);
        assert!(other.nursery(async |_| Ok(())).await.is_ok());
    });
}

#[test]
fn law_07_no_litter_owner_closes_the_links_of_children_that_are_gone() {
    let chaos = |builder: TreeBuilder| builder.component("test-chaos", guest("test-chaos"));
    in_tree_with(chaos, async |tree| {
        let ended = tree
            .nursery(async |n| {
                // Below main is one that starts one-shots without end, each of which it is linked to.
                let main = ActorSpec::new("test-chaos").name("main");
                n.run_in_actor(main, "run", (["r(c)"],)).await?;
                let mut seen = BTreeSet::new();
                let many = || {
                    seen.extend(tree.program.actors("main.0.once"));
                    seen.len() > 30
                };
                assert!(within(DEADLINE, many).await);
                let owner = tree.program.actors("main.0")[0];
                let few = || sockets(owner) < 12;
                assert!(within(BOUND, few).await, "{} sockets", sockets(owner));
                n.cancel();
                Ok(())
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

fn sockets(pid: u32) -> usize {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs");
    let targets = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    targets
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}

#[test]
fn law_07_no_orphans_when_the_supervisor_is_killed() {
    for stopped in [false, true] {
        let mut supervised = Supervised::run(&[], &["interrupted", "3"]);
        assert_eq!(supervised.program.processes().len(), 5);
        if stopped {
            supervised.signal_workers(Signal::STOP);
        }
        supervised.signal(Signal::KILL);
        let (status, time) = supervised.ends();
        assert_eq!(status.signal(), Some(9));
        assert!(time < BOUND, "{time:?}");
    }
}
