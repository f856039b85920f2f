"""JSON Schema (2020-12) of an order in our own form, made of the dataclasses that are read."""

from __future__ import annotations

import dataclasses
import types
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from app.stores.rulebooks.format import OURS, REQUIRED, is_needed
from rules_library.order import Order

_SIMPLE: Final[dict[Any, dict[str, Any]]] = {
    Decimal: {"type": ["string", "number"], "description": "An exact decimal number."},
    datetime: {
        "type": "string",
        "description": "ISO 8601; a time without an offset is in the order's zone.",
    },
    bool: {"type": "boolean"},
    str: {"type": "string"},
}


def schemas(prefix: str) -> dict[str, dict[str, Any]]:
    """The order and every part of it, by name; references begin with ``prefix``."""
    found: dict[str, dict[str, Any]] = {}
    _add(Order, prefix, found)
    return found


def _add(kind: type[Any], prefix: str, found: dict[str, dict[str, Any]]) -> None:
    if kind.__name__ in found:
        return
    hints, fields = get_type_hints(kind), dataclasses.fields(kind)
    made = found[kind.__name__] = {
        "type": "object",
        "description": (kind.__doc__ or "").replace("``", "").strip(),
        "additionalProperties": False,
    }
    if kind is Order:
        fields = tuple(field for field in fields if field.name not in OURS)
        made["required"] = sorted(REQUIRED)
    elif needed := [field.name for field in fields if is_needed(field)]:
        made["required"] = needed
    made["properties"] = {field.name: _of(hints[field.name], prefix, found) for field in fields}


def _of(hint: Any, prefix: str, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    origin, inside = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return _of(next(one for one in inside if one is not type(None)), prefix, found)
    if origin is Literal:
        return {"enum": list(inside)}
    if origin is tuple:
        return {"type": "array", "items": _of(inside[0], prefix, found)}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        _add(hint, prefix, found)
        return {"$ref": f"{prefix}{hint.__name__}"}
    return dict(_SIMPLE.get(hint, {"type": "object"}))
