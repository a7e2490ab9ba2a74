"""The two ends of a context: linked tasks in two actors."""

from __future__ import annotations

from typing import Any

from wit_world.imports import context as wit

from . import _payload
from ._wait import Branches, wait
from .errors import ActorId
from .options import Overrun
from .scope import Body, Scope
from .stream import BUFFER, OpeningStream


class Context:
    """The callee's end: the first parameter of a context function. The function's return ends the context, and stops its stream.

    @export
    async def simple_rpc(ctx: Context, data: u32) -> u32:
        await ctx.started(data + 1)
        count = 0
        async with ctx.open_stream() as stream:
            async for message in stream:
                await stream.send("pong")
                count += 1
        return count
    """

    def __init__(self, raw: wit.Context) -> None:
        self._raw = raw

    @property
    def caller(self) -> ActorId:
        """The actor that opened the context."""
        return self._raw.caller()

    @property
    def scope(self) -> Scope:
        """The scope of the task: cancelled when the other end is, fails, ends or is lost."""
        return Scope(Branches(self._raw.scope()))

    async def started(self, value: Any = None) -> None:
        """Gives the opener its first value. Once, and before `open_stream`."""
        await wait(self._raw.started, _payload.encode(value))

    def open_stream(self, *, buffer: int = BUFFER, overrun: Overrun = Overrun.WAIT) -> OpeningStream:
        """Opens this end of the stream, with room for `buffer` messages. Once, and after `started`."""
        return OpeningStream(self._raw, buffer, overrun)

    def cancel(self, message: str | None = None) -> None:
        """Cancels this task and with it the context. Returns at once; the next wait raises the cancellation."""
        self._raw.cancel(message)


class OpenedContext:
    """The opener's end; see `Portal.open_context`."""

    def __init__(self, raw: wit.OpenedContext, body: Body) -> None:
        self._raw = raw
        self._body = body

    @property
    def callee(self) -> ActorId:
        """The actor that was called."""
        return self._raw.callee()

    @property
    def scope(self) -> Scope:
        """Its scope, which is the ambient one of the block."""
        return Scope(self._body.branches)

    def open_stream(self, *, buffer: int = BUFFER, overrun: Overrun = Overrun.WAIT) -> OpeningStream:
        """Opens this end of the stream, with room for `buffer` messages. Once."""
        return OpeningStream(self._raw, buffer, overrun)

    async def output(self) -> Any:
        """Gives the value that the callee's function returned; waits for it. May be asked again."""
        return _payload.decode(await wait(self._raw.output))

    def cancel(self, message: str | None = None) -> None:
        """Cancels the callee's task and this end's scope. Returns at once. That ends the block in silence."""
        self._raw.cancel(message)
