"""Scenarios of nurseries, and of names."""

from __future__ import annotations

import asyncio

from expect import equal, fails, function, spec, start, true
from tractor_guest import Failure, MemberCancelled, Trap, nursery, registrar


async def one_fails_all(component: str) -> None:
    cancelled = False
    with fails(Failure, "clumsy me") as caught:
        async with nursery() as n:
            patient = await n.run_in_actor(spec(component), function("wait-for-ever"))
            await n.run_in_actor(spec(component), function("wait-for-ever"))
            clumsy = spec(component, "clumsy")
            await n.run_in_actor(clumsy, function("fail-after-ms"), 50, "clumsy me")
            try:
                await patient.output()
            except asyncio.CancelledError:
                cancelled = True
                raise
    true(cancelled, "the body's wait is cancelled")
    equal(caught.error.origin.name, "clumsy")
    kinds = [type(failure.kind).__name__ for failure in caught.error.beside]
    equal(kinds, [f"FailureKind_{MemberCancelled.kind.title()}"] * 2)


async def nested_spawn(component: str) -> None:
    async with nursery() as n:
        peer = spec(component, spawns=True)
        child = await n.run_in_actor(peer, function("nest"), component, 3, None)
        equal(await child.output(), 3)


async def nested_failure(component: str) -> None:
    with fails(Failure, "deep down") as caught:
        async with nursery() as n:
            peer = spec(component, spawns=True)
            child = await n.run_in_actor(peer, function("nest"), component, 2, "deep down")
            await child.output()
    true(len(caught.error.path) >= 2, f"its path {caught.error.path} has two actors or more")


async def breaks_down(component: str) -> None:
    with fails(Trap) as caught:
        async with nursery() as n:
            peer = await start(n, component)
            with fails(Trap) as of_the_call:
                await peer.call(function("break-down"), "the end")
            raise of_the_call.error
    error = caught.error
    equal(error.data.id, of_the_call.error.data.id)
    told = f"{error.message}\n{error.backtrace}"
    true("the end" in told, f"what it told is in: {told}")


async def registered(component: str) -> None:
    async with nursery() as n:
        one = await start(n, component, "one", names=True)
        two = await start(n, component, "two", names=True)
        await one.call(function("register"), "booth")
        equal(await two.call(function("ask"), "booth"), 42)
        booth = await registrar.wait_for("booth")
        equal(await booth.call(function("add"), 2, 3), 5)
        names = {actor.name for actor in await registrar.list()}
        true({"one", "two"} <= names, f"both are among {names}")
        await one.cancel()
        true(await registrar.find("booth") is None, "the booth is gone")
        await two.cancel()


registered.__name__ = "registrar"

SCENARIOS = [one_fails_all, nested_spawn, nested_failure, breaks_down, registered]
