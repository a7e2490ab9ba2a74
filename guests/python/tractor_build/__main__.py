"""The command line of `tractor_build`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from . import TOOL
from .signatures import SignatureError, read

HERE = Path(__file__).resolve().parent.parent
"""Where the SDK is, and beside it `wit`, the package `tractor:actor`."""


def main() -> int:
    """Builds one component; gives the exit code."""
    arguments = parse()
    try:
        program = read(arguments.app.read_text(), arguments.app.name)
        with tempfile.TemporaryDirectory(prefix="tractor-build-") as folder:
            package = Path(folder, "wit")
            if arguments.wit is None:
                package.mkdir()
                (package / "world.wit").write_text(program.world)
            else:
                shutil.copytree(arguments.wit, package)
            shutil.copytree(HERE / "wit", package / "deps" / "tractor-actor", dirs_exist_ok=True)
            return componentize(arguments, package)
    except (OSError, SyntaxError, SignatureError) as error:
        print(f"error: {arguments.app}: {error}", file=sys.stderr)
        return 1


def parse() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser("tractor_build", description="Makes a component of a Python program.")
    parser.add_argument("app", type=Path, help="the program; modules beside it are found")
    parser.add_argument("-o", "--output", type=Path, help="the component; default: the program's name with .wasm")
    parser.add_argument("--path", type=Path, action="append", default=[], help="another folder with modules")
    parser.add_argument("--wit", type=Path, help="a folder with a world of your own, for records and interfaces")
    parser.add_argument("--world", help="which world of that folder")
    arguments = parser.parse_args()
    if arguments.output is None:
        arguments.output = arguments.app.with_suffix(".wasm")
    return arguments


def componentize(arguments: argparse.Namespace, package: Path) -> int:
    """Runs componentize-py. The component gets its name last: what is there under it is whole."""
    tool = shutil.which("componentize-py", path=str(Path(sys.executable).parent))
    if tool is None or (found := version("componentize-py")) != TOOL:
        problem = "is not" if tool is None else f"{found}, and not {TOOL}, is"
        print(f"error: componentize-py {problem} in the environment of {sys.executable}", file=sys.stderr)
        print(f"to get it: {sys.executable} -m pip install componentize-py=={TOOL}", file=sys.stderr)
        return 1
    app, output = arguments.app.resolve(), arguments.output
    unfinished = output.with_suffix(".unfinished")
    command = [tool, "-q", "-d", str(package)]
    command += ["-w", arguments.world] if arguments.world else []
    command += ["componentize", app.stem, "-o", str(unfinished)]
    for folder in (app.parent, *arguments.path, HERE):
        command += ["-p", str(folder)]
    output.parent.mkdir(parents=True, exist_ok=True)
    status = subprocess.run(command, check=False, env={**os.environ, "RUST_BACKTRACE": "0"}).returncode
    if status == 0:
        unfinished.replace(output)
    unfinished.unlink(missing_ok=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
