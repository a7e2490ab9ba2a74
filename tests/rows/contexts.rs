//! Rows 19 to 30: two linked tasks.

use crate::scenario;
use crate::support::{actor, in_tree, one_failure};
use tractor_host::{Error, FailureKind};

const SERVES: &str = "still serves: ok 3";

/// Runs a scenario; its last line says that the callee's actor serves on.
fn lines_of(arguments: &[&str]) -> Vec<String> {
    let mut lines = scenario(arguments);
    assert_eq!(lines.pop().as_deref(), Some(SERVES), "{arguments:?}");
    lines
}

#[test]
fn row_19_started_twice_and_stream_before_started_are_misuse() {
    let lines = lines_of(&["context-misuse"]);
    assert_eq!(lines[0], "started-twice: failed [misuse, in peer]");
    assert_eq!(lines[1], "stream-before-started: failed [misuse, in peer]");
    // See the table in `main.rs`.
    assert!(lines[2].starts_with("stream-twice: failed [other, in peer]"));
}

#[test]
fn row_20_return_without_started_is_misuse() {
    let lines = lines_of(&["context-misuse"]);
    assert_eq!(lines[3], "never-started: failed [misuse, in peer]");
    let plain = "a context of a plain function: failed [misuse, in peer]";
    assert_eq!(lines[4], plain);
}

#[test]
fn row_21_body_and_callee_end_in_each_way() {
    for stream in ["stream", "none"] {
        for (body, callee, end) in [
            ("ends", "returns", "ok Some(Some(()))"),
            // The scenario waits for half a second, and then cancels.
            ("ends", "blocks", "ok None"),
            (
                "fails",
                "returns",
                "failed [other, in main] the body failed",
            ),
            ("fails", "blocks", "failed [other, in main] the body failed"),
            ("cancelled", "returns", "ok Some(None)"),
            ("cancelled", "blocks", "ok Some(None)"),
        ] {
            let lines = lines_of(&["context", body, callee, stream]);
            assert_eq!(
                lines,
                [format!("context: {end}")],
                "{body} {callee} {stream}"
            );
        }
    }
}

#[test]
fn row_21_first_value_is_what_started_gave() {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let peer = n.start_actor("test-actor").await?;
                let first = peer
                    .with_context("simple-rpc", (10,), async |context, first: u32| {
                        context.cancel();
                        Ok(first)
                    })
                    .await?;
                peer.cancel().await?;
                Ok(first)
            })
            .await;
        assert_eq!(ended.ok(), Some(11));
    });
}

#[test]
fn row_22_opener_that_cancels_its_context_ends_in_silence() {
    assert_eq!(
        lines_of(&["context-cancelled-by-opener"]),
        [
            r#"callee blocks: ok "left""#,
            "callee returned: ok 7",
            "output: cancelled (requested, by main)",
            "output asked after cancel: ok ()",
        ]
    );
}

#[test]
fn row_23_opener_that_cancels_the_actor_instead_is_told_so() {
    assert_eq!(
        scenario(&["context-owner-cancels-actor"]),
        [
            "context: failed [context-cancelled(main), in peer]",
            "nursery: failed [cancelled(requested), in peer] and [context-cancelled(main), in peer]",
        ]
    );
}

#[test]
fn row_24_stream_that_the_callee_ends_stays_ended() {
    assert_eq!(
        lines_of(&["context-callee-ends-stream"]),
        [
            "later: ok None",
            "opened again: closed",
            "context: ok [0, 1, 2]"
        ]
    );
}

#[test]
fn row_25_opener_leaves_at_any_time_with_cancel_or_without() {
    for moment in ["before", "opened", "stopped"] {
        for cancel in ["cancel", "none"] {
            let lines = lines_of(&["context-leave", moment, cancel]);
            assert_eq!(lines, [r#"context: ok "left""#], "{moment} {cancel}");
        }
    }
}

#[test]
fn row_25_opener_leaves_a_callee_that_sends_more_than_there_is_room_for() {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let peer = n.start_actor("test-actor").await?;
                for opened in [false, true] {
                    peer.with_context("count-up", (1000,), async |context, (): ()| {
                        if opened {
                            let mut stream = context.open_stream::<(), u32>().await?;
                            assert_eq!(stream.next().await?, Some(0));
                        }
                        Ok(())
                    })
                    .await?;
                }
                assert_eq!(peer.call::<u32>("add", (1, 2)).await?, 3);
                peer.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn row_26_another_branch_cancels_the_context_of_a_reader() {
    assert_eq!(
        lines_of(&["context-cancelled-by-branch"]),
        [
            "reader: cancelled (requested, by main)",
            r#"context: ok "done""#
        ]
    );
}

#[test]
fn row_27_callee_that_cancels_itself_is_named() {
    let end = "failed [context-cancelled(peer), in peer]";
    let expected = ["before", "after"].map(|when| format!("{when} started: {end}"));
    assert_eq!(lines_of(&["context-callee-cancels"]), expected);
}

#[test]
fn row_28_failure_while_being_cancelled_wins_over_the_cancellation() {
    assert_eq!(
        lines_of(&["context-fails-while-cancelled"]),
        [
            "body failed: failed [other, in main] the body failed and [other, in peer] worse",
            "body cancelled: failed [other, in peer] worse",
        ]
    );
}

#[test]
fn row_29_ping_pong_counts_right_at_both_ends() {
    let lines = lines_of(&["ping-pong"]);
    assert_eq!(lines, ["first value: 11", "context: ok (10, 10)"]);
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let peer = n.start_actor(actor("peer")).await?;
                let count = peer
                    .with_context("simple-rpc", (10,), async |context, first: u32| {
                        assert_eq!(first, 11);
                        let mut stream = context.open_stream::<String, String>().await?;
                        // The other style of loop: as long as something comes back.
                        let mut pongs = 0;
                        stream.send("ping".to_owned()).await?;
                        while let Some(pong) = stream.next().await? {
                            assert_eq!(pong, "pong");
                            pongs += 1;
                            match pongs {
                                10 => stream.stop(),
                                _ => stream.send("ping".to_owned()).await?,
                            }
                        }
                        Ok((pongs, context.output::<u32>().await?))
                    })
                    .await?;
                peer.cancel().await?;
                Ok(count)
            })
            .await;
        assert_eq!(ended.ok(), Some((10, 10)));
    });
}

#[test]
fn row_30_callee_of_a_cancelled_call_is_cancelled_and_its_actor_goes_on() {
    in_tree(async |tree| {
        let ended = tree.scenario(&["linked-call"]).await;
        assert!(ended.is_ok(), "{ended:?}");
        let expected = ["cancelled: ok None", "dropped", SERVES];
        assert_eq!(tree.stdout.lines(), expected);
        assert_eq!(tree.stderr.lines(), ["peer has cleaned up"; 2]);
    });
}

#[test]
fn row_30_call_of_a_nursery_that_is_cancelled_ends_with_it() {
    in_tree(async |tree| {
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                let peer = n.start_actor(actor("peer")).await?;
                let inner: Result<(), _> = tree
                    .nursery(async |inner| {
                        inner.start_actor(actor("other")).await?;
                        let peer = peer.within(&inner.scope());
                        let fails = inner.run_in_actor(actor("bad"), "fail", ("bad",)).await?;
                        let called = peer.call::<()>("wait-forever", ()).await;
                        assert!(matches!(called, Err(Error::Cancelled(_))), "{called:?}");
                        fails.output().await
                    })
                    .await;
                assert_eq!(one_failure(&inner).kind, FailureKind::Other);
                assert_eq!(peer.call::<u32>("add", (1, 2)).await?, 3);
                peer.cancel().await
            })
            .await;
        assert!(raised.is_ok(), "{raised:?}");
    });
}
