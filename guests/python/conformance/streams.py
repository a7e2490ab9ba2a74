"""Scenarios of contexts and their streams."""

from __future__ import annotations

import asyncio

from expect import equal, fails, function, one_peer, true
from tractor_guest import Closed, Failure, IllTyped, Misuse, sleep_forever


async def started(component: str) -> None:
    async with one_peer(component) as peer:
        async with peer.open_context(function("start-and-return"), 20) as (ctx, first):
            equal(first, 21)
            equal([await ctx.output(), await ctx.output()], [40, 40])


async def never_started(component: str) -> None:
    async with one_peer(component) as peer:
        with fails(Misuse):
            async with peer.open_context(function("never-start")):
                pass


async def context_fails(component: str) -> None:
    async with one_peer(component) as peer:
        cancelled = False
        with fails(Failure, "fell over"):
            async with peer.open_context(function("start-and-fail"), "fell over"):
                try:
                    await sleep_forever()
                except asyncio.CancelledError:
                    cancelled = True
                    raise
        true(cancelled, "the body's wait is cancelled")
        equal(await peer.call(function("add"), 2, 3), 5)


async def ping_pong(component: str) -> None:
    async with one_peer(component) as peer:
        async with peer.open_context(function("echo")) as (ctx, _):
            async with ctx.open_stream() as stream:
                for number in range(10):
                    await stream.send(number)
                    equal(await stream.receive(), number)
                stream.stop()
                equal(await stream.receive_many(), [])
            equal(await ctx.output(), 10)


async def typed_stream(component: str) -> None:
    async with one_peer(component) as peer:
        async with peer.open_context(function("converse")) as (ctx, first):
            equal(first, 2**53 + 1)
            async with ctx.open_stream() as stream:
                await stream.send({"id": first, "text": "grüße"})
                equal(await stream.receive(), {"id": first + 1, "text": "grüße"})
                with fails(IllTyped, "converse: what it receives"):
                    await stream.send("no note")
                await stream.send({"id": 1, "text": ""})
                equal(await stream.receive(), {"id": 2, "text": ""})
            equal(await ctx.output(), 2)


async def batches(component: str) -> None:
    async with one_peer(component) as peer:
        async with peer.open_context(function("echo")) as (ctx, _):
            async with ctx.open_stream() as stream:
                await stream.send_all(range(50))
                stream.stop()
                equal([number async for number in stream], list(range(50)))
            equal(await ctx.output(), 50)


async def slow_receiver(component: str) -> None:
    async with one_peer(component) as peer:
        async with peer.open_context(function("slow-sum"), 1) as (ctx, _):
            async with ctx.open_stream() as stream:
                await stream.send_all(range(100))
            equal(await ctx.output(), 4950)


async def slow_sender(component: str) -> None:
    async with one_peer(component) as peer:
        async with peer.open_context(function("count-up"), 100) as (ctx, _):
            came = []
            async with ctx.open_stream(buffer=4) as stream:
                async for number in stream:
                    came.append(number)
                    await asyncio.sleep(0.001)
            equal(came, list(range(100)))
            equal(await ctx.output(), None)


async def stop(component: str) -> None:
    async with one_peer(component) as peer:
        async with peer.open_context(function("stop-first")) as (ctx, _):
            stream = await ctx.open_stream()
            equal([number async for number in stream], [1, 2, 3])
            await stream.send(10)
            await stream.send(20)
            stream.stop()
            try:
                await stream.send(30)
            except Closed:
                equal(await ctx.output(), 30)
            else:
                true(False, "a send behind the stop fails as closed")


async def both_ways_at_once(component: str) -> None:
    async with one_peer(component) as peer:
        async with peer.open_context(function("echo")) as (ctx, _):
            async with ctx.open_stream() as stream, asyncio.TaskGroup() as branches:

                async def send() -> None:
                    for number in range(500):
                        await stream.send(number)
                    stream.stop()

                branches.create_task(send())
                equal([number async for number in stream], list(range(500)))
            equal(await ctx.output(), 500)


async def calls_at_once(component: str) -> None:
    async with one_peer(component) as peer:
        sleeps = [peer.call(function("sleep-ms"), 20) for _ in range(10)]
        *_, total = await asyncio.gather(*sleeps, peer.call(function("add"), 2, 3))
        equal(total, 5)


SCENARIOS = [
    started,
    never_started,
    context_fails,
    ping_pong,
    typed_stream,
    batches,
    slow_receiver,
    slow_sender,
    stop,
    both_ways_at_once,
    calls_at_once,
]
