"""Starting actors, and owning them."""

from __future__ import annotations

from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from wit_world.imports import nursery as wit

from . import _payload
from ._closing import close
from ._loop import Interrupted
from ._wait import ambient, wait, wait_out
from .errors import ActorId
from .options import ActorSpec, Restart, spec
from .portal import Portal
from .scope import Body, Scope, nanoseconds


def nursery(*, grace: float | None = None, restart: Restart | None = None) -> Nursery:
    """Opens a nursery: a block that does not end before every actor started in it is gone.

        async with nursery() as n:
            child = await n.run_in_actor("self", "burn-cpu", 50_000)
            pid = await child.output()

    The first failure, of a child or of the block, cancels the others. The block raises what failed: one failure as itself, several as a
    `FailureGroup`. Actors that serve are waited for until someone cancels them.

    `grace` is the time in seconds that children have to clean up once cancelled, 0.5 by default; `restart` has them started anew when they end.
    """
    return Nursery(grace, restart)


class Nursery:
    """Owns actors; see `nursery`."""

    def __init__(self, grace: float | None, restart: Restart | None) -> None:
        self._options = wit.NurseryOptions(
            None if grace is None else nanoseconds(grace), None if restart is None else restart._wit()
        )

    async def __aenter__(self) -> Self:
        self._raw = wit.Nursery.open(ambient().raw, self._options)
        self._body = Body(self._raw.scope())
        self._body.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return await close(self._raw, self._body, error)

    @property
    def scope(self) -> Scope:
        """Its scope, which is the ambient one of the block."""
        return Scope(self._body.branches)

    async def start_actor(self, actor: ActorSpec | str) -> Child:
        """Starts an actor that serves until it is cancelled. Returns when it can be called.

        A start that fails raises here alone. It is not cut short by asyncio's cancellation, but by that of the nursery; a child that has
        started meanwhile is cancelled.
        """
        return await _started(self._raw.start_actor(spec(actor)))

    async def run_in_actor(self, actor: ActorSpec | str, function: str, *arguments: Any) -> Child:
        """Starts an actor, calls one function in it, and ends the actor with the function. `child.output()` gives the value.

        It is cut short as `start_actor` is.
        """
        payload = _payload.encode(arguments)
        return await _started(self._raw.run_in_actor(spec(actor), function, payload))

    def cancel(self, message: str | None = None) -> None:
        """Cancels all children and the block. Returns at once."""
        self._raw.cancel(message)


async def _started(start: Coroutine[Any, Any, wit.Child]) -> Child:
    try:
        return Child(await wait_out(start))
    except Interrupted as interrupted:
        await wait_out(interrupted.value.value.cancel(None))
        raise


class Child(Portal):
    """An actor that this one owns, through a nursery; it can be called as a portal can. Letting go of it does nothing to the actor."""

    def __init__(self, raw: wit.Child) -> None:
        super().__init__(raw.portal())
        self._child = raw

    @property
    def actor(self) -> ActorId:
        """Its id: another one after it was started anew."""
        return self._child.actor()

    @property
    def portal(self) -> Portal:
        """The way to call it, and no more."""
        return Portal(self._child.portal())

    async def output(self) -> Any:
        """Gives the value of the function that it was started for; waits for it. May be asked again."""
        return _payload.decode(await wait(self._child.output))

    async def cancel(self, message: str | None = None) -> None:
        """Cancels the actor and waits until it is gone. Not cut short by cancellation: it takes at most the grace period."""
        await wait_out(self._child.cancel(message))

    async def ended(self) -> None:
        """Waits until the actor has ended. Raises its failures."""
        await wait(self._child.ended)
