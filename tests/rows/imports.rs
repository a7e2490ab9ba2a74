//! A component's import of another one's interface, satisfied by an actor.

use crate::support::{TestTree, computes, failed, guest, in_tree_with, one_failure};
use rustix::process::{Pid, Signal, kill_process};
use tractor_host::{ActorSpec, Child, Error, FailureKind, Nursery};

const SUMS: &str = "plain:calc/sums";

fn in_linked_tree(body: impl AsyncFnOnce(&TestTree)) {
    in_tree_with(
        |builder| {
            builder
                .component("plain-calc", guest("plain-calc"))
                .component("plain-user", guest("plain-user"))
                .component("plain-misfit", guest("plain-misfit"))
        },
        body,
    );
}

/// Starts the component that exports, and one of these that imports it.
async fn linked(n: &Nursery, importer: &str) -> Result<(Child, Child), Error> {
    let calc = n.start_actor("plain-calc").await?;
    let spec = ActorSpec::new(importer).link(SUMS, calc.portal());
    let user = n.start_actor(spec).await?;
    Ok((calc, user))
}

#[test]
fn imported_functions_are_calls_of_the_linked_actor() {
    in_linked_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let (calc, user) = linked(n, "plain-user").await?;
                assert_eq!(user.call::<u32>("more", (1, 2)).await?, 4);
                let both: Vec<String> = user.call("both", ("a", "b")).await?;
                assert_eq!(both, ["a, later", "b, later"]);
                // The same instance as everybody calls.
                assert_eq!(calc.call::<u32>("calls", ()).await?, 3);
                assert_eq!(user.call::<u32>("calls", ()).await?, 4);
                user.cancel().await?;
                calc.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn guest_links_the_children_that_it_starts() {
    in_linked_tree(async |tree| {
        let ended = tree.scenario(&["plugin-linked"]).await;
        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(tree.stdout.lines(), ["more 4"]);
    });
}

#[test]
fn error_that_an_imported_function_declares_is_what_its_caller_gets() {
    in_linked_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let (calc, user) = linked(n, "plain-user").await?;
                let ratio = async |divisor: i64| user.call::<String>("ratio", (1, divisor)).await;
                assert_eq!(ratio(2).await?, "1/2");
                assert_eq!(ratio(0).await?, "by zero");
                assert_eq!(ratio(-1).await?, "too large");
                user.cancel().await?;
                calc.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn trap_of_the_linked_actor_is_a_trap_of_its_caller_that_names_it() {
    in_linked_tree(async |tree| {
        let ended: Result<(), Error> = tree
            .nursery(async |n| linked(n, "plain-user").await?.1.call("fall", ()).await)
            .await;
        let failures = failed(&ended);
        let told = |name: &str| {
            let mut of = failures.iter().filter(|f| f.origin.name == name);
            let failure = of.next().expect("it fell");
            assert!(of.next().is_none(), "{failures:?}");
            assert!(matches!(failure.kind, FailureKind::Trap(_)), "{failure:?}");
            failure
        };
        let words = told("plain-calc").backtrace.as_deref();
        assert!(words.is_some_and(|words| words.contains("calc fell over")));
        let begins = "`plain:calc/sums@1.2.0#crash` of the linked actor `plain-calc` failed";
        let message = &told("plain-user").message;
        assert!(message.starts_with(begins), "{message}");
    });
}

#[test]
fn linked_actor_that_is_killed_ends_its_caller_too() {
    in_linked_tree(async |tree| {
        let ended: Result<(), Error> = tree
            .nursery(async |n| {
                let (calc, user) = linked(n, "plain-user").await?;
                let hang = user.call("hang", ());
                let kill = async {
                    let pid = calc.actor().pid;
                    computes(pid).await;
                    let pid = Pid::from_raw(pid.cast_signed()).expect("a pid");
                    kill_process(pid, Signal::KILL).expect("it lives");
                };
                futures::join!(hang, kill).0
            })
            .await;
        let failures = failed(&ended);
        let killed = failures.iter().any(|f| f.kind == FailureKind::Killed(9));
        assert!(killed, "{failures:?}");
        let told = failures.iter().find(|f| f.origin.name == "plain-user");
        let message = &told.expect("its caller fell").message;
        assert!(message.contains("was ended by signal 9"), "{failures:?}");
    });
}

#[test]
fn caller_that_waits_in_a_linked_actor_is_cancelled_without_a_failure_of_its_own() {
    in_linked_tree(async |tree| {
        let ended: Result<(), Error> = tree
            .nursery(async |n| {
                let calc = n.start_actor("plain-calc").await?;
                let spec = ActorSpec::new("plain-user").link(SUMS, calc.portal());
                let user = n.run_in_actor(spec, "hang", ()).await?;
                computes(calc.actor().pid).await;
                n.cancel();
                user.output().await
            })
            .await;
        // The one that computes does not answer, which is a failure of its own.
        let failures = failed(&ended);
        assert!(!failures.is_empty());
        for failure in &failures {
            assert_eq!(failure.origin.name, "plain-calc", "{failures:?}");
            let kind = &failure.kind;
            assert!(matches!(kind, FailureKind::Overdue(_)), "{failures:?}");
        }
    });
}

#[test]
fn import_of_other_types_is_refused_at_the_call_with_both() {
    in_linked_tree(async |tree| {
        let ended: Result<u64, Error> = tree
            .nursery(async |n| {
                linked(n, "plain-misfit")
                    .await?
                    .1
                    .call("more", (1, 2))
                    .await
            })
            .await;
        let failure = one_failure(&ended);
        let text = "exports `plain:calc/sums@1.2.0#add` as (u32, u32) -> u32, and it is imported as (u64, u64) -> u64";
        assert!(failure.message.contains(text), "{failure:?}");
    });
}

#[test]
fn import_that_nothing_satisfies_is_named_with_the_flag_to_give() {
    in_linked_tree(async |tree| {
        let ended: Result<(), Error> = tree
            .nursery(async |n| n.start_actor("plain-user").await.map(drop))
            .await;
        let failure = one_failure(&ended);
        assert_eq!(failure.kind, FailureKind::NotFound);
        assert!(
            failure
                .message
                .contains("imports `plain:calc/sums@1.2.0`, and nothing satisfies it"),
            "{failure:?}"
        );
        assert!(
            failure.message.contains("--link plain:calc/sums=NAME"),
            "{failure:?}"
        );
    });
}
