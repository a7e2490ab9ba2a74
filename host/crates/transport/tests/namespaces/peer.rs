//! What runs in a namespace: one end of a link that carries some megabytes both ways, and then waits for its end.

use super::SILENCE;
use bytes::Bytes;
use std::time::{Duration, Instant};
use tractor_protocol::peer::PeerMessage;
use tractor_transport::{
    Authority, Credentials, Endpoint, Identity, Link, Patience, Receiver, Sender,
};

/// Frames each way, and the bytes of each.
const FRAMES: u64 = 40;
const BYTES: usize = 50_000;

const PLACE: &str = "TRACTOR_TEST_PLACE";
const DOES: &str = "TRACTOR_TEST_DOES";

/// What a peer is told: where and what through its environment, for a test has no arguments of its own; its key through a pipe.
#[derive(Debug)]
pub(crate) struct Part {
    place: String,
    identity: Identity,
    listens: bool,
}

/// A pair of identities of one tree.
pub(crate) struct Identities {
    near: String,
    far: String,
}

pub(crate) fn identities() -> Identities {
    let tree = Authority::new().expect("an authority");
    let identity = |name| {
        let identity = tree.identity(name).expect("a name");
        let bytes = postcard::to_stdvec(&identity).expect("plain data");
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    Identities {
        near: identity("near"),
        far: identity("far"),
    }
}

/// What is to be told to a peer.
pub(crate) struct Told {
    pub(crate) environment: [(&'static str, String); 2],
    pub(crate) identity: String,
}

pub(crate) fn listener(scheme: &str, identities: &Identities) -> Told {
    told(format!("{scheme}:10.0.0.2:0"), &identities.far, "listens")
}

pub(crate) fn connector(place: &str, identities: &Identities) -> Told {
    told(place.to_owned(), &identities.near, "connects")
}

fn told(place: String, identity: &str, does: &str) -> Told {
    Told {
        environment: [(PLACE, place), (DOES, does.to_owned())],
        identity: identity.to_owned(),
    }
}

/// What this process was told to be, if it was.
pub(crate) fn part() -> Option<Part> {
    let told = |name| std::env::var(name).ok();
    let (place, does) = (told(PLACE)?, told(DOES)?);
    let mut identity = String::new();
    std::io::stdin().read_line(&mut identity).ok()?;
    let bytes: Vec<u8> = identity
        .trim()
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    Some(Part {
        place,
        identity: postcard::from_bytes(&bytes).ok()?,
        listens: does == "listens",
    })
}

/// Says something to the test that started this process.
fn say(word: &str) {
    println!("peer: {word}");
}

pub(crate) fn play(part: &Part) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let link = open(part).await;
        let (sender, mut receiver): (Sender<PeerMessage>, Receiver<PeerMessage>) = link.split();
        let driven = async {
            // The receiver is the one that says how the link ended.
            let _ = sender.drive().await;
            std::future::pending::<String>().await
        };
        let end = tokio::select! {
            end = driven => end,
            end = carry(&sender, &mut receiver) => end,
        };
        say(&end);
    });
}

async fn open(part: &Part) -> Link {
    let patience = Patience {
        silence: SILENCE,
        handshake: Duration::from_secs(20),
    };
    let endpoint = Endpoint::new("")
        .with_credentials(Credentials::new(&part.identity).expect("it is whole"))
        .with_patience(patience);
    let address = part.place.parse().expect("an address");
    if !part.listens {
        return endpoint.connect(&address, "far").await.expect("a link");
    }
    let listener = endpoint.listen(&address).await.expect("a free port");
    say(&listener.address().to_string());
    let incoming = listener.accept().await.expect("a peer");
    incoming.greet().await.expect("a link")
}

/// Sends and receives; then waits until the link ends, and says how and after how many milliseconds without a frame.
async fn carry(sender: &Sender<PeerMessage>, receiver: &mut Receiver<PeerMessage>) -> String {
    let body = Bytes::from(vec![7; BYTES]);
    let push = async {
        for number in 0..FRAMES {
            sender.room().await.expect("the link is open");
            let message = PeerMessage::Ping(number);
            sender.push(&message, &body).expect("the link is open");
        }
    };
    let take = async {
        for number in 0..FRAMES {
            let received = receiver.receive().await.expect("whole frames");
            let frame = received.expect("the link is open").frame;
            assert_eq!(
                (frame.message, frame.body.len()),
                (PeerMessage::Ping(number), BYTES)
            );
        }
    };
    tokio::join!(push, take);
    say("carried");
    let waiting = Instant::now();
    let end = receiver.receive().await;
    format!("ended {} ms: {end:?}", waiting.elapsed().as_millis())
}
