//! Law 7: no zombies, no orphans, no litter.

use crate::support::{DEADLINE, Program, actor, guest, in_tree, one_failure, program, within};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};
use tractor_host::{FailureKind, Tree};

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
                middle = Some(keeper.actor().clone());
                begin = Some(Instant::now());
                kill(keeper.actor().pid);
                keeper.output().await
            })
            .await;
        let time = begin.expect("started").elapsed();
        assert_eq!(tree.program.processes(), []);
        let failure = one_failure(&raised);
        assert_eq!(failure.kind, FailureKind::Killed(9));
        assert_eq!(Some(failure.origin), middle);
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
            Ok(std::future::pending::<()>().await)
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
        let builder = Tree::builder().component("test-actor", guest("test-actor"));
        let tree = builder.worker_program(program.file()).start().await;
        let tree = tree.expect("started");
        let nursery = tree.nursery(async |n| {
            n.start_actor(actor("daemon")).await?;
            Ok(std::future::pending::<()>().await)
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
