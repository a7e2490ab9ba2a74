//! How failures of several sources become one result.

use tractor_protocol::{Error, Failure, Payload, ScopeId};

/// What a nursery or context raises at its close. `own` is its scope, `cancelled` the cancellation of that scope.
///
/// Failures come before everything: those of the members and the body's, each once by its id. Without any, a cancellation
/// from outside goes on; one of the scope's own is swallowed, for it has done its work.
pub(super) fn raise(
    body: Option<Error>,
    own: ScopeId,
    outside: Option<Error>,
    failures: Vec<Failure>,
) -> Result<(), Error> {
    let all = joined(failures, body.as_ref());
    if all.iter().any(|failure| !failure.is_cancelled()) {
        return Err(Error::Failed(all));
    }
    match body.or(outside) {
        Some(Error::Cancelled(cancellation)) if cancellation.scope != own => {
            Err(Error::Cancelled(cancellation))
        }
        Some(Error::Closed) => Err(Error::Closed),
        _ => Ok(()),
    }
}

/// A task's result, and the failures of what it left open.
pub(super) fn with_left_over(
    result: Result<Payload, Error>,
    left: Vec<Failure>,
) -> Result<Payload, Error> {
    if left.is_empty() {
        return result;
    }
    Err(Error::Failed(joined(left, result.as_ref().err())))
}

fn joined(mut failures: Vec<Failure>, body: Option<&Error>) -> Vec<Failure> {
    if let Some(Error::Failed(body)) = body {
        for failure in body {
            if failures.iter().all(|known| known.id != failure.id) {
                failures.push(failure.clone());
            }
        }
    }
    failures.sort_by_key(Failure::is_cancelled);
    failures
}

#[cfg(test)]
mod tests {
    use super::*;
    use tractor_protocol::{ActorId, CancelReason, Cancellation, FailureId, FailureKind, Uuid};

    fn actor() -> ActorId {
        ActorId {
            name: "a".into(),
            uuid: Uuid([1; 16]),
            pid: 1,
        }
    }

    fn failure(id: u64) -> Failure {
        Failure::new(FailureId(id), FailureKind::Other, actor(), "x")
    }

    fn cancelled(scope: u64) -> Error {
        let reason = CancelReason::Requested;
        Error::Cancelled(Cancellation {
            scope: ScopeId(scope),
            canceller: actor(),
            reason,
            message: None,
        })
    }

    #[test]
    fn raise_own_cancellation_is_swallowed() {
        assert_eq!(raise(Some(cancelled(7)), ScopeId(7), None, vec![]), Ok(()));
    }

    #[test]
    fn raise_outside_cancellation_goes_on() {
        assert_eq!(
            raise(Some(cancelled(3)), ScopeId(7), None, vec![]),
            Err(cancelled(3))
        );
        assert_eq!(
            raise(None, ScopeId(7), Some(cancelled(3)), vec![]),
            Err(cancelled(3))
        );
    }

    #[test]
    fn raise_failure_of_member_and_body_counts_once() {
        let body = Some(Error::Failed(vec![failure(1)]));
        let raised = raise(body, ScopeId(7), None, vec![failure(1), failure(2)]);
        assert_eq!(raised, Err(Error::Failed(vec![failure(1), failure(2)])));
    }

    #[test]
    fn raise_failure_wins_over_cancellation() {
        let raised = raise(Some(cancelled(3)), ScopeId(7), None, vec![failure(2)]);
        assert_eq!(raised, Err(Error::Failed(vec![failure(2)])));
    }

    #[test]
    fn left_over_failures_replace_a_value() {
        let value = Payload::new(tractor_protocol::Codec::Json, "1");
        assert_eq!(
            with_left_over(Ok(value), vec![failure(2)]),
            Err(Error::Failed(vec![failure(2)]))
        );
    }
}
