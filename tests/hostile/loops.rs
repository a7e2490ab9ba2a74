//! Guests that compute for ever: in a function, while they start, in a drop handler.

use crate::beside::{assert_overdue, begun, beside_sibling, hostile, soon, with, written};
use crate::support::{DEADLINE, TestTree, computes, one_failure, within};
use tractor_host::{Error, FailureKind};

#[test]
fn endless_loop_in_a_function_is_stopped_with_its_actor_and_says_where() {
    let ended: Result<(), Error> = beside_sibling(with("loop"), async |_, n| {
        let bad = n.run_in_actor(hostile("loop"), "go", ()).await?;
        computes(bad.actor().pid).await;
        n.cancel();
        bad.output().await
    });
    let failure = one_failure(&ended);
    assert_overdue(&failure, "loop");
    let backtrace = failure.backtrace.unwrap_or_default();
    assert!(backtrace.contains("go"), "{backtrace}");
}

#[test]
fn endless_loop_in_start_up_is_ended_by_its_cancel() {
    let ended: Result<(), Error> = beside_sibling(with("loop-start"), async |tree, n| {
        let start = n.start_actor(hostile("loop-start"));
        let cancel = async {
            starts(tree, "loop-start").await;
            n.cancel();
        };
        let (started, ()) = soon(async { tokio::join!(start, cancel) }).await;
        match started.map(drop) {
            Err(Error::Cancelled(_)) => Ok(()),
            other => panic!("it never starts: {other:?}"),
        }
    });
    assert!(ended.is_ok(), "nobody failed: {ended:?}");
}

/// The same where WebAssembly itself has it: a core module's start function.
#[test]
fn endless_loop_in_a_start_function_is_ended_by_its_cancel() {
    let text = include_str!("guests/loop_start.wat");
    let ended: Result<(), Error> = beside_sibling(written("start", text), async |tree, n| {
        let start = n.start_actor(hostile("start"));
        let cancel = async {
            starts(tree, "start").await;
            n.cancel();
        };
        let (started, ()) = soon(async { tokio::join!(start, cancel) }).await;
        assert!(matches!(started.map(drop), Err(Error::Cancelled(_))));
        Ok(())
    });
    assert!(ended.is_ok(), "nobody failed: {ended:?}");
}

#[test]
fn endless_loop_in_a_drop_handler_is_stopped_with_its_actor() {
    for function in ["go", "go-when-cancelled"] {
        let ended: Result<(), Error> = beside_sibling(with("loop-drop"), async |tree, n| {
            let bad = n.run_in_actor(hostile("loop-drop"), function, ()).await?;
            if function == "go" {
                computes(bad.actor().pid).await;
            } else {
                begun(tree).await;
            }
            n.cancel();
            bad.output().await
        });
        let failure = one_failure(&ended);
        assert_overdue(&failure, "loop-drop");
    }
}

#[test]
fn endless_loop_leaves_its_caller_its_own_deadline() {
    let ended: Result<(), Error> = beside_sibling(with("loop"), async |tree, n| {
        let bad = n.start_actor(hostile("loop")).await?;
        let scope = tree.scope().child(tractor_host::ScopeOptions {
            deadline: Some(std::time::Duration::from_millis(100)),
            shield: false,
        });
        let called = soon(bad.within(&scope).call::<()>("go", ())).await;
        assert_overdue(&one_failure(&called), "loop");
        n.cancel();
        bad.ended().await
    });
    assert!(matches!(one_failure(&ended).kind, FailureKind::Overdue(_)));
}

/// Waits until a worker of this name computes.
async fn starts(tree: &TestTree, name: &str) {
    let worker = || tree.program.actors(name).first().copied();
    assert!(within(DEADLINE, || worker().is_some()).await, "it starts");
    computes(worker().expect("it runs")).await;
}
