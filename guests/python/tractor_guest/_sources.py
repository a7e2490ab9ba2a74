"""Source lines for tracebacks: the files are there while the component is built, and not while it runs."""

from __future__ import annotations

import linecache
import re
import sys
import traceback

_STANDARD = "/python/"
"""Where the tool has the standard library; its lines would be many, and tell nothing."""

_FOLDER = re.compile(r'(?m)^(\s*(?:[|+]\s*)*File ")/\d+/')
"""The folders of modules are mounted by their numbers."""


def keep() -> None:
    """Keeps the lines of all modules that are imported by now, in the component."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and not file.startswith(_STANDARD) and file.endswith(".py"):
            lines = linecache.getlines(file)
            # Without a time of change: so it is not asked whether the file has changed, or is gone.
            linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


def traceback_of(error: BaseException) -> str:
    """Formats a traceback, without the frames of the SDK above the function."""
    told = traceback.TracebackException.from_exception(error, compact=True)
    _shorten(told)
    return _FOLDER.sub(r"\1", "".join(told.format()).rstrip())


def _shorten(told: traceback.TracebackException) -> None:
    told.stack = traceback.StackSummary.from_list([f for f in told.stack if "/tractor_guest/" not in f.filename])
    for other in (told.__cause__, told.__context__, *(told.exceptions or ())):
        if other is not None:
            _shorten(other)
