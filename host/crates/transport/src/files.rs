//! How many open files come with a message.
//!
//! A socket carries files beside its bytes. They arrive in order, at the latest with the first byte of the frame they were
//! sent with, so the message itself is all that a receiver needs to know which are its own.

use tractor_protocol::control::{Carrier, Code, FromWorker, ToWorker};
use tractor_protocol::peer::PeerMessage;

/// A message that may come with open files.
pub trait Files {
    /// The most that one message of this type comes with. A peer that sends more breaks the link; where it is 0, the
    /// system refuses any file before it is open in this process.
    const MOST: usize = 0;

    /// How many come with this message; never more than [`Files::MOST`]. The default is none.
    fn files(&self) -> usize {
        0
    }
}

impl Files for ToWorker {
    const MOST: usize = 2;

    /// What carries a `Link`; the compiled code of a component, and the terminal's stdin, in a `Spec`.
    fn files(&self) -> usize {
        match self {
            Self::Link { carrier, .. } => match carrier {
                Carrier::Socket => 1,
                Carrier::SharedMemory => 2,
                Carrier::Tcp | Carrier::Quic => 0,
            },
            Self::Spec(spec) => {
                usize::from(matches!(spec.code, Code::Component { .. }))
                    + usize::from(spec.terminal)
            }
            _ => 0,
        }
    }
}

impl Files for FromWorker {}

impl Files for PeerMessage {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tractor_protocol::control::{Level, SpawnSpec};
    use tractor_protocol::handshake::Hello;
    use tractor_protocol::{ActorId, Grants, Limits, Side, Uuid};

    fn actor() -> ActorId {
        ActorId {
            name: "a".into(),
            uuid: Uuid::from_random(1),
            pid: 1,
        }
    }

    fn spec(code: Code, terminal: bool) -> ToWorker {
        ToWorker::Spec(Box::new(SpawnSpec {
            hello: Hello::OURS,
            actor: actor(),
            owner: actor(),
            code,
            grants: Grants::default(),
            limits: Limits::default(),
            one_shot: None,
            overdue: tractor_protocol::control::Overdue::ServeOn,
            grace: Duration::ZERO,
            allowance: Duration::ZERO,
            terminal,
            log: Level::Info,
            restarts: false,
            identity: None,
        }))
    }

    #[test]
    fn messages_come_with_the_files_they_need() {
        let component = Code::Component {
            name: "c".into(),
            digest: [0; 32],
        };
        let link = |carrier| ToWorker::Link {
            peer: actor(),
            side: Side::First,
            carrier,
        };
        let native = Code::Native("n".into());
        assert_eq!(spec(component.clone(), true).files(), 2);
        assert_eq!(spec(component, false).files(), 1);
        assert_eq!(spec(native.clone(), true).files(), 1);
        assert_eq!(spec(native, false).files(), 0);
        assert_eq!(link(Carrier::Socket).files(), 1);
        assert_eq!(link(Carrier::SharedMemory).files(), 2);
        assert_eq!(link(Carrier::Tcp).files(), 0);
        assert_eq!(link(Carrier::Quic).files(), 0);
        assert_eq!(ToWorker::Stop.files(), 0);
        assert_eq!(<FromWorker as Files>::MOST, 0);
        assert_eq!(<PeerMessage as Files>::MOST, 0);
    }
}
