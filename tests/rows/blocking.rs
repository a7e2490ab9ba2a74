//! Rows 85 and 86: guests that block in WASI or compute, and what others may still do with their actors.

use crate::support::{
    DEADLINE, Supervised, TestTree, actor, guest, in_tree, in_tree_with, one_failure,
};
use futures::future::{join, join_all};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;
use std::cell::Cell;
use std::process::Command;
use std::time::Instant;
use tractor_host::{
    Access, ActorSpec, Arguments, Child, Error, FailureKind, ScopeOptions, TreeBuilder,
};

/// Looks at the tree until it shows that.
async fn shown(tree: &TestTree, text: &str) {
    while !tree.look().await.contains(text) {}
}

/// How many calls wait behind the one that blocks.
const QUEUED: usize = 5;

/// Queues calls behind one that blocks, cancels them, and gives what each came to. `ready` says when to queue them.
async fn cancel_queued(tree: &TestTree, busy: &Child, ready: impl Future<Output = ()>) {
    ready.await;
    let scope = tree.scope().child(ScopeOptions::default());
    let waiting = busy.within(&scope);
    let calls = join_all((0..QUEUED).map(|_| waiting.call::<u32>("count", ())));
    let cancel = async {
        shown(tree, &format!("count ({QUEUED} tasks)")).await;
        scope.cancel(None);
    };
    let (called, ()) = join(calls, cancel).await;
    for call in called {
        assert!(matches!(call, Err(Error::Cancelled(_))), "{call:?}");
    }
    scope.close();
}

#[test]
fn row_85_calls_queued_behind_a_busy_instance_never_start_once_cancelled() {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                for function in ["block-ms", "block-async-ms", "spin-ms"] {
                    for at_once in [true, false] {
                        let busy = n.start_actor(actor("busy")).await?;
                        let is_done = Cell::new(false);
                        let block = async {
                            let blocked = busy.call::<()>(function, (2500u64,)).await;
                            is_done.set(true);
                            blocked
                        };
                        let queue = async {
                            let ready = async {
                                if !at_once {
                                    shown(tree, function).await;
                                }
                            };
                            cancel_queued(tree, &busy, ready).await;
                            assert!(!is_done.get(), "{function}: they waited for it");
                        };
                        let (blocked, ()) = join(block, queue).await;
                        blocked?;
                        let count = busy.call::<u32>("count", ()).await?;
                        assert_eq!(count, 1, "{function}: one of them has run");
                        busy.cancel().await?;
                    }
                }
                Ok(())
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

/// C in blocking style: the task waits in the host, and yet no other may run in the instance before it has returned.
#[test]
fn row_85_calls_queued_behind_blocking_c_never_start_once_cancelled() {
    let with_c = |builder: TreeBuilder| builder.component("in-c", guest("conformance-c"));
    in_tree_with(with_c, async |tree| {
        let ended = tree
            .nursery(async |n| {
                let busy = n.start_actor(ActorSpec::new("in-c").name("busy")).await?;
                let is_done = Cell::new(false);
                let block = async {
                    let blocked = busy.call::<()>("sleep-ms", (2500u64,)).await;
                    is_done.set(true);
                    blocked
                };
                let queue = async {
                    shown(tree, "sleep-ms").await;
                    let scope = tree.scope().child(ScopeOptions::default());
                    let waiting = busy.within(&scope);
                    let calls = (0..QUEUED).map(|_| waiting.call::<()>("wait-for-ever", ()));
                    let cancel = async {
                        shown(tree, &format!("wait-for-ever ({QUEUED} tasks)")).await;
                        scope.cancel(None);
                    };
                    let (called, ()) = join(join_all(calls), cancel).await;
                    for call in called {
                        assert!(matches!(call, Err(Error::Cancelled(_))), "{call:?}");
                    }
                    scope.close();
                    assert!(!is_done.get(), "they waited for it");
                };
                let (blocked, ()) = join(block, queue).await;
                blocked?;
                // Each that had begun would have counted its cancellation.
                assert_eq!(busy.call::<u32>("cancellations", ()).await?, 0);
                busy.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

/// Cancels an actor while its guest is blocked in a call, which the tree shows; gives where the guest was.
async fn stop_blocked(
    tree: &TestTree,
    spec: ActorSpec,
    (function, arguments): (&str, impl Arguments),
    blocked_in: &str,
) -> String {
    let raised: Result<(), _> = tree
        .nursery(async |n| {
            let blocked = n.start_actor(spec).await?;
            let call = blocked.call::<()>(function, arguments);
            let stop = async {
                shown(tree, &format!("blocked in {blocked_in}")).await;
                blocked.cancel().await
            };
            let (called, _) = join(call, stop).await;
            assert!(called.is_err(), "{called:?}");
            Ok(())
        })
        .await;
    assert_eq!(tree.program.processes(), []);
    let failure = one_failure(&raised);
    assert!(
        matches!(failure.kind, FailureKind::Overdue(_)),
        "{failure:?}"
    );
    failure.backtrace.unwrap_or_default()
}

#[test]
fn row_86_guest_blocked_in_a_poll_is_seen_and_stopped() {
    in_tree(async |tree| {
        let call = ("block-ms", (600_000u64,));
        let backtrace = stop_blocked(tree, actor("blocked"), call, "wasi:io/poll").await;
        assert!(backtrace.contains("block_ms"), "{backtrace}");
    });
}

#[test]
fn row_86_guest_blocked_in_a_file_is_seen_and_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    // To open it waits for a writer, and there is none.
    let pipe = folder.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).expect("a named pipe");
    in_tree(async |tree| {
        let spec = actor("blocked").directory(folder.path(), "/d", Access::Read);
        let call = ("read-file", ("/d/pipe",));
        let backtrace = stop_blocked(tree, spec, call, "wasi:filesystem").await;
        assert!(backtrace.contains("read_file"), "{backtrace}");
    });
}

#[test]
fn row_86_program_blocked_in_its_stdin_is_seen_and_stopped() {
    let mut supervised = Supervised::run(&["--grace", "200ms"], &["read-stdin"]);
    let program = env!("CARGO_BIN_EXE_tractor-host");
    let look = || {
        #[expect(
            clippy::disallowed_methods,
            reason = "the look at the program that the test is about; `output` reaps it"
        )]
        let output = Command::new(program)
            .args(["tree", &supervised.pid().to_string()])
            .output()
            .expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let (end, mut seen) = (Instant::now() + DEADLINE, look());
    while !seen.contains("blocked in wasi:io") {
        assert!(Instant::now() < end, "{seen}");
        seen = look();
    }
    supervised.signal(Signal::INT);
    let (status, _) = supervised.ends();
    let stderr = supervised.stderr();
    assert_eq!(status.code(), Some(130), "{stderr:?}");
    // Unoptimised code may be killed before it can say where it was.
    let overdue = "did not answer within its grace period";
    assert!(
        stderr.iter().any(|line| line.contains(overdue)),
        "{stderr:?}"
    );
}
