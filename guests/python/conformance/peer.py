"""The callee's side of the conformance suite: `tests/conformance/wit/world.wit` says what each function does."""

from __future__ import annotations

import asyncio
from typing import Any

from tractor_guest import (
    ActorId,
    ActorSpec,
    Cancelled,
    Context,
    Declared,
    Grants,
    IllTyped,
    checkpoint,
    current_actor,
    current_scope,
    export,
    nursery,
    registrar,
    shield,
    sleep_forever,
)
from wit_world import exports

cancelled_waits = 0
released = asyncio.Event()


@export
class Peer(exports.Peer):
    """Each function does one thing."""

    def add(self, a: int, b: int) -> int:
        return a + b

    def who(self) -> ActorId:
        return current_actor()

    def echo_integers(self, *values: int) -> Any:
        return values

    def echo_floats(self, *values: float) -> Any:
        return values

    def echo_texts(self, *values: Any) -> Any:
        return values

    def echo_compounds(self, *values: Any) -> Any:
        return values

    def echo_options(self, *values: Any) -> Any:
        return values

    def refuse(self, why: Any) -> int:
        if why is not None:
            raise Declared(why)
        return 7

    async def fail(self, message: str) -> None:
        raise RuntimeError(message)

    async def fail_after_ms(self, ms: int, message: str) -> None:
        await asyncio.sleep(ms / 1000)
        raise RuntimeError(message)

    def break_down(self, message: str) -> None:
        raise RuntimeError(message)

    async def sleep_ms(self, ms: int) -> None:
        await asyncio.sleep(ms / 1000)

    async def wait_for_ever(self) -> None:
        await wait_and_clean_up()

    def cancellations(self) -> int:
        return cancelled_waits

    def time_left(self) -> int | None:
        left = current_scope().time_left
        return None if left is None else round(left * 1e9)

    async def start_and_return(self, ctx: Context, value: int) -> int:
        await ctx.started(value + 1)
        return value * 2

    async def never_start(self, ctx: Context) -> None:
        pass

    async def start_and_fail(self, ctx: Context, message: str) -> None:
        await ctx.started()
        raise RuntimeError(message)

    async def echo(self, ctx: Context) -> int:
        await ctx.started()
        count = 0
        async with ctx.open_stream() as stream:
            async for message in stream:
                await stream.send(message)
                count += 1
        return count

    async def count_up(self, ctx: Context, n: int) -> None:
        await ctx.started()
        async with ctx.open_stream() as stream:
            await stream.send_all(range(n))

    async def slow_sum(self, ctx: Context, pause_ms: int) -> int:
        await ctx.started()
        total = 0
        async with ctx.open_stream(buffer=4) as stream:
            async for value in stream:
                total += value
                await asyncio.sleep(pause_ms / 1000)
        return total

    async def stop_first(self, ctx: Context) -> int:
        await ctx.started()
        stream = await ctx.open_stream()
        await stream.send_all([1, 2, 3])
        stream.stop()
        return sum([value async for value in stream])

    async def wait(self, ctx: Context) -> None:
        await ctx.started()
        await wait_and_clean_up()

    async def give_up(self, ctx: Context) -> None:
        await ctx.started()
        ctx.cancel("had enough")
        await checkpoint()

    async def spin(self, ctx: Context) -> None:
        await ctx.started()
        while True:
            pass

    async def hold(self, ctx: Context, stubborn: bool) -> None:
        await ctx.started()
        released.clear()
        if stubborn:
            async with shield():
                await released.wait()
        else:
            await released.wait()

    def release(self) -> None:
        released.set()

    async def converse(self, ctx: Context) -> int:
        await ctx.started(2**53 + 1)
        count = 0
        async with ctx.open_stream() as stream:
            try:
                await stream.send("no note")
            except IllTyped as error:
                if "what it sends" not in error.message:
                    raise
            else:
                raise RuntimeError("a text was sent")
            async for note in stream:
                await stream.send(note | {"id": note["id"] + 1})
                count += 1
        return count

    async def nest(self, component: str, depth: int, failure: str | None) -> int:
        if depth == 0:
            if failure is not None:
                raise RuntimeError(failure)
            return 0
        async with nursery() as n:
            spec = ActorSpec(component, grants=Grants(components=[component]))
            child = await n.run_in_actor(spec, "test:conformance/peer#nest", component, depth - 1, failure)
            below: int = await child.output()
            return below + 1

    async def lend(self, ctx: Context, component: str) -> None:
        async with nursery() as n:
            lent = await n.start_actor(ActorSpec(component, "lent"))
            await ctx.started(lent.actor.uuid)
            stream = await ctx.open_stream()
            await stream.receive()
            await lent.cancel("time to go")

    async def register(self, name: str) -> None:
        await registrar.register(name)

    async def ask(self, name: str) -> int:
        portal = await registrar.find(name)
        if portal is None:
            raise LookupError(f"there is no `{name}`")
        answer: int = await portal.call("test:conformance/peer#add", 20, 22)
        return answer


async def wait_and_clean_up() -> None:
    """Waits until it is cancelled, and then takes its time to count that."""
    global cancelled_waits
    try:
        await sleep_forever()
    except Cancelled:
        async with shield():
            await asyncio.sleep(0.005)
        cancelled_waits += 1
        raise
