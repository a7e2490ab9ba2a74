//! C: what goes wrong in it is a failure with its own frames and lines; and what blocking code could not do.

use crate::support::{TestTree, guest, in_tree_with, one_failure};
use futures::future::join;
use tractor_host::{ActorSpec, Arguments, Error, Failure, FailureKind, Names, TreeBuilder};

/// Calls a function that breaks down, and gives the failure.
async fn trap(tree: &TestTree, function: &str, arguments: impl Arguments) -> Failure {
    let raised: Result<(), _> = tree
        .nursery(async |n| {
            n.run_in_actor(ActorSpec::new("traps"), function, arguments)
                .await?;
            Ok(())
        })
        .await;
    let failure = one_failure(&raised);
    assert!(
        matches!(failure.kind, FailureKind::Trap(_)),
        "{function}: {failure:?}"
    );
    failure
}

fn at(failure: &Failure, place: &str) {
    let backtrace = failure.backtrace.clone().unwrap_or_default();
    assert!(backtrace.contains(place), "{backtrace}");
}

#[test]
fn traps_in_c_are_failures_with_its_lines() {
    let with_traps = |builder: TreeBuilder| builder.component("traps", guest("traps-c"));
    in_tree_with(with_traps, async |tree| {
        let beyond = trap(tree, "out-of-bounds", (4_000_000_000_u32,)).await;
        at(&beyond, "exports_actor_out_of_bounds (traps/traps.c:9)");
        let divided = trap(tree, "divide", (0_i32,)).await;
        at(&divided, "exports_actor_divide (traps/traps.c:13)");
        // It overwrote nothing on its way: the stack lies below all else.
        let recursed = trap(tree, "recurse", ()).await;
        at(&recursed, "deeper (traps/traps.c:");
        let asserted = trap(tree, "fail-an-assertion", ()).await;
        at(
            &asserted,
            "exports_actor_fail_an_assertion (traps/traps.c:29)",
        );
        let outside = trap(tree, "wait-outside-a-task", ()).await;
        at(&outside, "tractor_sleep (traps/tractor/src/actors.c:");
    });
}

#[test]
fn row_60_two_actors_in_c_wait_for_each_other_and_call_each_other() {
    let with_c = |builder: TreeBuilder| builder.component("in-c", guest("callbacks-c"));
    in_tree_with(with_c, async |tree| {
        let ended = tree
            .nursery(async |n| {
                let spec = |name: &str| {
                    ActorSpec::new("in-c").name(name).names(Names {
                        find: true,
                        ..Names::default()
                    })
                };
                let left = n.start_actor(spec("left")).await?;
                let meeting = left.call::<u32>("meet", ("right",));
                let other = async {
                    let right = n.start_actor(spec("right")).await?;
                    let met = right.call::<u32>("meet", ("left",)).await?;
                    Ok::<_, Error>((right, met))
                };
                let (met, other) = join(meeting, other).await;
                let (right, met_left) = other?;
                assert_eq!((met?, met_left), (7, 7));
                left.cancel().await?;
                right.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}
