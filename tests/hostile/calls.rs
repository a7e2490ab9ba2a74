//! Guests that flood others with calls.

use crate::beside::{beside_sibling, hostile, limited, resident_bytes, with};
use std::time::Duration;
use tractor_host::TreeBuilder;

#[test]
fn flood_of_calls_is_refused_beyond_the_limit_on_dialogs() {
    let ended = beside_sibling(with("flood-calls"), async |_, n| {
        let spec = limited("flood-calls", |limits| limits.dialogs = Some(100));
        let bad = n.start_actor(spec).await?;
        assert_eq!(bad.call::<u32>("at-once", (400u32, 3000u64)).await?, 300);
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn flood_of_calls_at_the_default_limits_leaves_the_sibling_answering() {
    let ended = beside_sibling(with("flood-calls"), async |_, n| {
        let bad = n.start_actor(hostile("flood-calls")).await?;
        let refused = bad.call::<u32>("at-once", (6000u32, 100u64)).await?;
        // Some may have ended before the last are made.
        assert!(refused <= 6000 - 4096, "{refused}");
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn flood_of_large_arguments_is_bounded_at_who_calls() {
    let ended = beside_sibling(with("flood-calls"), async |_, n| {
        let spec = limited("flood-calls", |limits| limits.queue_bytes = Some(1 << 20));
        let bad = n.start_actor(spec).await?;
        let refused = bad.call::<u32>("heavy", (60u32, 1u32 << 17)).await?;
        assert!((1..60).contains(&refused), "{refused}");
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn calls_that_are_dropped_at_once_are_all_ended() {
    // The sibling obeys each, but not at once on a busy machine.
    let patient =
        |builder: TreeBuilder| with("flood-calls")(builder).grace(Duration::from_secs(20));
    let ended = beside_sibling(patient, async |_, n| {
        let bad = n.start_actor(hostile("flood-calls")).await?;
        assert_eq!(bad.call::<u32>("dropped", (500u32,)).await?, 500);
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

/// Each served call was kept for ever: some hundred bytes in the list of what the worker had spawned.
#[test]
fn worker_that_serves_a_flood_of_calls_keeps_nothing_of_them() {
    let ended = beside_sibling(with("flood-calls"), async |tree, n| {
        let bad = n.start_actor(hostile("flood-calls")).await?;
        let victim = tree.program.actors("sibling")[0];
        let mut count = bad.call::<u32>("for-ms", (1000u64,)).await?;
        let before = resident_bytes(victim);
        count += bad.call::<u32>("for-ms", (3000u64,)).await?;
        let grown = resident_bytes(victim) - before;
        assert!(grown < 4 << 20, "{grown} bytes more after {count} calls");
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}
