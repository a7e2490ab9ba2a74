"""Messages both ways.

Messages cross into the host in batches, as a crossing costs more than a message. What a receive was given that was cut short, the next one
gives: a cancelled receive loses nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable
from itertools import batched
from types import TracebackType
from typing import Any

from componentize_py_types import Err
from wit_world.imports import context as wit
from wit_world.imports import types as wit_types

from . import _payload, errors
from ._loop import Interrupted
from ._wait import wait
from .options import Overrun

BUFFER = 256
"""How many messages may wait at an end of which nothing else was said."""

_BATCH = 256
"""How many messages cross into the host at once, at most."""


class MsgStream:
    """One end of a two-way stream. `async for` ends when the other end has stopped and all that it sent has been received.

    One task may send while another receives; two that receive at once get each their share.
    """

    def __init__(self, raw: wit.MsgStream, buffer: int) -> None:
        self._raw = raw
        self._batch = max(1, buffer)
        self._arrived: deque[wit_types.Payload] = deque()
        self._ended = False

    async def send(self, message: Any) -> None:
        """Sends one message; waits for room. Raises `Closed` once it is stopped or the other end has returned."""
        await self._send([_payload.encode(message)])

    async def send_all(self, messages: Iterable[Any]) -> None:
        """Sends all in order, many at once; waits for room. Of what had not been sent when it raises nothing is."""
        for batch in batched(messages, _BATCH):
            await self._send([_payload.encode(message) for message in batch])

    async def _send(self, batch: list[wit_types.Payload]) -> None:
        _sent, outcome = await wait(self._raw.send, batch)
        if isinstance(outcome, Err):
            raise errors.raised(outcome.value)

    async def receive(self) -> Any:
        """Receives one message; waits for it. Raises `Closed` once the other end has stopped and all was received."""
        if not await self._fill():
            raise errors.Closed
        return _payload.decode(self._arrived.popleft())

    async def receive_many(self, most: int = _BATCH) -> list[Any]:
        """Receives at least one and at most `most` messages; waits for the first. None once the other end has stopped."""
        if not await self._fill():
            return []
        return [_payload.decode(self._arrived.popleft()) for _ in range(min(most, len(self._arrived)))]

    async def _fill(self) -> bool:
        """Waits until a message is there; false if the stream has ended."""
        while not self._arrived and not self._ended:
            try:
                batch = await wait(self._raw.receive, self._batch)
            except Interrupted as interrupted:
                self._take(interrupted.value.value)
                raise
            self._take(batch)
        return bool(self._arrived)

    def _take(self, batch: list[wit_types.Payload]) -> None:
        self._arrived.extend(batch)
        self._ended = not batch

    def stop(self) -> None:
        """Ends this direction; the other goes on. What was sent arrives first. A second time has no effect."""
        self._raw.stop()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        if not await self._fill():
            raise StopAsyncIteration
        return _payload.decode(self._arrived.popleft())


class OpeningStream:
    """A stream as an `async with` block, at the end of which it is stopped; `await` gives it without a block."""

    def __init__(self, end: wit.Context | wit.OpenedContext, buffer: int, overrun: Overrun) -> None:
        self._end = end
        self._options = wit.StreamOptions(buffer, overrun)

    def __await__(self) -> Any:
        return self._open().__await__()

    async def _open(self) -> MsgStream:
        return MsgStream(await wait(self._end.open_stream, self._options), self._options.buffer)

    async def __aenter__(self) -> MsgStream:
        self._stream = await self._open()
        return self._stream

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.stop()
