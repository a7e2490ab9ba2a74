"""A command as componentize-py makes one of a Python script: its standard library and nothing else. The first argument says what to do."""

import sys

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import environment


class Run(exports.Run):
    """What `wasi:cli/run` asks for."""

    def run(self) -> None:
        """Runs the script; an exit code other than 0 is an error without a value."""
        _, *words = environment.get_arguments()
        if main(words) != 0:
            raise Err(None)


def main(words: list[str]) -> int:
    """Does what the first word says; gives the exit code."""
    match words:
        case ["shout"]:
            for line in sys.stdin:
                print(line.rstrip("\n").upper(), flush=True)
        case ["echo", *rest]:
            print(" ".join(rest))
        case ["crash"]:
            raise ValueError("it fell over")
        case ["spin"]:
            print("spinning", flush=True)
            while True:
                pass
        case _:
            print("usage: shout | echo WORDS | crash | spin", file=sys.stderr)
            return 1
    return 0
