//! Law 4: a caller's task and the callee's are tied.

use super::support::{DEADLINE, TestTree, actor, in_tree, one_failure, program, within};
use rustix::process::{Pid, Signal, kill_process};
use std::time::Duration;
use tractor_host::{Child, Error, FailureKind, Names, ScopeOptions};

async fn cleaned_up(tree: &TestTree, times: usize) {
    let enough = || tree.stderr.lines().len() >= times;
    assert!(within(DEADLINE, enough).await, "the callee was cancelled");
    assert_eq!(tree.stderr.lines(), vec!["peer has cleaned up"; times]);
}

async fn with_peer(tree: &TestTree, body: impl AsyncFnOnce(&Child) -> Result<(), Error>) {
    let ended = tree
        .nursery(async |n| {
            let peer = n.start_actor(actor("peer")).await?;
            body(&peer).await?;
            assert_eq!(peer.call::<u32>("add", (1, 2)).await?, 3, "it serves on");
            peer.cancel().await
        })
        .await;
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn law_04_linked_tasks_cancelled_caller_cancels_the_callee() {
    in_tree(async |tree| {
        with_peer(tree, async |peer| {
            let scope = tree.scope().child(ScopeOptions {
                deadline: Some(Duration::from_millis(50)),
                shield: false,
            });
            let called = peer.within(&scope).call::<()>("clean-up", (0,)).await;
            assert!(matches!(called, Err(Error::Cancelled(_))), "{called:?}");
            cleaned_up(tree, 1).await;
            Ok(())
        })
        .await;
    });
}

#[test]
fn law_04_linked_tasks_dropped_call_cancels_the_callee() {
    in_tree(async |tree| {
        with_peer(tree, async |peer| {
            // Its task has begun when a call behind it is answered.
            tokio::select! {
                called = peer.call::<()>("clean-up", (0,)) => panic!("it ended: {called:?}"),
                counted = peer.call::<u32>("count", ()) => assert_eq!(counted?, 1),
            }
            cleaned_up(tree, 1).await;
            Ok(())
        })
        .await;
    });
}

#[test]
fn law_04_linked_tasks_lost_caller_cancels_the_callee() {
    in_tree(async |tree| {
        let names = Names {
            find: true,
            ..Names::default()
        };
        with_peer(tree, async |peer| {
            let raised: Result<(), _> = tree
                .nursery(async |n| {
                    let caller = n.start_actor(program("caller").names(names)).await?;
                    let call = caller.call::<()>("call-named", ("peer", "clean-up"));
                    let kill = async {
                        // The call has come through when the peer says so.
                        while !has_task(peer).await {}
                        let pid = Pid::from_raw(caller.actor().pid.cast_signed()).unwrap();
                        kill_process(pid, Signal::KILL).expect("it runs");
                    };
                    tokio::join!(call, kill).0
                })
                .await;
            assert_eq!(one_failure(&raised).kind, FailureKind::Killed(9));
            cleaned_up(tree, 1).await;
            Ok(())
        })
        .await;
    });
}

/// Whether `clean-up` runs in the peer, which its function `running` knows.
async fn has_task(peer: &Child) -> bool {
    peer.call::<u32>("cleaners", ()).await.ok() == Some(1)
}

#[test]
fn law_04_linked_tasks_failure_of_the_callee_is_raised_in_the_caller() {
    in_tree(async |tree| {
        with_peer(tree, async |peer| {
            let raised: Result<(), _> = peer
                .with_context("start-and-fail", ("broken",), async |context, (): ()| {
                    // The body waits for something else, and is cancelled.
                    let cancellation = context.scope().cancelled().await;
                    Err(cancellation.into())
                })
                .await;
            let failure = one_failure(&raised);
            assert_eq!(
                (&*failure.message, failure.origin),
                ("broken", peer.actor())
            );
            Ok(())
        })
        .await;
    });
}
