"""Python's `logging`, written to the log of the tree. The host adds the actor and the task, and leaves out what its filter does not want.

It is set up when the SDK is imported: `logging.getLogger(__name__).info("ready")` is all there is to do.
"""

from __future__ import annotations

import logging

from wit_world.imports import task as wit

TRACE = 5
"""The level for every step, below `logging.DEBUG`."""

_LEVELS = (
    (logging.ERROR, wit.Level.ERROR),
    (logging.WARNING, wit.Level.WARN),
    (logging.INFO, wit.Level.INFO),
    (logging.DEBUG, wit.Level.DEBUG),
)


class HostHandler(logging.Handler):
    """Hands records to the host. The name of the logger stands before the message, unless it is the root's."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
        except Exception:
            self.handleError(record)
            return
        level = next((level for least, level in _LEVELS if record.levelno >= least), wit.Level.TRACE)
        wit.log(level, text if record.name == "root" else f"{record.name}: {text}")


def install() -> None:
    """Sends everything to the host, which knows what is wanted."""
    logging.addLevelName(TRACE, "TRACE")
    root = logging.getLogger()
    if not any(isinstance(handler, HostHandler) for handler in root.handlers):
        root.addHandler(HostHandler())
        root.setLevel(TRACE)
