//! Rows 80 and 87: what becomes of those below an actor that is killed, and of those far down.

use crate::support::{TestTree, actor, cancelled, failed, in_tree, in_tree_with, program, within};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};
use tractor_host::{Child, Error, Failure, FailureKind};

/// Law 7 says one second; four times that on a busy machine.
const GONE: Duration = Duration::from_secs(4);

/// Those that `keep-all` owns.
const KEPT: [&str; 4] = ["idle", "spinner", "starter", "streamer"];

/// Kills the middle one when all below it are there and have begun.
async fn kill_middle(tree: &TestTree, middle: &Child) -> Result<(), Error> {
    middle
        .with_context("keep-all", (), async |_, (): ()| {
            let all = || {
                KEPT.iter()
                    .all(|name| !tree.program.actors(name).is_empty())
            };
            assert!(within(GONE, all).await, "{:?}", tree.program.processes());
            let pid = Pid::from_raw(middle.actor().pid.cast_signed()).expect("a process");
            kill_process(pid, Signal::KILL).expect("it runs");
            middle.ended().await
        })
        .await
}

#[test]
fn row_80_subtree_of_a_killed_worker_is_reaped_and_the_rest_goes_on() {
    in_tree(async |tree| {
        let ended: Result<(), _> = tree
            .nursery(async |outer| {
                let other = outer.start_actor(actor("other")).await?;
                let mut killed = Instant::now();
                let raised: Result<(), _> = tree
                    .nursery(async |inner| {
                        inner.start_actor(actor("sibling")).await?;
                        let middle = inner.start_actor(program("middle")).await?;
                        let ended = kill_middle(tree, &middle).await;
                        killed = Instant::now();
                        ended
                    })
                    .await;
                // The nursery has closed, so all below it are reaped.
                assert!(killed.elapsed() < GONE, "{:?}", killed.elapsed());
                let left = tree.program.processes();
                assert!(left.len() == 1, "{left:?}");
                let failures = failed(&raised);
                let (killed, late) = failures.split_first().expect("something failed");
                assert_eq!(killed.kind, FailureKind::Killed(9));
                assert_eq!(killed.origin.name, "middle");
                // Nor is it lost that one below it did not answer.
                let late: Vec<_> = late.iter().map(|one| &one.origin.name[..]).collect();
                assert_eq!(late, ["spinner"]);
                assert!(cancelled(&raised).contains(&"sibling".to_owned()));
                assert_eq!(other.call::<u32>("add", (1, 2)).await?, 3);
                other.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn row_87_tree_of_depth_30_is_gone_within_grace_and_a_constant() {
    const DEPTH: u32 = 30;
    let (grace, constant) = (Duration::from_millis(500), Duration::from_millis(100));
    for spin in [false, true] {
        in_tree_with(
            |builder| builder.grace(grace).allowance(Duration::from_millis(20)),
            async |tree| {
                let mut took = Duration::ZERO;
                let ended: Result<(), Error> = tree
                    .nursery(async |n| {
                        let top = n.start_actor(program("top")).await?;
                        let arguments = (DEPTH - 1, spin);
                        let call = top.call::<()>("wait-deep", arguments);
                        let cancel = async {
                            let levels = || tree.program.actors("level").len();
                            let all = || levels() + 1 == DEPTH as usize;
                            assert!(within(Duration::from_secs(30), all).await, "{}", levels());
                            let begin = Instant::now();
                            let cancelled = top.cancel().await;
                            took = begin.elapsed();
                            // The supervisor's word: it answers when the last is reaped.
                            assert_eq!(tree.program.processes(), []);
                            cancelled
                        };
                        futures::future::join(call, cancel).await.1
                    })
                    .await;
                assert!(took < 4 * (grace + constant), "{took:?}");
                // One that was late on a busy machine says so; nothing else can have failed.
                let is_late = |failure: &Failure| {
                    matches!(failure.kind, FailureKind::Overdue(_)) || failure.is_cancelled()
                };
                let failures = ended.as_ref().err().map_or(&[][..], Error::failures);
                assert!(failures.iter().all(is_late), "{ended:?}");
            },
        );
    }
}
