"""JSON text as files of rules have it: no key twice in an object, and no NaN or Infinity.

Python's reader keeps the last of two equal keys and says nothing: half of a rule would be gone.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any


class JsonError(ValueError):
    """The text is not JSON that can be used; the sentence says what is wrong, and where."""


def loads(data: bytes | str) -> Any:
    """The value that JSON text stands for; bytes are UTF-8.

    Raises:
        JsonError: It is malformed, has a key twice or a number that is none, or is too deep.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError:
        raise JsonError("it is not UTF-8 text") from None
    except RecursionError:
        raise JsonError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise JsonError(f"line {error.lineno} column {error.colno}: {error.msg}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise JsonError(f"{twice[:60]!r} stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise JsonError(f"{name} is no number")
