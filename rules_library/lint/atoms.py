"""Comparisons of one fact with constants, and what is certain about two of them.

Everything here holds for every JSON value that a fact may have, whatever its type; where that is
not sure, nothing is claimed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from rules_library.facts import FACTS
from rules_library.logic.equality import fold, loose_equal, same, strict_equal
from rules_library.logic.errors import Run
from rules_library.logic.semantics import is_number, number, text

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EQUAL: Final = frozenset({"==", "===", "is"})
_LISTED: Final = frozenset({"in", "one_of"})
_ONE_VALUE: Final = frozenset({"===", "is", "in"})
"""Operators that hold only where the fact is one value, not a list."""
_TEXTS: Final = frozenset({"starts_with", "ends_with", "contains"})


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers or days from low to high; None has no end there."""

    domain: str
    low: Any = None
    high: Any = None
    without_low: bool = False
    without_high: bool = False

    def inside(self, other: Range) -> bool:
        """Whether each of its values is one of the other's."""
        if self.domain != other.domain:
            return False
        if other.low is not None and (
            self.low is None
            or self.low < other.low
            or (self.low == other.low and other.without_low and not self.without_low)
        ):
            return False
        return other.high is None or not (
            self.high is None
            or self.high > other.high
            or (self.high == other.high and other.without_high and not self.without_high)
        )

    def apart(self, other: Range) -> bool:
        """Whether no value is in both."""
        return self.domain == other.domain and (
            self._ends_before(other) or other._ends_before(self)
        )

    def _ends_before(self, other: Range) -> bool:
        if self.high is None or other.low is None:
            return False
        return bool(
            self.high < other.low
            or (self.high == other.low and (self.without_high or other.without_low))
        )

    @property
    def empty(self) -> bool:
        """Whether there is no value in it."""
        return self._ends_before(self)


@dataclass(frozen=True, slots=True)
class Atom:
    """A fact (or what is calculated from facts), an operator, and constants."""

    subject: str
    operator: str
    values: tuple[Any, ...] = ()
    range: Range | None = None
    scalar: bool = False
    """Whether the fact is known never to be a list."""


def is_scalar_fact(subject: Any) -> bool:
    """Whether an expression reads a fact of the vocabulary that is never a list."""
    path = subject.get("var") if isinstance(subject, dict) else None
    if isinstance(path, list) and len(path) == 1:
        path = path[0]
    fact = FACTS.get(path) if isinstance(path, str) else None
    return fact is not None and fact.type != "list"


def is_day(value: Any) -> bool:
    """Whether a constant is a plain ISO date."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def usable(value: Any) -> bool:
    """Whether a constant is plain enough to reason about."""
    if isinstance(value, str):
        return value.isprintable()
    return value is None or isinstance(value, bool) or is_number(value)


def implies(first: Atom, second: Atom) -> bool:
    """Whether the second holds, or fails with an error, wherever the first holds."""
    if first.subject != second.subject:
        return False
    if first.range and second.range and second.operator == "range":
        return first.range.inside(second.range)
    if second.operator in _EQUAL | _LISTED:
        return _all_equal(first, second)
    if second.operator in _TEXTS:
        return _all_texts(first, second)
    return False


def excludes(first: Atom, second: Atom) -> bool:
    """Whether the two never hold together."""
    if first.subject != second.subject:
        return False
    if first.range and second.range and first.range.apart(second.range):
        return True
    if first.operator in _EQUAL | _LISTED and second.operator in _EQUAL | _LISTED:
        return _never_equal(first, second)
    for one, other in ((first, second), (second, first)):
        if other.operator == "is_empty" and _is_something(one):
            return True
        if other.operator in _TEXTS and _never_text(one, other):
            return True
    return False


def _all_equal(first: Atom, second: Atom) -> bool:
    if first.operator not in _EQUAL | _LISTED or not first.values:
        return False
    if second.operator == "is" and not (first.operator in _ONE_VALUE or first.scalar):
        return False
    return all(
        any(_equal_too(first, value, second.operator, other) for other in second.values)
        for value in first.values
    )


def _is_exact(atom: Atom, value: Any) -> bool:
    """Whether the fact is exactly this constant wherever the comparison holds."""
    if atom.operator in {"===", "in"}:
        return True
    return atom.operator == "==" and atom.scalar and isinstance(value, str) and _is_word(value)


def _equal_too(first: Atom, value: Any, operator: str, other: Any) -> bool:
    if _is_exact(first, value):
        if operator == "==":
            return loose_equal(value, other, Run())
        if operator in {"===", "in"}:
            return strict_equal(value, other)
        return same(value, other, Run())
    alike = (
        isinstance(value, bool) is isinstance(other, bool)
        and is_number(value) is is_number(other)
        and isinstance(value, str) is isinstance(other, str)
    )
    if not alike:
        return False
    if first.operator == "==":
        return operator == "==" and loose_equal(value, other, Run())
    return operator in {"is", "one_of"} and same(value, other, Run())


def _never_equal(first: Atom, second: Atom) -> bool:
    operators = {first.operator, second.operator}
    single = first.scalar or operators & _ONE_VALUE or operators == {"=="}
    if not single:
        return False
    images = _images(first.values)
    return bool(images) and images.isdisjoint(_images(second.values))


def _images(values: Iterable[Any]) -> set[tuple[str, Any]]:
    """Under which text, number and day a fact may equal one of the constants."""
    found: set[tuple[str, Any]] = set()
    for value in values:
        if value is None:
            found.add(("null", None))
            continue
        written = fold(text(value, Run()))
        found.add(("text", written))
        found.update(("day", day) for day in _DAY.findall(written))
        counted = number(value, Run())
        if counted == counted:  # noqa: PLR0124 - NaN is the number that is not itself
            found.add(("number", Decimal(counted)))
        if written in {"true", "false"}:
            found.add(("number", Decimal(written == "true")))
    return found


def _is_word(value: str) -> bool:
    """Whether a text is neither blank nor a number, so that only text equals it."""
    counted = number(value, Run())
    return bool(value.strip()) and counted != counted  # noqa: PLR0124 - NaN, see above


def _is_something(atom: Atom) -> bool:
    if atom.operator in _TEXTS:
        return atom.scalar and bool(fold(atom.values[0]))
    return atom.operator in _ONE_VALUE | {"one_of"} and all(
        value is not None and (not isinstance(value, str) or value.strip()) for value in atom.values
    )


def _words(atom: Atom) -> list[str]:
    """The folded texts, one of which the fact is wherever the comparison holds; else none."""
    if not (atom.operator in _ONE_VALUE or (atom.operator in {"==", "one_of"} and atom.scalar)):
        return []
    words = [fold(v) for v in atom.values if isinstance(v, str) and _is_word(v)]
    return words if len(words) == len(atom.values) else []


def _text_holds(operator: str, written: str, part: str) -> bool:
    if operator == "starts_with":
        return written.startswith(part)
    return written.endswith(part) if operator == "ends_with" else part in written


def _all_texts(first: Atom, second: Atom) -> bool:
    part = fold(second.values[0])
    words = _words(first)
    if words:
        return all(_text_holds(second.operator, word, part) for word in words)
    if first.operator not in _TEXTS:
        return False
    written = fold(first.values[0])
    if first.operator == second.operator:
        alike = first.operator != "contains" or first.scalar
        return alike and _text_holds(second.operator, written, part)
    return second.operator == "contains" and first.scalar and part in written


def _never_text(first: Atom, second: Atom) -> bool:
    part = fold(second.values[0])
    words = _words(first)
    if words:
        return not any(_text_holds(second.operator, word, part) for word in words)
    if first.operator != second.operator or first.operator == "contains":
        return False
    written = fold(first.values[0])
    return not (
        _text_holds(first.operator, written, part) or _text_holds(first.operator, part, written)
    )
