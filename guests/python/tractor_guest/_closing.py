"""How the blocks end that own something at other actors: nurseries and opened contexts."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from wit_world.imports import types as wit

from . import errors
from ._wait import wait_out
from .scope import Body


class Owner(Protocol):
    """What is closed: a nursery or an opened context of the host's."""

    def cancel(self, message: str | None) -> None:
        """Cancels what it owns, and its scope."""

    def close(self, body: wit.Error | None) -> Coroutine[Any, Any, None]:
        """Says how the body ended, and waits for what it owns."""


async def close(owner: Owner, body: Body, error: BaseException | None) -> bool:
    """Closes after a block that ended with `error`. Tells whether that error is to be swallowed."""
    if isinstance(error, GeneratorExit):
        # Nothing may be awaited any more: it is given up, and the host sees to it.
        body.leave()
        return False
    told = body.told
    cancellation = body.branches.raw.cancellation() if isinstance(error, asyncio.CancelledError) else None
    body.leave()
    if isinstance(error, asyncio.CancelledError) and told and cancellation is not None:
        reason: BaseException | None = errors.Cancelled(cancellation)
    else:
        reason = error
    try:
        await wait_out(owner.close(_told(owner, reason)))
    except asyncio.CancelledError as closing:
        if isinstance(reason, errors.Cancelled) and isinstance(closing, errors.Cancelled):
            return _pass_on(error, reason)
        raise
    except (Exception, ExceptionGroup) as failed:
        outcome = _own(failed, error)
        if outcome is error:
            return False
        raise outcome from None
    if isinstance(reason, errors.Cancelled):
        # One of its own scope has done its work.
        return True
    return False


def _told(owner: Owner, error: BaseException | None) -> wit.Error | None:
    """What the host is told of the end of the body."""
    if error is None:
        return None
    if isinstance(error, (errors.Cancelled, Exception)):
        return errors.to_wit(error)
    # asyncio's own cancellation, or an exit: no failure, but the children must go.
    owner.cancel(str(error) or None)
    if isinstance(error, BaseExceptionGroup):
        return errors.to_wit(error)
    return None


def _pass_on(error: BaseException | None, reason: errors.Cancelled) -> bool:
    if error is reason:
        return False
    raise reason from None


def _own(failed: BaseException, error: BaseException | None) -> BaseException:
    """Puts the block's own exceptions in the place of the failures that tell of them."""
    if error is None:
        return failed
    data = [leaf.data for leaf in errors.leaves([failed]) if isinstance(leaf, errors.Failure)]
    if not data:
        return failed
    restored = errors.raised(wit.Error_Failed([*data, *getattr(failed, "beside", ())]), [error])
    if isinstance(error, BaseExceptionGroup) and isinstance(restored, ExceptionGroup):
        same = [*errors.leaves([error])] == [*restored.exceptions]
        return error if same else restored
    return restored
