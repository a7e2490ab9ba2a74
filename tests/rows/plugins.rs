//! Components that know nothing of us, as actors: their functions called, and WASI commands run, by a guest and by the embedding API.

use crate::large;
use crate::support::guests::cache_folder;
use crate::support::{TestTree, computes, guest, in_tree_with, one_failure};
use std::time::{Duration, Instant};
use tractor_host::{ActorSpec, Error, FailureKind, Limits, ScopeOptions, TreeBuilder};

const RUN: &str = "wasi:cli/run#run";

fn with_plugins(builder: TreeBuilder) -> TreeBuilder {
    builder
        .component("plain-calc", guest("plain-calc"))
        .component("plain-command", guest("plain-command"))
        .component("plain-command3", guest("plain-command3"))
}

/// With commands of others' toolchains too.
fn with_stock(builder: TreeBuilder) -> TreeBuilder {
    with_plugins(builder)
        .component("plain-command-c", guest("plain-command-c"))
        .component("plain-command-python", guest("plain-command-python"))
}

fn in_plugin_tree(body: impl AsyncFnOnce(&TestTree)) {
    in_tree_with(with_plugins, body);
}

fn in_stock_tree(body: impl AsyncFnOnce(&TestTree)) {
    large::compile(&guest("plain-command-python"), &cache_folder());
    in_tree_with(with_stock, body);
}

/// What a guest prints that runs this scenario.
fn scenario(arguments: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    in_plugin_tree(async |tree| {
        let ended = tree.scenario(arguments).await;
        assert!(ended.is_ok(), "{arguments:?}: {ended:?}");
        lines = tree.stdout.lines();
    });
    lines
}

#[test]
fn plugin_is_called_by_a_guest_and_its_resources_are_refused() {
    let lines = scenario(&["plugin-called"]);
    assert_eq!(lines[..2], ["sum 3", "later soon, later"]);
    assert!(lines[2].contains("own<resource>"), "{lines:?}");
}

#[test]
fn plugin_is_called_by_a_program() {
    in_plugin_tree(async |tree| {
        let (sum, later, half): (u32, String, serde_json::Value) = tree
            .nursery(async |n| {
                let calc = n.start_actor("plain-calc").await?;
                let sum = calc.call("plain:calc/sums#add", (1, 2)).await?;
                let later = calc.call("plain:calc/sums@1.2.0#later", ("soon",)).await?;
                let half = n.run_in_actor("plain-calc", "divide", (1, 2)).await?;
                let half = half.output().await?;
                calc.cancel().await?;
                Ok((sum, later, half))
            })
            .await
            .expect("it knows how");
        assert_eq!((sum, &*later), (3, "soon, later"));
        assert_eq!(half, serde_json::json!({"numerator": 1, "denominator": 2}));
    });
}

#[test]
fn plugin_that_traps_ends_alone_with_its_own_failure() {
    in_plugin_tree(async |tree| {
        let ended: Result<(), Error> = tree
            .nursery(async |n| {
                n.run_in_actor("plain-calc", "crash", ())
                    .await?
                    .output()
                    .await
            })
            .await;
        let failure = one_failure(&ended);
        assert!(matches!(failure.kind, FailureKind::Trap(_)), "{failure:?}");
        let frames = failure.backtrace.unwrap_or_default();
        assert!(frames.contains("at crash (src/lib.rs:"), "{frames}");
    });
}

#[test]
fn plugin_that_never_waits_is_killed_with_its_owner() {
    in_plugin_tree(async |tree| {
        let ended: Result<(), Error> = tree
            .nursery(async |n| {
                let spinning = n.run_in_actor("plain-calc", "spin", ()).await?;
                computes(spinning.actor().pid).await;
                n.cancel();
                spinning.output().await
            })
            .await;
        let failure = one_failure(&ended);
        assert!(
            matches!(failure.kind, FailureKind::Overdue(_)),
            "{failure:?}"
        );
    });
}

#[test]
fn plugin_is_held_to_its_limits() {
    in_plugin_tree(async |tree| {
        let limits = Limits {
            message_bytes: Some(1024),
            ..Limits::default()
        };
        let spec = ActorSpec::new("plain-calc").limits(limits);
        let ended: Result<String, Error> = tree
            .nursery(async |n| {
                let text = ("x".repeat(1023),);
                n.run_in_actor(spec, "later", text).await?.output().await
            })
            .await;
        let failure = one_failure(&ended);
        assert!(matches!(failure.kind, FailureKind::Limit(_)), "{failure:?}");
    });
}

#[test]
fn command_answers_a_guest_on_its_stream_and_gives_its_exit_code() {
    assert_eq!(
        scenario(&["command-opened", "shout"]),
        ["ONE!", "TWO!", "code 0"]
    );
    // It ends without having read what it is sent.
    assert_eq!(scenario(&["command-opened", "fail"]), ["code 1"]);
}

#[test]
fn command_that_is_opened_gives_its_exit_code_as_its_value_whatever_that_is() {
    let opened = [
        ("plain-command", vec!["fail"], 1),
        // WASI 0.2 knows success and failure, and no other code.
        ("plain-command", vec!["exit", "7"], 1),
        ("plain-command3", vec!["exit", "7"], 7),
        ("plain-command-c", vec![], 1),
        ("plain-command-python", vec![], 1),
    ];
    in_stock_tree(async |tree| {
        for (command, words, code) in &opened {
            let ended: Result<u8, Error> = tree
                .nursery(async |n| {
                    let child = n.start_actor(*command).await?;
                    let code = child
                        .with_context(RUN, (words,), async |ctx, (): ()| ctx.output::<u8>().await)
                        .await?;
                    child.cancel().await?;
                    Ok(code)
                })
                .await;
            assert_eq!(ended.as_ref().ok(), Some(code), "{command}: {ended:?}");
        }
    });
}

#[test]
fn command_that_is_run_fails_with_its_exit_code() {
    assert_eq!(scenario(&["command-run", "0"]), ["ended well"]);
    let lines = scenario(&["command-run", "1"]);
    assert!(lines[0].contains("exit"), "{lines:?}");
}

#[test]
fn command_of_either_wasi_and_any_toolchain_speaks_with_the_program_that_opened_it() {
    let commands = [
        "plain-command",
        "plain-command3",
        "plain-command-c",
        "plain-command-python",
    ];
    in_stock_tree(async |tree| {
        for command in commands {
            let (heard, code) = shouted(tree, command).await.expect("it ends well");
            assert!(heard.starts_with("HELLO"), "{command}: {heard}");
            assert_eq!(code, 0, "{command}");
        }
    });
}

async fn shouted(tree: &TestTree, command: &str) -> Result<(String, u8), Error> {
    tree.nursery(async |n| {
        let child = n.start_actor(command).await?;
        let heard = child
            .with_context(RUN, (["shout"],), async |ctx, (): ()| {
                let mut stream = ctx.open_stream::<Vec<u8>, Vec<u8>>().await?;
                stream.send(b"hello\n".to_vec()).await?;
                stream.stop();
                let mut heard = Vec::new();
                while let Some(bytes) = stream.next().await? {
                    heard.extend(bytes);
                }
                let heard = String::from_utf8_lossy(&heard).into_owned();
                Ok((heard, ctx.output::<u8>().await?))
            })
            .await?;
        child.cancel().await?;
        Ok(heard)
    })
    .await
}

#[test]
fn command_of_wasi_0_3_exits_with_its_own_code() {
    in_plugin_tree(async |tree| {
        let ended: Result<(), Error> = tree
            .nursery(async |n| {
                let arguments = (["exit", "7"],);
                let command = n.run_in_actor("plain-command3", RUN, arguments).await?;
                command.output().await
            })
            .await;
        assert_eq!(one_failure(&ended).kind, FailureKind::Exit(7));
    });
}

#[test]
fn command_that_floods_waits_for_its_reader_and_loses_nothing() {
    in_plugin_tree(async |tree| {
        let lines = tree
            .nursery(async |n| {
                let child = n.start_actor("plain-command").await?;
                let lines = child
                    .with_context(RUN, (["flood", "20000"],), async |ctx, (): ()| {
                        let mut stream = ctx.open_stream::<Vec<u8>, Vec<u8>>().await?;
                        let mut heard = Vec::new();
                        while let Some(bytes) = stream.next().await? {
                            heard.extend(bytes);
                        }
                        Ok(String::from_utf8_lossy(&heard).into_owned())
                    })
                    .await?;
                child.cancel().await?;
                Ok(lines)
            })
            .await
            .expect("it ends well");
        assert_eq!(lines.lines().count(), 20_000);
        assert!(lines.ends_with("line 19999\n"));
    });
}

#[test]
fn command_that_spins_or_sleeps_ends_at_once_with_whoever_opened_it_and_without_a_failure() {
    in_stock_tree(async |tree| {
        let commands = [
            ("plain-command", "spin"),
            ("plain-command", "sleep"),
            ("plain-command-c", "spin"),
            ("plain-command-python", "spin"),
        ];
        for (command, manner) in commands {
            let begun = Instant::now();
            let ended: Result<(), Error> = tree
                .nursery(async |n| {
                    let child = n.start_actor(command).await?;
                    child
                        .with_context(RUN, ([manner],), async |ctx, (): ()| {
                            let mut stream = ctx.open_stream::<Vec<u8>, Vec<u8>>().await?;
                            stream.next().await?;
                            ctx.cancel();
                            Ok(())
                        })
                        .await?;
                    child.cancel().await
                })
                .await;
            assert!(ended.is_ok(), "{command} {manner}: {ended:?}");
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{command} {manner}"
            );
        }
    });
}

#[test]
fn command_is_gone_when_its_nursery_is_cancelled() {
    in_plugin_tree(async |tree| {
        let scope = tree.scope().child(ScopeOptions {
            deadline: Some(Duration::from_millis(300)),
            shield: false,
        });
        let ended: Result<(), Error> = tree
            .nursery_within(&scope, async |n| {
                let arguments = (["sleep"],);
                let command = n.run_in_actor("plain-command", RUN, arguments).await?;
                command.output().await
            })
            .await;
        assert!(matches!(ended, Err(Error::Cancelled(_))), "{ended:?}");
    });
}

#[test]
fn command_runs_once_and_a_message_that_is_no_bytes_ends_it() {
    in_plugin_tree(async |tree| {
        let again: Result<(), Error> = tree
            .nursery(async |n| {
                let child = n.start_actor("plain-command").await?;
                child.call::<()>(RUN, (["echo", "x"],)).await?;
                child.call(RUN, (["echo", "y"],)).await
            })
            .await;
        assert_eq!(one_failure(&again).kind, FailureKind::Misuse);
        let wrong: Result<(), Error> = tree
            .nursery(async |n| {
                let child = n.start_actor("plain-command").await?;
                child
                    .with_context(RUN, (["count"],), async |ctx, (): ()| {
                        let mut stream = ctx.open_stream::<f64, Vec<u8>>().await?;
                        stream.send(-1.5).await?;
                        stream.next().await.map(drop)
                    })
                    .await
            })
            .await;
        assert_eq!(one_failure(&wrong).kind, FailureKind::IllTyped, "{wrong:?}");
    });
}
