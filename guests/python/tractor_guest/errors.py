"""What goes wrong, as exceptions, and how they become data for other actors.

    Failure              one failure, of another actor or of this one; its subclasses tell the kinds apart
    FailureGroup         several, as an `ExceptionGroup`
    Cancelled            a scope around the call was cancelled: an `asyncio.CancelledError`
    Closed               the stream, context or nursery is over
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from componentize_py_types import Err
from wit_world.imports import task as wit_task
from wit_world.imports import types as wit

from . import _payload
from ._sources import traceback_of

Cancellation = wit.Cancellation
CancelReason = wit.CancelReason
ActorId = wit.ActorId


class Failure(Exception):
    """Something failed in an actor. Its attributes say what, where, and how it came here."""

    kind: ClassVar[str] = "other"
    """What kind of thing went wrong, as the WIT type `failure-kind` names it."""

    data: wit.Failure
    """The failure as it goes from actor to actor."""

    beside: tuple[wit.Failure, ...]
    """Members that had to stop on account of this failure: of kind `cancelled`, and no failures of their own."""

    def __init__(self, data: wit.Failure | str, beside: Iterable[wit.Failure] = ()) -> None:
        if isinstance(data, str):
            data = _new(data, self._kind())
        self.data = data
        self.beside = tuple(beside)
        super().__init__(f"{data.origin.name}: {data.message}")
        if data.backtrace:
            self.add_note(f"In {data.origin.name} (pid {data.origin.pid}):\n{data.backtrace.rstrip()}")

    @classmethod
    def _kind(cls) -> Any:
        for case, kind in _KINDS.items():
            if kind is cls and not case.__dataclass_fields__:
                return case()
        raise TypeError(f"a guest cannot make a {cls.__name__} of a text: it comes from the host")

    @property
    def message(self) -> str:
        """One line for people."""
        return self.data.message

    @property
    def origin(self) -> ActorId:
        """The actor in which it happened."""
        return self.data.origin

    @property
    def path(self) -> Sequence[ActorId]:
        """Who passed it on, nearest to the origin first."""
        return self.data.path

    @property
    def backtrace(self) -> str | None:
        """The guest's frames, with source lines where there are any."""
        return self.data.backtrace

    @property
    def cancellation(self) -> Cancellation | None:
        """Who cancelled, for kinds that tell of a cancellation."""
        value = getattr(self.data.kind, "value", None)
        return value if isinstance(value, wit.Cancellation) else None


class Returned(Failure):
    """The function returned an error that it declares."""

    kind = "returned"

    @property
    def value(self) -> Any:
        """The declared error, as `json` reads it."""
        if self.data.value is None:
            raise IllTyped("the failure carries no error of the function's own")
        return _payload.decode(self.data.value)


class Trap(Failure):
    """The guest trapped. An exception that nobody caught in a function whose type has no error is such a one."""

    kind = "trap"


class LimitReached(Failure):
    """A limit was reached: `data.kind.value` says which."""

    kind = "limit"


class Exited(Failure):
    """The guest exited with the code in `data.kind.value`."""

    kind = "exit"


class Killed(Failure):
    """The worker was ended by the signal in `data.kind.value`."""

    kind = "killed"


class Overdue(Failure):
    """It was cancelled and did not answer within its grace period."""

    kind = "overdue"


class MemberCancelled(Failure):
    """It was cancelled on account of another failure. Never raised; in groups of data only."""

    kind = "cancelled"


class ContextCancelled(Failure):
    """The context was cancelled by someone other than its opener."""

    kind = "context-cancelled"


class Restarted(Failure):
    """The actor was started anew while this was under way."""

    kind = "restarted"


class Misuse(Failure):
    """The API was used against its rules."""

    kind = "misuse"


class NotFound(Failure):
    """No such function, component or actor."""

    kind = "not-found"


class IllTyped(Failure):
    """Arguments or a message did not fit their type."""

    kind = "ill-typed"


class Denied(Failure):
    """The actor lacks a capability that it asks for."""

    kind = "denied"


class ProtocolViolation(Failure):
    """The peer broke the protocol between processes."""

    kind = "protocol-violation"


class ConnectionLost(Failure):
    """The peer cannot be reached any more."""

    kind = "connection-lost"


class Overrun(Failure):
    """The receiver could not keep up, and the stream was opened to fail then."""

    kind = "overrun"


_KINDS: dict[type[Any], type[Failure]] = {
    wit.FailureKind_Returned: Returned,
    wit.FailureKind_Trap: Trap,
    wit.FailureKind_Limit: LimitReached,
    wit.FailureKind_Exit: Exited,
    wit.FailureKind_Killed: Killed,
    wit.FailureKind_Overdue: Overdue,
    wit.FailureKind_Cancelled: MemberCancelled,
    wit.FailureKind_ContextCancelled: ContextCancelled,
    wit.FailureKind_Restarted: Restarted,
    wit.FailureKind_Misuse: Misuse,
    wit.FailureKind_NotFound: NotFound,
    wit.FailureKind_IllTyped: IllTyped,
    wit.FailureKind_Denied: Denied,
    wit.FailureKind_ProtocolViolation: ProtocolViolation,
    wit.FailureKind_ConnectionLost: ConnectionLost,
    wit.FailureKind_Overrun: Overrun,
    wit.FailureKind_Other: Failure,
}


class FailureGroup(ExceptionGroup[Exception]):
    """Several failures, in the order in which they happened."""

    beside: tuple[wit.Failure, ...] = ()
    """Members that had to stop on account of them."""

    def derive(self, excs: Sequence[Exception]) -> FailureGroup:  # type: ignore[override]
        group = FailureGroup(self.message, excs)
        group.beside = self.beside
        return group


class Cancelled(asyncio.CancelledError):
    """A scope around the call was cancelled, and stays so. Clean up and let it pass, or wait within `shield`."""

    cancellation: Cancellation
    """Who cancelled what, and why."""

    def __init__(self, cancellation: Cancellation) -> None:
        super().__init__(_phrase(cancellation))
        self.cancellation = cancellation


class Closed(Exception):
    """The stream, context or nursery is over: it was stopped or closed at this end, or its dialog has ended."""

    def __init__(self) -> None:
        super().__init__("closed")


class Declared(Exception):
    """Raise it to return an error that the function declares: the `e` of its `result<_, e>`, as the bindings have it."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


_PHRASES = {
    CancelReason.REQUESTED: "on request",
    CancelReason.DEADLINE: "time is up",
    CancelReason.SIBLING_FAILED: "a sibling failed",
    CancelReason.OWNER_ENDED: "its owner ended",
    CancelReason.CONNECTION_LOST: "the connection was lost",
    CancelReason.SHUTDOWN: "the tree is going down",
}


def _phrase(cancellation: Cancellation) -> str:
    said = f": {cancellation.message}" if cancellation.message else ""
    return f"cancelled by {cancellation.canceller.name}: {_PHRASES[cancellation.reason]}{said}"


def _new(message: str, kind: Any, backtrace: str | None = None) -> wit.Failure:
    return wit.Failure(0, kind, wit_task.current_actor(), [], message, backtrace, None)


def raised(error: wit.Error | wit.Cancellation, own: Iterable[BaseException] = ()) -> BaseException:
    """Makes the exception of an error. Those of `own` that went into it come back as they were."""
    match error:
        case wit.Error_Failed(failures):
            return _raised_failures(failures, list(leaves(own)))
        case wit.Error_Cancelled(cancellation):
            return Cancelled(cancellation)
        case wit.Cancellation():
            return Cancelled(error)
        case _:
            return Closed()


def _raised_failures(failures: Sequence[wit.Failure], own: list[BaseException]) -> BaseException:
    beside = tuple(f for f in failures if isinstance(f.kind, wit.FailureKind_Cancelled))
    told = [f for f in failures if not isinstance(f.kind, wit.FailureKind_Cancelled)] or list(beside[:1])
    members = [_member(failure, own) for failure in told]
    if len(members) == 1:
        if isinstance(members[0], Failure):
            members[0].beside = beside
        return members[0]
    group = FailureGroup(f"{len(members)} actors or tasks failed", members)
    group.beside = beside
    return group


def _member(failure: wit.Failure, own: list[BaseException]) -> Exception:
    for index, candidate in enumerate(own):
        if isinstance(candidate, Exception) and _is(candidate, failure):
            del own[index]
            return candidate
    return _KINDS[type(failure.kind)](failure)


def _is(candidate: BaseException, failure: wit.Failure) -> bool:
    data = to_failure(candidate)
    if data.id != 0 or failure.path or failure.origin != data.origin:
        return data.id == failure.id
    return (data.message, data.backtrace) == (failure.message, failure.backtrace)


def leaves(errors: Iterable[BaseException]) -> Iterator[BaseException]:
    """Gives the exceptions that are in groups, and those that are not."""
    for error in errors:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error.exceptions)
        else:
            yield error


def to_failure(error: BaseException) -> wit.Failure:
    """Makes the failure that tells other actors of an exception, with Python's own traceback."""
    if isinstance(error, Failure):
        if error.data.id != 0 or error.data.backtrace is not None:
            return error.data
        error.data.backtrace = traceback_of(error)
        return error.data
    text = str(error)
    name = type(error).__name__
    return _new(f"{name}: {text}" if text else name, wit.FailureKind_Other(), traceback_of(error))


def to_wit(error: BaseException) -> wit.Error:
    """Makes the error of an exception."""
    if isinstance(error, Cancelled):
        return wit.Error_Cancelled(error.cancellation)
    if isinstance(error, Closed):
        return wit.Error_Closed()
    if isinstance(error, Err):
        return error.value if isinstance(error.value, _ERRORS) else wit.Error_Failed([to_failure(error)])
    told = list(leaves([error]))
    failures = [to_failure(leaf) for leaf in told if not isinstance(leaf, asyncio.CancelledError)]
    if not failures:
        cancelled = next((leaf for leaf in told if isinstance(leaf, Cancelled)), None)
        return wit.Error_Failed([to_failure(error)]) if cancelled is None else to_wit(cancelled)
    beside = getattr(error, "beside", ())
    return wit.Error_Failed([*failures, *beside])


_ERRORS = (wit.Error_Cancelled, wit.Error_Failed, wit.Error_Closed)
