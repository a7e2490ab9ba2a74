//! From the guest to the protocol.
//!
//! Little can be wrong beyond the types: an actor's id is text, and a group may be empty. What is, becomes a failure `misuse` of the
//! guest's own, so that nothing is lost in silence and nothing traps.

use crate::bindings::context::{self as wit_context, Overrun as WitOverrun};
use crate::bindings::{
    capability as wit_capability, nursery as wit_nursery, task as wit_task, types as wit,
};
use std::time::Duration;
use tractor_protocol::control::{ActorSpec, Level, Overdue};
use tractor_protocol::{
    Access, ActorId, CancelReason, Cancellation, Codec, Directory, Error, Failure, FailureId,
    FailureKind, Grants, Limits, Names, Payload, Restart, RestartPolicy, RestartStrategy, ScopeId,
    Uuid,
};
use tractor_runtime::worker::{Overrun, StreamOptions};

/// What an error or id of a guest has against the rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("the guest names `{0}` as the uuid of an actor: it has 32 lower-case hex digits")]
    Uuid(String),
    #[error("an error of the guest is a group without failures")]
    NoFailures,
}

/// Makes a failure that originates in the actor itself.
pub(crate) type Fresh<'a> = &'a dyn Fn(FailureKind, String) -> Failure;

pub(crate) fn duration(nanoseconds: u64) -> Duration {
    Duration::from_nanos(nanoseconds)
}

pub(crate) fn restart(options: wit_nursery::RestartOptions) -> Restart {
    let mut restart = Restart::new(match options.policy {
        wit_nursery::RestartPolicy::OnFailure => RestartPolicy::OnFailure,
        wit_nursery::RestartPolicy::Always => RestartPolicy::Always,
    });
    restart.strategy = match options.strategy {
        wit_nursery::RestartStrategy::OneForOne => RestartStrategy::OneForOne,
        wit_nursery::RestartStrategy::OneForAll => RestartStrategy::OneForAll,
        wit_nursery::RestartStrategy::RestForOne => RestartStrategy::RestForOne,
    };
    if let Some(intensity) = options.intensity {
        restart = restart.intensity(intensity.restarts, duration(intensity.within));
    }
    if let Some(backoff) = options.backoff {
        restart = restart.backoff(duration(backoff.first), duration(backoff.most));
    }
    restart
}

pub(crate) fn payload(payload: wit::Payload) -> Payload {
    let codec = match payload.codec {
        wit::Codec::Postcard => Codec::Postcard,
        wit::Codec::Json => Codec::Json,
        wit::Codec::Wave => Codec::Wave,
    };
    Payload::new(codec, payload.bytes)
}

pub(crate) fn level(level: wit_task::Level) -> Level {
    match level {
        wit_task::Level::Trace => Level::Trace,
        wit_task::Level::Debug => Level::Debug,
        wit_task::Level::Info => Level::Info,
        wit_task::Level::Warn => Level::Warn,
        wit_task::Level::Error => Level::Error,
    }
}

pub(crate) fn stream_options(options: wit_context::StreamOptions) -> StreamOptions {
    let overrun = match options.overrun {
        WitOverrun::Wait => Overrun::Wait,
        WitOverrun::Fail => Overrun::Fail,
        WitOverrun::DropOldest => Overrun::DropOldest,
    };
    StreamOptions {
        buffer: options.buffer,
        overrun,
    }
}

pub(crate) fn actor_spec(spec: wit_nursery::ActorSpec) -> ActorSpec {
    ActorSpec {
        component: spec.component,
        name: spec.name,
        grants: grants(spec.grants),
        limits: limits(spec.limits),
        overdue: spec.overdue.map(|overdue| match overdue {
            wit_nursery::Overdue::ServeOn => Overdue::ServeOn,
            wit_nursery::Overdue::EndActor => Overdue::EndActor,
        }),
        // How processes are started is the tree's business, and no guest's.
        spawn_backend: None,
    }
}

fn grants(grants: wit_capability::Grants) -> Grants {
    Grants {
        directories: grants.directories.into_iter().map(directory).collect(),
        environment: grants.environment,
        connect: grants.connect,
        names: Names {
            find: grants.names.find,
            list: grants.names.list,
            register: grants.names.register,
        },
        components: grants.components,
        links: Vec::new(),
    }
}

fn directory(directory: wit_capability::Directory) -> Directory {
    Directory {
        source: directory.source,
        target: directory.target,
        access: match directory.access {
            wit_capability::Access::Read => Access::Read,
            wit_capability::Access::ReadWrite => Access::ReadWrite,
        },
    }
}

fn limits(limits: wit_capability::Limits) -> Limits {
    Limits {
        memory_bytes: limits.memory_bytes,
        table_elements: limits.table_elements,
        instances: limits.instances,
        handles: limits.handles,
        queue_bytes: limits.queue_bytes,
        log_rate: limits.log_rate,
        spawn_rate: limits.spawn_rate,
        message_bytes: limits.message_bytes,
        actors: limits.actors,
        depth: limits.depth,
        dialogs: limits.dialogs,
        overdue_tasks: limits.overdue_tasks,
    }
}

/// What a guest raises or passes on. Failures of its own come with the id 0, and get theirs from `fresh`.
pub(crate) fn error(error: wit::Error, fresh: Fresh<'_>) -> Error {
    try_error(error, fresh)
        .unwrap_or_else(|malformed| fresh(FailureKind::Misuse, malformed.to_string()).into())
}

fn try_error(error: wit::Error, fresh: Fresh<'_>) -> Result<Error, Malformed> {
    match error {
        wit::Error::Cancelled(cause) => Ok(Error::Cancelled(cancellation(cause)?)),
        wit::Error::Failed(failures) if failures.is_empty() => Err(Malformed::NoFailures),
        wit::Error::Failed(failures) => {
            let failures: Result<_, _> = failures
                .into_iter()
                .map(|one| failure(one, fresh))
                .collect();
            Ok(Error::Failed(failures?))
        }
        wit::Error::Closed => Ok(Error::Closed),
    }
}

fn cancellation(cancellation: wit::Cancellation) -> Result<Cancellation, Malformed> {
    Ok(Cancellation {
        scope: ScopeId(cancellation.scope),
        canceller: actor(cancellation.canceller)?,
        reason: reason(cancellation.reason),
        message: cancellation.message,
    })
}

fn failure(failure: wit::Failure, fresh: Fresh<'_>) -> Result<Failure, Malformed> {
    let kind = kind(failure.kind)?;
    let value = failure.value.map(payload);
    if failure.id == 0 {
        return Ok(Failure {
            backtrace: failure.backtrace,
            value,
            ..fresh(kind, failure.message)
        });
    }
    let path: Result<_, _> = failure.path.into_iter().map(actor).collect();
    Ok(Failure {
        id: FailureId(failure.id),
        kind,
        origin: actor(failure.origin)?,
        path: path?,
        message: failure.message,
        backtrace: failure.backtrace,
        value,
    })
}

fn actor(actor: wit::ActorId) -> Result<ActorId, Malformed> {
    Ok(ActorId {
        uuid: uuid(&actor.uuid)?,
        name: actor.name,
        pid: actor.pid,
    })
}

pub(crate) fn uuid(text: &str) -> Result<Uuid, Malformed> {
    match u128::from_str_radix(text, 16) {
        Ok(bits) if text.len() == 32 && !text.starts_with('+') => Ok(Uuid::from_random(bits)),
        _ => Err(Malformed::Uuid(text.to_owned())),
    }
}

fn reason(reason: wit::CancelReason) -> CancelReason {
    match reason {
        wit::CancelReason::Requested => CancelReason::Requested,
        wit::CancelReason::Deadline => CancelReason::Deadline,
        wit::CancelReason::SiblingFailed => CancelReason::SiblingFailed,
        wit::CancelReason::OwnerEnded => CancelReason::OwnerEnded,
        wit::CancelReason::ConnectionLost => CancelReason::ConnectionLost,
        wit::CancelReason::Shutdown => CancelReason::Shutdown,
    }
}

fn kind(kind: wit::FailureKind) -> Result<FailureKind, Malformed> {
    use wit::FailureKind as Wit;
    Ok(match kind {
        Wit::Returned => FailureKind::Returned,
        Wit::Trap(text) => FailureKind::Trap(text),
        Wit::Limit(which) => FailureKind::Limit(which),
        Wit::Exit(code) => FailureKind::Exit(code),
        Wit::Killed(signal) => FailureKind::Killed(signal),
        Wit::Overdue(cause) => FailureKind::Overdue(cancellation(cause)?),
        Wit::Cancelled(cause) => FailureKind::Cancelled(cancellation(cause)?),
        Wit::ContextCancelled(cause) => FailureKind::ContextCancelled(cancellation(cause)?),
        Wit::Restarted => FailureKind::Restarted,
        Wit::Misuse => FailureKind::Misuse,
        Wit::NotFound => FailureKind::NotFound,
        Wit::IllTyped => FailureKind::IllTyped,
        Wit::Denied => FailureKind::Denied,
        Wit::ProtocolViolation => FailureKind::ProtocolViolation,
        Wit::ConnectionLost => FailureKind::ConnectionLost,
        Wit::Overrun => FailureKind::Overrun,
        Wit::Other => FailureKind::Other,
    })
}
