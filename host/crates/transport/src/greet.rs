//! The first words on a link that the supervisor did not make both ends of, and the agreement to share memory.
//!
//! The end that opened the link speaks first. A word is a frame of at most [`GREETING_LIMIT_BYTES`], read without a byte of what follows.

use crate::endpoint::ConnectError;
#[cfg(feature = "network")]
use crate::io::Beat;
use crate::io::{Arrived, Carrier, Io};
#[cfg(feature = "network")]
use crate::network::QuicEnd;
use crate::ring::{RingEnd, SharedMemory};
use bytes::{Bytes, BytesMut};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, Result};
use std::os::fd::OwnedFd;
use std::time::Duration;
use tractor_protocol::frame::{self, PREFIX_BYTES};
use tractor_protocol::handshake::{GREETING_LIMIT_BYTES, Greeting, Hello, Welcome};

/// Said with the memory in the end that makes it; and by the end that took it.
const SHARED: u8 = 1;

/// Said where there is none: the link stays what it is.
const NOT_SHARED: u8 = 0;

/// As often as this a peer may have a sign of life, however little silence it says that it bears.
#[cfg(feature = "network")]
const LEAST_BEAT: Duration = Duration::from_millis(10);

/// What this end says of itself.
pub(crate) struct Offer<'a> {
    pub(crate) hello: Hello,
    pub(crate) name: &'a str,
    pub(crate) rings: bool,
    pub(crate) silence: Duration,
}

/// A link whose ends know each other.
pub(crate) struct Greeted {
    pub(crate) io: Io,
    pub(crate) peer: String,
    pub(crate) version: u16,
}

impl Offer<'_> {
    fn greeting(&self, io: &Io) -> Greeting {
        Greeting {
            hello: self.hello,
            name: self.name.to_owned(),
            rings: self.rings && matches!(io, Io::Socket(_)),
            silence: self.silence,
        }
    }
}

/// Greets as the end that opened the link, a peer that should have this name.
pub(crate) async fn greet_first(
    io: Io,
    offer: &Offer<'_>,
    peer: Option<&str>,
) -> std::result::Result<Greeted, ConnectError> {
    let ours = offer.greeting(&io);
    say(&io, &ours).await?;
    let theirs = match hear::<Welcome>(&io).await? {
        Welcome::Accepted(theirs) => theirs,
        Welcome::Refused { hello, reason } => {
            ours.hello.answer(hello)?;
            return Err(ConnectError::Refused { reason });
        }
    };
    let version = ours.hello.answer(theirs.hello)?;
    if let Some(peer) = peer.filter(|peer| **peer != theirs.name) {
        let why = format!("it is {:?} and not {peer:?}", theirs.name);
        return Err(ConnectError::Untrusted { why });
    }
    let shares = ours.rings && theirs.rings;
    settled(io, offer, theirs, version, shares.then_some(true)).await
}

/// Greets as the end that the link was opened to.
pub(crate) async fn greet_second(
    io: Io,
    offer: &Offer<'_>,
) -> std::result::Result<Greeted, ConnectError> {
    let theirs = hear::<Greeting>(&io).await?;
    let ours = offer.greeting(&io);
    let refused = match ours.hello.answer(theirs.hello) {
        Ok(version) if bears(&io, &theirs.name) => {
            say(&io, &Welcome::Accepted(ours.clone())).await?;
            let shares = ours.rings && theirs.rings;
            return settled(io, offer, theirs, version, shares.then_some(false)).await;
        }
        Ok(_) => ConnectError::Untrusted {
            why: format!("its certificate is not that of {:?}", theirs.name),
        },
        Err(error) => error.into(),
    };
    let (hello, reason) = (ours.hello, refused.to_string());
    say(&io, &Welcome::Refused { hello, reason }).await?;
    io.stop_writing();
    // It is to arrive; whether it does changes nothing here. The time for the handshake bounds it.
    let _ = io.write_with(|| io.try_flush()).await;
    Err(refused)
}

/// Whether the peer proves this name. Within a machine there is nothing to prove it with.
fn bears(io: &Io, name: &str) -> bool {
    match io {
        #[cfg(feature = "network")]
        Io::Tls(end) => end.peer_is(name),
        #[cfg(feature = "network")]
        Io::Quic(end) => end.peer_is(name),
        _ => !name.is_empty(),
    }
}

/// What the two ends agreed on takes effect.
async fn settled(
    io: Io,
    offer: &Offer<'_>,
    theirs: Greeting,
    version: u16,
    share_as_maker: Option<bool>,
) -> std::result::Result<Greeted, ConnectError> {
    #[cfg(feature = "network")]
    if let Io::Tls(end) = &io {
        end.set_beat(Beat {
            every: (theirs.silence / 4).max(LEAST_BEAT),
            silence: offer.silence,
        });
    }
    let _ = offer;
    let io = match share_as_maker {
        Some(true) => make_memory(io).await.map_err(ConnectError::Io)?,
        Some(false) => take_memory(io).await.map_err(ConnectError::Io)?,
        None => io,
    };
    Ok(Greeted {
        io,
        peer: theirs.name,
        version,
    })
}

/// Makes shared memory, hands it over, and uses it if the peer does.
async fn make_memory(io: Io) -> Result<Io> {
    let Ok((memory, file)) = SharedMemory::make() else {
        write_all(&io, &[NOT_SHARED], Vec::new()).await?;
        return Ok(io);
    };
    write_all(&io, &[SHARED], vec![file]).await?;
    let mut answer = [0];
    read_exact(&io, &mut answer, &mut VecDeque::new(), 0).await?;
    Ok(match answer {
        [SHARED] => over_ring(io, memory, true),
        _ => io,
    })
}

/// Takes the peer's shared memory, if it made any and it is as it must be.
async fn take_memory(io: Io) -> Result<Io> {
    let (mut said, mut files) = ([0], VecDeque::new());
    read_exact(&io, &mut said, &mut files, 1).await?;
    if said != [SHARED] {
        return Ok(io);
    }
    let file = files.pop_front().ok_or(ErrorKind::InvalidData)?;
    match SharedMemory::take(&file) {
        Ok(memory) => {
            write_all(&io, &[SHARED], Vec::new()).await?;
            Ok(over_ring(io, memory, false))
        }
        Err(_) => {
            write_all(&io, &[NOT_SHARED], Vec::new()).await?;
            Ok(io)
        }
    }
}

fn over_ring(io: Io, memory: SharedMemory, made: bool) -> Io {
    match io {
        Io::Socket(socket) => Io::Ring(RingEnd::new(memory, made, socket)),
        other => other,
    }
}

async fn say(io: &Io, word: &impl Serialize) -> std::result::Result<(), ConnectError> {
    let mut bytes = BytesMut::new();
    frame::encode(word, &Bytes::new(), GREETING_LIMIT_BYTES, &mut bytes)
        .map_err(|error| ConnectError::Io(std::io::Error::new(ErrorKind::InvalidInput, error)))?;
    write_all(io, &bytes, Vec::new())
        .await
        .map_err(|error| explained(io, error))
}

async fn hear<M: DeserializeOwned>(io: &Io) -> std::result::Result<M, ConnectError> {
    let mut bytes = BytesMut::zeroed(PREFIX_BYTES);
    let files = &mut VecDeque::new();
    read_exact(io, &mut bytes, files, 0)
        .await
        .map_err(|error| explained(io, error))?;
    let whole = frame::wanted_bytes(&bytes).unwrap_or(PREFIX_BYTES);
    if whole > PREFIX_BYTES + GREETING_LIMIT_BYTES {
        return Err(ConnectError::Stranger);
    }
    bytes.resize(whole, 0);
    read_exact(io, &mut bytes[PREFIX_BYTES..], files, 0)
        .await
        .map_err(|error| explained(io, error))?;
    match frame::decode(&mut bytes, GREETING_LIMIT_BYTES) {
        Ok(Some(frame)) => Ok(frame.message),
        _ => Err(ConnectError::Stranger),
    }
}

fn explained(io: &Io, error: std::io::Error) -> ConnectError {
    #[cfg(feature = "network")]
    if let Some(refused) = io.lanes().and_then(QuicEnd::refused) {
        return refused;
    }
    let _ = io;
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
            ConnectError::Ended
        }
        #[cfg(feature = "network")]
        _ => crate::network::explained(error),
        #[cfg(not(feature = "network"))]
        _ => ConnectError::Io(error),
    }
}

async fn write_all(io: &Io, bytes: &[u8], mut files: Vec<OwnedFd>) -> Result<()> {
    let mut written = 0;
    io.write_with(|| {
        while written < bytes.len() {
            written += io.try_write(&[IoSlice::new(&bytes[written..])], &mut files)?;
        }
        io.try_flush()
    })
    .await
}

async fn read_exact(
    io: &Io,
    into: &mut [u8],
    files: &mut VecDeque<OwnedFd>,
    most_files: usize,
) -> Result<()> {
    let mut read = 0;
    while read < into.len() {
        let arrived = io
            .read_with(|| io.try_read(&mut into[read..], files, most_files))
            .await?;
        match arrived {
            Arrived { bytes: 0, .. } => return Err(ErrorKind::UnexpectedEof.into()),
            Arrived {
                files_cut: true, ..
            } => return Err(ErrorKind::InvalidData.into()),
            Arrived { bytes, .. } => read += bytes,
        }
    }
    Ok(())
}
