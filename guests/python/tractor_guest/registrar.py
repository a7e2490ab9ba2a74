"""Finding actors by name or id, for those who were granted it. Without the grant each of these raises `Denied`.

A name is known from when its actor can be called until that actor ends.
"""

from __future__ import annotations

import builtins

from wit_world.imports import registrar as wit
from wit_world.imports.types import ActorId

from ._wait import wait
from .portal import Portal


async def find(name: str) -> Portal | None:
    """Gives the actor of that name that registered first and still lives, if there is one."""
    found = await wait(wit.find, name)
    return None if found is None else Portal(found)


async def wait_for(name: str) -> Portal:
    """Waits until there is an actor of that name, and gives it."""
    return Portal(await wait(wit.wait_for, name))


async def connect(actor: ActorId | str) -> Portal:
    """Gives the way to call an actor of which another has handed out the id, or its `uuid`."""
    actor = ActorId("", actor, 0) if isinstance(actor, str) else actor
    return Portal(await wait(wit.connect, actor))


async def list() -> builtins.list[ActorId]:
    """Gives the ids of all actors of the tree, owners before those they own."""
    return await wait(wit.list)


async def register(name: str) -> None:
    """Registers this actor under one more name, until it ends."""
    await wait(wit.register, name)
