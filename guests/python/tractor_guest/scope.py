"""Scopes of cancellation: deadlines, shields, and what can be cancelled as one.

asyncio's own `timeout`, `wait_for` and `Task.cancel` work as they do everywhere. A scope does more: its deadline goes along to the actors
that are called within it, and its cancellation says who cancelled and why.

1. A wait in the host ends by itself when its scope is cancelled, and every later one does so at once.
2. A wait for asyncio alone, such as for a queue, is ended by cancelling the asyncio task that entered the scope, once. For that the host
   is asked to tell of the cancellation; but only when a task goes to wait in that way.
3. A task that waits within `shield` is cancelled when it has left it.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

from wit_world.imports import task as wit

from ._call import Call, HostCall, current_call
from ._wait import Branches, _ambient, ambient, wait_on
from .errors import Cancellation, Cancelled, CancelReason

__all__ = [
    "Scope",
    "cancel_scope",
    "checkpoint",
    "current_scope",
    "fail_after",
    "move_on_after",
    "shield",
    "sleep_forever",
]


class Scope:
    """A span of work that is cancelled as one."""

    def __init__(self, branches: Branches) -> None:
        self._branches = branches

    @property
    def id(self) -> int:
        """The number by which a `Cancellation` names this scope."""
        return self._branches.raw.id()

    def cancel(self, message: str | None = None) -> None:
        """Cancels it, and all in it. Returns at once; a second time has no effect."""
        self._branches.raw.cancel(message)

    @property
    def cancellation(self) -> Cancellation | None:
        """The cancellation of it or of one around it, if there is one by now."""
        return self._branches.raw.cancellation()

    @property
    def time_left(self) -> float | None:
        """Seconds until the nearest deadline around it, the caller's and the end of a grace period among them."""
        nanoseconds = self._branches.raw.time_left()
        return None if nanoseconds is None else nanoseconds / 1e9


def current_scope() -> Scope:
    """Gives the scope of the innermost block around the code, or that of the call."""
    return Scope(ambient())


class Body:
    """The code that runs within a scope, in the asyncio task that entered it."""

    def __init__(self, raw: wit.Scope, shielded: bool = False) -> None:
        self.branches = Branches(raw)
        self.shielded = shielded
        self.told = False
        """Whether the asyncio task was cancelled on account of the scope."""
        self._deferred = False
        self._watch: wit.Scope | None = None
        self._token: Any = None
        self._task: asyncio.Task[Any] | None = None
        self._around: list[Body] = []

    def enter(self) -> None:
        """Makes the scope the ambient one."""
        self._task = asyncio.current_task()
        self._around = _bodies(current_call()).setdefault(self._task, [])
        self._around.append(self)
        self._token = _ambient.set(self.branches)

    def leave(self) -> None:
        """Goes back to the scope around it. From now on the scope cancels nothing more here."""
        _ambient.reset(self._token)
        self._around.remove(self)
        if not self._around:
            _bodies(current_call()).pop(self._task, None)
        if self._watch is not None:
            self._watch.cancel(None)
        if self.told and self._task is not None:
            self._task.uncancel()
        for body in list(self._around):
            if self.shielded and body._deferred:
                body._tell()

    def settle(self, call: Call) -> None:
        """Has the host tell of the cancellation, if the task waits for something that the host does not know of."""
        if self._watch is None and type(getattr(self._task, "_fut_waiter", None)) is not HostCall:
            watch = self._watch = self.branches.raw.child(wit.ScopeOptions(None, False))
            call.background(watch.cancelled(), self._tell)

    def _tell(self) -> None:
        if self not in self._around or self._task is None or self.told:
            return
        inner = self._around[self._around.index(self) + 1 :]
        self._deferred = any(body.shielded for body in inner)
        if not self._deferred:
            self.told = self._task.cancel()


def _bodies(call: Call) -> dict[Any, list[Body]]:
    bodies: dict[Any, list[Body]] | None = getattr(call, "bodies", None)
    if bodies is None:
        bodies = {}
        call.bodies = bodies  # type: ignore[attr-defined]

        def settle() -> None:
            for entered in list(bodies.values()):
                for body in entered:
                    body.settle(call)

        call.settle.append(settle)
    return bodies


class _Block(Scope):
    """A scope as an `async with` block."""

    def __init__(self, deadline: float | None = None, shielded: bool = False) -> None:
        self._options = wit.ScopeOptions(None if deadline is None else nanoseconds(deadline), shielded)
        self.cancelled_caught = False
        """Whether the block was cut short by its own scope."""

    async def __aenter__(self) -> Self:
        self._body = Body(ambient().raw.child(self._options), self._options.shield)
        self._branches = self._body.branches
        self._body.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        cancellation = self.cancellation if isinstance(error, asyncio.CancelledError) else None
        own = cancellation is not None and cancellation.scope == self.id
        told = self._body.told
        self._body.leave()
        if not own or cancellation is None:
            return False
        if not (told or isinstance(error, Cancelled)):
            return False
        self.cancelled_caught = True
        return self._caught(cancellation)

    def _caught(self, cancellation: Cancellation) -> bool:
        return True


class _FailAfter(_Block):
    def _caught(self, cancellation: Cancellation) -> bool:
        if cancellation.reason is not CancelReason.DEADLINE:
            return True
        raise TimeoutError("time is up")


def cancel_scope() -> _Block:
    """A block that `scope.cancel()` cuts short; nothing is raised then, and `scope.cancelled_caught` is true."""
    return _Block()


def move_on_after(seconds: float) -> _Block:
    """A block that is cut short when the time is up; nothing is raised then, and `scope.cancelled_caught` is true.

    async with move_on_after(0.2) as scope:
        await portal.call("slow")
    if scope.cancelled_caught: ...
    """
    return _Block(deadline=seconds)


def fail_after(seconds: float) -> _Block:
    """A block that raises `TimeoutError` when the time is up."""
    return _FailAfter(deadline=seconds)


def shield() -> _Block:
    """A block from which cancellation of scopes around it is kept away, so that cleaning up can wait for something.

    Time is still bounded: at the end of the grace period the actor is stopped. What cancels the asyncio task itself is not kept away.
    """
    return _Block(shielded=True)


async def checkpoint() -> None:
    """Lets other tasks of the actor run, and raises if the scope is cancelled. For loops that compute for long."""
    await wait_on(lambda scope: scope.checkpoint())


async def sleep_forever() -> None:
    """Waits until it is cancelled."""
    while True:
        await wait_on(lambda scope: scope.sleep(_YEAR))


_YEAR = 365 * 24 * 3600 * 10**9


def nanoseconds(seconds: float) -> int:
    """A length of time as WIT has it."""
    return min(max(0, round(seconds * 1e9)), 2**64 - 1)
