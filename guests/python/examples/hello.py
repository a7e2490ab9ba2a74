"""The smallest program: it says who it is.

```console
$ tractor-host run conformance_python.wasm hello
hello, world, from main
```
"""

from tractor_guest import current_actor, program


@program
async def run(args: list[str]) -> None:
    name = args[0] if args else "world"
    print(f"hello, {name}, from {current_actor().name}")
