"""What is said where a tool is missing, or is another version: `python3 -m unittest tests/tools.py`, in this folder."""

import argparse
import contextlib
import importlib.util
import io
import shutil
import sys
import unittest
from pathlib import Path
from unittest import mock

from tractor_build import __main__ as tractor_build

HERE = Path(__file__).resolve().parent.parent
ARGUMENTS = argparse.Namespace(app=Path("app.py"), output=Path("app.wasm"), path=[], wit=None, world=None)


def said_by(action) -> tuple[int, str]:
    """Gives the exit code, and what was said on standard error."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        return action(), said.getvalue()


class Tools(unittest.TestCase):
    def refused(self, tool: str | None, version: str) -> str:
        with (
            mock.patch.object(shutil, "which", lambda *_, **__: tool),
            mock.patch.object(tractor_build, "version", lambda _: version),
        ):
            code, said = said_by(lambda: tractor_build.componentize(ARGUMENTS, Path("wit")))
        self.assertEqual(code, 1)
        self.assertIn("to get it: ", said)
        self.assertIn("-m pip install componentize-py==0.25.1", said)
        return said

    def test_tool_that_is_not_there_is_named(self) -> None:
        self.assertIn("error: componentize-py is not in the environment of ", self.refused(None, ""))

    def test_tool_of_another_version_is_told_with_both(self) -> None:
        said = self.refused("/bin/componentize-py", "0.24.0")
        self.assertIn("error: componentize-py 0.24.0, and not 0.25.1, is in the environment of ", said)

    def test_python_that_is_too_old_is_told_before_anything_is_made(self) -> None:
        spec = importlib.util.spec_from_file_location("build", HERE / "template" / "build.py")
        build = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(build)
        with mock.patch.object(sys, "version_info", (3, 9)):
            code, said = said_by(build.main)
        self.assertEqual((code, said), (1, "error: Python 3.10 or newer is needed\n"))


if __name__ == "__main__":
    unittest.main()
