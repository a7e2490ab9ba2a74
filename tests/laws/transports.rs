//! Laws 4, 5, 7 and 8 over each transport that links can be made of: what carries them makes no difference.

use crate::support::{DEADLINE, TestTree, actor, in_tree_with, one_failure, program, within};
use rustix::process::{Pid, Signal, kill_process};
use std::time::Duration;
use tractor_host::{Child, Error, FailureKind, Names, ScopeOptions, Transport};

/// Runs each of the named tests over each transport.
macro_rules! over_each {
    ($tests:tt) => {
        over_each!(@over unix Unix $tests);
        over_each!(@over shared_memory SharedMemory $tests);
        over_each!(@over tcp Tcp $tests);
        over_each!(@over quic Quic $tests);
    };
    (@over $module:ident $transport:ident [$($test:ident),* $(,)?]) => {
        mod $module {
            $(#[test]
            fn $test() {
                super::$test(super::Transport::$transport);
            })*
        }
    };
}

over_each!([
    law_04_linked_tasks_killed_caller_cancels_the_callee,
    law_04_linked_tasks_killed_callee_fails_its_caller_at_once,
    law_05_cancelled_call_ends_and_the_actor_goes_on,
    law_08_streams_between_workers_lose_nothing,
    law_08_slow_reader_slows_its_writer,
]);

fn in_tree(transport: Transport, body: impl AsyncFnOnce(&TestTree)) {
    in_tree_with(|builder| builder.transport(transport), body);
}

/// An actor that may call others by their names.
async fn caller(nursery: &tractor_host::Nursery) -> Result<Child, Error> {
    let names = Names {
        find: true,
        ..Names::default()
    };
    nursery.start_actor(program("caller").names(names)).await
}

fn kill(child: &Child) {
    let pid = Pid::from_raw(child.actor().pid.cast_signed()).expect("a process");
    kill_process(pid, Signal::KILL).expect("it runs");
}

/// Waits until `clean-up` runs in the peer.
pub(crate) async fn until_it_is_called(peer: &Child) {
    while peer.call::<u32>("cleaners", ()).await.ok() != Some(1) {}
}

fn law_04_linked_tasks_killed_caller_cancels_the_callee(transport: Transport) {
    in_tree(transport, async |tree| {
        let ended = tree.nursery(async |n| {
            let peer = n.start_actor(actor("peer")).await?;
            let raised: Result<(), _> = tree
                .nursery(async |inner| {
                    let caller = caller(inner).await?;
                    let call = caller.call::<()>("call-named", ("peer", "clean-up"));
                    let kill = async {
                        until_it_is_called(&peer).await;
                        kill(&caller);
                    };
                    tokio::join!(call, kill).0
                })
                .await;
            assert_eq!(one_failure(&raised).kind, FailureKind::Killed(9));
            let cleaned = || tree.stderr.lines() == ["peer has cleaned up"];
            assert!(within(DEADLINE, cleaned).await, "{:?}", tree.stderr.lines());
            assert_eq!(peer.call::<u32>("add", (1, 2)).await?, 3, "it serves on");
            peer.cancel().await
        });
        let ended = ended.await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

fn law_04_linked_tasks_killed_callee_fails_its_caller_at_once(transport: Transport) {
    in_tree(transport, async |tree| {
        let ended = tree.nursery(async |n| {
            let caller = caller(n).await?;
            let killed: Result<(), _> = tree
                .nursery(async |inner| {
                    let peer = inner.start_actor(actor("peer")).await?;
                    let call = caller.call::<()>("call-named", ("peer", "clean-up"));
                    let kill = async {
                        until_it_is_called(&peer).await;
                        kill(&peer);
                    };
                    // Sooner than anyone is given up who is only silent.
                    let soon = tokio::time::timeout(Duration::from_secs(4), call);
                    let (called, ()) = tokio::join!(soon, kill);
                    let failure = one_failure(&called.expect("it is told by the supervisor"));
                    assert_eq!(failure.kind, FailureKind::Killed(9));
                    Ok(())
                })
                .await;
            assert_eq!(one_failure(&killed).kind, FailureKind::Killed(9));
            assert_eq!(caller.call::<String>("own-name", ()).await?, "caller");
            caller.cancel().await
        });
        let ended = ended.await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

fn law_05_cancelled_call_ends_and_the_actor_goes_on(transport: Transport) {
    in_tree(transport, async |tree| {
        let ended = tree.nursery(async |n| {
            let peer = n.start_actor(actor("peer")).await?;
            let scope = tree.scope().child(ScopeOptions {
                deadline: Some(Duration::from_millis(200)),
                shield: false,
            });
            let called = peer.within(&scope).call::<()>("clean-up", (0,)).await;
            assert!(matches!(called, Err(Error::Cancelled(_))), "{called:?}");
            let cleaned = || tree.stderr.lines() == ["peer has cleaned up"];
            assert!(within(DEADLINE, cleaned).await, "{:?}", tree.stderr.lines());
            assert_eq!(peer.call::<u32>("add", (1, 2)).await?, 3, "it serves on");
            peer.cancel().await
        });
        let ended = ended.await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

fn law_08_streams_between_workers_lose_nothing(transport: Transport) {
    in_tree(transport, async |tree| {
        // Each message is compared where it comes back.
        let ended = tree.scenario(&["cut", "1000", "closed"]).await;
        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(tree.stdout.lines(), ["echoed 1000", "context: ok ()"]);
    });
}

fn law_08_slow_reader_slows_its_writer(transport: Transport) {
    in_tree(transport, async |tree| {
        let ended = tree.nursery(async |n| {
            let peer = n.start_actor(actor("peer")).await?;
            let arguments = (1000, 4, 600_000);
            peer.with_context("slow-sum", arguments, async |context, (): ()| {
                let stream = context.open_stream::<u32, ()>().await?;
                let mut sent = 0;
                let full = async {
                    loop {
                        stream.send(sent).await?;
                        sent += 1;
                    }
                };
                let stuck: Result<Result<(), Error>, _> =
                    tokio::time::timeout(Duration::from_secs(1), full).await;
                assert!(stuck.is_err(), "{stuck:?}");
                assert!((4..=9).contains(&sent), "{sent}");
                context.cancel();
                Ok(())
            })
            .await?;
            peer.cancel().await
        });
        let ended = ended.await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn law_04_linked_tasks_peer_that_is_frozen_is_given_up_over_a_network() {
    for transport in [Transport::Tcp, Transport::Quic] {
        in_tree(transport, async |tree| {
            let raised: Result<(), _> = tree
                .nursery(async |n| {
                    let peer = n.start_actor(actor("peer")).await?;
                    let call = peer.call::<()>("clean-up", (0,));
                    let freeze = async {
                        until_it_is_called(&peer).await;
                        let pid = Pid::from_raw(peer.actor().pid.cast_signed());
                        kill_process(pid.expect("a process"), Signal::STOP).expect("it runs");
                    };
                    let (called, ()) = tokio::join!(call, freeze);
                    let failure = one_failure(&called);
                    assert_eq!(failure.kind, FailureKind::ConnectionLost);
                    assert!(failure.message.contains("no sign of life"), "{failure:?}");
                    n.cancel();
                    Ok(())
                })
                .await;
            // It cannot clean up either.
            let kind = one_failure(&raised).kind;
            assert!(matches!(kind, FailureKind::Overdue(_)), "{kind:?}");
        });
    }
}
