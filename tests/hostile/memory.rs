//! Guests that take memory, tables, instances and stack.

use crate::beside::{
    MEMORY_BYTES, assert_limit, assert_trap, beside_sibling, hostile, limited, with, written,
};
use crate::support::one_failure;
use tractor_host::{Error, Failure, TreeBuilder};

/// Calls a function that is the end of its actor.
fn end_of(
    add: impl FnOnce(TreeBuilder) -> TreeBuilder,
    spec: tractor_host::ActorSpec,
    function: &str,
) -> Failure {
    let ended: Result<(), Error> = beside_sibling(add, async |_, n| {
        n.run_in_actor(spec, function, ()).await?.output().await
    });
    one_failure(&ended)
}

#[test]
fn memory_bomb_meets_its_limit() {
    let failure = end_of(with("memory"), hostile("memory"), "bomb");
    let said = format!("may have {MEMORY_BYTES}");
    assert_limit(&failure, "memory-bytes", "memory", &said);
    assert!(failure.message.contains("asked for"), "{}", failure.message);
}

#[test]
fn guest_that_lives_with_a_no_has_its_memory_and_serves_on() {
    let ended = beside_sibling(with("memory"), async |_, n| {
        let bad = n.start_actor(hostile("memory")).await?;
        for _ in 0..3 {
            let bytes = bad.call::<u64>("creep", ()).await?;
            assert!(
                (MEMORY_BYTES / 2..=MEMORY_BYTES).contains(&bytes),
                "{bytes}"
            );
        }
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn memory_that_is_too_large_from_the_beginning_does_not_start() {
    let text = include_str!("guests/large_memory.wat");
    let failure = end_of(written("large", text), hostile("large"), "go");
    assert_limit(&failure, "memory-bytes", "large", "4294967296 bytes");
}

#[test]
fn table_bomb_meets_its_limit() {
    let text = include_str!("guests/table_bomb.wat");
    let spec = limited("table", |limits| limits.table_elements = Some(50_000));
    let failure = end_of(written("table", text), spec, "bomb");
    assert_limit(&failure, "table-elements", "table", "may have 50000");
    let failure = end_of(written("table", text), hostile("table"), "bomb");
    assert_limit(&failure, "table-elements", "table", "may have 1048576");
}

#[test]
fn table_that_lives_with_a_no_serves_on() {
    let text = include_str!("guests/table_bomb.wat");
    let ended = beside_sibling(written("table", text), async |_, n| {
        let spec = limited("table", |limits| limits.table_elements = Some(50_000));
        let bad = n.start_actor(spec).await?;
        assert_eq!(bad.call::<u32>("creep", ()).await?, 49_001);
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn component_of_more_instances_than_it_may_have_does_not_start() {
    let spec = limited("memory", |limits| limits.instances = Some(1));
    let failure = end_of(with("memory"), spec, "creep");
    assert_limit(&failure, "instances", "memory", "1 instances");
}

#[test]
fn recursion_without_end_traps() {
    let failure = end_of(with("recursion"), hostile("recursion"), "go");
    assert_trap(&failure, "recursion", "stack");
}
