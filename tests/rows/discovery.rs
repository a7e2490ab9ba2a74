//! Rows 59 to 62 and 64: names, from when their actor can be called until it begins to end.

use crate::support::{Supervised, TestTree, actor, in_tree, one_failure, program};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tractor_host::{ActorSpec, Child, Error, FailureKind, Names, Nursery};

const ALL: Names = Names {
    find: true,
    list: true,
    register: true,
};

/// An actor that may do all that there is with names.
fn named(name: &str) -> ActorSpec {
    actor(name).names(ALL)
}

/// What is looked at of who is found.
#[derive(Deserialize)]
struct Found {
    pid: u32,
}

/// The process of the actor that is found.
async fn find(asker: &Child, name: &str) -> Result<Option<u32>, Error> {
    let found = asker.call::<Option<Found>>("find", (name,)).await?;
    Ok(found.map(|found| found.pid))
}

/// Runs `body` with an actor that asks for names, which outlives all others.
fn with_asker(body: impl AsyncFnOnce(&TestTree, &Nursery, &Child) -> Result<(), Error>) {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let asker = n.start_actor(named("asker")).await?;
                body(tree, n, &asker).await?;
                n.cancel();
                Ok(())
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn row_59_name_is_found_until_its_actor_has_ended() {
    with_asker(async |_, n, asker| {
        assert_eq!(find(asker, "server").await?, None);
        let server = n.start_actor(named("server")).await?;
        let pid = Some(server.actor().pid);
        assert_eq!(find(asker, "server").await?, pid);
        assert_eq!(find(asker, "extra").await?, None);
        server.call::<()>("register", ("extra",)).await?;
        assert_eq!(find(asker, "extra").await?, pid);
        server.cancel().await?;
        for name in ["server", "extra"] {
            assert_eq!(find(asker, name).await?, None, "{name}");
        }
        Ok(())
    });
}

#[test]
fn row_60_two_actors_that_wait_for_each_other_meet() {
    with_asker(async |_, n, _| {
        let ann = n.start_actor(program("ann").names(ALL)).await?;
        // She waits before there is whom she waits for.
        let ann_meets = ann.call::<String>("meet", ("bob",));
        let bob_meets = async {
            let bob = n.start_actor(program("bob").names(ALL)).await?;
            bob.call::<String>("meet", ("ann",)).await
        };
        let (ann_met, bob_met) = tokio::join!(ann_meets, bob_meets);
        assert_eq!((&*ann_met?, &*bob_met?), ("bob", "ann"));
        Ok(())
    });
}

#[test]
fn row_61_name_of_a_killed_actor_is_not_handed_out_again() {
    with_asker(async |tree, n, asker| {
        let watcher = n.start_actor(program("watcher").names(ALL)).await?;
        let raised: Result<(), _> = tree
            .nursery(async |inner| {
                let victim = inner.start_actor(named("victim")).await?;
                let pid = victim.actor().pid;
                let watch = watcher.call::<(u32, u32)>("watch-name", ("victim",));
                let kill = async {
                    assert_eq!(find(asker, "victim").await?, Some(pid));
                    let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
                    kill_process(pid, Signal::KILL).expect("it runs");
                    Ok::<_, Error>(())
                };
                let (watched, killed) = tokio::join!(watch, kill);
                killed?;
                let (_, back) = watched?;
                assert_eq!(back, 0, "it was handed out after it was gone");
                victim.ended().await
            })
            .await;
        assert_eq!(one_failure(&raised).kind, FailureKind::Killed(9));
        assert_eq!(find(asker, "victim").await?, None);
        Ok(())
    });
}

#[test]
fn row_62_first_of_a_name_is_found_and_all_are_listed() {
    with_asker(async |_, n, asker| {
        let first = n.start_actor(named("same")).await?;
        let second = n.start_actor(named("same")).await?;
        let listed = asker.call::<Vec<String>>("names", ()).await?;
        assert_eq!(listed, ["asker", "same", "same"]);
        assert_eq!(find(asker, "same").await?, Some(first.actor().pid));
        first.cancel().await?;
        assert_eq!(find(asker, "same").await?, Some(second.actor().pid));
        second.cancel().await?;
        assert_eq!(find(asker, "same").await?, None);
        Ok(())
    });
}

#[test]
fn row_64_names_of_an_actor_that_fails_or_is_cancelled_are_removed() {
    with_asker(async |tree, _, asker| {
        for end in ["trap", "cancel", "cancel while it cleans up"] {
            let raised: Result<(), _> = tree
                .nursery(async |inner| {
                    let victim = inner.start_actor(named("victim")).await?;
                    victim.call::<()>("register", ("extra",)).await?;
                    assert!(find(asker, "extra").await?.is_some());
                    match end {
                        "trap" => victim.call::<()>("trap", ()).await,
                        "cancel" => victim.cancel().await,
                        _ => gone_while_it_cleans_up(&victim, asker).await,
                    }
                })
                .await;
            assert_eq!(raised.is_err(), end == "trap", "{end}: {raised:?}");
            for name in ["victim", "extra"] {
                assert_eq!(find(asker, name).await?, None, "{end}");
            }
        }
        Ok(())
    });
}

/// An actor that is cancelled is not found any more, though it has not ended.
async fn gone_while_it_cleans_up(victim: &Child, asker: &Child) -> Result<(), Error> {
    let clean_up = victim.call::<()>("clean-up", (300,));
    let cancel = async {
        while victim.call::<u32>("cleaners", ()).await? == 0 {}
        let mut cancel = std::pin::pin!(victim.cancel());
        tokio::select! {
            biased;
            done = &mut cancel => done?,
            found = find(asker, "extra") => assert_eq!(found?, None),
        }
        cancel.await
    };
    // That it was cancelled is told by other rows.
    tokio::join!(clean_up, cancel).1
}

#[test]
fn row_64_names_are_removed_at_once_on_ctrl_c() {
    let mut supervised = Supervised::run(&[], &["names-at-the-end"]);
    supervised.signal(Signal::INT);
    let (status, _) = supervised.ends();
    assert_eq!(status.code(), Some(130), "{:?}", supervised.stderr());
    let expected = [
        r#"before: ["main", "child", "extra"]"#,
        "ready",
        "after: ok []",
    ];
    assert_eq!(supervised.stdout(), expected);
}
