"""What the scenarios expect, and the words they share."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from tractor_guest import ActorSpec, Child, Failure, Grants, Names, Nursery, nursery


def function(name: str) -> str:
    """The full name of a function of the peer."""
    return f"test:conformance/peer#{name}"


class Unexpected(Exception):
    """Something else came."""


def equal(came: Any, expected: Any, what: str = "it") -> None:
    """The values are the same, and of the same types."""
    # As texts, for NaN is like no other, and 1 is like 1.0 and true.
    if json.dumps(came) != json.dumps(expected):
        raise Unexpected(f"{what}: expected {expected!r}, came {came!r}")


def true(holds: bool, what: str) -> None:
    """It holds."""
    if not holds:
        raise Unexpected(f"expected that {what}")


@dataclass
class Caught:
    """What a block raised."""

    error: Any = None


@contextmanager
def fails(kind: type[Failure], text: str = "") -> Iterator[Caught]:
    """The block raises one failure of that kind, in whose message the text stands."""
    caught = Caught()
    try:
        yield caught
    except Failure as error:
        if type(error) is not kind or text not in error.message:
            raise Unexpected(f"expected {kind.kind} `{text}`, came {error.kind}: {error}") from None
        caught.error = error
    else:
        raise Unexpected(f"expected {kind.kind} `{text}`, and nothing failed")


@asynccontextmanager
async def one_peer(component: str, **options: Any) -> AsyncIterator[Child]:
    """A block with a peer that serves, and is cancelled at its end."""
    async with nursery() as n:
        peer = await start(n, component, **options)
        yield peer
        await peer.cancel()


async def start(n: Nursery, component: str, name: str = "peer", **grants: Any) -> Child:
    """Starts a peer."""
    return await n.start_actor(spec(component, name, **grants))


def spec(component: str, name: str = "peer", *, spawns: bool = False, names: bool = False) -> ActorSpec:
    """A peer, which may start its like or use names."""
    grants = Grants(components=[component] if spawns else [], names=Names.all() if names else Names())
    return ActorSpec(component, name, grants)
