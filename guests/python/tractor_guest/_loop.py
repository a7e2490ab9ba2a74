"""asyncio's event loop, made of what the component model has for waiting.

componentize-py 0.25.1 has a loop of its own, without timers, without cancellation, and which traps on what nobody caught. This one takes
its place where generated code meets it: `first_poll`, `callback` and `await_result`, with `spawn`, of `componentize_py_async_support`. Those,
and `componentize_py_runtime` below them, are all of the tool's private parts that the SDK touches. Cancellation is what the tool's
pull request 173 leaves to a later one: that makes this needless, once it has timers as well.

1. Code of one call never runs in the turn of another: what it returns, it returns for the task that runs.
2. A callback for another call than the running one wakes that one, by a host call whose answer arrives there. So queues, events and
   locks may be shared between the calls of one actor.
3. A host call is never abandoned. To cancel what waits for it asks the host to cut it short, and goes on waiting for the answer.
4. The task goes on behind its returned value until each host call that it began has been answered.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
import traceback
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any

import componentize_py_async_support as support
import componentize_py_runtime as runtime
from componentize_py_types import Err, Ok

from ._call import Call, HostCall, call_of, current_call

_SUBTASK, _CANCELLED = 1, 6
"""Kinds of events: the answer of a host call, and that the host would have the whole task end, which ours does not ask for."""

_RETURNED = 2
"""The status of a host call that is answered."""

_log = logging.getLogger("asyncio")


class Loop(asyncio.AbstractEventLoop):
    """The loop that asyncio finds running: one for all calls, it looks in the context of a callback for whose it is."""

    def __init__(self) -> None:
        self.running: Call | None = None

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        context = context if context is not None else copy_context()
        handle = asyncio.Handle(callback, args, self, context)
        call = call_of(context)
        if not call.over:
            call.ready.append(handle)
            if call is not self.running:
                call.wake()
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(time.monotonic() + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        context = context if context is not None else copy_context()
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        call_of(context).add_timer(when, handle)
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """asyncio tells each loop of it; the timers look for themselves."""

    def time(self) -> float:
        return time.monotonic()

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None, **options: Any
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(coro, loop=self, name=name, context=context, **options)
        tasks = call_of(context if context is not None else copy_context()).tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What nobody caught is told to the log; it ends nothing."""
        _log.error(context.get("message", "uncaught"), exc_info=context.get("exception"))

    default_exception_handler = call_exception_handler

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return self.running is not None

    def is_closed(self) -> bool:
        return False

    def run_in_executor(self, *_: Any) -> Any:  # type: ignore[override]
        raise NotImplementedError("an actor has one thread: start an actor for what blocks or computes")

    async def shutdown_asyncgens(self) -> None:
        """Generators end with the actor."""

    def turn(self, call: Call) -> int:
        """Gives a call its turn."""
        self.running = call
        try:
            return call.turn()
        finally:
            self.running = None


loop = Loop()  # type: ignore[abstract]

_cut: Callable[[], None] | None = None


def cut_next(cut: Callable[[], None] | None) -> None:
    """Says how the host call that is begun next can be cut short. It has to be begun before anything else runs."""
    global _cut
    _cut = cut


class Interrupted(asyncio.CancelledError):
    """A host call was answered with a value although what waited for it had been cancelled."""

    def __init__(self, message: Any, value: Any) -> None:
        super().__init__(*(() if message is None else (message,)))
        self.value = value


async def await_result(begun: Ok[Any] | Err[Any]) -> Any:
    """Waits for the answer of a host call. Called by generated code."""
    global _cut
    cut, _cut = _cut, None
    if isinstance(begun, Ok):
        return begun.value
    waitable, promise = begun.value
    future = HostCall(loop, cut)
    current_call().wait_for(waitable, future)
    value = runtime.promise_get_result(await future, promise)
    if future.interrupted and not isinstance(value, Err):
        raise Interrupted(future.message, value)
    return value


def first_poll(export: int, borrows: int, coroutine: Coroutine[Any, Any, Any]) -> int:
    """Begins a call of an exported function. Called by generated code."""
    call = Call()
    loop.running = call
    asyncio.Task(_answer(call, export, borrows, coroutine), loop=loop, context=call.context)
    return loop.turn(call)


async def _answer(call: Call, export: int, borrows: int, coroutine: Coroutine[Any, Any, Any]) -> None:
    try:
        answer: Any = Ok(await coroutine)
    except Err as error:
        answer = error
    except BaseException as error:
        # Without an answer the caller would wait for ever; the wrapper of exported functions lets nothing come this far.
        traceback.print_exception(error)
        os.abort()
    runtime.call_task_return(export, borrows, answer)
    call.finish()


def callback(event: int, waitable: int, code: int) -> int:
    """Goes on with a call of an exported function. Called by the tool's runtime."""
    call: Call = runtime.context_get()
    runtime.context_set(None)
    loop.running = call
    if event == _SUBTASK:
        if code == _RETURNED:
            call.answered(waitable, code)
            runtime.subtask_drop(waitable)
    elif _SUBTASK < event < _CANCELLED:
        call.answered(waitable, code)
    return loop.turn(call)


def spawn(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Runs something beside the exported function, and behind its returned value too."""
    call = current_call()
    call.unfinished += 1

    def ended(task: asyncio.Task[Any]) -> None:
        call.unfinished -= 1
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("uncaught in what was spawned", exc_info=error)

    asyncio.Task(coroutine, loop=loop).add_done_callback(ended)


def install() -> None:
    """Puts the loop in the place of the tool's own, when the component is built."""
    parts = [(support, "first_poll callback await_result spawn")]
    parts += [(runtime, "call_task_return context_get context_set promise_get_result subtask_drop waitable_join")]
    parts += [(runtime, "waitable_set_drop waitable_set_new")]
    for module, names in parts:
        for name in names.split():
            if not hasattr(module, name):
                raise ImportError(f"{module.__name__} has no `{name}`: this SDK is made for componentize-py 0.25.1")
    support.first_poll = first_poll  # type: ignore[assignment]
    support.callback = callback  # type: ignore[assignment]
    support.await_result = await_result  # type: ignore[assignment]
    support.spawn = spawn
    asyncio.set_event_loop(loop)
    asyncio.events._set_running_loop(loop)


install()
