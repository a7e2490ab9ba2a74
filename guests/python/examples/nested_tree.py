"""A tree of processes of any depth, and results that come up through it. The arguments are its depth and its width.

```console
$ tractor-host run conformance_python.wasm nested_tree 2 2
main (pid <pid>)
  main.0 (pid <pid>)
    main.0.0 (pid <pid>)
    main.0.1 (pid <pid>)
  main.1 (pid <pid>)
    main.1.0 (pid <pid>)
    main.1.1 (pid <pid>)
tree torn down, what zombies?
```
"""

from tractor_guest import ActorSpec, current_actor, export, nursery, program, u32


@program
async def run(args: list[str]) -> None:
    depth, width = [int(arg) for arg in args] or (2, 2)
    print(*await grow(depth, width), sep="\n")
    print("tree torn down, what zombies?")


@export
async def grow(depth: u32, width: u32) -> list[str]:
    """Starts `width` actors that do the same one level less deep; gives a line for itself and for each actor below it."""
    me = current_actor()
    lines = [f"{me.name} (pid {me.pid})"]
    async with nursery() as n:
        children = [
            await n.run_in_actor(ActorSpec("self", f"{me.name}.{index}"), "grow", depth - 1, width)
            for index in range(width if depth > 0 else 0)
        ]
        for child in children:
            lines += [f"  {line}" for line in await child.output()]
    return lines
