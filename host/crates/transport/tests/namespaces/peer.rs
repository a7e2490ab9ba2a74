//! What runs in a namespace: one end of a link that carries some megabytes both ways, and then waits for its end.

use super::{HANDSHAKE, SILENCE};
use bytes::Bytes;
use std::time::Instant;
use tokio::io::AsyncReadExt;
use tractor_protocol::Identity;
use tractor_protocol::peer::PeerMessage;
use tractor_transport::{
    Authority, ConnectError, Credentials, Endpoint, Link, Patience, Receiver, Sender,
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
    does: Does,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    Listens,
    Connects,
    /// And carries the same again, once it is told to go on.
    ConnectsAndGoesOn,
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

/// As [`connector`], of one that carries the same again when it is told to go on.
pub(crate) fn twice(place: &str, identities: &Identities) -> Told {
    told(place.to_owned(), &identities.near, "connects and goes on")
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
        does: match &*does {
            "listens" => Does::Listens,
            "connects" => Does::Connects,
            _ => Does::ConnectsAndGoesOn,
        },
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
        let link = match open(part).await {
            Ok(link) => link,
            Err(error) => return say(&format!("refused: {error}")),
        };
        let (sender, mut receiver): (Sender<PeerMessage>, Receiver<PeerMessage>) = link.split();
        let driven = async {
            // The receiver is the one that says how the link ended.
            let _ = sender.drive().await;
            std::future::pending::<String>().await
        };
        let end = tokio::select! {
            end = driven => end,
            end = carry(&sender, &mut receiver, part.does) => end,
        };
        say(&end);
    });
}

async fn open(part: &Part) -> Result<Link, ConnectError> {
    let patience = Patience {
        silence: SILENCE,
        handshake: HANDSHAKE,
    };
    let endpoint = Endpoint::new("")
        .with_credentials(Credentials::new(&part.identity).expect("it is whole"))
        .with_patience(patience);
    let address = part.place.parse().expect("an address");
    if part.does != Does::Listens {
        return endpoint.connect(&address, "far").await;
    }
    let listener = endpoint.listen(&address).await.expect("a free port");
    say(&listener.address().to_string());
    let incoming = listener.accept().await.expect("a peer");
    incoming.greet().await
}

/// Sends and receives, and perhaps sends again; then waits until the link ends, and says how and after how many milliseconds without a frame.
async fn carry(
    sender: &Sender<PeerMessage>,
    receiver: &mut Receiver<PeerMessage>,
    does: Does,
) -> String {
    let push = push_all(sender);
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
    let again = async {
        if does == Does::ConnectsAndGoesOn {
            tokio::io::stdin().read_u8().await.expect("it is told");
            push_all(sender).await;
        }
        std::future::pending::<String>().await
    };
    tokio::select! {
        end = again => end,
        end = end_of(receiver) => end,
    }
}

async fn push_all(sender: &Sender<PeerMessage>) {
    let body = Bytes::from(vec![7; BYTES]);
    for number in 0..FRAMES {
        // Who cannot send is told by the receiver how the link ended.
        if sender.room().await.is_err() || sender.push(&PeerMessage::Ping(number), &body).is_err() {
            return;
        }
    }
}

async fn end_of(receiver: &mut Receiver<PeerMessage>) -> String {
    let (mut since, mut frames) = (Instant::now(), 0);
    let end = loop {
        match receiver.receive().await {
            Ok(Some(_)) => {
                since = Instant::now();
                frames += 1;
                if frames == FRAMES {
                    say("carried");
                }
            }
            end => break end.map(drop),
        }
    };
    format!("ended {} ms: {end:?}", since.elapsed().as_millis())
}
