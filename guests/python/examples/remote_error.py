"""An error crosses processes: three daemons idle, a fourth actor fails, the nursery raises its error, and all are gone.

```console
$ tractor-host run conformance_python.wasm remote_error
extra failed: ZeroDivisionError: 7 cannot be divided by 0
    raise ZeroDivisionError(f"{dividend} cannot be divided by {divisor}")
look Maa, that actor failed hard, and the daemons went with it
```
"""

from tractor_guest import ActorSpec, Failure, export, nursery, program, u32


@program
async def run() -> None:
    try:
        async with nursery() as n:
            for index in range(3):
                await n.start_actor(ActorSpec("self", f"daemon_{index}"))
            await n.run_in_actor(ActorSpec("self", "extra"), "divide", 7, 0)
    except* Failure as failed:
        for failure in failed.exceptions:
            print(f"{failure.origin.name} failed: {failure.message}")
            # Its traceback came along, lines included.
            print(*[line for line in failure.backtrace.splitlines() if "raise" in line], sep="\n")
    print("look Maa, that actor failed hard, and the daemons went with it")


@export
def divide(dividend: u32, divisor: u32) -> u32:
    """Divides."""
    if divisor == 0:
        raise ZeroDivisionError(f"{dividend} cannot be divided by {divisor}")
    return dividend // divisor
