"""The component of all tests in Python: the sides of the conformance suite, and the programs of `../examples`, of which the first argument
names one."""

from __future__ import annotations

import burn_cpu
import echo_server
import hello
import idioms
import nested_tree
import ping_pong
import remote_error
from driver import Driver
from peer import Peer
from tractor_guest import program

PROGRAMS = {
    module.__name__: module for module in (hello, burn_cpu, ping_pong, nested_tree, remote_error, echo_server, idioms)
}


@program
async def run(args: list[str]) -> None:
    if not args or args[0] not in PROGRAMS:
        raise ValueError(f"the first argument names a program: {', '.join(PROGRAMS)}")
    module = PROGRAMS[args[0]]
    await (module.run(args[1:]) if module.run.__code__.co_argcount else module.run())


__all__ = ["Driver", "Peer", "run"]
