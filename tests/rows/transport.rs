//! Rows 53 to 58: links that are cut, that bring nonsense, that are spoken by the wrong version.

use crate::support::{
    Captured, DEADLINE, TestTree, actor, failed, in_tree, in_tree_with, one_failure, program,
    within,
};
use crate::wire::{self, Wire};
use bytes::BytesMut;
use serde::Serialize;
use std::io::Write;
use tractor_host::{Child, Codec, Error, FailureKind, Level, Names, Transport};
use tractor_protocol::frame;
use tractor_protocol::handshake::Hello;
use tractor_protocol::peer::{DialogKind, PeerMessage, Start};
use tractor_protocol::{DialogId, Side};

/// A message as a frame, with its payload.
pub(crate) fn framed(message: &impl Serialize, body: &[u8]) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    frame::encode(message, body, 1 << 20, &mut bytes).expect("it is small");
    bytes.to_vec()
}

/// What is no frame, or not a legal one for a peer that has opened nothing.
fn bad_frames() -> Vec<Vec<u8>> {
    let dialog = DialogId::new(Side::First, 40);
    let stranger = DialogId::new(Side::Second, 40);
    let codec = Codec::Json;
    vec![
        // A length, and then what is no message.
        [&5u32.to_le_bytes()[..], &[0xff; 5]].concat(),
        // Over every limit.
        u32::MAX.to_le_bytes().to_vec(),
        // An empty frame.
        vec![0; 4],
        // Never opened, whoever reads it.
        framed(&PeerMessage::Stop { dialog }, &[]),
        framed(
            &PeerMessage::Return {
                dialog: stranger,
                codec,
            },
            b"1",
        ),
        framed(&PeerMessage::Hello(Hello::OURS), &[]),
        // Bytes behind a message that has none.
        framed(&PeerMessage::Ping(1), b"and more"),
    ]
}

/// Runs a scenario whose link between main and its peer is cut once it has echoed so many messages.
async fn cut_after(tree: &TestTree, count: &str, closed: &str, who: &str) -> Result<(), Error> {
    let told = format!("echoed {count}");
    let cut = async {
        let echoed = || tree.stdout.lines().contains(&told);
        assert!(within(DEADLINE, echoed).await, "{:?}", tree.stdout.lines());
        let pid = |name| tree.program.actors(name)[0];
        let wire = Wire::between(pid("main"), pid("peer"));
        if who != "callee" {
            wire::cut(&wire.first);
        }
        if who != "opener" {
            wire::cut(&wire.second);
        }
    };
    let scenario = ["cut", count, closed];
    tokio::join!(tree.scenario(&scenario), cut).0
}

/// Both ends noticed, each by the supervisor's word and not because a time was up; and it is one failure, of the connection.
fn both_noticed(tree: &TestTree, ended: &Result<(), Error>, case: &str) {
    let failure = one_failure(ended);
    assert_eq!(
        failure.kind,
        FailureKind::ConnectionLost,
        "{case}: {failure:?}"
    );
    let noticed = "the connection between main and peer was lost";
    assert_eq!(failure.message, noticed, "{case}");
    assert_eq!(failure.origin.name, "peer", "{case}");
    let callee = tree.stderr.lines();
    let noticed = "peer noticed: cancelled (connection-lost, by main)";
    assert!(
        callee.iter().any(|line| line.starts_with(noticed)),
        "{case}: {callee:?}"
    );
}

#[test]
fn row_53_cut_connection_is_noticed_at_once_by_both_ends() {
    for who in ["opener", "callee", "both"] {
        for closed in ["open", "closed"] {
            in_tree(async |tree| {
                let ended = cut_after(tree, "500", closed, who).await;
                both_noticed(tree, &ended, &format!("{who}, {closed}"));
            });
        }
    }
}

#[test]
fn row_53_connection_that_is_not_cut_echoes_all() {
    for closed in ["open", "closed"] {
        let lines = crate::scenario(&["cut", "1000", closed]);
        assert_eq!(lines, ["echoed 1000", "context: ok ()"], "{closed}");
    }
}

#[test]
fn row_54_connection_cut_right_after_a_stream_opens_fails_the_opener() {
    in_tree(async |tree| {
        let ended = cut_after(tree, "0", "open", "opener").await;
        both_noticed(tree, &ended, "at once");
    });
}

/// Runs `body` with an actor that then still serves, over a link of its own, and is cancelled by its owner.
async fn with_peer(tree: &TestTree, body: impl AsyncFnOnce(&Child) -> Result<(), Error>) {
    let ended = tree
        .nursery(async |n| {
            let peer = n.start_actor(actor("peer")).await?;
            body(&peer).await?;
            assert_eq!(peer.call::<u32>("add", (1, 2)).await?, 3, "it serves on");
            peer.cancel().await
        })
        .await;
    assert!(ended.is_ok(), "{ended:?}");
}

async fn until_it_cleans_up(peer: &Child) -> Result<(), Error> {
    while peer.call::<u32>("cleaners", ()).await? == 0 {}
    Ok(())
}

#[test]
fn row_55_callee_of_a_caller_that_disconnects_is_cancelled_and_its_actor_goes_on() {
    in_tree(async |tree| {
        with_peer(tree, async |peer| {
            let names = Names {
                find: true,
                ..Names::default()
            };
            let caller = tree.nursery(async |n| {
                let caller = n.start_actor(program("caller").names(names)).await?;
                let call = caller.call::<()>("call-named", ("peer", "clean-up"));
                let cut = async {
                    until_it_cleans_up(peer).await?;
                    let wire = Wire::between(caller.actor().pid, peer.actor().pid);
                    wire::cut(&wire.first);
                    Ok(())
                };
                let (called, done): (_, Result<(), Error>) = tokio::join!(call, cut);
                done?;
                assert_eq!(one_failure(&called).kind, FailureKind::ConnectionLost);
                assert_eq!(caller.call::<String>("own-name", ()).await?, "caller");
                caller.cancel().await
            });
            caller.await?;
            let cleaned = || tree.stderr.lines() == ["peer has cleaned up"];
            assert!(within(DEADLINE, cleaned).await, "{:?}", tree.stderr.lines());
            Ok(())
        })
        .await;
    });
}

/// As [`in_tree`], where what is written to a link's socket is read as its frames.
fn over_sockets(body: impl AsyncFnOnce(&TestTree)) {
    in_tree_with(|builder| builder.transport(Transport::Unix), body);
}

#[test]
fn row_55_start_and_end_of_a_link_at_once_harm_nothing() {
    over_sockets(async |tree| {
        with_peer(tree, async |peer| {
            let start = PeerMessage::Start(Start {
                dialog: DialogId::new(Side::First, 1000),
                kind: DialogKind::Call,
                function: "clean-up".to_owned(),
                codec: Codec::Json,
                time_left: None,
            });
            // It has its link when a call is answered.
            assert_eq!(peer.call::<u32>("count", ()).await?, 1);
            let wire = Wire::between(std::process::id(), peer.actor().pid);
            wire::write(&wire.first, &framed(&start, b"[0]"));
            wire::cut(&wire.first);
            // Over the old link it is lost, and over the new one it is answered: whoever calls may be told either.
            while peer.call::<u32>("cleaners", ()).await.ok() != Some(0) {}
            Ok(())
        })
        .await;
    });
}

#[test]
fn row_56_bad_frame_of_a_callee_fails_its_caller_and_the_actor_is_unharmed() {
    over_sockets(async |tree| {
        with_peer(tree, async |peer| {
            for bytes in bad_frames() {
                let called = while_it_waits(peer, |wire| wire::write(&wire.second, &bytes)).await;
                let failure = one_failure(&called);
                let kind = FailureKind::ProtocolViolation;
                assert_eq!(
                    (&failure.kind, &*failure.origin.name),
                    (&kind, "peer"),
                    "{bytes:?}"
                );
            }
            Ok(())
        })
        .await;
    });
}

#[test]
fn row_56_bad_frame_of_a_caller_closes_its_link_and_the_callee_is_unharmed() {
    let log = Captured::default();
    let lines = log.clone();
    let logged = move |line: tractor_host::LogLine| {
        let mut lines = lines.clone();
        writeln!(lines, "{}: {}", line.actor.name, line.message).expect("it is kept");
    };
    in_tree_with(
        |builder| builder.transport(Transport::Unix).log(Level::Warn, logged),
        async |tree| {
            with_peer(tree, async |peer| {
                for bytes in bad_frames() {
                    let called =
                        while_it_waits(peer, |wire| wire::write(&wire.first, &bytes)).await;
                    let kind = one_failure(&called).kind;
                    assert_eq!(kind, FailureKind::ConnectionLost, "{bytes:?}");
                }
                Ok(())
            })
            .await;
        },
    );
    let refused = log.lines();
    let refused = refused
        .iter()
        .filter(|line| line.starts_with("peer: the link to root"));
    assert_eq!(refused.count(), bad_frames().len(), "{:?}", log.lines());
}

/// How a call ends that waits in the peer, when something is done to its link.
async fn while_it_waits(peer: &Child, harm: impl FnOnce(&Wire)) -> Result<(), Error> {
    let call = peer.call::<()>("wait-forever", ());
    let harm = async {
        // The link may be a new one; it is there when something behind the first call is answered.
        let counted = peer.call::<u32>("count", ()).await;
        assert!(counted.is_ok(), "{counted:?}");
        harm(&Wire::between(std::process::id(), peer.actor().pid));
    };
    tokio::join!(call, harm).0
}

#[test]
fn row_56_shared_memory_that_a_callee_spoils_fails_its_caller_and_the_actor_is_unharmed() {
    in_tree(async |tree| {
        with_peer(tree, async |peer| {
            for word in [wire::WRITTEN_BY_SECOND, wire::READ_BY_SECOND] {
                let call = peer.call::<()>("wait-forever", ());
                let spoil = async {
                    assert!(peer.call::<u32>("count", ()).await.is_ok());
                    let pid = peer.actor().pid;
                    wire::spoil(pid, word);
                    if word == wire::WRITTEN_BY_SECOND {
                        // As the peer wakes the reader. It must not write itself: that would mend it.
                        let wire = Wire::between(std::process::id(), pid);
                        wire::write(&wire.second, &[1]);
                    } else {
                        // The writer looks when it has something to write.
                        let _ = peer.call::<u32>("count", ()).await;
                    }
                };
                let (called, ()) = tokio::join!(call, spoil);
                let failure = one_failure(&called);
                let kind = FailureKind::ProtocolViolation;
                assert_eq!((&failure.kind, &*failure.origin.name), (&kind, "peer"));
                let why = "its position is outside the ring";
                assert!(failure.message.ends_with(why), "{}", failure.message);
            }
            Ok(())
        })
        .await;
    });
}

#[test]
fn lost_inside_a_frame_is_told_as_the_death_that_it_is() {
    // A worker that is killed while it writes leaves half a frame. Its caller and its owner hear of one failure, with one id.
    over_sockets(async |tree| {
        let raised: Result<(), _> = tree
            .nursery(async |n| {
                let peer = n.start_actor(actor("peer")).await?;
                let pid = peer.actor().pid;
                while_it_waits(&peer, |wire| {
                    // The beginning of a frame, and then the end.
                    wire::write(&wire.second, &[9, 0, 0, 0, 1]);
                    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).expect("a process");
                    let kill = rustix::process::Signal::KILL;
                    rustix::process::kill_process(pid, kill).expect("it runs");
                })
                .await
            })
            .await;
        let failures = failed(&raised);
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert_eq!(failures[0].kind, FailureKind::Killed(9));
    });
}

#[test]
fn links_that_are_over_leave_no_descriptor_in_who_goes_on() {
    in_tree(async |tree| {
        let ended = tree
            .nursery(async |n| {
                let names = Names {
                    find: true,
                    ..Names::default()
                };
                let keeper = n.start_actor(program("keeper").names(names)).await?;
                let descriptors = || {
                    let folder = format!("/proc/{}/fd", keeper.actor().pid);
                    std::fs::read_dir(folder).expect("it runs").count()
                };
                let mut before = None;
                for _ in 0..4 {
                    tree.nursery(async |inner| {
                        let peer = inner.start_actor(actor("brief")).await?;
                        let call = ("brief", "sleep-ms");
                        keeper.call::<()>("call-named", call).await?;
                        peer.cancel().await
                    })
                    .await?;
                    let enough = *before.get_or_insert_with(descriptors);
                    let closed = || descriptors() <= enough;
                    assert!(
                        within(DEADLINE, closed).await,
                        "{} of {enough}",
                        descriptors()
                    );
                }
                keeper.cancel().await
            })
            .await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}
