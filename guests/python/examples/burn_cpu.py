"""One function in two processes: a child burns CPU while this one does the same, and its result is collected.

```console
$ tractor-host run conformance_python.wasm burn_cpu
collected subprocess <pid>
```
"""

from tractor_guest import checkpoint, current_actor, export, nursery, program, u32


@program
async def run() -> None:
    async with nursery() as n:
        child = await n.run_in_actor("self", "burn-cpu", 50_000)  # its own process
        await burn_cpu(50_000)  # and this one, at the same time
        pid = await child.output()
    print(f"collected subprocess {pid}")


@export
async def burn_cpu(rounds: u32) -> u32:
    """Computes, stops now and then if it was cancelled meanwhile, and says in which process it ran."""
    seed = 1
    for number in range(rounds):
        seed = (seed * 6_364_136_223_846_793_005 + 1) % 2**64
        if number % 1000 == 0:
            await checkpoint()
    return current_actor().pid
