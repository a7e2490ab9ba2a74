"""How the SDK waits in the host: within the ambient scope, and so that asyncio's own cancellation cuts short just this wait.

Each asyncio task waits in a scope of its own below the ambient one, made at its first wait and used for all that follow: a task waits
for one thing at a time. When the task is cancelled, that scope is; the host call is answered at once, has taken nothing, and the next
wait makes a new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

from componentize_py_types import Err
from wit_world.imports import task as wit
from wit_world.imports import types as wit_types

from . import errors
from ._call import running_call
from ._loop import cut_next

T = TypeVar("T")


class Branches:
    """A scope of the host's, and the scopes in which the asyncio tasks within it wait."""

    def __init__(self, raw: wit.Scope) -> None:
        self.raw = raw
        self._of_task: dict[asyncio.Task[Any], wit.Scope] = {}

    def of_current_task(self) -> wit.Scope:
        """Gives the scope in which the running asyncio task waits."""
        task = asyncio.current_task()
        if task is None:
            return self.raw
        branch = self._of_task.get(task)
        if branch is None:
            branch = self._of_task[task] = self.raw.child(wit.ScopeOptions(None, False))
            task.add_done_callback(self._forget)
        return branch

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._of_task.pop(task, None)

    def cut(self, branch: wit.Scope) -> None:
        """Has the host answer what waits in that scope."""
        branch.cancel(None)
        for task, known in list(self._of_task.items()):
            if known is branch:
                del self._of_task[task]


_ambient: ContextVar[Branches] = ContextVar("tractor_guest.scope")


def ambient() -> Branches:
    """Gives the ambient scope: that of the innermost block around the code, or that of the call."""
    branches = _ambient.get(None)
    if branches is not None:
        return branches
    call = running_call()
    # A plain function has no loop and cannot wait, but it may ask for its scope.
    return Branches(wit.Scope.current() if call is None else call.scope)


async def wait(host_call: Callable[..., Coroutine[Any, Any, T]], *arguments: Any, within: Branches | None = None) -> T:
    """Waits for a host call whose first parameter is the scope to wait in."""
    branches = within if within is not None else ambient()
    branch = branches.of_current_task()
    return await _answer(host_call(branch, *arguments), branches, branch)


async def wait_on(host_call: Callable[[wit.Scope], Coroutine[Any, Any, T]]) -> T:
    """Waits for a method of the scope itself."""
    branches = ambient()
    branch = branches.of_current_task()
    return await _answer(host_call(branch), branches, branch)


async def wait_out(host_call: Coroutine[Any, Any, T]) -> T:
    """Waits for a host call that cannot be cut short. A cancellation that comes meanwhile is raised behind it."""
    return await _answer(host_call, None, None)


async def _answer(
    host_call: Coroutine[Any, Any, T], branches: Branches | None, branch: wit.Scope | None
) -> T:
    cut_next(None if branches is None or branch is None else lambda: branches.cut(branch))
    try:
        answer = await host_call
    except Err as error:
        raise _exception(error.value, branch) from None
    return answer


def _exception(error: Any, branch: wit.Scope | None) -> BaseException:
    match error:
        case wit_types.Error_Cancelled(cancellation) | (wit_types.Cancellation() as cancellation):
            # What asyncio had cut short is asyncio's own cancellation, and no scope's.
            if branch is not None and cancellation.scope == branch.id():
                return asyncio.CancelledError()
    return errors.raised(error)
