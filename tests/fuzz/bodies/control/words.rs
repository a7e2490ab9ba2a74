//! What a worker says: mostly what fits, some that does not, and now and then mere bytes.

use super::book::Book;
use arbitrary::{Error, Result, Unstructured};
use bytes::BytesMut;
use std::time::Duration;
use tractor_protocol::control::{
    ActorSpec, Body, FRAME_LIMIT_BYTES, FromWorker, Level, Overdue, Report,
};
use tractor_protocol::frame;
use tractor_protocol::handshake::{Hello, VersionRange};
use tractor_protocol::restart::{Backoff, Intensity, Restart, RestartPolicy, RestartStrategy};
use tractor_protocol::{
    Access, ActorId, CancelReason, Cancellation, Directory, Failure, FailureId, FailureKind,
    Grants, Limits, Names, NurseryId, RequestId, ScopeId, Uuid,
};

/// Some message of a worker.
pub(super) fn message(input: &mut Unstructured<'_>, book: &Book) -> Result<FromWorker> {
    let (request, nursery) = (request(input)?, nursery(input)?);
    Ok(match input.int_in_range(0..=23_u8)? {
        0 | 1 => FromWorker::Ready(hello(input)?),
        2 => FromWorker::Stopping,
        3 | 4 => FromWorker::OpenNursery {
            nursery,
            grace: option(input, duration)?,
            restart: option(input, restart)?,
        },
        5..=9 => FromWorker::StartActor {
            request,
            nursery,
            spec: spec(input)?,
            one_shot: option(input, name)?,
        },
        10 => FromWorker::CancelActor {
            request,
            actor: actor(input, book)?,
            message: option(input, name)?,
        },
        11 => FromWorker::CancelNursery {
            nursery,
            cancellation: cancellation(input, book)?,
        },
        12 | 13 => FromWorker::CloseNursery {
            nursery,
            body: body(input, book)?,
        },
        14 => FromWorker::Connect {
            request,
            actor: actor(input, book)?,
        },
        15 => FromWorker::Find {
            request,
            name: name(input)?,
        },
        16 => FromWorker::WaitFor {
            request,
            name: name(input)?,
        },
        17 => FromWorker::List { request },
        18 => FromWorker::Register {
            request,
            name: name(input)?,
        },
        19 => FromWorker::Withdraw { request },
        20 => FromWorker::Log {
            level: Level::Error,
            task: option(input, name)?,
            message: "protocol violations are not mine".to_owned(),
        },
        21 => FromWorker::Report {
            request: input.arbitrary()?,
            report: Report::default(),
        },
        22 => FromWorker::Ended {
            failures: failures(input, book)?,
        },
        _ => raw(input, book)?,
    })
}

/// Whatever the next bytes mean, or something of a link.
fn raw(input: &mut Unstructured<'_>, book: &Book) -> Result<FromWorker> {
    // In one number, so that inputs of older days mean what they meant.
    let length = match input.int_in_range(0..=127_u8)? {
        length @ 0..=96 => length,
        97..=111 => {
            let actor = actor(input, book)?;
            return Ok(FromWorker::Unlinked { actor });
        }
        _ => {
            let (actor, port) = (actor(input, book)?, input.arbitrary()?);
            return Ok(FromWorker::Listening { actor, port });
        }
    };
    let content = input.bytes(usize::from(length).min(input.len()))?;
    let length = content.len() as u32;
    let mut buffer = BytesMut::from(&[&length.to_le_bytes(), content].concat()[..]);
    let frame = frame::decode::<FromWorker>(&mut buffer, FRAME_LIMIT_BYTES);
    let frame = frame.ok().flatten().ok_or(Error::IncorrectFormat)?;
    Ok(frame.message)
}

/// An actor that there is or was; the newest more often.
pub(super) fn actor(input: &mut Unstructured<'_>, book: &Book) -> Result<Uuid> {
    if input.ratio(1, 48)? {
        return Ok(Uuid::from_random(input.arbitrary()?));
    }
    let back = input.int_in_range(0..=9_usize)?;
    let newest = book.born.len() - 1;
    Ok(book.born[newest - back.min(newest)])
}

fn option<T>(
    input: &mut Unstructured<'_>,
    some: impl Fn(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Option<T>> {
    Ok(match input.ratio(1, 2)? {
        true => Some(some(input)?),
        false => None,
    })
}

fn request(input: &mut Unstructured<'_>) -> Result<RequestId> {
    Ok(RequestId(input.int_in_range(0..=31)?))
}

fn nursery(input: &mut Unstructured<'_>) -> Result<NurseryId> {
    Ok(NurseryId(input.int_in_range(0..=2)?))
}

/// A way to start members anew, with times that nobody would choose among them.
fn restart(input: &mut Unstructured<'_>) -> Result<Restart> {
    let policies = [RestartPolicy::OnFailure, RestartPolicy::Always];
    let strategies = [
        RestartStrategy::OneForOne,
        RestartStrategy::OneForAll,
        RestartStrategy::RestForOne,
    ];
    Ok(Restart {
        policy: *input.choose(&policies)?,
        strategy: *input.choose(&strategies)?,
        intensity: Intensity {
            restarts: match input.ratio(1, 8)? {
                true => input.arbitrary()?,
                false => input.int_in_range(0..=4)?,
            },
            within: duration(input)?,
        },
        backoff: Backoff {
            first: duration(input)?,
            most: duration(input)?,
        },
    })
}

fn hello(input: &mut Unstructured<'_>) -> Result<Hello> {
    if !input.ratio(1, 16)? {
        return Ok(Hello::OURS);
    }
    let versions = VersionRange {
        oldest: input.arbitrary()?,
        newest: input.arbitrary()?,
    };
    Ok(Hello {
        versions,
        ..Hello::OURS
    })
}

pub(super) fn duration(input: &mut Unstructured<'_>) -> Result<Duration> {
    Ok(match input.int_in_range(0..=9_u8)? {
        0 => Duration::MAX,
        1 => Duration::from_secs(input.arbitrary()?),
        2 => Duration::ZERO,
        _ => Duration::from_millis(input.int_in_range(0..=1000)?),
    })
}

fn name(input: &mut Unstructured<'_>) -> Result<String> {
    let names = ["a", "b", "ann", "", "root", "no\nname", "\u{1b}[31m"];
    input.choose(&names).map(|name| (*name).to_owned())
}

fn spec(input: &mut Unstructured<'_>) -> Result<ActorSpec> {
    let components = ["a", "a", "a", "self", "b", "*", "none"];
    Ok(ActorSpec {
        component: (*input.choose(&components)?).to_owned(),
        name: name(input)?,
        grants: match input.ratio(1, 4)? {
            true => grants(input)?,
            false => Grants {
                components: vec!["*".to_owned()],
                names: Names {
                    find: true,
                    list: true,
                    register: true,
                },
                ..Grants::default()
            },
        },
        limits: match input.ratio(1, 4)? {
            true => limits(input)?,
            false => Limits::default(),
        },
        overdue: option(input, |input| {
            let some = [Overdue::ServeOn, Overdue::EndActor];
            input.choose(&some).copied()
        })?,
        // No decision of the tree's depends on it.
        spawn_backend: None,
    })
}

fn grants(input: &mut Unstructured<'_>) -> Result<Grants> {
    let paths = [
        "/",
        "/data",
        "/data/../..",
        "..",
        "",
        "//",
        "/data/./x",
        "/\0",
    ];
    let addresses = ["*", "*:*", "host:1", "host:*", ":", "host", "*:99999", ""];
    let mut grants = Grants::default();
    for _ in 0..input.int_in_range(0..=2_u8)? {
        grants.directories.push(Directory {
            source: (*input.choose(&paths)?).to_owned(),
            target: (*input.choose(&paths)?).to_owned(),
            access: *input.choose(&[Access::Read, Access::ReadWrite])?,
        });
        grants.connect.push((*input.choose(&addresses)?).to_owned());
        grants.components.push(name(input)?);
        grants.environment.push((name(input)?, name(input)?));
    }
    grants.names.find = input.arbitrary()?;
    grants.names.list = input.arbitrary()?;
    grants.names.register = input.arbitrary()?;
    Ok(grants)
}

fn limits(input: &mut Unstructured<'_>) -> Result<Limits> {
    Ok(Limits {
        memory_bytes: option(input, |input| input.arbitrary())?,
        message_bytes: option(input, |input| input.arbitrary())?,
        actors: option(input, |input| Ok(input.arbitrary::<u8>()?.into()))?,
        depth: option(input, |input| Ok(input.arbitrary::<u8>()?.into()))?,
        dialogs: option(input, |input| input.arbitrary())?,
        spawn_rate: option(input, |input| Ok(input.arbitrary::<u8>()?.into()))?,
        queue_bytes: option(input, |input| input.arbitrary())?,
        ..Limits::default()
    })
}

fn body(input: &mut Unstructured<'_>, book: &Book) -> Result<Body> {
    Ok(match input.int_in_range(0..=3_u8)? {
        0 => Body::Failed(failures(input, book)?),
        1 => Body::Cancelled(cancellation(input, book)?),
        _ => Body::Ended,
    })
}

fn cancellation(input: &mut Unstructured<'_>, book: &Book) -> Result<Cancellation> {
    Ok(Cancellation {
        scope: ScopeId(input.int_in_range(0..=3)?),
        canceller: id(actor(input, book)?),
        reason: *input.choose(&[CancelReason::Requested, CancelReason::Shutdown])?,
        message: None,
    })
}

fn id(uuid: Uuid) -> ActorId {
    ActorId {
        name: "someone".to_owned(),
        uuid,
        pid: 0,
    }
}

fn failures(input: &mut Unstructured<'_>, book: &Book) -> Result<Vec<Failure>> {
    let mut failures = Vec::new();
    for _ in 0..input.int_in_range(0..=3_u8)? {
        let kind = match input.ratio(1, 3)? {
            true => FailureKind::Cancelled(cancellation(input, book)?),
            false => FailureKind::Returned,
        };
        let number = FailureId(input.int_in_range(0..=5)?);
        let origin = id(actor(input, book)?);
        failures.push(Failure::new(number, kind, origin, "it failed"));
    }
    Ok(failures)
}
