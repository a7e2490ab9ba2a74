//! Links of a tree over a network that delays and loses packets, and that goes dead without a word.
//!
//! The tree runs in a network namespace of its own, whose one interface is made worse. Needs root, `ip` and `tc`: where something is missing it says so and does
//! nothing. The namespace is removed however a test ends.

use crate::support::{DEADLINE, TestTree, actor, in_tree_with, one_failure, within};
use crate::transports::until_it_is_called;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::os::fd::AsFd;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tractor_host::{Child, Error, FailureKind, Transport};

/// How long a silent peer is borne over a network, 5 s, and what else it may take: the word of the supervisor that it lives, and a busy machine.
const GIVEN_UP: Duration = Duration::from_secs(5 + 8);

/// Messages of a stream over a network that loses some packets.
const MESSAGES: u32 = 5000;

/// A namespace. This thread, and all that comes of it, is in it.
struct Network {
    name: String,
}

impl Network {
    fn enter(name: &str) -> Result<Self, String> {
        if !rustix::process::geteuid().is_root() {
            return Err("namespaces need root".to_owned());
        }
        let network = Self {
            name: format!("tr{}{name}", std::process::id()),
        };
        run("ip", &format!("netns add {}", network.name))?;
        let file = File::open(format!("/run/netns/{}", network.name));
        let file = file.map_err(|error| error.to_string())?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
            .map_err(|error| error.to_string())?;
        // Packets as between machines, not of 64 KiB.
        run("ip", "link set lo up mtu 1500")?;
        worsen()?;
        Ok(network)
    }

    /// Nothing passes any more, and nobody is told. That is of its interface, which this thread is in sight of.
    fn cut(&self) {
        run("tc", "qdisc replace dev lo root pfifo limit 0").expect("it was replaced before");
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // It goes for good with the last that is in it.
        let _ = run("ip", &format!("netns del {}", self.name));
    }
}

/// Delay and loss, if the kernel can; else a narrow place with a short queue, which loses what comes faster.
fn worsen() -> Result<(), String> {
    let netem = run("tc", "qdisc add dev lo root netem delay 5ms 1ms loss 1%");
    let narrow = |_| {
        run(
            "tc",
            "qdisc add dev lo root tbf rate 50mbit burst 10kb limit 15kb",
        )
    };
    netem.or_else(narrow)
}

fn run(program: &str, words: &str) -> Result<(), String> {
    #[expect(clippy::disallowed_methods, reason = "reaped by `output`")]
    let mut command = Command::new(program);
    let output = command.args(words.split_whitespace()).output();
    let output = output.map_err(|error| format!("{program} cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{program} {words}: {}", said.trim())),
    }
}

#[test]
fn law_08_streams_and_calls_over_a_network_that_loses_packets_lose_nothing() {
    over_each_network("lossy", async |_, tree| {
        let ended = tree.nursery(async |n| {
            let peer = n.start_actor(actor("peer")).await?;
            // So much at once that even a narrow place loses some of it.
            let bytes = vec![7_u8; 300_000];
            for _ in 0..5 {
                let back = peer.call::<Vec<u8>>("echo-bytes", (&bytes,)).await?;
                assert!(back == bytes, "{} bytes came back", back.len());
            }
            let counted = peer.with_context("count-up", (MESSAGES,), async |context, (): ()| {
                let mut stream = context.open_stream::<(), u32>().await?;
                for expected in 0..MESSAGES {
                    assert_eq!(stream.next().await?, Some(expected));
                }
                Ok(())
            });
            counted.await?;
            peer.cancel().await
        });
        let ended: Result<(), Error> = ended.await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

#[test]
fn law_04_linked_tasks_calls_and_contexts_end_at_both_ends_when_the_network_is_cut() {
    over_each_network("cut", async |network, tree| {
        let ended = tree.nursery(async |n| {
            let peer = n.start_actor(actor("peer")).await?;
            assert_eq!(peer.call::<u32>("add", (1, 2)).await?, 3);
            let open = Notify::new();
            let call = peer.call::<()>("clean-up", (0,));
            let cut = async {
                until_it_is_called(&peer).await;
                open.notified().await;
                network.cut();
                Instant::now()
            };
            let (called, held, since) = tokio::join!(call, hold(&peer, &open), cut);
            assert!(since.elapsed() < GIVEN_UP, "{:?}", since.elapsed());
            for failure in [one_failure(&called), one_failure(&held)] {
                assert_eq!(failure.kind, FailureKind::ConnectionLost);
                assert!(failure.message.contains("no sign of life"), "{failure:?}");
            }
            // The other end was cancelled, as if its caller had died.
            let cleaned = || tree.stderr.lines() == ["peer has cleaned up"];
            assert!(within(DEADLINE, cleaned).await, "{:?}", tree.stderr.lines());
            n.cancel();
            Ok(())
        });
        let ended: Result<(), Error> = ended.await;
        assert!(ended.is_ok(), "{ended:?}");
    });
}

/// Waits in a context for what never comes, and tells when it does.
async fn hold(peer: &Child, open: &Notify) -> Result<(), Error> {
    let waits = peer.with_context("slow-sum", (1000, 4, 600_000), async |context, (): ()| {
        let mut stream = context.open_stream::<u32, u32>().await?;
        open.notify_one();
        stream.next().await.map(drop)
    });
    waits.await
}

/// Runs `body` over a network of its own for TCP, and for QUIC.
fn over_each_network(name: &str, body: impl AsyncFn(&Network, &TestTree) + Sync) {
    for (transport, number) in [(Transport::Tcp, 0), (Transport::Quic, 1)] {
        let inside = || match Network::enter(&format!("{name}{number}")) {
            Ok(network) => in_tree_with(
                |builder| builder.transport(transport),
                async |tree| body(&network, tree).await,
            ),
            Err(why) => skip(&why),
        };
        // A thread of its own: that of the test may run others behind it.
        std::thread::scope(|scope| {
            let inside = scope.spawn(inside);
            inside.join().expect("it did not panic");
        });
    }
}

#[expect(clippy::print_stdout, reason = "what is skipped is said")]
fn skip(why: &str) {
    println!("skipped: {why}");
}
