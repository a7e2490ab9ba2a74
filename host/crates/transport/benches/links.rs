//! What links carry, over each transport beside Unix sockets in the same run: frames one way, and there and back.
//!
//! Both ends have a thread and a runtime of their own, as two processes have. `cargo bench -p tractor-transport [--features network]`.
#![expect(clippy::print_stdout, reason = "it prints its figures")]

use bytes::Bytes;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};
use tractor_protocol::Side;
use tractor_protocol::peer::PeerMessage;
use tractor_transport::{Endpoint, Link, Receiver, Sender, pair};

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Ends = (Sender<PeerMessage>, Receiver<PeerMessage>);

/// Each figure is the median of so many runs.
const RUNS: usize = 5;

/// As much is queued before it is written: what coalesces in a busy worker.
const BATCH_BYTES: usize = 32 << 10;

/// How a figure is taken.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// One way, written when enough is queued.
    Batched,
    /// One way, each frame written at once.
    Single,
    /// There and back, one after another.
    Echo,
}

/// A transport of the two threads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Transport {
    Socket,
    Memory,
    #[cfg(feature = "network")]
    Tcp,
    #[cfg(feature = "network")]
    Quic,
}

fn main() -> Result<(), Failure> {
    println!(
        "each figure: median of {RUNS} runs (least to most), frames a second; beside the socket in the same run"
    );
    for (way, bytes, count) in [
        (Way::Batched, 64, 2_000_000),
        (Way::Single, 64, 300_000),
        (Way::Batched, 64 << 10, 30_000),
        (Way::Single, 64 << 10, 30_000),
        (Way::Echo, 64, 20_000),
    ] {
        measure(way, bytes, count)?;
    }
    #[cfg(feature = "network")]
    plain::stream_of_quinn()?;
    Ok(())
}

/// Takes turns, so that what else the machine does falls on all alike.
fn measure(way: Way, bytes: usize, count: usize) -> Result<(), Failure> {
    let transports = [
        Transport::Socket,
        Transport::Memory,
        #[cfg(feature = "network")]
        Transport::Tcp,
        #[cfg(feature = "network")]
        Transport::Quic,
    ];
    let mut rates = vec![Vec::new(); transports.len()];
    for _ in 0..RUNS {
        for (transport, rates) in transports.iter().zip(&mut rates) {
            // Encryption is an order slower; the same figure needs fewer frames.
            let count = match transport {
                Transport::Socket | Transport::Memory => count,
                #[cfg(feature = "network")]
                _ => count / 10,
            };
            let took = once(*transport, way, bytes, count)?;
            rates.push(count as f64 / took.as_secs_f64());
        }
    }
    let mut beside = None;
    for (transport, rates) in transports.iter().zip(&mut rates) {
        rates.sort_by(f64::total_cmp);
        let median = rates[RUNS / 2];
        let ratio = median / *beside.get_or_insert(median);
        println!(
            "{bytes:>6} B {way:?}: {transport:?} {median:.0} ({:.0} to {:.0}), {:.0} MB/s, {ratio:.2}x",
            rates[0],
            rates[RUNS - 1],
            median * bytes as f64 / 1e6
        );
    }
    Ok(())
}

fn once(transport: Transport, way: Way, bytes: usize, count: usize) -> Result<Duration, Failure> {
    let (one, two) = pair()?;
    #[cfg(feature = "network")]
    let place = plain::free_place(transport)?;
    #[cfg(not(feature = "network"))]
    let place = Place;
    let other = place.clone();
    let sending = std::thread::spawn(move || {
        runtime()?.block_on(async {
            let ends = open(transport, one, Side::First, &other).await?;
            send(ends, way, &vec![7; bytes].into(), count).await
        })
    });
    let took = runtime()?.block_on(async {
        let ends = open(transport, two, Side::Second, &place).await?;
        receive(ends, way, count).await
    })?;
    sending.join().map_err(|_| "the sender panicked")??;
    Ok(took)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// Where the other end is to be found: at the other end of the socket.
#[cfg(not(feature = "network"))]
#[derive(Clone)]
struct Place;
#[cfg(feature = "network")]
type Place = plain::Place;

async fn open(
    transport: Transport,
    socket: OwnedFd,
    side: Side,
    place: &Place,
) -> Result<Ends, Failure> {
    let _ = place;
    let link: Link = match transport {
        Transport::Socket | Transport::Memory => {
            let endpoint = Endpoint::new("bench");
            let shares = transport == Transport::Memory;
            endpoint
                .with_shared_memory(shares)
                .meet(socket, side)
                .await?
        }
        #[cfg(feature = "network")]
        Transport::Tcp | Transport::Quic => plain::open(socket, side, place).await?,
    };
    Ok(link.split())
}

async fn send(
    (sender, mut back): Ends,
    way: Way,
    body: &Bytes,
    count: usize,
) -> Result<(), Failure> {
    for number in 0..count as u64 {
        sender.push(&PeerMessage::Ping(number), body)?;
        match way {
            Way::Batched if sender.queued_bytes() < BATCH_BYTES => {}
            Way::Batched | Way::Single => sender.flush().await?,
            Way::Echo => {
                sender.flush().await?;
                back.receive().await?.ok_or("the echo ended")?;
            }
        }
    }
    sender.close();
    sender.drive().await?;
    // Until the other end has received all of it.
    while back.receive().await?.is_some() {}
    Ok(())
}

async fn receive(
    (sender, mut receiver): Ends,
    way: Way,
    count: usize,
) -> Result<Duration, Failure> {
    let mut received = 0;
    let mut began = None;
    while let Some(first) = receiver.receive().await? {
        began.get_or_insert_with(Instant::now);
        let mut next = Some(first);
        while let Some(got) = next {
            received += 1;
            if matches!(way, Way::Echo) {
                sender.push_frame(&got.frame)?;
                sender.flush().await?;
            }
            next = receiver.try_receive()?;
        }
    }
    let took = began.ok_or("nothing came")?.elapsed();
    assert_eq!(received, count, "each frame once");
    sender.close();
    sender.drive().await?;
    Ok(took)
}

#[cfg(feature = "network")]
mod plain {
    //! Links over the loopback, and a stream of quinn's alone to set beside them.

    use super::{Failure, Transport, runtime};
    use std::os::fd::OwnedFd;
    use std::time::Instant;
    use tractor_protocol::Identity;
    use tractor_protocol::Side;
    use tractor_transport::{Address, Authority, Credentials, Endpoint, Link};

    #[derive(Clone)]
    pub(super) struct Place {
        scheme: &'static str,
        ours: Identity,
        theirs: Identity,
    }

    pub(super) fn free_place(transport: Transport) -> Result<Place, Failure> {
        let authority = Authority::new()?;
        Ok(Place {
            scheme: match transport {
                Transport::Quic => "quic",
                _ => "tcp",
            },
            ours: authority.identity("first")?,
            theirs: authority.identity("second")?,
        })
    }

    /// The second side listens, and tells the first where through the socket.
    pub(super) async fn open(socket: OwnedFd, side: Side, place: &Place) -> Result<Link, Failure> {
        let mut port = [0; 2];
        match side {
            Side::Second => {
                let endpoint = Endpoint::new("").with_credentials(Credentials::new(&place.theirs)?);
                let address: Address = format!("{}:127.0.0.1:0", place.scheme).parse()?;
                let listener = endpoint.listen(&address).await?;
                if let Address::Tcp(_, found) | Address::Quic(_, found) = listener.address() {
                    port = found.to_le_bytes();
                }
                rustix::io::write(&socket, &port)?;
                Ok(listener.accept().await?.greet().await?)
            }
            Side::First => {
                rustix::io::read(&socket, &mut port)?;
                let port = u16::from_le_bytes(port);
                let endpoint = Endpoint::new("").with_credentials(Credentials::new(&place.ours)?);
                let address = format!("{}:127.0.0.1:{port}", place.scheme).parse()?;
                Ok(endpoint.connect(&address, "second").await?)
            }
        }
    }

    const BYTES: usize = 64 << 10;
    const COUNT: usize = 3000;

    /// What quinn does with the same bytes on one stream, without frames of ours.
    pub(super) fn stream_of_quinn() -> Result<(), Failure> {
        let mut rates = Vec::new();
        for _ in 0..super::RUNS {
            rates.push(once()?);
        }
        rates.sort_by(f64::total_cmp);
        let median = rates[super::RUNS / 2];
        println!(
            " {BYTES} B Plain: a stream of quinn's alone {median:.0} ({:.0} to {:.0}), {:.0} MB/s",
            rates[0],
            rates[super::RUNS - 1],
            median * BYTES as f64 / 1e6
        );
        Ok(())
    }

    fn once() -> Result<f64, Failure> {
        let (told, port) = std::sync::mpsc::channel();
        let authority = rcgen::generate_simple_self_signed(vec!["bench".to_owned()])?;
        let certificate = authority.cert.der().clone();
        let key =
            rustls::pki_types::PrivatePkcs8KeyDer::from(authority.signing_key.serialize_der());
        let server = quinn::ServerConfig::with_single_cert(vec![certificate.clone()], key.into())?;
        let serving = std::thread::spawn(move || {
            runtime()?.block_on(async {
                let endpoint = quinn::Endpoint::server(server, "127.0.0.1:0".parse()?)?;
                told.send(endpoint.local_addr()?)?;
                let connection = endpoint.accept().await.ok_or("nobody came")?.await?;
                let mut stream = connection.accept_uni().await?;
                let mut buffer = vec![0; BYTES];
                let began = Instant::now();
                while stream.read(&mut buffer).await?.is_some() {}
                Ok::<_, Failure>(COUNT as f64 / began.elapsed().as_secs_f64())
            })
        });
        let place = port.recv()?;
        runtime()?.block_on(async {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(certificate)?;
            let config = quinn::ClientConfig::with_root_certificates(roots.into())?;
            let endpoint = quinn::Endpoint::client("127.0.0.1:0".parse()?)?;
            let connection = endpoint.connect_with(config, place, "bench")?.await?;
            let mut stream = connection.open_uni().await?;
            let body = vec![7; BYTES];
            for _ in 0..COUNT {
                stream.write_all(&body).await?;
            }
            stream.finish()?;
            stream.stopped().await?;
            Ok::<_, Failure>(())
        })?;
        serving.join().map_err(|_| "the server panicked")?
    }
}
