//! Guests that leave in the middle: with everything open, by a trap, by an exit; and one that uses what is over.

use crate::beside::{assert_trap, beside_sibling, hostile, soon, with};
use crate::support::{failed, one_failure};
use tractor_host::{Error, FailureKind};

#[test]
fn task_that_returns_with_everything_open_leaves_nothing() {
    let ended = beside_sibling(with("open-scopes"), async |tree, n| {
        let bad = n.start_actor(hostile("open-scopes")).await?;
        for _ in 0..3 {
            assert_eq!(soon(bad.call::<u32>("go", ())).await?, 7);
            let left = tree.program.actors("left-behind");
            assert_eq!(left, [0; 0], "the task ends after its children");
        }
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn trap_while_others_wait_is_the_failure_of_all_of_them_and_counts_once() {
    let ended: Result<(), Error> = beside_sibling(with("trap"), async |_, n| {
        let bad = n.start_actor(hostile("trap")).await?;
        let wait = || bad.call::<()>("wait", ());
        let context = bad.with_context("wait-in-context", (), async |context, (): ()| {
            context.output::<()>().await
        });
        let trap = bad.call::<()>("go", ());
        let (one, two, context, trap) =
            soon(async { tokio::join!(wait(), wait(), context, trap) }).await;
        let ids = [one, two, context, trap].map(|ended| {
            let failure = one_failure(&ended);
            assert_trap(&failure, "trap", "unreachable");
            failure.id
        });
        assert_eq!(ids, [ids[0]; 4], "it is one failure");
        bad.ended().await
    });
    assert_eq!(failed(&ended).len(), 1, "{ended:?}");
}

#[test]
fn exit_in_the_middle_is_the_failure_of_all_who_wait() {
    for code in [0u8, 1] {
        let ended: Result<(), Error> = beside_sibling(with("exit"), async |_, n| {
            let bad = n.start_actor(hostile("exit")).await?;
            let (wait, exit) = (bad.call::<()>("wait", ()), bad.call::<()>("go", (code,)));
            let (wait, exit) = soon(async { tokio::join!(wait, exit) }).await;
            for ended in [wait, exit] {
                assert_eq!(one_failure(&ended).kind, FailureKind::Exit(code));
            }
            bad.ended().await
        });
        let failure = one_failure(&ended);
        assert_eq!(failure.kind, FailureKind::Exit(code));
        assert_eq!(failure.origin.name, "exit");
    }
}

#[test]
fn what_is_over_says_so_and_the_actor_serves_on() {
    let ended = beside_sibling(with("after-close"), async |_, n| {
        let bad = n.start_actor(hostile("after-close")).await?;
        let said = bad.call::<Vec<String>>("nursery", ()).await?;
        assert_eq!(said, ["closed", "ok"]);
        let said = bad
            .with_context("stream", (), async |context, _: ()| {
                context.output::<Vec<String>>().await
            })
            .await?;
        assert_eq!(said, ["closed", "closed"]);
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn handle_that_was_dropped_traps_its_user() {
    let ended: Result<(), Error> = beside_sibling(with("after-close"), async |_, n| {
        let bad = n.run_in_actor(hostile("after-close"), "handle", ()).await?;
        bad.output().await
    });
    assert_trap(&one_failure(&ended), "after-close", "handle");
}
