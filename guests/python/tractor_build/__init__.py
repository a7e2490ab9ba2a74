"""Makes a component of a Python program: `python -m tractor_build app.py -o app.wasm`.

It runs on the machine, not in the component, and calls componentize-py, of the same environment.
"""

TOOL = "0.25.1"
"""The version of componentize-py that the SDK is made for: its event loop meets private parts of the tool."""
