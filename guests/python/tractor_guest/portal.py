"""Calling an actor."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from wit_world.imports import portal as wit

from . import _payload
from ._closing import close
from ._wait import wait
from .context import OpenedContext
from .errors import ActorId
from .scope import Body


class Portal:
    """A way to call one actor, and no more than that: whoever may end it holds a `Child`.

    Functions are named as the component exports them: `burn-cpu`, or `ns:pkg/iface#func`.
    """

    def __init__(self, raw: wit.Portal) -> None:
        self._portal = raw

    @property
    def actor(self) -> ActorId:
        """The id of the actor."""
        return self._portal.actor()

    async def call(self, function: str, *arguments: Any) -> Any:
        """Calls a function and waits for its value.

            total = await calculator.call("add", 1, 2)

        Raises the failures of the function or of the actor; of a function that declares an error, `Returned` with the error as its `value`.
        Cancelled, it cancels the called task.
        """
        payload = _payload.encode(arguments)
        return _payload.decode(await wait(self._portal.call, function, payload))

    def open_context(self, function: str, *arguments: Any) -> Opening:
        """Calls a context function: a block with the opener's end and the callee's first value, in which the two tasks are linked.

            async with server.open_context("simple-rpc", 10) as (ctx, first):
                async with ctx.open_stream() as stream: ...

        The block ends when the callee's task has. An exception in it cancels the callee; a failure of the callee cancels the block and is
        raised at its end.
        """
        return Opening(self._portal, function, arguments)

    def __repr__(self) -> str:
        actor = self.actor
        return f"<{type(self).__name__} {actor.name} (pid {actor.pid})>"


class Opening:
    """A context as an `async with` block; see `Portal.open_context`."""

    def __init__(self, portal: wit.Portal, function: str, arguments: tuple[Any, ...]) -> None:
        self._portal = portal
        self._function = function
        self._arguments = _payload.encode(arguments)

    async def __aenter__(self) -> tuple[OpenedContext, Any]:
        self._raw = await wait(self._portal.open_context, self._function, self._arguments)
        self._body = Body(self._raw.scope())
        self._body.enter()
        try:
            return OpenedContext(self._raw, self._body), _payload.decode(self._raw.first())
        except BaseException as error:
            await close(self._raw, self._body, error)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return await close(self._raw, self._body, error)
