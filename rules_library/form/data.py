"""Forms as JSON, for the browser: every part is an object whose "form" names its class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, Final

from .model import (
    Always,
    Arithmetic,
    Changed,
    Clear,
    Condition,
    Copy,
    DaysLater,
    FirstOf,
    FormError,
    Group,
    InlineMap,
    Join,
    Lines,
    Literal,
    LookUp,
    MapRow,
    Part,
    Rounded,
    Several,
    Then,
    When,
)
from .when import DEEPEST, is_scalar

Read = Callable[[Any, int], Any]

_WHENS: Final = (Always, Condition, Group, Lines)
_THENS: Final = (
    Literal, Copy, Clear, LookUp, InlineMap, FirstOf, Join, Part, Changed, Arithmetic, Rounded,
    DaysLater, Several,
)  # fmt: skip
_NAMES: Final[dict[str, Any]] = {
    **{cls.__name__.lower(): cls for cls in (*_WHENS, *_THENS)},
    "maprow": MapRow,
}


def _typed(kind: type, said: str) -> Read:
    def read(value: Any, _depth: int) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise FormError(f"{value!r:.60} is not {said}.")
        return value

    return read


def _one_of(*options: str) -> Read:
    def read(value: Any, _depth: int) -> Any:
        if value not in options:
            raise FormError(f"{value!r:.60} is none of {', '.join(options)}.")
        return value

    return read


def _maybe(inner: Read) -> Read:
    return lambda value, depth: None if value is None else inner(value, depth)


def _many(inner: Read) -> Read:
    def read(value: Any, depth: int) -> Any:
        if not isinstance(value, list):
            raise FormError(f"{value!r:.60} is not a list.")
        return tuple(inner(item, depth) for item in value)

    return read


def _scalar(value: Any, _depth: int) -> Any:
    if not is_scalar(value):
        raise FormError(f"{value!r:.60} is not a plain value.")
    return value


def _part(*classes: type) -> Read:
    def read(value: Any, depth: int) -> Any:
        return _from(value, classes, depth + 1)

    return read


def _operand(value: Any, depth: int) -> Any:
    return _from(value, (Copy,), depth + 1) if isinstance(value, dict) else _scalar(value, depth)


def _source(value: Any, depth: int) -> Any:
    return (_many(_scalar) if isinstance(value, list) else _scalar)(value, depth)


def _anything(value: Any, _depth: int) -> Any:
    return value


_text = _typed(str, "text")
_flag = _typed(bool, "true or false")
_int = _typed(int, "a whole number")
_when = _part(*_WHENS)
_then = _part(*_THENS)

_READERS: Final[dict[type, dict[str, Read]]] = {
    Always: {"holds": _flag},
    Condition: {
        "fact": _text, "operator": _text, "values": _many(_operand), "match_case": _flag,
    },
    Group: {"kind": _one_of("all", "any", "none"), "items": _many(_when)},
    Lines: {"kind": _one_of("any", "every", "no"), "where": _when, "list": _text},
    Literal: {"value": _anything},
    Copy: {"fact": _text, "default": _scalar},
    Clear: {},
    LookUp: {"table": _text, "keys": _many(_then), "fallback": _maybe(_then), "listed": _flag},
    MapRow: {"source": _source, "target": _then},
    InlineMap: {
        "fact": _text, "rows": _many(_part(MapRow)), "otherwise": _then, "match_case": _flag,
    },
    FirstOf: {"parts": _many(_then)},
    Join: {"parts": _many(_then)},
    Part: {"of": _then, "start": _int, "length": _maybe(_int)},
    Changed: {"how": _one_of("trim", "lower", "upper"), "of": _then},
    Arithmetic: {"operator": _one_of("+", "-", "*", "/"), "parts": _many(_then)},
    Rounded: {"of": _then, "places": _int},
    DaysLater: {"of": _then, "days": _int},
    Several: {"parts": _many(_then)},
}  # fmt: skip


def to_json(form: When | Then) -> dict[str, Any]:
    """A form as JSON."""
    data = _json(form)
    assert isinstance(data, dict)  # noqa: S101 - every part of a form is an object
    return data


def _json(part: Any) -> Any:
    if isinstance(part, Literal):
        return {"form": "literal", "value": part.value}
    if part.__class__ in _READERS:
        named = {name: _json(getattr(part, name)) for name in _READERS[part.__class__]}
        return {"form": part.__class__.__name__.lower(), **named}
    return [_json(item) for item in part] if isinstance(part, tuple) else part


def from_json(data: Any) -> Any:
    """The form that JSON stands for.

    Raises:
        FormError: It stands for none; the sentence says which part.
    """
    return _from(data, (*_WHENS, *_THENS), 0)


def _from(data: Any, classes: tuple[type, ...], depth: int) -> Any:
    if depth > DEEPEST:
        raise FormError(f"The form is nested more than {DEEPEST} deep.")
    if not isinstance(data, dict):
        raise FormError(f"{data!r:.60} is not a part of a form.")
    name = data.get("form")
    cls = _NAMES.get(name) if isinstance(name, str) else None
    if cls is None or cls not in classes:
        raise FormError(f"There is no {name!r:.60} at this place of a form.")
    readers = _READERS[cls]
    unknown = sorted(str(key) for key in data.keys() - readers.keys() - {"form"})
    if unknown:
        raise FormError(f"A {name} has no {unknown[0]!r:.60}.")
    for field in fields(cls):
        if field.default is MISSING and field.name not in data:
            raise FormError(f"The {field.name} of a {name} is missing.")
    return cls(**{key: readers[key](data[key], depth) for key in readers if key in data})
