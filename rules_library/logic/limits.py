"""How large and how deep a rule may be, and what it may be made of."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 50
"""Expressions inside expressions."""
LARGEST: Final = 64 * 1024
"""Bytes of JSON text."""


def step_into(pointer: str, key: str | int) -> str:
    """The JSON pointer (RFC 6901) to a member of what a pointer names."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def check(rule: Any, pointer: str) -> None:
    """Make sure that a rule is JSON of a size that is safe to compile.

    The walk keeps its own stack and gives up early, so that neither a very deep rule, nor one that
    contains itself, nor one that names the same part a million times can do harm here.

    Raises:
        RuleError: It is too deep, too large, or not JSON.
    """
    stack = [_Piece(rule, pointer, 0)]
    size = 0
    while stack:
        piece = stack.pop()
        size += 1 + (len(piece.value) if isinstance(piece.value, str) else 0)
        if size > LARGEST:
            raise _too_large(pointer)
        if piece.depth > DEEPEST:
            raise RuleError(f"The rule is nested more than {DEEPEST} levels deep.", piece.pointer)
        stack.extend(_members(piece))
    if len(_json_text(rule).encode("utf-8", "surrogatepass")) > LARGEST:
        raise _too_large(pointer)


class _Piece(NamedTuple):
    value: Any
    pointer: str
    depth: int

    def member(self, key: str | int, value: Any, *, deeper: bool = True) -> _Piece:
        return _Piece(value, step_into(self.pointer, key), self.depth + deeper)


def _members(piece: _Piece) -> Iterator[_Piece]:
    """What is inside; the list of an operator's operands is no level of its own."""
    value = piece.value
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise RuleError("A rule is JSON: every key in it is text.", piece.pointer)
            operands = len(value) == 1 and isinstance(member, (list, tuple))
            yield piece.member(key, member, deeper=not operands)
    elif isinstance(value, (list, tuple)):
        for index, member in enumerate(value):
            yield piece.member(index, member)
    elif not _is_scalar(value):
        raise RuleError("A rule is JSON: text, numbers, true, false, null, lists.", piece.pointer)


def _json_text(rule: Any) -> str:
    return json.dumps(rule, ensure_ascii=False, separators=(",", ":"), default=str)


def _is_scalar(value: Any) -> bool:
    if isinstance(value, (float, Decimal)):
        return math.isfinite(value)
    return value is None or isinstance(value, (str, int))


def _too_large(pointer: str) -> RuleError:
    return RuleError(f"The rule is larger than {LARGEST // 1024} KiB.", pointer)
