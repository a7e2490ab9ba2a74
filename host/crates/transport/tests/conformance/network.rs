//! What only transports between machines have: certificates, peers that may be silent, strangers at the port, lanes.

use super::making::{Note, Transport, body, connected, next, push, soon, spawn};
use crate::{
    Address, Authority, ConnectError, Credentials, Endpoint, Link, Listener, Patience,
    ReceiveError, Receiver, SendError, Sender,
};
use bytes::Bytes;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tractor_protocol::Identity;

const NETWORK: [Transport; 2] = [Transport::tcp, Transport::quic];

static TREE: LazyLock<Authority> = LazyLock::new(|| Authority::new().unwrap());

/// What an actor of the tests' tree shows.
pub(super) fn credentials(name: &str) -> Credentials {
    of(&TREE.identity(name).unwrap())
}

fn of(identity: &Identity) -> Credentials {
    Credentials::new(identity).unwrap()
}

fn endpoint(identity: &Identity) -> Endpoint {
    Endpoint::new("").with_credentials(of(identity))
}

async fn both(
    ours: &Endpoint,
    listener: &Listener,
) -> (Result<Link, ConnectError>, Result<Link, ConnectError>) {
    let accepted = async { listener.accept().await.unwrap().greet().await };
    tokio::join!(ours.connect(listener.address(), "theirs"), accepted)
}

async fn listening(transport: Transport, endpoint: &Endpoint) -> Listener {
    endpoint.listen(&transport.address()).await.unwrap()
}

fn is_distrust(result: &Result<Link, ConnectError>) -> bool {
    matches!(
        result,
        Err(ConnectError::Untrusted { .. } | ConnectError::RefusedUs { .. })
    )
}

#[tokio::test]
async fn peer_of_another_tree_is_refused_by_both_ends() {
    let other = Authority::new().unwrap();
    for transport in NETWORK {
        // A stranger that listens.
        let theirs = endpoint(&other.identity("theirs").unwrap());
        let listener = listening(transport, &theirs).await;
        let (one, two) = soon(both(&transport.endpoint("ours"), &listener)).await;
        assert!(
            matches!(one, Err(ConnectError::Untrusted { .. })),
            "{one:?}"
        );
        assert!(
            matches!(two, Err(ConnectError::RefusedUs { .. })),
            "{two:?}"
        );
        // A stranger that connects, and trusts us.
        let mut mixed = other.identity("ours").unwrap();
        mixed.authority = TREE.identity("x").unwrap().authority;
        let listener = listening(transport, &transport.endpoint("theirs")).await;
        let (one, two) = soon(both(&endpoint(&mixed), &listener)).await;
        assert!(
            matches!(one, Err(ConnectError::RefusedUs { .. })),
            "{one:?}"
        );
        assert!(
            matches!(two, Err(ConnectError::Untrusted { .. })),
            "{two:?}"
        );
    }
}

#[tokio::test]
async fn certificate_that_is_not_good_now_is_refused() {
    let (now, day) = (SystemTime::now(), Duration::from_secs(24 * 3600));
    for (from, until) in [(now - 2 * day, now - day), (now + day, now + 2 * day)] {
        for transport in NETWORK {
            let stale = |name| endpoint(&TREE.identity_between(name, from, until).unwrap());
            let listener = listening(transport, &stale("theirs")).await;
            let (one, two) = soon(both(&transport.endpoint("ours"), &listener)).await;
            assert!(is_distrust(&one) && is_distrust(&two), "{one:?} {two:?}");
            let listener = listening(transport, &transport.endpoint("theirs")).await;
            let (one, two) = soon(both(&stale("ours"), &listener)).await;
            assert!(is_distrust(&one) && is_distrust(&two), "{one:?} {two:?}");
        }
    }
}

#[tokio::test]
async fn refusal_of_an_expired_certificate_says_so() {
    let (now, day) = (SystemTime::now(), Duration::from_secs(24 * 3600));
    let stale = TREE.identity_between("theirs", now - 2 * day, now - day);
    let stale = endpoint(&stale.unwrap());
    for transport in NETWORK {
        let listener = listening(transport, &stale).await;
        let (one, _two) = soon(both(&transport.endpoint("ours"), &listener)).await;
        let message = one.unwrap_err().to_string();
        assert!(message.contains("expired"), "{message}");
    }
}

#[tokio::test]
async fn peer_that_takes_the_name_of_another_is_refused() {
    for transport in NETWORK {
        let listener = listening(transport, &transport.endpoint("theirs")).await;
        let mut ours = transport.endpoint("ours");
        ours.name = "somebody".to_owned();
        let (one, two) = soon(both(&ours, &listener)).await;
        assert!(matches!(one, Err(ConnectError::Refused { .. })), "{one:?}");
        assert_eq!(
            two.unwrap_err().to_string(),
            "the peer is not to be trusted: its certificate is not that of \"somebody\""
        );
    }
}

#[tokio::test]
async fn endpoint_without_a_certificate_cannot_use_a_network() {
    let nobody = Endpoint::new("nobody");
    for address in ["tcp:127.0.0.1:1", "quic:127.0.0.1:1"] {
        let address: Address = address.parse().unwrap();
        let connect = nobody.connect(&address, "theirs").await;
        let listen = nobody.listen(&address).await.map(drop);
        assert!(matches!(connect, Err(ConnectError::NoCredentials { .. })));
        assert!(matches!(listen, Err(ConnectError::NoCredentials { .. })));
    }
}

#[tokio::test]
async fn host_that_does_not_resolve_is_named() {
    let ours = Transport::tcp.endpoint("ours");
    for scheme in ["tcp", "quic"] {
        let address = format!("{scheme}:no-such-host.invalid:1").parse().unwrap();
        let error = soon(ours.connect(&address, "theirs")).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the host no-such-host.invalid is not known"
        );
    }
}

#[tokio::test]
async fn port_where_nobody_listens_cannot_be_reached() {
    let quick = Patience {
        handshake: Duration::from_millis(300),
        ..Patience::default()
    };
    let ours = Transport::tcp.endpoint("ours").with_patience(quick);
    let free = listening(Transport::tcp, &ours).await;
    let address = free.address().clone();
    drop(free);
    let error = soon(ours.connect(&address, "theirs")).await;
    assert!(
        matches!(error, Err(ConnectError::Unreachable(_))),
        "{error:?}"
    );
    // A port that takes datagrams, and whose owner never answers.
    let mute = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = mute.local_addr().unwrap().port();
    let address = format!("quic:127.0.0.1:{port}").parse().unwrap();
    let error = soon(ours.connect(&address, "theirs")).await;
    assert!(
        matches!(error, Err(ConnectError::TimedOut { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn listener_that_speaks_another_protocol_is_a_stranger() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let serving = spawn(async move {
        let (mut stream, _) = server.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        // Until the other end has gone.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let address = format!("tcp:127.0.0.1:{port}").parse().unwrap();
    let ours = Transport::tcp.endpoint("ours");
    let error = soon(ours.connect(&address, "theirs")).await;
    assert!(matches!(error, Err(ConnectError::Stranger)), "{error:?}");
    soon(serving).await.unwrap();
}

#[tokio::test]
async fn strangers_at_the_port_are_turned_away_and_peers_still_served() {
    let transport = Transport::tcp;
    let listener = listening(transport, &transport.endpoint("theirs")).await;
    let Address::Tcp(_, port) = *listener.address() else {
        panic!("it listens for TCP");
    };
    let mut stranger = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let refused = soon(listener.accept().await.unwrap().greet()).await;
    assert!(
        matches!(refused, Err(ConnectError::Stranger)),
        "{refused:?}"
    );
    soon(connected(&transport.endpoint("ours"), &listener)).await;
}

#[tokio::test]
async fn datagrams_of_strangers_disturb_no_quic_listener() {
    let transport = Transport::quic;
    let listener = listening(transport, &transport.endpoint("theirs")).await;
    let Address::Quic(_, port) = *listener.address() else {
        panic!("it listens for QUIC");
    };
    let stranger = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for bytes in [&b""[..], b"hello", &[0xff; 1200], &[0xc0; 1200], &[0; 30]] {
        stranger.send_to(bytes, ("127.0.0.1", port)).await.unwrap();
    }
    soon(connected(&transport.endpoint("ours"), &listener)).await;
}

/// A peer in a thread of its own that greets and then does nothing at all, as a frozen process does, until it is let go.
struct Frozen {
    let_go: std::sync::mpsc::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

fn frozen(address: Address, endpoint: Endpoint) -> Frozen {
    let (let_go, frozen) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let link = endpoint.connect(&address, "theirs").await.unwrap();
            frozen.recv().unwrap();
            drop(link);
        });
    });
    Frozen { let_go, thread }
}

#[tokio::test]
async fn peer_that_is_silent_is_noticed_in_the_stated_time() {
    let quick = Patience {
        silence: Duration::from_millis(300),
        ..Patience::default()
    };
    for transport in NETWORK {
        let theirs = transport.endpoint("theirs").with_patience(quick);
        let listener = listening(transport, &theirs).await;
        let ours = transport.endpoint("ours").with_patience(quick);
        let peer = frozen(listener.address().clone(), ours);
        let link = soon(listener.accept().await.unwrap().greet())
            .await
            .unwrap();
        let (sender, mut receiver): (Sender<Note>, Receiver<Note>) = link.split();
        let driver = spawn(sender.drive());
        let silent = soon(receiver.receive()).await.unwrap_err();
        let ReceiveError::Io(error) = silent else {
            panic!("{silent:?}");
        };
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("no sign of life"), "{error}");
        peer.let_go.send(()).unwrap();
        peer.thread.join().unwrap();
        driver.abort();
    }
}

#[tokio::test]
async fn peer_with_nothing_to_say_is_not_taken_for_silent() {
    let quick = Patience {
        silence: Duration::from_millis(200),
        ..Patience::default()
    };
    for transport in NETWORK {
        let theirs = transport.endpoint("theirs").with_patience(quick);
        let listener = listening(transport, &theirs).await;
        let ours = transport.endpoint("ours").with_patience(quick);
        let (one, two) = soon(connected(&ours, &listener)).await;
        let (sender, mut other): (Sender<Note>, Receiver<Note>) = one.split();
        let (back, mut receiver): (Sender<Note>, Receiver<Note>) = two.split();
        let drivers = [spawn(sender.drive()), spawn(back.drive())];
        // Five times as long as silence is borne.
        let quiet = async {
            tokio::select! {
                got = receiver.receive() => panic!("{got:?}"),
                got = other.receive() => panic!("{got:?}"),
            }
        };
        let quiet = tokio::time::timeout(quick.silence * 5, quiet).await;
        assert!(quiet.is_err(), "the link is still open");
        push(&sender, 1);
        assert_eq!(soon(next(&mut receiver)).await, Some(1));
        drop((sender, back));
        for driver in drivers {
            soon(driver).await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn large_frame_in_one_lane_holds_up_no_other() {
    let ((sender, _other), (_back, mut receiver)) = soon(Transport::quic.ends()).await;
    let driver = spawn(sender.drive());
    let empty = Bytes::new();
    sender.push(&Note::Opens(1, 1), &empty).unwrap();
    sender.push(&Note::Opens(2, 2), &empty).unwrap();
    assert_eq!(soon(next(&mut receiver)).await, Some(1));
    assert_eq!(soon(next(&mut receiver)).await, Some(2));
    sender.push(&Note::Within(1, 3), &body(15 << 20)).unwrap();
    sender.push(&Note::Within(1, 4), &empty).unwrap();
    sender.push(&Note::Within(2, 5), &empty).unwrap();
    sender.push(&Note::Plain(6), &empty).unwrap();
    let mut order = Vec::new();
    for _ in 0..4 {
        order.push(soon(next(&mut receiver)).await.unwrap());
    }
    let place = |number| order.iter().position(|found| *found == number);
    assert!(place(5) < place(3) && place(6) < place(3), "{order:?}");
    assert!(
        place(3) < place(4),
        "within a lane there is order: {order:?}"
    );
    drop(sender);
    soon(driver).await.unwrap().unwrap();
}

#[tokio::test]
async fn lanes_are_opened_in_order_answered_and_over() {
    const LANES: u64 = 3000;
    let ((sender, mut answers), (back, mut receiver)) = soon(Transport::quic.ends()).await;
    let drivers = [spawn(sender.drive()), spawn(back.drive())];
    let open = async {
        for lane in 0..LANES {
            sender.room().await.unwrap();
            let size = if lane % 100 == 0 { 100_000 } else { 10 };
            sender
                .push(&Note::Opens(lane, lane as u32), &body(size))
                .unwrap();
        }
    };
    let answer = async {
        for lane in 0..LANES {
            let received = receiver.receive().await.unwrap().unwrap();
            assert_eq!(received.frame.message, Note::Opens(lane, lane as u32));
            back.push(&Note::Within(lane, 0), &Bytes::new()).unwrap();
            back.push(&Note::Ends(lane, lane as u32), &body(20))
                .unwrap();
        }
        drop(back);
        receiver
    };
    let take = async {
        let mut over = vec![0; LANES as usize];
        while let Some(received) = answers.receive().await.unwrap() {
            match received.frame.message {
                Note::Within(lane, _) => over[lane as usize] += 1,
                Note::Ends(lane, _) => {
                    assert_eq!(over[lane as usize], 1, "in the order of its lane");
                    over[lane as usize] = 2;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(over.iter().all(|steps| *steps == 2));
    };
    let (_, mut receiver, ()) = soon(async { tokio::join!(open, answer, take) }).await;
    // What is said in a lane that is over reaches nobody.
    sender.push(&Note::Within(5, 9), &body(9)).unwrap();
    push(&sender, 7);
    assert_eq!(soon(next(&mut receiver)).await, Some(7));
    drop(sender);
    assert_eq!(soon(next(&mut receiver)).await, None);
    for driver in drivers {
        soon(driver).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn receiver_that_goes_is_told_to_the_sender_on_every_lane() {
    let ((sender, _other), (_back, receiver)) = soon(Transport::quic.ends()).await;
    let driver = spawn(sender.drive());
    drop(receiver);
    let error = soon(async {
        loop {
            if let Err(error) = sender.push(&Note::Opens(1, 1), &body(10_000)) {
                break error;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(matches!(error, SendError::PeerGone), "{error:?}");
    assert!(soon(driver).await.unwrap().is_err());
}

#[test]
fn keys_are_not_shown() {
    let identity = TREE.identity("shy").unwrap();
    let shown = format!("{identity:?} {:?} {:?}", *TREE, of(&identity));
    assert_eq!(
        shown,
        "Identity { name: \"shy\", .. } Authority { .. } Credentials { name: \"shy\", .. }"
    );
}

#[test]
fn name_that_no_certificate_can_bear_is_refused() {
    let long = "x".repeat(64);
    for name in ["", "ä", "a b", "a.b", "-a", "a-", &long] {
        assert!(TREE.identity(name).is_err(), "{name:?}");
    }
}
