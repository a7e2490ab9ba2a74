"""Scenarios of cancellation."""

from __future__ import annotations

from expect import equal, fails, function, one_peer, start, true
from tractor_guest import (
    ContextCancelled,
    Overdue,
    cancel_scope,
    move_on_after,
    nursery,
    registrar,
    sleep_forever,
)


async def opener_cancels(component: str) -> None:
    async with one_peer(component) as peer:
        async with peer.open_context(function("wait")) as (ctx, _):
            ctx.cancel()
        async with peer.open_context(function("wait")) as (ctx, _):
            ctx.cancel()
            await sleep_forever()
        equal(await peer.call(function("cancellations")), 2)


async def callee_cancels(component: str) -> None:
    async with one_peer(component) as peer:
        with fails(ContextCancelled) as caught:
            async with peer.open_context(function("give-up")):
                await sleep_forever()
        cancellation = caught.error.cancellation
        equal((cancellation.message, cancellation.canceller.name), ("had enough", "peer"))
        equal(await peer.call(function("add"), 2, 3), 5)


async def third_cancels(component: str) -> None:
    async with one_peer(component, name="lender", spawns=True) as lender:
        async with lender.open_context(function("lend"), component) as (lend, uuid):
            async with lend.open_stream() as stream:
                lent = await registrar.connect(uuid)
                with fails(ContextCancelled) as caught:
                    async with lent.open_context(function("wait")):
                        await stream.send(1)
                        await sleep_forever()
        cancellation = caught.error.cancellation
        equal((cancellation.message, cancellation.canceller.name), ("time to go", "lender"))


async def deadline(component: str) -> None:
    async with one_peer(component) as peer:
        async with move_on_after(0.5) as scope:
            await peer.call(function("wait-for-ever"))
        true(scope.cancelled_caught, "the deadline is told")
        equal(await peer.call(function("cancellations")), 1)


async def killed_at_timeout(component: str) -> None:
    with fails(Overdue) as caught:
        async with nursery(grace=0.1) as n:
            spinner = await start(n, component, "spinner")
            async with spinner.open_context(function("spin")):
                n.cancel()
                await sleep_forever()
    equal(caught.error.origin.name, "spinner")


async def served_at_once(component: str) -> None:
    async with one_peer(component) as peer:
        async with peer.open_context(function("hold"), False) as (ctx, _):
            await peer.call(function("release"))
            await ctx.output()


async def overdue_task(component: str) -> None:
    async with one_peer(component) as peer:
        with fails(Overdue):
            async with cancel_scope() as scope:
                async with peer.open_context(function("hold"), True):
                    scope.cancel()
                    await sleep_forever()
        equal(await peer.call(function("add"), 2, 3), 5)
        await peer.call(function("release"))


SCENARIOS = [
    opener_cancels,
    callee_cancels,
    third_cancels,
    deadline,
    killed_at_timeout,
    served_at_once,
    overdue_task,
]
