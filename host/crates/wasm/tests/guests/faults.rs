//! Guests that break down, and those that have to be stopped.

use crate::tree::{failure, in_tree, json, spec};
use std::time::{Duration, Instant};
use tractor_protocol::control::ActorSpec;
use tractor_protocol::{Error, Failure, FailureKind, Limits};
use tractor_runtime::worker::{Nursery, Scope};

/// Starts an actor, calls a function of it, and gives the failure of that call, which is the actor's end too.
async fn fault(spec: ActorSpec, function: &str, arguments: &str) -> Failure {
    let mut fault = None;
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let child = nursery.start_actor(spec).await.expect("started");
        let failed = failure(
            child
                .portal()
                .call(&task.scope(), function, json(arguments))
                .await,
        );
        let closed = nursery.close(None).await;
        let Err(Error::Failed(failures)) = closed else {
            panic!("the nursery raises: {closed:?}")
        };
        assert_eq!(
            failures.iter().map(|one| one.id).collect::<Vec<_>>(),
            [failed.id],
            "counted once"
        );
        fault = Some(failed);
    })
    .await;
    fault.expect("the body ran")
}

/// Starts an actor and a call, cancels the actor as soon as the call is under way, and gives what the nursery raises.
async fn stopped(function: &str, arguments: &str) -> Failure {
    let mut fault = None;
    in_tree(async |task| {
        let nursery = Nursery::open(&task.scope(), Default::default());
        let child = nursery.start_actor(spec()).await.expect("started");
        let (portal, scope) = (child.portal(), task.scope());
        let call = portal.call(&scope, function, json(arguments));
        let cancel = async {
            settle(&scope).await;
            let begin = Instant::now();
            nursery.cancel(None);
            let closed = nursery.close(None).await;
            assert!(
                begin.elapsed() < Duration::from_secs(5),
                "{:?}",
                begin.elapsed()
            );
            closed
        };
        let (_, closed) = tokio::join!(call, cancel);
        fault = Some(failure(closed.map(|()| json("null"))));
    })
    .await;
    fault.expect("the body ran")
}

/// Lets the call get going. That it has not is no failure of the test: it is then cancelled all the same.
async fn settle(scope: &Scope) {
    let _ = scope.sleep(Duration::from_millis(100)).await;
}

#[tokio::test]
async fn trap_ends_the_actor_with_the_lines_of_the_guest() {
    let failed = fault(spec(), "trap", "[]").await;
    assert!(matches!(failed.kind, FailureKind::Trap(_)), "{failed:?}");
    let backtrace = failed.backtrace.expect("a backtrace");
    // The glue of the export, and the start of the runtime, are left out.
    assert_eq!(backtrace.lines().count(), 1, "{backtrace}");
    assert!(backtrace.contains("trap (src/calls.rs:"), "{backtrace}");
}

#[tokio::test]
async fn panic_ends_the_actor_with_the_lines_of_the_guest() {
    let failed = fault(spec(), "panic", "[\"boom\"]").await;
    assert!(matches!(failed.kind, FailureKind::Trap(_)), "{failed:?}");
    let backtrace = failed.backtrace.expect("a backtrace");
    assert!(backtrace.contains("(src/calls.rs:"), "{backtrace}");
}

#[tokio::test]
async fn exit_ends_the_actor_with_its_code() {
    // With WASI 0.2, Rust's standard library tells success from failure only.
    assert_eq!(
        fault(spec(), "exit", "[3]").await.kind,
        FailureKind::Exit(1)
    );
}

#[tokio::test]
async fn memory_beyond_the_limit_is_named() {
    let limits = Limits {
        memory_bytes: Some(32 << 20),
        ..Limits::default()
    };
    let failed = fault(ActorSpec { limits, ..spec() }, "grow-memory", "[100000000]").await;
    let FailureKind::Limit(limit) = &failed.kind else {
        panic!("{failed:?}")
    };
    assert_eq!(limit, "memory-bytes");
    let said = "may have 33554432";
    assert!(failed.message.contains(said), "{}", failed.message);
}

#[tokio::test]
async fn recursion_without_end_is_a_stack_overflow() {
    let failed = fault(spec(), "recurse", "[0]").await;
    let FailureKind::Trap(trap) = &failed.kind else {
        panic!("{failed:?}")
    };
    assert!(trap.contains("stack"), "{trap}");
}

#[tokio::test]
async fn guest_that_computes_for_ever_is_stopped_and_shows_where() {
    let failed = stopped("spin", "[]").await;
    assert!(matches!(failed.kind, FailureKind::Overdue(_)), "{failed:?}");
    let backtrace = failed.backtrace.expect("a backtrace");
    assert!(backtrace.contains("(src/calls.rs:"), "{backtrace}");
}

#[tokio::test]
async fn guest_that_blocks_in_wasi_is_stopped_and_shows_where() {
    let failed = stopped("block-ms", "[60000]").await;
    assert!(matches!(failed.kind, FailureKind::Overdue(_)), "{failed:?}");
    let backtrace = failed.backtrace.expect("a backtrace");
    assert!(backtrace.contains("(src/calls.rs:"), "{backtrace}");
}

#[tokio::test]
async fn guest_that_waits_on_whatever_it_is_told_is_stopped() {
    let failed = stopped("ignore-cancel-ms", "[60000]").await;
    assert!(matches!(failed.kind, FailureKind::Overdue(_)), "{failed:?}");
}
