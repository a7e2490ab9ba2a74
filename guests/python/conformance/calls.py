"""Scenarios of calls, values and errors."""

from __future__ import annotations

import math
from typing import Any

from expect import equal, fails, function, one_peer, true
from tractor_guest import Failure, IllTyped, NotFound, Returned, move_on_after


async def calls(component: str) -> None:
    async with one_peer(component) as peer:
        equal(await peer.call(function("add"), 2, 3), 5)
        who = await peer.call(function("who"))
        equal((who["uuid"], who["name"]), (peer.actor.uuid, "peer"))


async def _echoed(component: str, name: str, rows: list[tuple[Any, ...]]) -> None:
    async with one_peer(component) as peer:
        for row in rows:
            came = await peer.call(function(name), *row)
            equal([plain(value) for value in came], [plain(value) for value in row], name)


def plain(value: Any) -> Any:
    """As JSON has it: bytes are numbers, and what is no number is a text."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return list(value) if isinstance(value, bytes) else value


async def values_integers(component: str) -> None:
    least = (0, -128, 0, -32768, 0, -2147483648, 0, -9223372036854775808)
    most = (255, 127, 65535, 32767, 4294967295, 2147483647, 18446744073709551615, 9223372036854775807)
    between = (1, -1, 256, -256, 65536, -65536, 9007199254740993, -9007199254740993)
    await _echoed(component, "echo-integers", [least, most, between])


async def values_floats(component: str) -> None:
    nan, infinity = math.nan, math.inf
    rows = [(-0.0, -0.0), (1.5, -2.25), (nan, nan), (infinity, -infinity), (-infinity, infinity)]
    await _echoed(component, "echo-floats", rows)
    # The narrow one comes back as the nearest there is, in the shortest digits.
    await _echoed(component, "echo-floats", [(0.1, 0.1), (3.4028235e38, 1.7976931348623157e308), (1e-45, 5e-324)])


async def values_texts(component: str) -> None:
    rows = [
        (True, "a", ""),
        (False, "é", 'grüße\n\t"quoted" \\ /'),
        (True, "🦀", "🦀 and a NUL \0 within"),
        (False, "\U0010ffff", "x" * 10_000),
    ]
    await _echoed(component, "echo-texts", rows)


async def values_compounds(component: str) -> None:
    rows = [
        (bytes(range(256)), ["", "one", "zwei"], [7, "seven"], {"x": -1, "y": 2}, "red", "nothing"),
        (b"", [], [0, ""], {"x": -2147483648, "y": 2147483647}, "dark-green", {"dot": {"x": 3, "y": 4}}),
        (b"\1", ["only"], [255, "x"], {"x": 0, "y": 0}, "red", {"circle": [{"x": 1, "y": 1}, 2.5]}),
    ]
    await _echoed(component, "echo-compounds", rows)


async def values_options(component: str) -> None:
    rows: list[tuple[Any, ...]] = [
        (None, None, {"ok": 7}, {"ok": None}, []),
        ("", {"some": None}, {"err": "no"}, {"err": None}, ["bold"]),
        ("x", {"some": 3}, {"ok": 0}, {"ok": None}, ["bold", "thin", "small-caps"]),
    ]
    await _echoed(component, "echo-options", rows)


async def bad_calls(component: str) -> None:
    async with one_peer(component) as peer:
        with fails(NotFound, "no-such"):
            await peer.call(function("no-such"))
        with fails(IllTyped, "add"):
            await peer.call(function("add"), "two", 3)
        equal(await peer.call(function("add"), 2, 3), 5)


async def declared_errors(component: str) -> None:
    async with one_peer(component) as peer:
        equal(await peer.call(function("refuse"), None), 7)
        for why in ({"too-big": 70000}, {"at": {"x": -1, "y": 2}}, "closed"):
            with fails(Returned) as caught:
                await peer.call(function("refuse"), why)
            equal(caught.error.value, why)


async def failures(component: str) -> None:
    async with one_peer(component) as peer:
        with fails(Failure, "no luck") as caught:
            await peer.call(function("fail"), "no luck")
        equal(caught.error.origin.name, "peer")
        equal(await peer.call(function("add"), 2, 3), 5)


async def time_left(component: str) -> None:
    async with one_peer(component) as peer:
        equal(await peer.call(function("time-left")), None)
        async with move_on_after(60):
            left = await peer.call(function("time-left"))
            true(0 < left <= 60_000_000_000, f"{left} ns is within a minute")


SCENARIOS = [
    calls,
    values_integers,
    values_floats,
    values_texts,
    values_compounds,
    values_options,
    bad_calls,
    declared_errors,
    failures,
    time_left,
]
