"""What asyncio promises holds for waits in the host too, and what scopes promise holds for waits in asyncio.

```console
$ tractor-host run conformance_python.wasm idioms
all hold
```
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from expect import equal, function, true
from tractor_guest import (
    ActorSpec,
    Cancelled,
    CancelReason,
    Child,
    Closed,
    ContextCancelled,
    Failure,
    FailureGroup,
    IllTyped,
    Misuse,
    Nursery,
    cancel_scope,
    checkpoint,
    current_scope,
    fail_after,
    move_on_after,
    nursery,
    shield,
    sleep_forever,
)

GRACE = 10.0
"""Seconds: no case is about a peer that is slow to end, and the machine may be busy."""

Case = Callable[[Nursery, Child], Awaitable[None]]


async def timeout_cuts_short_only_the_host_call(n: Nursery, peer: Child) -> None:
    try:
        async with asyncio.timeout(0.05):
            await peer.call(function("wait-for-ever"))
    except TimeoutError:
        pass
    else:
        true(False, "a timeout is raised")
    # The called task was told, cleaned up and counted that; both go on.
    equal(await peer.call(function("cancellations")), 1)
    await checkpoint()
    equal(asyncio.current_task().cancelling(), 0)  # type: ignore[union-attr]


async def task_cancelled_in_a_call_ends_and_the_others_go_on(n: Nursery, peer: Child) -> None:
    waiting = asyncio.create_task(peer.call(function("wait-for-ever")))
    other = asyncio.create_task(peer.call(function("add"), 1, 2))
    await asyncio.sleep(0.02)
    waiting.cancel("enough")
    try:
        await waiting
    except asyncio.CancelledError as error:
        true(not isinstance(error, Cancelled), "it is asyncio's own cancellation")
    equal(await other, 3)
    true(waiting.cancelled(), "the task counts as cancelled")


async def group_with_a_failed_call_cancels_its_others(n: Nursery, peer: Child) -> None:
    try:
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(peer.call(function("wait-for-ever")))
            tasks.create_task(peer.call(function("fail"), "on purpose"))
    except* Failure as failed:
        equal(len(failed.exceptions), 1)
    true(waiting.cancelled(), "the other call is cancelled")


async def wait_for_gives_up_a_receive_that_loses_nothing(n: Nursery, peer: Child) -> None:
    async with peer.open_context(function("echo")) as (ctx, _):
        async with ctx.open_stream() as stream:
            for _ in range(20):
                try:
                    await asyncio.wait_for(stream.receive(), 0.001)
                except TimeoutError:
                    pass
            for number in range(100):
                await stream.send(number)
                come = None
                while come is None:
                    try:
                        come = await asyncio.wait_for(stream.receive(), 0.002)
                    except TimeoutError:
                        pass
                equal(come, number)


async def queue_that_nobody_fills_is_left_when_a_sibling_fails(n: Nursery, peer: Child) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    try:
        async with nursery(grace=GRACE) as inner:
            await inner.run_in_actor("self", function("fail-after-ms"), 20, "clumsy")
            try:
                await queue.get()
            except asyncio.CancelledError:
                cancellation = current_scope().cancellation
                true(cancellation is not None, "the scope says why")
                raise
    except Failure as failure:
        equal(failure.message, "RuntimeError: clumsy")
    equal(asyncio.current_task().cancelling(), 0)  # type: ignore[union-attr]


async def own_exception_comes_back_as_it_was(n: Nursery, peer: Child) -> None:
    mine = KeyError("mine")
    try:
        async with nursery(grace=GRACE) as inner:
            await inner.start_actor("self")
            raise mine
    except KeyError as error:
        true(error is mine, "it is the same exception")


async def several_failures_are_a_group_with_the_own_one(n: Nursery, peer: Child) -> None:
    mine = KeyError("mine")
    try:
        async with nursery(grace=GRACE) as inner:
            child = await inner.run_in_actor("self", function("fail"), "theirs")
            try:
                await child.ended()
            except (Failure, Cancelled):
                raise mine from None
    except FailureGroup as group:
        kinds = {type(error).__name__ for error in group.exceptions}
        equal(sorted(kinds), ["Failure", "KeyError"])
        true(mine in group.exceptions, "its own one is the same exception")


async def failure_of_a_child_that_the_block_passes_on_is_told_once(n: Nursery, peer: Child) -> None:
    try:
        async with nursery(grace=GRACE) as inner:
            child = await inner.run_in_actor("self", function("fail"), "theirs")
            await child.output()
    except Failure as failure:
        true("raise RuntimeError(message)" in (failure.backtrace or ""), "its traceback has the line")


async def deadline_of_a_scope_ends_a_wait_for_asyncio_alone(n: Nursery, peer: Child) -> None:
    async with move_on_after(0.02) as scope:
        await asyncio.Event().wait()
    true(scope.cancelled_caught, "it moved on")
    try:
        async with fail_after(0.02):
            await asyncio.sleep(60)
    except TimeoutError:
        pass
    else:
        true(False, "a timeout is raised")
    equal(asyncio.current_task().cancelling(), 0)  # type: ignore[union-attr]


async def scope_cancelled_by_a_branch_ends_its_block_alone(n: Nursery, peer: Child) -> None:
    async with cancel_scope() as outer:
        async with cancel_scope() as inner:

            async def cancel() -> None:
                await asyncio.sleep(0.01)
                inner.cancel("by a branch")

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(cancel())
                await sleep_forever()
        true(inner.cancelled_caught, "the inner one was cut short")
    true(not outer.cancelled_caught, "the outer one was not")


async def shield_keeps_a_cancelled_scope_away(n: Nursery, peer: Child) -> None:
    steps = []
    async with cancel_scope() as scope:
        scope.cancel()
        try:
            await checkpoint()
        except Cancelled as error:
            equal(error.cancellation.reason.name, CancelReason.REQUESTED.name)
            async with shield():
                equal(await peer.call(function("add"), 2, 2), 4)
                await asyncio.sleep(0.01)
                steps.append("cleaned up")
            await checkpoint()
            steps.append("not reached")
    equal(steps, ["cleaned up"])


async def cancellation_of_a_scope_waits_for_the_end_of_a_shield(n: Nursery, peer: Child) -> None:
    done = False
    async with move_on_after(0.02) as scope:
        async with shield():
            await asyncio.sleep(0.1)
            done = True
        await asyncio.Event().wait()
    true(done and scope.cancelled_caught, "the shielded sleep ended by itself")


async def timers_come_in_their_order(n: Nursery, peer: Child) -> None:
    order: list[int] = []

    async def ring(number: int) -> None:
        await asyncio.sleep(number / 200)
        order.append(number)

    await asyncio.gather(*(ring(number) for number in (5, 1, 4, 2, 3)))
    equal(order, [1, 2, 3, 4, 5])
    begun = time.monotonic()
    await asyncio.sleep(0.03)
    true(time.monotonic() - begun >= 0.03, "a sleep is not too short")


async def misuse_and_bad_values_are_told(n: Nursery, peer: Child) -> None:
    for bad in ({"a": {1, 2}, "b": object()}, lambda: None):
        try:
            await peer.call(function("add"), bad)
        except TypeError as error:
            true("cannot be sent" in str(error), "it is told what cannot be sent")
    try:
        await peer.call(function("add"), 2**64, 1)
    except IllTyped as error:
        true("`a`" in error.message, "the parameter is named")
    for point, wrong in (
        ({"x": 1, "y": 2, "z": 3}, "`z` is none of its fields"),
        ({"x": 1}, "field `y` is missing"),
        ({"x": 1, "y": 2**53 + 1}, "9007199254740993 is out of its range"),
    ):
        try:
            await peer.call(function("echo-compounds"), b"", [], (0, ""), point, "red", "nothing")
        except IllTyped as error:
            true(wrong in error.message, f"{error.message} says {wrong}")
        else:
            true(False, f"{point} is refused")
    try:
        await peer.output()
    except Misuse:
        pass
    try:
        async with peer.open_context(function("echo")) as (ctx, _):
            stream = await ctx.open_stream()
            stream.stop()
            equal(await stream.receive_many(), [])
            await stream.receive()
    except Closed:
        pass


async def cancelled_child_says_who(n: Nursery, peer: Child) -> None:
    async with nursery(grace=GRACE) as inner:
        child = await inner.start_actor(ActorSpec("self", "third"))
        call = asyncio.create_task(child.call(function("wait-for-ever")))
        await asyncio.sleep(0.02)
        await child.cancel("no more")
        try:
            await call
        except ContextCancelled as error:
            equal(error.cancellation.message if error.cancellation else None, "no more")


async def background_that_fails_is_logged_and_ends_nothing(n: Nursery, peer: Child) -> None:
    async def fail() -> None:
        raise RuntimeError("nobody asks")

    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("asyncio")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        task = asyncio.create_task(fail())
        while not task.done():
            await asyncio.sleep(0)
        # It is told when the task goes, so that nobody can ask any more. The loop holds it for some turns, and its traceback may hold it in a cycle.
        del task
        async with asyncio.timeout(GRACE):
            while not told:
                await asyncio.sleep(0)
                gc.collect()
    finally:
        logger.propagate = True
        logger.removeHandler(handler)
    equal(["never retrieved" in message for message in told], [True])


CASES: list[Any] = [
    timeout_cuts_short_only_the_host_call,
    task_cancelled_in_a_call_ends_and_the_others_go_on,
    group_with_a_failed_call_cancels_its_others,
    wait_for_gives_up_a_receive_that_loses_nothing,
    queue_that_nobody_fills_is_left_when_a_sibling_fails,
    own_exception_comes_back_as_it_was,
    several_failures_are_a_group_with_the_own_one,
    failure_of_a_child_that_the_block_passes_on_is_told_once,
    deadline_of_a_scope_ends_a_wait_for_asyncio_alone,
    scope_cancelled_by_a_branch_ends_its_block_alone,
    shield_keeps_a_cancelled_scope_away,
    cancellation_of_a_scope_waits_for_the_end_of_a_shield,
    timers_come_in_their_order,
    misuse_and_bad_values_are_told,
    cancelled_child_says_who,
    background_that_fails_is_logged_and_ends_nothing,
]


async def run() -> None:
    """Runs all; tells of those that do not hold, and fails then."""
    failed = []
    for case in CASES:
        try:
            async with nursery(grace=GRACE) as n:
                peer = await n.start_actor(ActorSpec("self", "peer"))
                await case(n, peer)
                await peer.cancel()
        except Exception as error:
            error.add_note(case.__name__)
            failed.append(error)
    if failed:
        raise ExceptionGroup("these do not hold", failed)
    print("all hold")
    sys.stdout.flush()
