//! Values that the tables share. Each field differs from the others, so that two that changed places are seen.

use crate::capability::{Access, Directory, Grants, Limits, Linked, Names};
use crate::control::{
    ActorSpec, Code, Level, LinkReport, Overdue, Report, SpawnBackend, SpawnSpec, TaskReport,
};
use crate::failure::{CancelReason, Cancellation, Failure, FailureKind};
use crate::handshake::{Hello, MAGIC, VersionRange};
use crate::id::{ActorId, FailureId, ScopeId, Uuid};
use crate::identity::Identity;
use crate::payload::{Codec, Payload};
use std::time::Duration;

pub(super) fn hello() -> Hello {
    Hello {
        magic: MAGIC,
        versions: VersionRange {
            oldest: 1,
            newest: 300,
        },
    }
}

pub(super) fn uuid(last: u8) -> Uuid {
    Uuid::from_random(0x1011_1213_1415_1617_1819_1a1b_1c1d_1e00 | u128::from(last))
}

pub(super) fn actor() -> ActorId {
    ActorId {
        name: "ann".into(),
        uuid: uuid(1),
        pid: 4000,
    }
}

pub(super) fn other_actor() -> ActorId {
    ActorId {
        name: "bob".into(),
        uuid: uuid(2),
        pid: 0,
    }
}

pub(super) fn cancellation() -> Cancellation {
    Cancellation {
        scope: ScopeId(5),
        canceller: other_actor(),
        reason: CancelReason::SiblingFailed,
        message: Some("why".into()),
    }
}

pub(super) fn failure() -> Failure {
    Failure {
        id: FailureId(200),
        kind: FailureKind::Trap("oops".into()),
        origin: actor(),
        path: vec![other_actor()],
        message: "m".into(),
        backtrace: Some("bt".into()),
        value: Some(payload()),
    }
}

pub(super) fn plain_failure() -> Failure {
    Failure::new(FailureId(1), FailureKind::Other, actor(), "")
}

pub(super) fn payload() -> Payload {
    Payload::new(Codec::Json, &b"[1]"[..])
}

pub(super) fn time() -> Duration {
    Duration::new(3, 400)
}

pub(super) fn grants() -> Grants {
    Grants {
        directories: vec![Directory {
            source: "/s".into(),
            target: "/t".into(),
            access: Access::ReadWrite,
        }],
        environment: vec![("K".into(), "v".into())],
        connect: vec!["h:1".into()],
        names: Names {
            find: true,
            list: false,
            register: true,
        },
        components: vec!["*".into()],
        links: vec![Linked {
            interface: "i".into(),
            actor: other_actor(),
        }],
    }
}

pub(super) fn limits() -> Limits {
    Limits {
        memory_bytes: Some(1 << 32),
        message_bytes: Some(1 << 20),
        actors: Some(9),
        depth: None,
        dialogs: Some(7),
        table_elements: Some(300),
        instances: Some(5),
        handles: None,
        queue_bytes: Some(1 << 26),
        log_rate: Some(100),
        spawn_rate: Some(8),
        overdue_tasks: Some(5),
    }
}

pub(super) fn spawn_spec() -> SpawnSpec {
    SpawnSpec {
        hello: hello(),
        actor: actor(),
        owner: other_actor(),
        code: Code::Component {
            name: "c".into(),
            digest: [0xdd; 32],
        },
        grants: grants(),
        limits: limits(),
        one_shot: Some("f".into()),
        overdue: Overdue::EndActor,
        grace: Duration::from_millis(500),
        allowance: Duration::from_millis(20),
        terminal: true,
        log: Level::Info,
        restarts: true,
        identity: Some(identity()),
    }
}

fn identity() -> Identity {
    Identity {
        name: "i".into(),
        certificate: vec![0xc1, 0xc2],
        key: vec![0xc3],
        authority: vec![0xc4],
    }
}

pub(super) fn native_spawn_spec() -> SpawnSpec {
    SpawnSpec {
        code: Code::Native("n".into()),
        grants: Grants::default(),
        limits: Limits::default(),
        one_shot: None,
        terminal: false,
        log: Level::Trace,
        restarts: false,
        identity: None,
        ..spawn_spec()
    }
}

pub(super) fn actor_spec() -> ActorSpec {
    ActorSpec {
        component: "c".into(),
        name: "n".into(),
        grants: grants(),
        limits: limits(),
        overdue: Some(Overdue::ServeOn),
        spawn_backend: Some(SpawnBackend::Fork),
    }
}

pub(super) fn report() -> Report {
    Report {
        tasks: vec![TaskReport {
            function: "f".into(),
            caller: actor(),
            age: time(),
            cancelled: Some(cancellation()),
        }],
        queued_messages: 128,
        dialogs: 2,
        memory_bytes: 65_536,
        overdue_tasks: 3,
        blocked: Some("w".into()),
        links: vec![
            LinkReport {
                peer: other_actor(),
                transport: Some("t".into()),
            },
            LinkReport {
                peer: actor(),
                transport: None,
            },
        ],
    }
}
