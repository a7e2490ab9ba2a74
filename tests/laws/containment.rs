//! Law 10: a bad peer or guest is contained.

use super::support::{actor, failed, in_tree, in_tree_with, one_failure};
use futures::future::join_all;
use tractor_host::{Error, Failure, FailureKind, Limits, OpenedContext};

/// Calls a function of an actor that does not take it well, beside one that has a context open and is not to notice. Gives the failure of the
/// call, and whether the actor serves on.
fn contained(function: &str, arguments: &str) -> (Failure, bool) {
    let limits = Limits {
        memory_bytes: Some(64 << 20),
        message_bytes: Some(1 << 20),
        ..Limits::default()
    };
    let mut result = None;
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let bystander = n.start_actor(actor("bystander")).await?;
                bystander
                    .with_context("serve-echo", (), async |context, (): ()| {
                        let mut stream = context.open_stream::<u32, u32>().await?;
                        let (mut failure, mut serves) = (None, false);
                        let inner = tree.nursery(async |inner| {
                            let bad = inner.start_actor(actor("bad").limits(limits)).await?;
                            let arguments = json(arguments);
                            let called = bad.call_payload(function, arguments).await;
                            failure = Some(one_failure(&called));
                            serves = bad.call::<u32>("add", (1, 2)).await.ok() == Some(3);
                            bad.cancel().await
                        });
                        assert_eq!(inner.await.is_ok(), serves, "it fails if it ends");
                        result = failure.map(|failure| (failure, serves));
                        stream.send(7).await?;
                        assert_eq!(stream.next().await?, Some(7));
                        stream.stop();
                        Ok(())
                    })
                    .await?;
                assert_eq!(bystander.call::<u32>("count", ()).await?, 1);
                bystander.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{function}: {ended:?}");
    });
    result.expect("it was called")
}

fn json(text: &str) -> tractor_host::Payload {
    tractor_host::Payload::new(tractor_host::Codec::Json, text.to_owned())
}

#[test]
fn law_10_containment_wrong_calls_fail_and_the_actor_serves_on() {
    for (function, arguments, kind, named) in [
        ("ad", "[1, 2]", FailureKind::NotFound, "`add`"),
        ("add", r#"[1, "two"]"#, FailureKind::IllTyped, "`b`"),
        ("add", "[1]", FailureKind::IllTyped, "add"),
        ("add", "not json", FailureKind::IllTyped, "add"),
        ("serve-echo", "[]", FailureKind::Misuse, "context"),
    ] {
        let (failure, serves) = contained(function, arguments);
        assert_eq!(failure.kind, kind, "{failure:?}");
        assert!(failure.message.contains(named), "{}", failure.message);
        assert!(serves, "{function}");
    }
}

#[test]
fn law_10_containment_ill_typed_messages_fail_their_context_and_the_actor_serves_on() {
    in_tree(async |tree| {
        let ended = tree.nursery(async |n| {
            let peer = n.start_actor(actor("peer")).await?;
            let body = async |context: &OpenedContext, first: u32| {
                assert_eq!(first, 7);
                let mut stream = context.open_stream::<String, String>().await?;
                stream.send("no line".to_owned()).await?;
                stream.next().await
            };
            let failure = one_failure(&peer.with_context("echo-lines", (), body).await);
            assert_eq!(failure.kind, FailureKind::IllTyped);
            let expected =
                "echo-lines: `.at` of what it receives is u64, and its bytes end too early";
            assert_eq!(failure.message, expected);
            assert_eq!(failure.origin.name, "peer");
            assert_eq!(peer.call::<u32>("add", (1, 2)).await?, 3);
            peer.cancel().await
        });
        let ended = ended.await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn law_10_containment_oversize_messages_fail_and_the_actor_serves_on() {
    let (failure, serves) = contained("bytes-of", "[2000000]");
    let limit = FailureKind::Limit("message-bytes".to_owned());
    assert_eq!((failure.kind, serves), (limit.clone(), true));
}

#[test]
fn law_10_containment_guests_that_break_down_fail_alone() {
    for (function, arguments) in [("trap", "[]"), ("recurse", "[0]"), ("panic", r#"["oh"]"#)] {
        let (failure, serves) = contained(function, arguments);
        assert!(matches!(failure.kind, FailureKind::Trap(_)), "{failure:?}");
        assert!(!serves, "{function}");
    }
    let (failure, serves) = contained("exit", "[1]");
    assert_eq!((failure.kind, serves), (FailureKind::Exit(1), false));
}

#[test]
fn law_10_containment_memory_hog_reaches_its_limit() {
    let (failure, serves) = contained("grow-memory", "[200000000]");
    assert!(matches!(failure.kind, FailureKind::Limit(_)), "{failure:?}");
    assert!(!serves);
}

#[test]
fn law_10_containment_endless_loop_lets_its_actor_serve_others() {
    in_tree(async |tree| {
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                let spinner = n.start_actor(actor("spinner")).await?;
                let other = n.start_actor(actor("other")).await?;
                let spin = spinner.call::<()>("spin", ());
                let serve = async {
                    for number in 1..=20u32 {
                        assert_eq!(other.call::<u32>("count", ()).await?, number);
                    }
                    n.cancel();
                    Ok(())
                };
                let (_, served): (_, Result<(), Error>) = tokio::join!(spin, serve);
                served
            })
            .await;
        let kind = one_failure(&raised).kind;
        assert!(matches!(kind, FailureKind::Overdue(_)), "{kind:?}");
    });
}

#[test]
fn law_10_containment_flood_of_calls_is_bounded() {
    let limits = Limits {
        dialogs: Some(50),
        ..Limits::default()
    };
    in_tree_with(
        |builder| builder,
        async |tree| {
            let ended = tree
                .nursery(async |n| {
                    let peer = n.start_actor(actor("peer").limits(limits)).await?;
                    let calls = (0..200).map(|_| peer.call::<()>("sleep-ms", (200,)));
                    let calls = join_all(calls).await;
                    let refused: Vec<_> = calls.iter().filter(|call| call.is_err()).collect();
                    for call in &refused {
                        let limit = FailureKind::Limit("dialogs".to_owned());
                        assert_eq!(failed(call)[0].kind, limit);
                    }
                    assert_eq!(refused.len(), 150);
                    assert_eq!(peer.call::<u32>("add", (1, 2)).await?, 3);
                    peer.cancel().await
                })
                .await;
            assert!(ended.is_ok(), "{ended:?}");
        },
    );
}
