//! Guests that never read their stream, and that flood one.

use crate::beside::{assert_limit, beside_sibling, hostile, limited, resident_bytes, with};
use crate::support::one_failure;
use std::time::Duration;
use tractor_host::{Error, Overrun, StreamOptions, TreeBuilder};

/// A message of so many bytes.
fn message(bytes: usize) -> String {
    "x".repeat(bytes)
}

#[test]
fn guest_that_never_reads_holds_its_sender_in_bounded_memory() {
    let ended: Result<(), Error> = beside_sibling(with("never-reads"), async |_, n| {
        let spec = limited("never-reads", |limits| limits.queue_bytes = Some(16 << 20));
        let bad = n.start_actor(spec).await?;
        let pid = bad.actor().pid;
        let before = resident_bytes(pid);
        bad.with_context("go", (), async |context, (): ()| {
            let stream = context.open_stream::<String, ()>().await?;
            // Hundreds of MiB, if it took them all.
            let send = async {
                for _ in 0..500 {
                    stream.send(message(1 << 20)).await?;
                }
                Ok::<_, Error>(())
            };
            let held = tokio::time::timeout(Duration::from_millis(1500), send).await;
            assert!(held.is_err(), "the sender is held: {held:?}");
            let taken = resident_bytes(pid) - before;
            assert!(taken < 64 << 20, "{taken} bytes");
            context.cancel();
            Ok(())
        })
        .await?;
        bad.cancel().await
    });
    assert!(ended.is_ok(), "cancelled, it ends: {ended:?}");
}

#[test]
fn guest_that_floods_a_stream_waits_for_its_reader_and_loses_nothing() {
    let ended = beside_sibling(with("flood-stream"), async |_, n| {
        let bad = n.start_actor(hostile("flood-stream")).await?;
        bad.with_context("go", (1u32 << 20,), async |context, _: ()| {
            let options = StreamOptions {
                buffer: u32::MAX,
                overrun: Overrun::Wait,
            };
            let mut stream = context.open_stream_with::<(), String>(options).await?;
            // Nobody reads for a while, and then slowly.
            tokio::time::sleep(Duration::from_millis(300)).await; // tidy: the reader is slow
            for _ in 0..40 {
                let text = stream.next().await?.expect("it goes on");
                assert_eq!(text.len(), 1 << 20);
            }
            context.cancel();
            Ok(())
        })
        .await?;
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn guest_that_floods_many_small_messages_is_held_by_credit() {
    let ended = beside_sibling(with("flood-stream"), async |_, n| {
        let bad = n.start_actor(hostile("flood-stream")).await?;
        bad.with_context("go", (0u32,), async |context, _: ()| {
            let options = StreamOptions {
                buffer: u32::MAX,
                overrun: Overrun::Wait,
            };
            let mut stream = context.open_stream_with::<(), String>(options).await?;
            for _ in 0..100_000 {
                assert!(stream.next().await?.is_some(), "it goes on");
            }
            context.cancel();
            Ok(())
        })
        .await?;
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn guest_that_keeps_the_newest_of_a_flood_keeps_little() {
    // It obeys its cancellation, but not at once on a busy machine.
    let patient =
        |builder: TreeBuilder| with("flood-stream")(builder).grace(Duration::from_secs(20));
    let ended = beside_sibling(patient, async |_, n| {
        let spec = limited("flood-stream", |limits| limits.queue_bytes = Some(8 << 20));
        let bad = n.start_actor(spec).await?;
        let pid = bad.actor().pid;
        bad.with_context("drop-oldest", (1u32 << 20,), async |context, _: ()| {
            // The other end is never opened: a thousand messages of 1 MiB find no room.
            tokio::time::sleep(Duration::from_millis(500)).await; // tidy: it sends meanwhile
            let taken = resident_bytes(pid);
            assert!(taken < 200 << 20, "{taken} bytes");
            context.cancel();
            Ok(())
        })
        .await?;
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn sends_that_wait_beside_each_other_meet_the_limit_of_the_queue() {
    let ended: Result<(), Error> = beside_sibling(with("flood-stream"), async |_, n| {
        let spec = limited("flood-stream", |limits| limits.queue_bytes = Some(32 << 20));
        let bad = n.start_actor(spec).await?;
        bad.with_context("all-at-once", (1u32 << 20,), async |context, _: ()| {
            context.output::<()>().await
        })
        .await
    });
    let failure = one_failure(&ended);
    assert_limit(&failure, "queue-bytes", "flood-stream", "33554432 may");
}

#[test]
fn callee_that_ignores_its_stream_is_given_up_at_the_end_of_grace() {
    let ended: Result<(), Error> = beside_sibling(with("never-reads"), async |_, n| {
        let bad = n.start_actor(hostile("never-reads")).await?;
        let scope = n.scope().child(tractor_host::ScopeOptions {
            deadline: Some(Duration::from_millis(200)),
            shield: false,
        });
        let portal = bad.within(&scope);
        let context = portal.with_context("go", (), async |context, (): ()| {
            let stream = context.open_stream::<String, ()>().await?;
            loop {
                stream.send(message(1 << 20)).await?;
            }
        });
        let ended: Result<(), Error> = context.await;
        assert!(matches!(ended, Err(Error::Cancelled(_))), "{ended:?}");
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}
