//! Guests that ignore their cancellation, shield themselves, or block: for ever.

use crate::beside::{assert_overdue, begun, beside_sibling, hostile, soon, with};
use crate::support::one_failure;
use std::time::Duration;
use tractor_host::{Error, FailureKind, ScopeOptions};

/// An actor whose function does not end when its actor is cancelled: it is stopped, and that is its failure.
fn stopped_with_its_actor(name: &'static str, function: &str) {
    let ended: Result<(), Error> = beside_sibling(with(name), async |tree, n| {
        let bad = n.run_in_actor(hostile(name), function, ()).await?;
        begun(tree).await;
        n.cancel();
        soon(bad.output()).await
    });
    assert_overdue(&one_failure(&ended), name);
}

#[test]
fn guest_that_ignores_its_cancellation_is_stopped() {
    stopped_with_its_actor("deaf", "go");
    stopped_with_its_actor("deaf", "look");
}

#[test]
fn guest_that_shields_itself_is_stopped() {
    stopped_with_its_actor("shield", "go");
    stopped_with_its_actor("shield", "when-cancelled");
}

#[test]
fn guest_that_blocks_is_stopped() {
    stopped_with_its_actor("block", "go");
}

/// A caller's deadline gives up the task and leaves its actor serving others.
#[test]
fn task_that_ignores_its_callers_deadline_is_overdue_and_its_actor_serves_on() {
    for (name, function) in [
        ("deaf", "go"),
        ("deaf", "look"),
        ("shield", "when-cancelled"),
    ] {
        let ended: Result<(), Error> = beside_sibling(with(name), async |tree, n| {
            let bad = n.start_actor(hostile(name)).await?;
            let scope = tree.scope().child(ScopeOptions {
                deadline: Some(Duration::from_millis(100)),
                shield: false,
            });
            let called = soon(bad.within(&scope).call::<()>(function, ())).await;
            assert_overdue(&one_failure(&called), name);
            assert_eq!(soon(bad.call::<u32>("add", (1u32, 2u32))).await?, 3);
            bad.cancel().await
        });
        let kind = one_failure(&ended).kind;
        assert!(matches!(kind, FailureKind::Overdue(_)), "{name}: {kind:?}");
    }
}
