"""The caller's side of the conformance suite: runs the scenarios of `tests/conformance/SCENARIOS.md`."""

from __future__ import annotations

import calls
import cancelling
import nurseries
import streams
from tractor_guest import export
from wit_world import exports

SCENARIOS = {
    scenario.__name__: scenario
    for part in (calls, streams, cancelling, nurseries)
    for scenario in part.SCENARIOS
}


@export
class Driver(exports.Driver):
    """Runs scenarios by their names."""

    async def drive(self, scenario: str, peer: str) -> None:
        run = SCENARIOS.get(scenario)
        if run is None:
            raise LookupError(f"no scenario {scenario}")
        await run(peer)
