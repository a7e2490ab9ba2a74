//! Law 5: cancellation is asked, delivered, acknowledged.

use super::support::{actor, in_tree, one_failure};
use std::time::Duration;
use tractor_host::{CancelReason, Error, FailureKind, ScopeOptions};

#[test]
fn law_05_cancellation_is_level_triggered_and_says_who_and_why() {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let peer = n.start_actor(actor("peer")).await?;
                let scope = tree.scope().child(ScopeOptions::default());
                scope.cancel(Some("enough".to_owned()));
                for _ in 0..3 {
                    match peer.within(&scope).call::<u32>("add", (1, 2)).await {
                        Err(Error::Cancelled(c)) => {
                            assert_eq!((c.scope, &c.canceller), (scope.id(), tree.root()));
                            assert_eq!(c.reason, CancelReason::Requested);
                            assert_eq!(c.message.as_deref(), Some("enough"));
                        }
                        other => panic!("{other:?}"),
                    }
                }
                // A shield keeps it away, so that cleaning up can wait for something.
                let shield = scope.child(ScopeOptions {
                    deadline: None,
                    shield: true,
                });
                assert_eq!(peer.within(&shield).call::<u32>("add", (1, 2)).await?, 3);
                peer.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn law_05_cancellation_deadline_is_the_reason() {
    in_tree(async |tree| {
        let scope = tree.scope().child(ScopeOptions {
            deadline: Some(Duration::from_millis(100)),
            shield: false,
        });
        let raised = tree
            .nursery_within(&scope, async |n| {
                let peer = n.start_actor(actor("peer")).await?;
                peer.call::<()>("wait-forever", ()).await
            })
            .await;
        match raised {
            Err(Error::Cancelled(cancellation)) => {
                assert_eq!(cancellation.scope, scope.id());
                assert_eq!(cancellation.reason, CancelReason::Deadline);
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn law_05_cancellation_of_ones_own_context_is_silent() {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let peer = n.start_actor(actor("peer")).await?;
                let left = peer
                    .with_context("start-and-wait", (), async |context, (): ()| {
                        context.cancel();
                        Ok("left")
                    })
                    .await?;
                peer.cancel().await?;
                Ok(left)
            })
            .await;
        assert_eq!(ended.ok(), Some("left"));
    });
}

#[test]
fn law_05_cancellation_by_the_callee_names_it() {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let peer = n.start_actor(actor("peer")).await?;
                let raised: Result<(), _> = peer
                    .with_context("cancel-context", (true,), async |context, (): ()| {
                        context.output().await
                    })
                    .await;
                match one_failure(&raised).kind {
                    FailureKind::ContextCancelled(c) => assert_eq!(c.canceller, peer.actor()),
                    other => panic!("{other:?}"),
                }
                peer.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}
