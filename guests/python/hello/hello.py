"""The smallest program: it says who it is."""

from tractor_guest import current_actor, program


@program
async def run(args: list[str]) -> None:
    name = args[0] if args else "world"
    print(f"hello, {name}, from {current_actor().name}")
