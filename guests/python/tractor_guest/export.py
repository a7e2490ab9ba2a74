"""Exporting functions: `@program` for what `tractor-host run` starts, `@export` for all that can be called.

An exception in an exported function becomes the function's error, with Python's traceback. One whose type declares an error of its own
raises that by `Declared(value)`; one whose type has no error at all ends the actor by a trap, with the traceback on its standard error.
"""

from __future__ import annotations

import abc
import asyncio
import functools
import inspect
import os
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import wit_world
from componentize_py_types import Err
from wit_world.imports import context as wit_context

from . import _sources, errors
from ._call import Call, current_call
from .context import Context
from .scope import Body

Exported = TypeVar("Exported", bound=Callable[..., Any] | type)

_ERROR = "wit_world.imports.types.Error"
"""The type `error` of the package, as the tool's docstrings call it: one can ask it nowhere else whether a function declares it."""


def export(exported: Exported) -> Exported:
    """Exports a function of the world, or a class as the implementation of an exported interface.

        @export
        async def burn_cpu(n: u32) -> u32: ...

        @export
        class Peer(wit_world.exports.Peer): ...

    Functions of plain types need no WIT: it is made of their annotations when the component is built. A function that waits for anything is
    `async def`.
    """
    if isinstance(exported, type):
        _implement(exported, exported)
    else:
        _add(_World, exported.__name__, staticmethod(exported))
        abc.update_abstractmethods(_World)  # type: ignore[type-abstract]
        # The tool looks for it in the module that it is given.
        sys.modules[exported.__module__].__dict__["WitWorld"] = _World
    return exported


class _World(wit_world.WitWorld):
    """What is exported by itself, rather than in an interface. One for all modules of a component."""

    def __init__(self) -> None:
        # The tool makes one when all is imported.
        _sources.keep()


def program(run: Exported) -> Exported:
    """Exports what `tractor-host run` starts: `async def run(args: list[str])`, or without arguments."""
    if not inspect.iscoroutinefunction(run):
        raise TypeError("a program is an `async def`")

    async def named_run(arguments: list[str]) -> None:
        await (run(arguments) if inspect.signature(run).parameters else run())

    named_run.__name__ = "run"
    named_run.__module__ = run.__module__
    export(named_run)
    return run


def _implement(world: type, implementation: type) -> None:
    """Wraps what a class has of the functions that its base declares."""
    for name in sorted(getattr(_declaring(world), "__abstractmethods__", ())):
        if name in implementation.__dict__:
            _add(world, name, implementation.__dict__[name])
    begin: Any = world.__init__  # type: ignore[misc]

    def initialise(self: Any) -> None:
        _sources.keep()
        begin(self)

    world.__init__ = initialise  # type: ignore[misc]
    abc.update_abstractmethods(world)


def _declaring(world: type) -> type:
    for base in world.__mro__[1:]:
        if base.__module__.partition(".")[0] == "wit_world":
            return base
    raise TypeError(f"{world.__name__} implements no interface: its base has to be a class of `wit_world.exports`")


def _add(world: type, name: str, function: Any) -> None:
    """Puts a function into a world or an interface, in the form that the tool's generated code calls."""
    base = _declaring(world)
    declared = base.__dict__.get(name)
    if declared is None:
        known = ", ".join(sorted(getattr(base, "__abstractmethods__", ()))) or "nothing"
        raise TypeError(f"the WIT has no function for `{name}`; it has: {known}")
    plain = function.__func__ if isinstance(function, staticmethod) else function
    if inspect.iscoroutinefunction(plain) and not inspect.iscoroutinefunction(declared):
        raise TypeError(f"`{name}` is no `async func` in the WIT: it cannot wait, so it has to be a plain `def`")
    wrap = _asynchronous if inspect.iscoroutinefunction(declared) else _synchronous
    setattr(world, name, wrap(function, plain, declared))


def _synchronous(function: Any, plain: Callable[..., Any], declared: Any) -> Any:
    failure = _failure_of(declared)
    bound = isinstance(function, staticmethod)

    @functools.wraps(plain)
    def exported(self: Any, *arguments: Any) -> Any:
        try:
            return plain(*arguments) if bound else plain(self, *arguments)
        except SystemExit as ended:
            _exit(ended)
        except BaseException as error:
            raise failure(error) from None

    return exported


def _asynchronous(function: Any, plain: Callable[..., Any], declared: Any) -> Any:
    failure = _failure_of(declared)
    bound = isinstance(function, staticmethod)

    @functools.wraps(plain)
    async def exported(self: Any, *arguments: Any) -> Any:
        call = current_call()
        given = [_given(argument) for argument in arguments]
        body = Body(call.scope)
        body.enter()
        try:
            value = plain(*given) if bound else plain(self, *given)
            return await value if inspect.isawaitable(value) else value
        except SystemExit as ended:
            _exit(ended)
        except BaseException as error:
            raise failure(_cancellation(error, call)) from None
        finally:
            body.leave()
            await _end_tasks(call)
            sys.stdout.flush()

    return exported


def _given(argument: Any) -> Any:
    return Context(argument) if isinstance(argument, wit_context.Context) else argument


def _cancellation(error: BaseException, call: Call) -> BaseException:
    """Tells who cancelled, where asyncio cancelled on account of the call's scope."""
    if isinstance(error, asyncio.CancelledError) and not isinstance(error, errors.Cancelled):
        cancellation = call.scope.cancellation()
        if cancellation is not None:
            return errors.Cancelled(cancellation)
        return RuntimeError("the exported function cancelled itself").with_traceback(error.__traceback__)
    return error


async def _end_tasks(call: Call) -> None:
    """Ends what the function left running, as `asyncio.run` does."""
    left = [task for task in call.tasks if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    if left:
        await asyncio.gather(*left, return_exceptions=True)


def _failure_of(declared: Any) -> Callable[[BaseException], BaseException]:
    """Says what becomes of an exception, by the type of the function's error."""
    found = re.search(r"Raises: `componentize_py_types\.Err\((.*)\)`", declared.__doc__ or "")
    own = found is not None and found.group(1) == _ERROR

    def failure(error: BaseException) -> BaseException:
        if isinstance(error, errors.Declared) and found is not None:
            return Err(error.value)
        if own:
            return Err(errors.to_wit(error))
        if isinstance(error, Err):
            return error
        _break_down(error)

    return failure


def _break_down(error: BaseException) -> NoReturn:
    """Ends the actor: its function has no error that could tell of the exception."""
    sys.stdout.flush()
    print(_sources.traceback_of(error), file=sys.stderr, flush=True)
    os.abort()


def _exit(ended: SystemExit) -> NoReturn:
    code = ended.code
    if not isinstance(code, (int, type(None))):
        print(code, file=sys.stderr)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


__all__ = ["export", "program"]
