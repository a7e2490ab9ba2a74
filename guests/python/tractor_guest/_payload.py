"""Values as payloads: JSON, in the spelling that the host's codec has for each WIT type.

| Python | JSON | for the WIT type |
| --- | --- | --- |
| `int`, of any size | digits | all integers; one that does not fit is refused by the callee's host |
| `float` | the shortest digits that read back as the same; `"NaN"`, `"Infinity"`, `"-Infinity"` | `f32`, `f64` |
| `str` | text | `string`, `char`, enum, variant without a value |
| `bytes`, `bytearray` | array of numbers | `list<u8>` |
| `list`, `tuple`, `set` | array | `list`, tuple |
| `dict` | object | record, `{"case": value}` of a variant, `map<string, v>` |
| `None` | `null` | no value |
| a record of the bindings, any dataclass | object, `_` in names as `-` | record |
| a case of a variant of the bindings | `"case"` or `{"case": value}` | variant |
| a member of an `Enum`; of a `Flag` | its name; array of names, in lower case, `_` as `-` | enum, flags |
| `Some(v)` | `{"some": v}` | an option within an option |
| `Ok(v)`, `Err(e)` | `{"ok": v}`, `{"err": e}` | `result` |

What comes back is what `json` makes of it. A float may be one of the three texts, which `float()` reads as well.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from enum import Enum, Flag
from typing import Any

from componentize_py_types import Err, Ok, Some
from wit_world.imports import types as wit

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=lambda v: _plain(v))

_decoder = json.JSONDecoder()


def encode(value: Any) -> wit.Payload:
    """Encodes one value, or the array of the arguments."""
    try:
        text = _encoder.encode(value)
    except ValueError as error:
        if "JSON compliant" not in str(error):
            raise
        text = _encoder.encode(_finite(value))
    # A lone surrogate is no Unicode text, and no WIT string either.
    return wit.Payload(wit.Codec.JSON, text.encode())


def decode(payload: wit.Payload) -> Any:
    """Decodes a value, which has to be JSON: other codecs need the type."""
    if payload.codec is not wit.Codec.JSON:
        from .errors import IllTyped

        codec = payload.codec.name.lower()
        raise IllTyped(f"a message came in {codec}, and this guest reads JSON: have the sender send JSON")
    return _decoder.decode(payload.bytes.decode())


def _finite(value: Any) -> Any:
    """Spells floats that JSON has no numbers for, at any depth."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_finite(item) for item in value]
    if isinstance(value, (str, int, bytes, bytearray, type(None))):
        return value
    return _finite(_plain(value))


def _plain(value: Any) -> Any:
    """Spells what `json` does not know."""
    match value:
        case bytes() | bytearray() | memoryview():
            return list(value)
        case set() | frozenset():
            return list(value)
        case Flag():
            return [_kebab(member.name or "") for member in value]
        case Enum():
            return _kebab(value.name)
        case Some(inner):
            return {"some": inner}
        case Ok(inner):
            return {"ok": inner}
        case Err(inner):
            return {"err": inner}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _record(value)
    raise TypeError(f"a {type(value).__name__} cannot be sent to another actor")


def _record(value: Any) -> Any:
    fields = {_kebab(f.name): getattr(value, f.name) for f in dataclasses.fields(value)}
    # A case of a variant is a class `Variant_Case` of at most one field, `value`.
    _, underscore, case = type(value).__name__.partition("_")
    if underscore and type(value).__module__.startswith("wit_world"):
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", case).lower()
        return {name: fields["value"]} if fields else name
    return fields


def _kebab(name: str) -> str:
    return name.lower().rstrip("_").replace("_", "-")
