"""Two linked tasks in two processes, and a stream between them: a first value, ten pings, ten pongs, a result.

```console
$ tractor-host run conformance_python.wasm ping_pong
the first value is 11
ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong!
the server counted 10 pings
```
"""

from tractor_guest import ActorSpec, Context, export, nursery, program, u32


@program
async def run() -> None:
    async with nursery() as n:
        server = await n.start_actor(ActorSpec("self", "rpc_server"))
        async with server.open_context("simple-rpc", 10) as (ctx, first):
            print(f"the first value is {first}")
            async with ctx.open_stream() as stream:
                talk = []
                for _ in range(10):
                    await stream.send("ping")
                    talk.append(f"ping? {await stream.receive()}!")
                print(*talk)
            # The block has stopped this direction; the other one goes on.
            print(f"the server counted {await ctx.output()} pings")
        await server.cancel()


@export
async def simple_rpc(ctx: Context, data: u32) -> u32:
    """A small ping-pong server. Its first value is one more than `data`, its result the number of pings."""
    await ctx.started(data + 1)
    count = 0
    async with ctx.open_stream() as stream:
        async for message in stream:
            if message != "ping":
                raise ValueError(f"expected ping, got {message}")
            await stream.send("pong")
            count += 1
    return count
