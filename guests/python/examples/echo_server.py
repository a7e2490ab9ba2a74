"""Infected asyncio: ordinary asyncio code on both sides, supervised. A thousand round trips to another process, and their rate.

```console
$ tractor-host run conformance_python.wasm echo_server
1000 round trips, <rate> a second
```
"""

import asyncio
import time

from tractor_guest import ActorSpec, Context, export, nursery, program, u32


@program
async def run() -> None:
    async with nursery() as n:
        server = await n.start_actor(ActorSpec("self", "echo_server"))
        async with server.open_context("serve-echo") as (ctx, _):
            async with ctx.open_stream() as stream, asyncio.timeout(60):
                begun = time.monotonic()
                for number in range(1000):
                    await stream.send(number)
                    if await stream.receive() != number:
                        raise ValueError(f"no echo of {number}")
                rate = 1000 / (time.monotonic() - begun)
        print(f"1000 round trips, {rate:.0f} a second")
        await server.cancel()


@export
async def serve_echo(ctx: Context) -> u32:
    """Echoes through a queue: one task takes what comes, the other gives it back."""
    await ctx.started()
    queue: asyncio.Queue[int] = asyncio.Queue(maxsize=16)

    async with ctx.open_stream() as stream:

        async def give_back() -> int:
            count = 0
            while True:
                try:
                    await stream.send(await queue.get())
                except asyncio.QueueShutDown:
                    return count
                count += 1

        async with asyncio.TaskGroup() as tasks:
            giver = tasks.create_task(give_back())
            async for message in stream:
                await queue.put(message)
            queue.shutdown()
    return giver.result()
