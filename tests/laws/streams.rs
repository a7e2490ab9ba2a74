//! Law 8: streams lose nothing.

use super::support::{TestTree, actor, in_tree, one_failure};
use std::time::Duration;
use tractor_host::{Child, Error, FailureKind, Overrun, StreamOptions};

async fn with_peer(tree: &TestTree, body: impl AsyncFnOnce(&Child) -> Result<(), Error>) {
    let ended = tree
        .nursery(async |n| {
            let peer = n.start_actor(actor("peer")).await?;
            body(&peer).await?;
            peer.cancel().await
        })
        .await;
    assert!(ended.is_ok(), "{ended:?}");
}

#[test]
fn law_08_streams_lose_nothing_ten_thousand_come_in_order_each_once() {
    in_tree(async |tree| {
        with_peer(tree, async |peer| {
            peer.with_context("serve-echo", (), async |context, (): ()| {
                let mut stream = context.open_stream::<u32, u32>().await?;
                let (mut sent, mut expected) = (0..10_000u32, 0);
                // Some are under way all the time, fewer than the other end has room for.
                stream.send_all(sent.by_ref().take(50)).await?;
                while expected < 10_000 {
                    assert_eq!(stream.next().await?, Some(expected));
                    expected += 1;
                    if let Some(next) = sent.next() {
                        stream.send(next).await?;
                    }
                }
                // A stop is of one direction: the other end's comes after all it sent.
                stream.stop();
                assert_eq!(stream.next().await?, None);
                assert_eq!(context.output::<u32>().await?, 10_000);
                Ok(())
            })
            .await
        })
        .await;
    });
}

#[test]
fn law_08_streams_lose_nothing_slow_reader_slows_its_writer() {
    in_tree(async |tree| {
        with_peer(tree, async |peer| {
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
                // What it has room for, and what it took before it fell asleep.
                assert!((4..=9).contains(&sent), "{sent}");
                context.cancel();
                Ok(())
            })
            .await
        })
        .await;
    });
}

#[test]
fn law_08_streams_lose_nothing_receive_that_was_cut_short_takes_nothing() {
    in_tree(async |tree| {
        with_peer(tree, async |peer| {
            peer.with_context("count-up", (2000,), async |context, (): ()| {
                let options = StreamOptions {
                    buffer: 3,
                    ..StreamOptions::default()
                };
                let mut stream = context.open_stream_with::<(), u32>(options).await?;
                let (mut expected, mut attempts) = (0, 0);
                loop {
                    attempts += 1;
                    let patience = Duration::from_micros(attempts % 7 * 100);
                    match tokio::time::timeout(patience, stream.next()).await {
                        Err(_) => {}
                        Ok(Ok(None)) => break,
                        Ok(received) => {
                            assert_eq!(received?, Some(expected));
                            expected += 1;
                        }
                    }
                }
                assert_eq!(expected, 2000);
                Ok(())
            })
            .await
        })
        .await;
    });
}

#[test]
fn law_08_streams_lose_nothing_overrun_fails_the_sender_if_it_asks_for_that() {
    in_tree(async |tree| {
        with_peer(tree, async |peer| {
            let arguments = (1000, 1, 600_000);
            peer.with_context("slow-sum", arguments, async |context, (): ()| {
                let options = StreamOptions {
                    overrun: Overrun::Fail,
                    ..StreamOptions::default()
                };
                let stream = context.open_stream_with::<u32, ()>(options).await?;
                let overrun = stream.send_all(0..100).await;
                assert_eq!(one_failure(&overrun).kind, FailureKind::Overrun);
                context.cancel();
                Ok(())
            })
            .await
        })
        .await;
    });
}

#[test]
fn law_08_streams_lose_nothing_dropped_stream_does_not_hold_up_the_other_end() {
    in_tree(async |tree| {
        with_peer(tree, async |peer| {
            peer.with_context("count-up", (1000,), async |context, (): ()| {
                drop(context.open_stream::<(), u32>().await?);
                context.output::<()>().await
            })
            .await
        })
        .await;
    });
}
