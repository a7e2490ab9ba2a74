"""Makes the component of actor.py: `python3 build.py`. The first time it sets up the tool, in `.venv`."""

import os
import subprocess
import sys
import venv
from pathlib import Path

TOOL = "componentize-py==0.25.1"
"""Pinned: the SDK in tractor_guest meets private parts of just this version."""

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"


def main() -> int:
    """Builds; gives the exit code."""
    if sys.version_info < (3, 10):
        print("error: Python 3.10 or newer is needed", file=sys.stderr)
        return 1
    tool = VENV / "bin" / "componentize-py"
    if not tool.exists():
        print(f"setting up {TOOL} in {VENV}")
        try:
            venv.create(VENV, clear=True, with_pip=True)
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"error: cannot make {VENV}: {error}\nDebian has the module in python3-venv", file=sys.stderr)
            return 1
        pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", TOOL]
        if subprocess.run(pip, check=False).returncode != 0:
            return 1
    component = HERE / f"{HERE.name}.wasm"
    build = [str(VENV / "bin" / "python"), "-m", "tractor_build", str(HERE / "actor.py"), "-o", str(component)]
    status = subprocess.run(build, check=False, env={**os.environ, "PYTHONPATH": str(HERE)}).returncode
    if status == 0:
        print(f"built {component.name}")
    return status


if __name__ == "__main__":
    sys.exit(main())
