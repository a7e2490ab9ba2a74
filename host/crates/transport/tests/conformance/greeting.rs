//! Who greets whom, and how a link is refused, wherever links begin with a greeting.

use super::making::{Note, Transport, connected, next, push, soon};
use crate::{ConnectError, Endpoint, Link, Listener, Patience, Receiver, Sender};
use std::time::Duration;
use tractor_protocol::Side;
use tractor_protocol::handshake::{HandshakeError, Hello, VersionRange};

/// A peer of a later version.
const LATER: Hello = Hello {
    versions: VersionRange {
        oldest: 900,
        newest: 901,
    },
    ..Hello::OURS
};

const LISTENED: &[Transport] = &[
    Transport::unix_listener,
    Transport::unix_listener_with_shared_memory,
    #[cfg(feature = "network")]
    Transport::tcp,
    #[cfg(feature = "network")]
    Transport::quic,
];

async fn listening(transport: Transport, endpoint: &Endpoint) -> Listener {
    endpoint.listen(&transport.address()).await.unwrap()
}

async fn both(
    ours: &Endpoint,
    listener: &Listener,
    peer: &str,
) -> (Result<Link, ConnectError>, Result<Link, ConnectError>) {
    let accepted = async { listener.accept().await.unwrap().greet().await };
    tokio::join!(ours.connect(listener.address(), peer), accepted)
}

fn is_version_mismatch(result: Result<Link, ConnectError>, ours: Hello, theirs: Hello) {
    let expected = HandshakeError::NoCommonVersion {
        ours: ours.versions,
        theirs: theirs.versions,
    };
    match result {
        Err(ConnectError::Handshake(error)) => assert_eq!(error, expected),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn ends_of_other_versions_refuse_each_other_and_both_say_why() {
    for transport in LISTENED {
        let theirs = transport.endpoint("theirs").with_hello(LATER);
        let listener = listening(*transport, &theirs).await;
        let (one, two) = soon(both(&transport.endpoint("ours"), &listener, "theirs")).await;
        is_version_mismatch(one, Hello::OURS, LATER);
        is_version_mismatch(two, LATER, Hello::OURS);
    }
}

#[tokio::test]
async fn ends_of_a_socketpair_of_other_versions_refuse_each_other() {
    let (one, two) = crate::pair().unwrap();
    let later = Endpoint::new("theirs").with_hello(LATER);
    let ours = Endpoint::new("ours");
    let (one, two) =
        soon(async { tokio::join!(ours.meet(one, Side::First), later.meet(two, Side::Second)) })
            .await;
    is_version_mismatch(one, Hello::OURS, LATER);
    is_version_mismatch(two, LATER, Hello::OURS);
}

#[tokio::test]
async fn peer_of_another_name_is_not_trusted() {
    for transport in LISTENED {
        let listener = listening(*transport, &transport.endpoint("theirs")).await;
        let ours = transport.endpoint("ours");
        let (one, _two) = soon(both(&ours, &listener, "another")).await;
        assert!(
            matches!(one, Err(ConnectError::Untrusted { .. })),
            "{one:?}"
        );
    }
}

#[tokio::test]
async fn listener_whose_peer_says_nothing_gives_it_up_in_time_and_serves_others() {
    for transport in LISTENED {
        let quick = Patience {
            handshake: Duration::from_millis(100),
            ..Patience::default()
        };
        let theirs = transport.endpoint("theirs").with_patience(quick);
        let listener = listening(*transport, &theirs).await;
        let Some(_mute) = connected_and_mute(listener.address()).await else {
            continue;
        };
        let incoming = listener.accept().await.unwrap();
        let refused = soon(incoming.greet()).await;
        assert!(
            matches!(refused, Err(ConnectError::TimedOut { after }) if after == quick.handshake),
            "{refused:?}"
        );
        let patient = transport.endpoint("theirs");
        let listener = listening(*transport, &patient).await;
        soon(connected(&transport.endpoint("ours"), &listener)).await;
    }
}

/// A socket that is connected and says nothing. `None` where that cannot be: a QUIC listener knows nobody who has said nothing.
async fn connected_and_mute(address: &crate::Address) -> Option<Box<dyn Send>> {
    use crate::Address;
    Some(match address {
        Address::Tcp(host, port) => Box::new(
            tokio::net::TcpStream::connect((host.as_str(), *port))
                .await
                .unwrap(),
        ),
        Address::Abstract(_) => Box::new(crate::listener::unix_connect(address).unwrap()),
        _ => return None,
    })
}

#[tokio::test]
async fn listener_that_waits_for_one_peer_turns_all_others_away() {
    for transport in LISTENED {
        let listener = listening(*transport, &transport.endpoint("theirs")).await;
        let _mute = connected_and_mute(listener.address()).await;
        let come = async {
            let other = transport.endpoint("other");
            let other = other.connect(listener.address(), "theirs").await;
            match other {
                Ok(other) => {
                    let (_sender, mut receiver): (Sender<Note>, Receiver<Note>) = other.split();
                    // Its end, or a cut, by what the transport can tell.
                    let turned_away = receiver.receive().await;
                    assert!(!matches!(turned_away, Ok(Some(_))), "{turned_away:?}");
                }
                // Turned away before it knew that it was greeted.
                Err(error) => assert!(matches!(error, ConnectError::Ended), "{error:?}"),
            }
            let ours = transport.endpoint("ours");
            ours.connect(listener.address(), "theirs").await.unwrap()
        };
        let (met, ours) = soon(async { tokio::join!(listener.accept_from("ours"), come) }).await;
        assert_eq!(met.unwrap().peer(), Some("ours"));
        assert_eq!(ours.peer(), Some("theirs"));
    }
}

#[tokio::test]
async fn listener_whose_peer_does_not_come_gives_up_in_time() {
    for transport in LISTENED {
        let quick = Patience {
            handshake: Duration::from_millis(50),
            ..Patience::default()
        };
        let theirs = transport.endpoint("theirs").with_patience(quick);
        let listener = listening(*transport, &theirs).await;
        let error = soon(listener.accept_from("ours")).await.unwrap_err();
        assert!(
            matches!(error, ConnectError::TimedOut { after } if after == quick.handshake),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn place_where_nobody_listens_cannot_be_reached() {
    let ours = Endpoint::new("ours");
    for address in ["unix:/nowhere/at-all", "unix:@tractor-test-nobody"] {
        let error = ours.connect(&address.parse().unwrap(), "theirs").await;
        assert!(
            matches!(error, Err(ConnectError::Unreachable(_))),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn place_that_is_taken_cannot_be_listened_at() {
    for transport in LISTENED {
        let endpoint = transport.endpoint("theirs");
        let listener = listening(*transport, &endpoint).await;
        let error = endpoint.listen(listener.address()).await.unwrap_err();
        assert!(
            matches!(&error, ConnectError::Io(error) if error.kind() == std::io::ErrorKind::AddrInUse),
            "{error:?}"
        );
        // And free again afterwards.
        let address = listener.address().clone();
        drop(listener);
        soon(async {
            while endpoint.listen(&address).await.is_err() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn file_of_a_unix_listener_goes_with_it() {
    let folder = std::env::temp_dir().join(format!("tractor-test-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let address = format!("unix:{}/socket", folder.display()).parse().unwrap();
    let transport = Transport::unix_listener;
    let listener = transport.endpoint("theirs").listen(&address).await.unwrap();
    let (one, two) = soon(connected(&transport.endpoint("ours"), &listener)).await;
    drop(listener);
    // The folder is empty again, or it could not be removed; and the link lives on.
    std::fs::remove_dir(&folder).unwrap();
    let (sender, _other): (Sender<Note>, Receiver<Note>) = one.split();
    let (_back, mut receiver): (Sender<Note>, Receiver<Note>) = two.split();
    push(&sender, 1);
    sender.flush().await.unwrap();
    assert_eq!(soon(next(&mut receiver)).await, Some(1));
}

#[tokio::test]
async fn stranger_at_a_unix_listener_is_told_from_a_peer() {
    let transport = Transport::unix_listener;
    let listener = listening(transport, &transport.endpoint("theirs")).await;
    let stranger = crate::listener::unix_connect(listener.address()).unwrap();
    let stranger = crate::io::Io::Socket(stranger);
    use crate::io::Carrier;
    let words = std::io::IoSlice::new(b"GET / HTTP/1.1\r\n\r\n");
    stranger.try_write(&[words], &mut Vec::new()).unwrap();
    let refused = listener.accept().await.unwrap().greet().await;
    assert!(
        matches!(refused, Err(ConnectError::Stranger)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn ends_share_memory_only_if_both_would() {
    for (ours, theirs, carrier) in [
        (true, true, "shared memory"),
        (true, false, "socket"),
        (false, true, "socket"),
        (false, false, "socket"),
    ] {
        let (one, two) = crate::pair().unwrap();
        let ours = Endpoint::new("ours").with_shared_memory(ours);
        let theirs = Endpoint::new("theirs").with_shared_memory(theirs);
        let (one, two) = soon(async {
            tokio::join!(ours.meet(one, Side::First), theirs.meet(two, Side::Second))
        })
        .await;
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!((one.transport(), two.transport()), (carrier, carrier));
        assert_eq!(one.version(), Some(tractor_protocol::handshake::VERSION));
    }
}

#[cfg(not(feature = "network"))]
#[tokio::test]
async fn network_address_is_named_as_what_this_build_has_not() {
    let address = "tcp:localhost:1".parse().unwrap();
    let error = Endpoint::new("ours").connect(&address, "theirs").await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "this program was built without tcp:localhost:1's transport (feature `network`)"
    );
}
