"""Actors for tractor-host in Python: ordinary asyncio code, supervised.

An actor is one process that runs one component; its functions are what the component exports. Whoever starts an actor owns it through
a `nursery`, which does not close until the process is gone. A whole program:

    from tractor_guest import export, nursery, program, u32

    @program
    async def run():
        async with nursery() as n:
            child = await n.run_in_actor("self", "add", 1, 2)  # its own process
            print(await child.output())

    @export
    def add(a: u32, b: u32) -> u32:
        return a + b

Cancellation is `asyncio.CancelledError`, here as `Cancelled` with the `cancellation` that says who and why; what fails is raised, as a
`Failure`, and several as a `FailureGroup`. Each call of an exported function is a task; tasks of one actor share what is global, and run in
turns where they wait. asyncio's own things work: tasks, `TaskGroup`, `gather`, `timeout`, `sleep`, queues, events and locks, also between
calls. Threads do not, nor does `asyncio.run`: the loop is running already.
"""

from __future__ import annotations

import sys
from typing import TypeAlias

from wit_world.imports.task import current_actor

from . import _loop, log, registrar
from .context import Context, OpenedContext
from .errors import (
    ActorId,
    Cancellation,
    Cancelled,
    CancelReason,
    Closed,
    ConnectionLost,
    ContextCancelled,
    Declared,
    Denied,
    Exited,
    Failure,
    FailureGroup,
    IllTyped,
    Killed,
    LimitReached,
    MemberCancelled,
    Misuse,
    NotFound,
    Overdue,
    Overrun,
    ProtocolViolation,
    Restarted,
    Returned,
    Trap,
)
from .export import export, program
from .nursery import Child, Nursery, nursery
from .options import Access, ActorSpec, Directory, Grants, Limits, Names, Restart, RestartStrategy
from .options import Overdue as OverdueTask
from .options import Overrun as OnOverrun
from .portal import Portal
from .scope import (
    Scope,
    cancel_scope,
    checkpoint,
    current_scope,
    fail_after,
    move_on_after,
    shield,
    sleep_forever,
)
from .stream import MsgStream

u8: TypeAlias = int
u16: TypeAlias = int
u32: TypeAlias = int
u64: TypeAlias = int
s8: TypeAlias = int
s16: TypeAlias = int
s32: TypeAlias = int
s64: TypeAlias = int
f32: TypeAlias = float
f64: TypeAlias = float
char: TypeAlias = str
"""For annotations of exported functions: the WIT types of these names. A plain `int` is an `s64`, a `float` an `f64`."""

__all__ = [
    "Access",
    "ActorId",
    "ActorSpec",
    "CancelReason",
    "Cancellation",
    "Cancelled",
    "Child",
    "Closed",
    "ConnectionLost",
    "Context",
    "ContextCancelled",
    "Declared",
    "Denied",
    "Directory",
    "Exited",
    "Failure",
    "FailureGroup",
    "Grants",
    "IllTyped",
    "Killed",
    "LimitReached",
    "Limits",
    "MemberCancelled",
    "Misuse",
    "MsgStream",
    "Names",
    "NotFound",
    "Nursery",
    "OnOverrun",
    "OpenedContext",
    "Overdue",
    "OverdueTask",
    "Overrun",
    "Portal",
    "ProtocolViolation",
    "Restart",
    "RestartStrategy",
    "Restarted",
    "Returned",
    "Scope",
    "Trap",
    "cancel_scope",
    "char",
    "checkpoint",
    "current_actor",
    "current_scope",
    "export",
    "f32",
    "f64",
    "fail_after",
    "log",
    "move_on_after",
    "nursery",
    "program",
    "registrar",
    "s16",
    "s32",
    "s64",
    "s8",
    "shield",
    "sleep_forever",
    "u16",
    "u32",
    "u64",
    "u8",
]

log.install()
# What is printed goes through a pipe, line by line: it must not wait in a buffer for the end of the actor.
sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
