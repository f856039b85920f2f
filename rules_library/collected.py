"""The kinds of value that have several parts, for decisions that collect them.

JSON-logic takes an object with one key for an operator and never looks inside a larger one, so a
rule writes such a value as a list: each part in its place, given or calculated. Answers and traces
name the parts in an object, which is read back too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, ClassVar

from rules_library.decision import BadValueError, Reference, Text
from rules_library.logic import CLEAR


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A text under a name."""

    name: str
    value: Any
    """The text, or CLEAR."""


@dataclass(frozen=True, slots=True)
class ChargeOf:
    """An amount for an item."""

    item: str
    """The item's FullName."""
    amount: Decimal
    description: str | None = None


@dataclass(frozen=True, slots=True)
class NamedText:
    """A name and its text: ``["Lot", {"var": "custom.lot"}]``.

    An empty text collects nothing; ``["Lot", {"clear": []}]`` is sent empty.
    """

    parts: ClassVar[tuple[str, ...]] = ("Name", "Value")

    def read(self, value: Any) -> NamedValue | None:
        """The name with its text; nothing where there is no text."""
        if isinstance(value, NamedValue):
            return value
        found = _parts(value, ("name", "value"), least=2, said="a name and a value")
        if found is None:
            return None
        name, given = found
        text = CLEAR if given == CLEAR else Text().read(given)
        if text is None:
            return None
        named = None if isinstance(name, (dict, list)) else Text().read(name)
        if not named:
            raise BadValueError(f"the value {given!r} has no name")
        return NamedValue(named, text)

    def say(self, parts: Sequence[str]) -> str:
        """The parts, in words each, as one phrase."""
        return " = ".join(parts)


@dataclass(frozen=True, slots=True)
class ItemAmount:
    """An item, an amount and a description: ``["Fee", 2.5]``, ``["Fee", 2.5, "Card fee"]``.

    The amount is rounded to the cent, half a cent away from zero, since most are a share of
    something; no amount, and an amount of 0, collect nothing.
    """

    parts: ClassVar[tuple[str, ...]] = ("Item", "Amount", "Description")
    list: ClassVar[str] = "Item"
    create: ClassVar[bool] = False

    def read(self, value: Any) -> ChargeOf | None:
        """The charge; nothing where there is no amount."""
        if isinstance(value, ChargeOf):
            return value
        said = "an item, an amount and a description"
        found = _parts(value, ("item", "amount", "description"), least=2, said=said)
        if found is None:
            return None
        item, given, *rest = found
        amount = _cents(given)
        if not amount:
            return None
        name = None if item is CLEAR else Reference(self.list).read(item)
        if not name:
            raise BadValueError(f"the amount {amount} has no item")
        description = Text().read(rest[0]) if rest and rest[0] != CLEAR else None
        return ChargeOf(name, amount, description)

    def say(self, parts: Sequence[str]) -> str:
        """The parts, in words each, as one phrase."""
        item, amount, *rest = parts
        told = [part for part in rest if part != "nothing"]
        return f"{item}: {amount}" + (f" ({told[0]})" if told else "")


def _parts(value: Any, names: Sequence[str], *, least: int, said: str) -> Sequence[Any] | None:
    """The parts of a value in order; None for nothing."""
    if value is None or value == CLEAR:
        return None
    if isinstance(value, Mapping) and set(names[:least]) <= set(value) <= set(names):
        return [value.get(name) for name in names]
    if isinstance(value, (list, tuple)) and least <= len(value) <= len(names):
        return value
    raise BadValueError(f"{value!r:.100} is not {said}")


def _cents(value: Any) -> Decimal | None:
    if value is None or value in ("", CLEAR):
        return None
    try:
        cents = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    except InvalidOperation:
        raise BadValueError(f"{value!r:.100} is not an amount") from None
    if not cents.is_finite():
        raise BadValueError(f"{value!r:.100} is not an amount")
    return cents
