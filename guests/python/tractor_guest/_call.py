"""One call of an exported function: what the component model calls a task.

Rule 1 of `_loop` is kept here: a call has its own queue of callbacks, its own timers and its own waitable set, and gives the host
its own answer.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from typing import Any

import componentize_py_runtime as runtime
from wit_world.imports import task as wit

_EXIT, _WAIT = 0, 2
"""What a turn answers: the task is over, or it waits in its waitable set."""

_sequence = itertools.count()


class HostCall(asyncio.Future[int]):
    """A host call under way. To cancel it is to ask the host for an early answer, if it is one that can be cut short."""

    def __init__(self, loop: asyncio.AbstractEventLoop, cut: Callable[[], None] | None) -> None:
        super().__init__(loop=loop)
        self._cut = cut
        self.interrupted = False
        self.message: Any = None

    def cancel(self, msg: Any = None) -> bool:
        if self.done():
            return False
        if not self.interrupted:
            self.interrupted = True
            self.message = msg
            if self._cut is not None:
                self._cut()
        return True


class Alarm:
    """The host call that wakes a call for the first of its timers."""

    def __init__(self, when: float, scope: wit.Scope) -> None:
        self.when = when
        self.scope = scope


class Call:
    """One call of an exported function, from its start until nothing of it is left."""

    def __init__(self) -> None:
        # Asked here, where the host knows best who is asking: the function has just begun.
        self.scope = wit.Scope.current()
        self.context = Context()
        self.ready: deque[asyncio.Handle] = deque()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.settle: list[Callable[[], None]] = []
        self.unfinished = 1
        self.over = False
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._alarm: Alarm | None = None
        self._clock: wit.Scope | None = None
        self._waiting: dict[int, HostCall] = {}
        self._waitables: int | None = None
        self._woken = False
        self.context.run(_current.set, self)

    def turn(self) -> int:
        """Runs all that can run now; gives what the host is to do next."""
        self._woken = False
        while True:
            self._run_timers()
            while self.ready:
                handle = self.ready.popleft()
                if not handle.cancelled():
                    handle._run()
            for settle in self.settle:
                settle()
            if not self.ready:
                return self._answer()

    def wait_for(self, waitable: int, future: HostCall) -> None:
        """Has the answer to a host call arrive here."""
        self._waiting[waitable] = future
        runtime.waitable_join(waitable, self._set())

    def answered(self, waitable: int, code: int) -> None:
        """Hands an answer on to who waits for it."""
        runtime.waitable_join(waitable, 0)
        self._waiting.pop(waitable).set_result(code)

    def background(self, host_call: Coroutine[Any, Any, Any], then: Callable[[], None] | None = None) -> None:
        """Begins a host call for which no code of the guest waits; `then` runs when it is answered."""

        def finish(_: HostCall) -> None:
            _finish(host_call)
            if then is not None:
                then()

        try:
            future = self.context.run(host_call.send, None)
        except StopIteration:
            if then is not None:
                self.context.run(then)
            return
        future.add_done_callback(finish, context=self.context)

    def wake(self) -> None:
        """Has this call take a turn soon; called in the turn of another."""
        if not self._woken:
            self._woken = True
            self.background(self.clock().checkpoint())

    def clock(self) -> wit.Scope:
        """Gives the scope of timers: shielded, for they have to ring while a cancelled call cleans up."""
        if self._clock is None:
            self._clock = self.scope.child(wit.ScopeOptions(None, True))
        return self._clock

    def add_timer(self, when: float, handle: asyncio.TimerHandle) -> None:
        """Has a callback run at that time."""
        heapq.heappush(self._timers, (when, next(_sequence), handle))

    def finish(self) -> None:
        """Lets go of the host calls that this call has begun for itself."""
        self.unfinished -= 1
        self._timers.clear()
        if self._alarm is not None:
            self._alarm.scope.cancel(None)

    def _run_timers(self) -> None:
        timers = self._timers
        while timers and (timers[0][2].cancelled() or timers[0][0] <= time.monotonic()):
            self.ready.append(heapq.heappop(timers)[2])

    def _arm(self) -> None:
        """Sees to it that the first timer rings. One alarm does for all: a timer that was cancelled costs nothing."""
        when = self._timers[0][0]
        if self._alarm is not None:
            if self._alarm.when <= when:
                return
            self._alarm.scope.cancel(None)
        alarm = self._alarm = Alarm(when, self.clock().child(wit.ScopeOptions(None, False)))

        def rung() -> None:
            if self._alarm is alarm:
                self._alarm = None

        nanoseconds = max(0, int((when - time.monotonic()) * 1e9)) + 1
        self.background(alarm.scope.sleep(nanoseconds), rung)

    def _answer(self) -> int:
        if self.unfinished == 0 and not self._waiting:
            self._end()
            return _EXIT
        if self._timers:
            self._arm()
        runtime.context_set(self)
        return _WAIT | (self._set() << 4)

    def _end(self) -> None:
        """Gives back what the host counts, without waiting for the collector of cycles."""
        self.over = True
        self.settle.clear()
        self.tasks.clear()
        self._alarm = self._clock = None
        del self.scope, self.context
        if self._waitables is not None:
            runtime.waitable_set_drop(self._waitables)

    def _set(self) -> int:
        if self._waitables is None:
            self._waitables = runtime.waitable_set_new()
        return self._waitables


def _finish(host_call: Coroutine[Any, Any, Any]) -> None:
    """Takes the answer out of a host call of the loop's own. That it was cut short is no matter."""
    try:
        host_call.send(None)
    except (StopIteration, Exception, asyncio.CancelledError):
        pass


_current: ContextVar[Call] = ContextVar("tractor_guest.call")


def running_call() -> Call | None:
    """Gives the call that this code is part of, if it is one that can wait."""
    return _current.get(None)


def call_of(context: Context) -> Call:
    """Gives the call that code with that context is part of."""
    call = context.get(_current)
    if call is None:
        raise RuntimeError("no exported function is running: there is no event loop while the component is built")
    return call


def current_call() -> Call:
    """Gives the call that this code is part of."""
    call = _current.get(None)
    if call is None:
        raise RuntimeError("no exported function is running: there is no event loop while the component is built")
    return call
