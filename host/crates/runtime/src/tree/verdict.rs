//! What the end of a process means: a failure of the actor, or only that it was cancelled.

use super::actor::{Actor, Cause, State};
use super::event::ExitStatus;
use tractor_protocol::{Failure, FailureId, FailureKind};

/// How many of the last lines of stderr a failure's message holds.
const LAST_LINES: usize = 5;

/// Signals by which a process ends itself: traps of the machine and `abort`. Others come from outside, and a cancelled actor that is
/// ended by one counts as cancelled.
const CRASHES: [u8; 7] = [4, 5, 6, 7, 8, 11, 31];

/// What the end of the process says that the worker itself did not. `None`: it said enough, or it was cancelled and obeyed.
pub(super) fn judge(record: &Actor, status: ExitStatus, stderr: &[String]) -> Option<Failure> {
    let crashed = matches!(status, ExitStatus::Signal(signal) if CRASHES.contains(&signal))
        || matches!(status, ExitStatus::Code(code) if code != 0);
    match &record.state {
        State::Waiting | State::Reaped | State::Ending => None,
        State::Killed { cause, .. } => judge_killed(record, *cause),
        State::Stopping { .. } | State::Lost { stopped: true, .. } => overdue(record),
        State::Cancelling if !crashed => None,
        State::Lost { .. } if record.cancelled.is_some() && !crashed => None,
        State::Starting { .. }
        | State::Lost {
            request: Some(_), ..
        } => Some(unexpected(record, status, stderr, " before it was ready")),
        State::Serving | State::Cancelling | State::Lost { .. } => {
            Some(unexpected(record, status, stderr, ""))
        }
    }
}

fn judge_killed(record: &Actor, cause: Cause) -> Option<Failure> {
    match cause {
        Cause::Cancelled | Cause::Judged | Cause::Lingered => None,
        Cause::Overdue if record.failures.is_empty() => overdue(record),
        Cause::Overdue => None,
        Cause::Deaf if record.cancelled.is_some() => None,
        Cause::Deaf => Some(end_of(
            record,
            FailureKind::ConnectionLost,
            "closed its control link and did not exit".to_owned(),
        )),
    }
}

fn overdue(record: &Actor) -> Option<Failure> {
    let over = record.cancelled.as_ref()?;
    Some(end_of(
        record,
        FailureKind::Overdue(over.cancellation.clone()),
        "did not answer within its grace period and was killed".to_owned(),
    ))
}

fn unexpected(record: &Actor, status: ExitStatus, stderr: &[String], when: &str) -> Failure {
    let (kind, mut message) = match status {
        ExitStatus::Signal(signal) => (
            FailureKind::Killed(signal),
            format!("was ended by signal {signal}{when}"),
        ),
        ExitStatus::Code(0) => (FailureKind::Other, format!("left without a word{when}")),
        ExitStatus::Code(code) => (
            FailureKind::Exit(u8::try_from(code & 0xff).unwrap_or(u8::MAX)),
            format!("exited with code {code}{when}"),
        ),
    };
    let last = &stderr[stderr.len().saturating_sub(LAST_LINES)..];
    if !last.is_empty() {
        message.push_str("; its last words: ");
        message.push_str(&last.join(" | "));
    }
    end_of(record, kind, message)
}

/// The failure that is the end of this actor itself.
pub(super) fn end_of(record: &Actor, kind: FailureKind, message: String) -> Failure {
    Failure::new(
        FailureId::of_end(record.id.uuid),
        kind,
        record.id.clone(),
        message,
    )
}

/// That the actor was cancelled, to stand beside failures.
pub(super) fn was_cancelled(record: &Actor) -> Option<Failure> {
    let over = record.cancelled.as_ref()?;
    let kind = FailureKind::Cancelled(over.cancellation.clone());
    Some(end_of(record, kind, "was cancelled".to_owned()))
}

/// How many failures one message may bring; the rest is cut off. Far more than people read, and few enough not to busy the supervisor.
const MOST_FAILURES: usize = 1024;

/// The real ones among what a worker calls failures: being cancelled is none.
pub(super) fn real(mut failures: Vec<Failure>) -> Vec<Failure> {
    failures.retain(|failure| !failure.is_cancelled());
    failures.truncate(MOST_FAILURES);
    failures
}
