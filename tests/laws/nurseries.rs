//! Laws 1 to 3: who owns whom, who fails with whom, who is waited for.

use super::support::{DEADLINE, actor, cancelled, failed, in_tree, one_failure, program, within};
use tokio::sync::oneshot;
use tractor_host::{CancelReason, Error, FailureKind};

#[test]
fn law_01_ownership_nursery_closes_only_when_its_actors_are_reaped() {
    in_tree(async |tree| {
        let closed = tree
            .nursery(async |n| {
                n.start_actor("test-actor").await?;
                n.start_actor("test-actor").await?;
                assert_eq!(tree.program.processes().len(), 2);
                n.cancel();
                Ok(())
            })
            .await;
        assert!(closed.is_ok(), "{closed:?}");
        assert_eq!(tree.program.processes(), []);
    });
}

#[test]
fn law_01_ownership_task_ends_only_when_what_it_opened_is_gone() {
    in_tree(async |tree| {
        for scenario in ["early-return", "leak", "dropped-nursery"] {
            let ended = tree
                .nursery(async |n| {
                    let main = n
                        .run_in_actor(program("main"), "run", ([scenario],))
                        .await?;
                    main.output::<()>().await?;
                    assert!(tree.program.actors("daemon").is_empty(), "{scenario}");
                    Ok(())
                })
                .await;
            assert!(ended.is_ok(), "{scenario}: {ended:?}");
        }
        let printed = ["returning", "returning", "started", "dropped"];
        assert_eq!(tree.stdout.lines(), printed);
    });
}

#[test]
fn law_01_ownership_trap_of_the_owner_ends_what_it_owned() {
    in_tree(async |tree| {
        let ended = tree.scenario(&["trap-owner"]).await;
        let failure = one_failure(&ended);
        assert!(matches!(failure.kind, FailureKind::Trap(_)), "{failure:?}");
        assert_eq!(tree.program.processes(), []);
    });
}

#[test]
fn law_02_one_fails_all_cancel_one_failure_is_raised_as_itself() {
    in_tree(async |tree| {
        let mut waited = None;
        let raised = tree
            .nursery(async |n| {
                n.start_actor(actor("daemon")).await?;
                n.run_in_actor(actor("sleeper"), "wait-forever", ()).await?;
                let broken = n.run_in_actor(actor("broken"), "fail", ("oh",)).await?;
                waited = Some((broken.actor().clone(), n.scope().cancelled().await));
                Ok(())
            })
            .await;
        let failure = one_failure(&raised);
        let (broken, cancellation) = waited.expect("the body was cancelled");
        assert_eq!((&failure.origin, &*failure.message), (&broken, "oh"));
        assert_eq!(failure.kind, FailureKind::Other);
        assert_eq!(cancellation.canceller, broken);
        assert_eq!(cancellation.reason, CancelReason::SiblingFailed);
        assert_eq!(cancelled(&raised), ["daemon", "sleeper"]);
    });
}

#[test]
fn law_02_one_fails_all_cancel_several_are_a_group_and_each_counts_once() {
    in_tree(async |tree| {
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                n.run_in_actor(actor("second"), "fail-while-cancelled", ("second",))
                    .await?;
                let first = n.run_in_actor(actor("first"), "fail", ("first",)).await?;
                // The body passes on what its nursery knows already.
                first.output().await
            })
            .await;
        let messages: Vec<_> = failed(&raised).into_iter().map(|f| f.message).collect();
        assert_eq!(messages, ["first", "second"]);
    });
}

#[test]
fn law_02_one_fails_all_cancel_failure_of_the_body_too() {
    in_tree(async |tree| {
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                n.start_actor(actor("daemon")).await?;
                Err(Error::body("the body failed"))
            })
            .await;
        assert!(matches!(&raised, Err(Error::Body(_))), "{raised:?}");
        assert_eq!(raised.unwrap_err().to_string(), "the body failed");
    });
}

#[test]
fn law_03_one_shot_ends_with_its_function() {
    in_tree(async |tree| {
        let sum = tree
            .nursery(async |n| {
                let worker = n.run_in_actor(actor("worker"), "add", (1, 2)).await?;
                let sum: u32 = worker.output().await?;
                let gone = within(DEADLINE, || tree.program.processes().is_empty());
                assert!(gone.await, "it ends though the nursery is open");
                Ok(sum)
            })
            .await;
        assert_eq!(sum.ok(), Some(3));
    });
}

#[test]
fn law_03_one_shot_serves_other_calls_until_its_function_ends() {
    in_tree(async |tree| {
        let slept = tree
            .nursery(async |n| {
                let worker = n.run_in_actor(actor("worker"), "sleep-ms", (300,)).await?;
                assert_eq!(worker.call::<u32>("add", (1, 2)).await?, 3);
                let refused = worker.call::<()>("fail", ("of no account",)).await;
                assert_eq!(one_failure(&refused).message, "of no account");
                worker.output::<()>().await
            })
            .await;
        assert!(slept.is_ok(), "{slept:?}");
    });
}

#[test]
fn law_03_daemon_serves_until_it_is_cancelled() {
    in_tree(async |tree| {
        let (give, given) = oneshot::channel();
        let nursery = tree.nursery(async |n| {
            let daemon = n.start_actor(actor("daemon")).await?;
            give.send(daemon).ok();
            Ok(())
        });
        let other = async {
            let daemon = given.await.expect("started");
            for number in 1..=3u32 {
                assert_eq!(daemon.call::<u32>("count", ()).await.ok(), Some(number));
            }
            assert_eq!(tree.program.actors("daemon").len(), 1);
            daemon.cancel().await
        };
        let (closed, cancelled) = tokio::join!(nursery, other);
        assert!(
            closed.is_ok() && cancelled.is_ok(),
            "{closed:?} {cancelled:?}"
        );
    });
}
