//! Restart policies: not a law, but what a nursery does instead of law 2 where it is told to.

use super::support::{DEADLINE, TestTree, actor, failed, in_tree, one_failure, program, within};
use rustix::process::{Pid, Signal, kill_process};
use std::cell::OnceCell;
use std::time::Duration;
use tractor_host::{
    ActorId, Child, Error, FailureKind, Names, Nursery, NurseryOptions, Restart, RestartStrategy,
};

/// Kills the worker of an actor as it stands, and waits until that process is gone.
async fn kill(child: &Child) -> u32 {
    let pid = child.actor().pid;
    let process = Pid::from_raw(pid.cast_signed()).expect("a process");
    kill_process(process, Signal::KILL).expect("it runs");
    pid
}

/// Runs a body in a nursery that restarts.
async fn restarting<T>(
    tree: &TestTree,
    restart: Restart,
    body: impl AsyncFnOnce(&Nursery) -> Result<T, Error>,
) -> Result<T, Error> {
    let soon = restart.backoff(Duration::from_millis(20), Duration::from_secs(1));
    let options = NurseryOptions {
        restart: Some(soon),
        ..NurseryOptions::default()
    };
    tree.nursery_with(options, body).await
}

fn is_restarted<T>(result: &Result<T, Error>) -> bool {
    let failures = result.as_ref().err().map(Error::failures);
    failures.is_some_and(|f| f.iter().any(|f| f.kind == FailureKind::Restarted))
}

/// Calls until the call was not one that was under way at the end of the old one.
async fn count(child: &Child) -> Result<u32, Error> {
    loop {
        let counted = child.call::<u32>("count", ()).await;
        if !is_restarted(&counted) {
            return counted;
        }
    }
}

/// What an actor says of itself.
#[derive(serde::Deserialize)]
struct Who {
    name: String,
    uuid: String,
    pid: u32,
}

/// Asks the actor who it is, and sees that its handle knows it.
async fn who(child: &Child) -> Result<ActorId, Error> {
    let (said, known): (Who, _) = (child.call("who", ()).await?, child.actor());
    assert_eq!((said.name, said.pid), (known.name.clone(), known.pid));
    assert_eq!(said.uuid, known.uuid.to_string());
    Ok(known)
}

#[test]
fn restart_of_a_killed_daemon_is_reached_by_the_old_handle_with_fresh_memory() {
    in_tree(async |tree| {
        restarting(tree, Restart::on_failure(), async |n| {
            let daemon = n.start_actor(actor("daemon")).await?;
            assert_eq!((count(&daemon).await?, count(&daemon).await?), (1, 2));
            let (portal, before) = (daemon.portal().clone(), daemon.actor());
            let waiting = portal.call::<()>("wait-forever", ());
            let killing = async {
                // Its task has begun when a call behind it is answered.
                assert_eq!(count(&daemon).await?, 3);
                Ok::<_, Error>(kill(&daemon).await)
            };
            let (waited, killed) = tokio::join!(waiting, killing);
            let failure = one_failure(&waited);
            assert_eq!(
                (&failure.kind, &failure.origin),
                (&FailureKind::Restarted, &before)
            );
            assert!(failure.message.contains("signal 9"), "{failure:?}");
            assert_eq!(count(&daemon).await?, 1);
            let now = who(&daemon).await?;
            assert!(now.uuid != before.uuid && now.pid != killed?);
            assert_eq!(portal.actor(), now);
            daemon.cancel().await?;
            daemon.ended().await
        })
        .await
        .expect("a restart is no failure");
    });
}

#[test]
fn restart_ends_a_context_with_restarted_and_the_next_one_opens() {
    in_tree(async |tree| {
        restarting(tree, Restart::on_failure(), async |n| {
            let daemon = n.start_actor(actor("daemon")).await?;
            let broken = daemon
                .with_context("start-and-wait", (), async |context, (): ()| {
                    kill(&daemon).await;
                    Err::<(), _>(context.scope().cancelled().await.into())
                })
                .await;
            assert!(is_restarted(&broken), "{broken:?}");
            let value: u32 = daemon
                .with_context("start-and-return", (5,), async |context, (): ()| {
                    context.output().await
                })
                .await?;
            assert_eq!(value, 5);
            daemon.cancel().await
        })
        .await
        .expect("a restart is no failure");
    });
}

#[test]
fn restart_leaves_the_name_absent_until_the_new_one_serves() {
    in_tree(async |tree| {
        let names = Names {
            find: true,
            list: true,
            register: false,
        };
        let ended = tree.nursery(async |outer| {
            let seeker = outer.start_actor(actor("seeker").names(names)).await?;
            // Long enough to look for the name in between.
            let rules = Restart::on_failure();
            let options = NurseryOptions {
                restart: Some(rules.backoff(Duration::from_secs(1), Duration::from_secs(1))),
                ..NurseryOptions::default()
            };
            let inner = tree.nursery_with(options, async |n| {
                let daemon = n.start_actor(actor("daemon")).await?;
                let before = daemon.actor();
                let waits = daemon.call::<()>("wait-forever", ());
                let (ended, _) = tokio::join!(waits, kill(&daemon));
                assert!(is_restarted(&ended), "{ended:?}");
                let listed: Vec<String> = seeker.call("names", ()).await?;
                assert_eq!(listed, ["seeker"]);
                let Who { uuid, .. } = seeker.call("wait-for", ("daemon",)).await?;
                assert_ne!(uuid, before.uuid.to_string());
                assert_eq!(uuid, who(&daemon).await?.uuid.to_string());
                daemon.cancel().await
            });
            inner.await?;
            seeker.cancel().await
        });
        ended.await.expect("nothing failed");
    });
}

#[test]
fn restart_one_for_all_restarts_the_siblings_and_lets_them_clean_up() {
    in_tree(async |tree| {
        let rules = Restart::on_failure().strategy(RestartStrategy::OneForAll);
        restarting(tree, rules, async |n| {
            let one = n.start_actor(actor("one")).await?;
            let two = n.start_actor(actor("two")).await?;
            let before = [one.actor(), two.actor()];
            let cleaning = two.call::<()>("clean-up", (20u64,));
            let killing = async {
                while two.call::<u32>("cleaners", ()).await? == 0 {}
                kill(&one).await;
                Ok::<_, Error>(())
            };
            let (cleaned, killed) = tokio::join!(cleaning, killing);
            killed?;
            assert!(is_restarted(&cleaned), "{cleaned:?}");
            assert_eq!((count(&two).await?, count(&one).await?), (1, 1));
            assert!(who(&one).await? != before[0] && who(&two).await? != before[1]);
            n.cancel();
            Ok(())
        })
        .await
        .expect("a restart is no failure");
        let said = || {
            tree.stderr
                .lines()
                .contains(&"two has cleaned up".to_owned())
        };
        assert!(within(DEADLINE, said).await, "{:?}", tree.stderr.lines());
    });
}

#[test]
fn restart_one_too_many_cancels_the_nursery_and_names_the_restarts() {
    in_tree(async |tree| {
        let rules = Restart::on_failure().intensity(2, Duration::from_secs(600));
        let last = OnceCell::new();
        let raised: Result<(), _> = restarting(tree, rules, async |n| {
            let daemon = n.start_actor(actor("daemon")).await?;
            n.start_actor(actor("sibling")).await?;
            for _ in 0..3 {
                count(&daemon).await?;
                let _ = last.set(daemon.clone());
                kill(&daemon).await;
            }
            Err(n.scope().cancelled().await.into())
        })
        .await;
        let failure = &failed(&raised)[0];
        assert_eq!(failure.kind, FailureKind::Killed(9));
        assert!(
            failure.message.contains("started anew 2 times"),
            "{failure:?}"
        );
        let last = last.get().expect("started");
        assert_eq!(last.actor(), failure.origin);
    });
}

#[test]
fn restart_takes_what_the_old_one_owned_with_it() {
    in_tree(async |tree| {
        restarting(tree, Restart::on_failure(), async |n| {
            let keeper = n
                .run_in_actor(program("keeper"), "keep-spinner", (60_000,))
                .await?;
            let spinners = || tree.program.actors("spinner");
            assert!(within(DEADLINE, || spinners().len() == 1).await);
            let before = spinners();
            kill(&keeper).await;
            // Its function runs again in the new one, which starts a child of its own.
            let renewed = || spinners().len() == 1 && spinners() != before;
            assert!(within(DEADLINE, renewed).await, "{:?}", spinners());
            keeper.cancel().await
        })
        .await
        .map_or_else(
            // The spinner never answers: that is told, and is another matter.
            |error| {
                assert!(
                    error
                        .failures()
                        .iter()
                        .all(|f| matches!(f.kind, FailureKind::Overdue(_)))
                )
            },
            |()| {},
        );
    });
}

#[test]
fn restart_is_shown_by_a_look_at_the_tree_and_logged() {
    use std::sync::{Arc, Mutex};
    let logged = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&logged);
    let differ = |builder: tractor_host::TreeBuilder| {
        builder.log(tractor_host::Level::Warn, move |line| {
            log.lock().expect("nobody panics").push(line);
        })
    };
    super::support::in_tree_with(differ, async |tree| {
        restarting(tree, Restart::always(), async |n| {
            let daemon = n.start_actor(actor("daemon")).await?;
            kill(&daemon).await;
            count(&daemon).await?;
            daemon.cancel().await
        })
        .await
        .expect("a restart is no failure");
    });
    let logged = logged.lock().expect("nobody panics");
    assert_eq!(logged.len(), 1, "{logged:?}");
    let line = &logged[0];
    assert_eq!(line.actor.name, "daemon");
    let message = &line.message;
    assert!(message.contains("restart 1 of 3 within 5s") && message.contains("signal 9"));
}
