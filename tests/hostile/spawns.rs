//! Guests that start actors without end.

use crate::beside::{assert_limit, beside_sibling, limited, with};
use crate::support::failed;
use tractor_host::{Error, FailureKind};

#[test]
fn fork_bomb_meets_a_limit_and_is_gone() {
    let ended: Result<(), Error> = beside_sibling(with("flood-spawn"), async |_, n| {
        let spec = limited("flood-spawn", |limits| {
            limits.actors = Some(12);
            limits.depth = Some(3);
        });
        n.run_in_actor(spec, "bomb", ()).await?.output().await
    });
    let failures = failed(&ended);
    let limits = failures.iter().filter(|failure| {
        matches!(&failure.kind, FailureKind::Limit(name) if name == "actors" || name == "depth")
    });
    assert!(limits.count() > 0, "{ended:?}");
}

#[test]
fn actor_that_hoards_children_is_told_how_many_it_may_have() {
    let ended = beside_sibling(with("flood-spawn"), async |tree, n| {
        let spec = limited("flood-spawn", |limits| limits.actors = Some(5));
        let bad = n.run_in_actor(spec, "hoard", ()).await?;
        bad.output::<String>().await?;
        let said =
            "5 started; limit actors: one more is asked for, and `flood-spawn` has 5 of 5 below it";
        assert_eq!(tree.stdout.lines(), [said]);
        Ok(())
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn actors_that_are_started_and_ended_over_and_over_wait_for_their_turns() {
    let ended = beside_sibling(with("flood-spawn"), async |_, n| {
        let spec = limited("flood-spawn", |limits| limits.spawn_rate = Some(2));
        let bad = n.run_in_actor(spec, "churn", (2000u64,)).await?;
        let count = bad.output::<u32>().await?;
        assert!(
            (5..=16).contains(&count),
            "ten at once, then two in a second: {count}"
        );
        Ok(())
    });
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn start_beyond_the_depth_is_refused_by_name() {
    let ended: Result<(), Error> = beside_sibling(with("flood-spawn"), async |_, n| {
        let spec = limited("flood-spawn", |limits| limits.depth = Some(0));
        n.run_in_actor(spec, "bomb", ()).await?.output().await
    });
    let [failure] = &failed(&ended)[..] else {
        panic!("{ended:?}")
    };
    assert_limit(failure, "depth", "flood-spawn", "may have 0 below it");
}
