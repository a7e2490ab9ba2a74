//! Guests that take a million handles.

use crate::beside::{assert_limit, beside_sibling, limited, with, written};
use crate::support::one_failure;
use tractor_host::Error;

#[test]
fn million_handles_meet_their_limit() {
    // A call that waits costs the guest a kilobyte of its own, and so meets another limit before the default one.
    for (function, most) in [("scopes", 65_536), ("nurseries", 65_536), ("calls", 5000)] {
        let ended: Result<(), Error> = beside_sibling(with("handles"), async |_, n| {
            let spec = limited("handles", |limits| limits.handles = Some(most));
            n.run_in_actor(spec, function, ()).await?.output().await
        });
        let said = format!("may hold {most}");
        assert_limit(&one_failure(&ended), "handles", "handles", &said);
    }
}

#[test]
fn million_resources_of_the_guests_own_meet_the_same_limit() {
    let text = include_str!("guests/resources.wat");
    let ended: Result<(), Error> = beside_sibling(written("resources", text), async |_, n| {
        let spec = limited("resources", |limits| limits.handles = Some(1000));
        n.run_in_actor(spec, "go", ()).await?.output().await
    });
    assert_limit(
        &one_failure(&ended),
        "handles",
        "resources",
        "may hold 1000",
    );
}

#[test]
fn handles_one_after_another_cost_nothing() {
    let ended = beside_sibling(with("handles"), async |_, n| {
        let spec = limited("handles", |limits| limits.handles = Some(100));
        let bad = n.start_actor(spec).await?;
        assert_eq!(bad.call::<u32>("in-turn", ()).await?, 100_000);
        bad.cancel().await
    });
    assert!(ended.is_ok(), "{ended:?}");
}
