//! Law 9: failures tell their story.

use super::support::{actor, in_tree, one_failure, program};
use tractor_host::{Codec, FailureKind};

#[test]
fn law_09_failures_tell_their_story_trap_has_the_guests_lines() {
    in_tree(async |tree| {
        let mut id = None;
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                let daemon = n.start_actor(actor("daemon")).await?;
                id = Some(daemon.actor().clone());
                daemon.call("trap", ()).await
            })
            .await;
        let (failure, id) = (one_failure(&raised), id.expect("started"));
        assert!(matches!(failure.kind, FailureKind::Trap(_)), "{failure:?}");
        assert_eq!((&failure.origin, failure.origin.pid), (&id, id.pid));
        let backtrace = failure.backtrace.expect("a backtrace");
        assert!(backtrace.contains("calls.rs:"), "{backtrace}");
    });
}

#[test]
fn law_09_failures_tell_their_story_declared_error_is_a_value() {
    in_tree(async |tree| {
        let raised = tree
            .nursery(async |n| {
                let daemon = n.start_actor(actor("daemon")).await?;
                daemon.call::<u32>("divide", (1, 0)).await
            })
            .await;
        let failure = one_failure(&raised);
        assert_eq!(failure.kind, FailureKind::Returned);
        let value = failure.value.expect("the error");
        assert_eq!(value.codec, Codec::Json);
        assert_eq!(value.bytes, r#""1 cannot be divided by 0""#);
    });
}

#[test]
fn law_09_failures_tell_their_story_path_names_who_passed_it_on() {
    in_tree(async |tree| {
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                n.run_in_actor(program("upper"), "relay", (1,)).await?;
                Ok(())
            })
            .await;
        let failure = one_failure(&raised);
        assert_eq!(
            (&*failure.origin.name, &*failure.message),
            ("bottom", "at the bottom")
        );
        assert_ne!(failure.origin.pid, 0);
        let path: Vec<_> = failure.path.iter().map(|actor| &*actor.name).collect();
        assert_eq!(path, ["lower", "upper"]);
    });
}
