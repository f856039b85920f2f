"""JSON text as files of rules have it: no key twice in an object, and no NaN or Infinity.

Python's reader keeps the last of two equal keys and says nothing: half of a rule would be gone.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any, Final

_SAID: Final = {
    "Expecting value": "a value is missing, or a text without double quotes stands there",
    "Expecting ',' delimiter": "a comma or the closing bracket is missing",
    "Expecting ':' delimiter": "a colon is missing after the name",
    "Expecting property name": "a name in double quotes is missing, or a comma is too many",
    "Illegal trailing comma": "a comma is too many",
    "Extra data": "something follows that does not belong to it",
    "Unterminated string": "a text begins that does not end",
    "Invalid control character": "a line break or another control character stands in a text",
    "Invalid \\escape": "a backslash in a text has to be doubled",
}
"""What Python's reader says -> the same in plain words."""


class JsonError(ValueError):
    """The text is not JSON that can be used; the sentence says what is wrong, and where."""


def loads(data: bytes | str, *, exact: bool = False) -> Any:
    """The value that JSON text stands for; bytes are UTF-8.

    Args:
        data: The text.
        exact: Whether numbers with a fraction are Decimal, as money has to be.

    Raises:
        JsonError: It is malformed, has a key twice or a number that is none, or is too deep.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_decimal if exact else _float,
        )
    except UnicodeDecodeError:
        raise JsonError("it is not UTF-8 text") from None
    except RecursionError:
        raise JsonError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        said = next((own for start, own in _SAID.items() if error.msg.startswith(start)), error.msg)
        raise JsonError(f"line {error.lineno} column {error.colno}: {said}") from None
    except JsonError:
        raise
    except ValueError:
        raise JsonError("a number has too many digits") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise JsonError(f"{twice[:60]!r} stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise JsonError(f"{name} is no number")


def _float(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise JsonError(f"{text[:40]} is too large a number")
    return found


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise JsonError(f"{text[:40]} is too large a number") from None
