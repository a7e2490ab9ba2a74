//! What links between workers are made of.

use std::io;
use std::os::fd::OwnedFd;
use tractor_protocol::control::Carrier;
use tractor_protocol::{Identity, Uuid};

/// What carries the links between workers, and between them and the root. All carry the same, and end alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Shared memory, or a socketpair where the system gives no memory.
    #[default]
    Auto,
    /// Socketpairs.
    Unix,
    /// Memory that both ends share; where the system gives none, there is no link.
    SharedMemory,
    /// TLS over TCP, on this machine's own address 127.0.0.1, with certificates of the tree's own authority.
    Tcp,
    /// QUIC, as the former. Each call and each context is a stream of its own, so none holds up another.
    Quic,
}

/// Makes the ends of links.
pub(super) struct Linker {
    transport: Transport,
    /// That there is no shared memory was told.
    told: bool,
    #[cfg(feature = "network")]
    authority: Option<tractor_transport::Authority>,
}

/// A new link: what carries it, and the files of its two ends.
pub(super) struct Ends {
    pub(super) carrier: Carrier,
    pub(super) files: [Vec<OwnedFd>; 2],
}

impl Linker {
    /// One for links of this kind.
    #[cfg(feature = "network")]
    pub(super) fn new(transport: Transport) -> io::Result<Self> {
        let authority = match transport {
            Transport::Tcp | Transport::Quic => {
                let authority = tractor_transport::Authority::new();
                Some(authority.map_err(io::Error::other)?)
            }
            _ => None,
        };
        Ok(Self {
            transport,
            told: false,
            authority,
        })
    }

    /// One for links of this kind.
    #[cfg(not(feature = "network"))]
    pub(super) fn new(transport: Transport) -> io::Result<Self> {
        if matches!(transport, Transport::Tcp | Transport::Quic) {
            let text = "this program was built without network transports (feature `network`)";
            return Err(io::Error::new(io::ErrorKind::Unsupported, text));
        }
        Ok(Self {
            transport,
            told: false,
        })
    }

    /// By what an actor proves on a network who it is; nothing where no link goes over one.
    #[cfg(feature = "network")]
    pub(super) fn identity(&self, actor: Uuid) -> io::Result<Option<Identity>> {
        let authority = self.authority.as_ref();
        let identity = authority.map(|authority| authority.identity(&actor.to_string()));
        identity.transpose().map_err(io::Error::other)
    }

    /// By what an actor proves on a network who it is: there is none.
    #[cfg(not(feature = "network"))]
    pub(super) fn identity(&self, _: Uuid) -> io::Result<Option<Identity>> {
        Ok(None)
    }

    /// Makes a link. If it is another than the one that is wanted first, `tell` is told why, the first time.
    pub(super) fn ends(&mut self, tell: impl FnOnce(String)) -> io::Result<Ends> {
        match self.transport {
            Transport::Unix => sockets(),
            Transport::SharedMemory => memory(),
            Transport::Auto => memory().or_else(|error| {
                let ends = sockets()?;
                if !std::mem::replace(&mut self.told, true) {
                    tell(format!(
                        "links are sockets, for there is no shared memory: {error}"
                    ));
                }
                Ok(ends)
            }),
            Transport::Tcp => Ok(network(Carrier::Tcp)),
            Transport::Quic => Ok(network(Carrier::Quic)),
        }
    }
}

fn sockets() -> io::Result<Ends> {
    let (first, second) = tractor_transport::pair()?;
    Ok(Ends {
        carrier: Carrier::Socket,
        files: [vec![first], vec![second]],
    })
}

/// Made here and not agreed on by the two ends: that would take them two round trips, which no short call gets back.
fn memory() -> io::Result<Ends> {
    let (first, second) = tractor_transport::pair()?;
    let memory = tractor_transport::shared_memory()?;
    let again = memory.try_clone()?;
    Ok(Ends {
        carrier: Carrier::SharedMemory,
        files: [vec![first, memory], vec![second, again]],
    })
}

/// The two ends make it, by what they are told.
fn network(carrier: Carrier) -> Ends {
    Ends {
        carrier,
        files: [Vec::new(), Vec::new()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_transport_has_its_carrier_and_files() {
        for (transport, carrier, files) in [
            (Transport::Auto, Carrier::SharedMemory, 2),
            (Transport::Unix, Carrier::Socket, 1),
            (Transport::SharedMemory, Carrier::SharedMemory, 2),
        ] {
            let mut linker = Linker::new(transport).expect("it is built in");
            let ends = linker.ends(|told| panic!("{told}")).expect("a link");
            assert_eq!(ends.carrier, carrier);
            assert!(ends.files.iter().all(|end| end.len() == files));
            let identity = linker
                .identity(Uuid::from_random(1))
                .expect("there is none");
            assert_eq!(identity, None);
        }
    }

    #[cfg(feature = "network")]
    #[test]
    fn actors_on_a_network_have_a_certificate_each() {
        let linker = Linker::new(Transport::Tcp).expect("it is built in");
        let [one, other] = [1, 2].map(|number| {
            let identity = linker.identity(Uuid::from_random(number));
            identity.expect("a key").expect("there is one")
        });
        assert_eq!(one.name, Uuid::from_random(1).to_string());
        assert!(one.key != other.key && one.authority == other.authority);
    }

    #[cfg(not(feature = "network"))]
    #[test]
    fn network_that_is_not_built_in_is_named() {
        let error = Linker::new(Transport::Quic).err().expect("there is none");
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    }
}
