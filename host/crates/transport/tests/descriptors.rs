//! No transport leaves a descriptor, whether its links end well, are refused, or are dropped half made. A process of its own, for it counts all of them.

use bytes::Bytes;
use std::time::Duration;
use tractor_protocol::Side;
use tractor_protocol::handshake::{Hello, VersionRange};
use tractor_protocol::peer::PeerMessage;
use tractor_transport::{Address, Authority, Credentials, Endpoint, Link, Receiver, Sender, pair};

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("proc").count()
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .expect("it is done within the deadline")
}

/// Some frames there, the end, and the other end.
async fn used(one: Link, two: Link) {
    let (sender, mut other): (Sender<PeerMessage>, Receiver<PeerMessage>) = one.split();
    let (back, mut receiver): (Sender<PeerMessage>, Receiver<PeerMessage>) = two.split();
    sender
        .push(&PeerMessage::Ping(1), &Bytes::from_static(b"body"))
        .expect("the link is open");
    sender.close();
    let sent = sender.drive();
    let received = async {
        while receiver.receive().await.expect("whole frames").is_some() {}
        back.close();
        back.drive().await.expect("the peer is there");
    };
    let ended = async { while other.receive().await.expect("the end").is_some() {} };
    let (sent, (), ()) = tokio::join!(sent, received, ended);
    sent.expect("the peer is there");
}

async fn listened(address: &str, ours: &Endpoint, theirs: &Endpoint) {
    let address: Address = address.parse().expect("an address");
    let listener = theirs.listen(&address).await.expect("a free place");
    let met = tokio::join!(ours.connect(listener.address(), "theirs"), async {
        listener.accept().await.expect("a peer").greet().await
    });
    match met {
        (Ok(one), Ok(two)) => used(one, two).await,
        // Refused; and one that came and was never greeted.
        _ => {
            let half = tokio::join!(ours.connect(listener.address(), "theirs"), async {
                drop(listener.accept().await);
            });
            assert!(half.0.is_err(), "it is turned away");
        }
    }
}

async fn met(shares: bool) {
    let (one, two) = pair().expect("a socketpair");
    let (ours, theirs) = (
        Endpoint::new("ours").with_shared_memory(shares),
        Endpoint::new("theirs"),
    );
    let (one, two) = tokio::join!(ours.meet(one, Side::First), theirs.meet(two, Side::Second));
    used(one.expect("a link"), two.expect("a link")).await;
}

async fn every_transport() {
    let tree = Authority::new().expect("an authority");
    let endpoint = |name| {
        let identity = tree.identity(name).expect("a name");
        Endpoint::new(name).with_credentials(Credentials::new(&identity).expect("it is whole"))
    };
    let later = Hello {
        versions: VersionRange {
            oldest: 900,
            newest: 901,
        },
        ..Hello::OURS
    };
    let (one, two) = Link::memory_pair(1 << 20);
    used(one, two).await;
    met(true).await;
    met(false).await;
    let unix = format!("unix:@tractor-descriptors-{}", std::process::id());
    for address in [&unix, "tcp:127.0.0.1:0", "quic:127.0.0.1:0"] {
        listened(address, &endpoint("ours"), &endpoint("theirs")).await;
        let other_version = endpoint("ours").with_hello(later);
        listened(address, &other_version, &endpoint("theirs")).await;
    }
}

#[tokio::test]
async fn transports_leave_no_descriptor() {
    // What the runtime opens once is not counted.
    soon(every_transport()).await;
    let before = open_descriptors();
    for _ in 0..3 {
        soon(every_transport()).await;
    }
    // QUIC's sockets stay until the peer cannot have missed the end.
    soon(async {
        while open_descriptors() > before {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
