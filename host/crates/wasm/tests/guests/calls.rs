//! Calls that go well, and those that do not reach the guest.

use crate::tree::{failure, json, with_actor};
use futures::future::join_all;
use std::time::{Duration, Instant};
use tractor_protocol::{Codec, Error, FailureKind, Payload};
use tractor_runtime::worker::ScopeOptions;

#[tokio::test]
async fn call_in_each_codec_gives_its_value_in_the_same() {
    with_actor(async |nursery, child| {
        let (portal, scope) = (child.portal(), nursery.scope());
        for (arguments, value) in [
            (json("[1, 2]"), json("3")),
            (
                Payload::new(Codec::Wave, "(1, 2)"),
                Payload::new(Codec::Wave, "3"),
            ),
            (
                Payload::new(Codec::Postcard, vec![1, 2]),
                Payload::new(Codec::Postcard, vec![3]),
            ),
        ] {
            assert_eq!(portal.call(&scope, "add", arguments).await, Ok(value));
        }
        let point = portal
            .call(
                &scope,
                "test:actor/shapes#mirror",
                json(r#"[{"x": 1, "y": 2}]"#),
            )
            .await;
        assert_eq!(point, Ok(json(r#"{"x":2,"y":1}"#)));
    })
    .await;
}

#[tokio::test]
async fn calls_that_wait_run_at_once() {
    with_actor(async |nursery, child| {
        let (portal, scope) = (child.portal(), nursery.scope());
        let begin = Instant::now();
        let sleeps = (0..50).map(|_| portal.call(&scope, "sleep-ms", json("[200]")));
        for slept in join_all(sleeps).await {
            assert_eq!(slept, Ok(json("null")));
        }
        assert!(
            begin.elapsed() < Duration::from_secs(5),
            "{:?}",
            begin.elapsed()
        );
    })
    .await;
}

#[tokio::test]
async fn unknown_function_names_those_that_are_near() {
    with_actor(async |nursery, child| {
        let failed = failure(
            child
                .portal()
                .call(&nursery.scope(), "ad", json("[]"))
                .await,
        );
        assert_eq!(failed.kind, FailureKind::NotFound);
        assert!(failed.message.contains("`add`"), "{}", failed.message);
    })
    .await;
}

#[tokio::test]
async fn bare_name_of_two_functions_names_both() {
    with_actor(async |nursery, child| {
        let (portal, scope) = (child.portal(), nursery.scope());
        let failed = failure(portal.call(&scope, "side", json("[]")).await);
        assert_eq!(failed.kind, FailureKind::NotFound);
        assert!(
            failed.message.contains("test:actor/right@0.1.0#side"),
            "{}",
            failed.message
        );
        assert_eq!(
            portal
                .call(&scope, "test:actor/left#side", json("[]"))
                .await,
            Ok(json("\"left\""))
        );
    })
    .await;
}

#[tokio::test]
async fn ill_typed_argument_is_named() {
    with_actor(async |nursery, child| {
        let failed = failure(
            child
                .portal()
                .call(&nursery.scope(), "add", json("[1, \"x\"]"))
                .await,
        );
        assert_eq!(failed.kind, FailureKind::IllTyped);
        assert!(
            failed.message.contains('b') && failed.message.contains("u32"),
            "{}",
            failed.message
        );
    })
    .await;
}

#[tokio::test]
async fn declared_error_is_kept_as_a_value() {
    with_actor(async |nursery, child| {
        let failed = failure(
            child
                .portal()
                .call(&nursery.scope(), "divide", json("[1, 0]"))
                .await,
        );
        assert_eq!(failed.kind, FailureKind::Returned);
        assert!(failed.value.is_some_and(|value| value.codec == Codec::Json));
    })
    .await;
}

#[tokio::test]
async fn failure_of_a_guest_originates_in_its_actor() {
    with_actor(async |nursery, child| {
        let failed = failure(
            child
                .portal()
                .call(&nursery.scope(), "fail", json("[\"no luck\"]"))
                .await,
        );
        assert_eq!(failed.kind, FailureKind::Other);
        assert_eq!(failed.origin, child.actor());
        assert_eq!(failed.message, "no luck");
    })
    .await;
}

#[tokio::test]
async fn call_cancelled_by_its_deadline_leaves_the_actor_serving() {
    with_actor(async |nursery, child| {
        let portal = child.portal();
        let deadline = Some(Duration::from_millis(50));
        let scope = nursery.scope().child(ScopeOptions {
            deadline,
            shield: false,
        });
        let waited = portal.call(&scope, "wait-forever", json("[]")).await;
        assert!(matches!(waited, Err(Error::Cancelled(_))), "{waited:?}");
        assert_eq!(
            portal.call(&nursery.scope(), "count", json("[]")).await,
            Ok(json("1"))
        );
    })
    .await;
}

#[tokio::test]
async fn call_that_waits_for_its_turn_ends_with_its_deadline_and_is_never_made() {
    with_actor(async |nursery, child| {
        let (portal, scope) = (child.portal(), nursery.scope());
        let spins = portal.call(&scope, "spin-ms", json("[1000]"));
        let waits = async {
            let _ = scope.sleep(Duration::from_millis(100)).await;
            let deadline = Some(Duration::from_millis(100));
            let within = scope.child(ScopeOptions {
                deadline,
                shield: false,
            });
            portal.call(&within, "count", json("[]")).await
        };
        let (spun, waited) = tokio::join!(spins, waits);
        assert_eq!(spun, Ok(json("null")));
        assert!(matches!(waited, Err(Error::Cancelled(_))), "{waited:?}");
        let counted = portal.call(&scope, "count", json("[]")).await;
        assert_eq!(counted, Ok(json("1")), "the first to count");
    })
    .await;
}
