"""A program of two actors: this one, and one of its own that adds up."""

from tractor_guest import current_actor, export, nursery, program, u32


@program
async def run(args: list[str]) -> None:
    numbers = [int(arg) for arg in args] or [1, 2]
    async with nursery() as n:
        child = await n.run_in_actor("self", "add", *numbers[:2])  # its own process
        print(f"{current_actor().name} was told: {await child.output()}")


@export
def add(a: u32, b: u32) -> u32:
    """Adds."""
    return a + b
