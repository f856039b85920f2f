"""What a form is made of: plain frozen data for the conditions and the value of a case."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

Scalar = str | int | float | Decimal | bool | None
"""A value as a person types it."""


class FormError(ValueError):
    """The form is not filled in so that it makes a rule; the sentence says what to mend."""


@dataclass(frozen=True, slots=True)
class NotAForm:
    """Why JSON-logic cannot be shown as a form; it stays a rule, to be edited as JSON."""

    reason: str


@dataclass(frozen=True, slots=True)
class Copy:
    """The value of a fact; the default stands in when the fact is nothing."""

    fact: str
    default: Scalar = None


Operand = Scalar | Copy


@dataclass(frozen=True, slots=True)
class Always:
    """It holds for every order, or for none."""

    holds: bool = True


@dataclass(frozen=True, slots=True)
class Condition:
    """A fact, an operator of the vocabulary, and what the fact is compared with."""

    fact: str
    operator: str
    values: tuple[Operand, ...] = ()
    match_case: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """All of, any of, or none of some conditions."""

    kind: typing.Literal["all", "any", "none"]
    items: tuple[When, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Any, every, or no element of a list for which something holds.

    Inside, only facts of the element can be looked at. Where the list is empty, `every` does not
    hold and `no` does.
    """

    kind: typing.Literal["any", "every", "no"]
    where: When
    list: str = "lines"


When = Always | Condition | Group | Lines

LISTS: Final[Mapping[str, str]] = {
    "lines": "line",
    "charges": "charge",
    "payments": "payment",
    "refunds": "refund",
}
"""The lists of an order, and the group of facts that an element of each has."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is the same for every order; None is nothing: the field is not sent."""

    value: Any


@dataclass(frozen=True, slots=True)
class Clear:
    """The field is sent empty, so that QuickBooks empties it."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """The value in a table for one key or more; the fallback goes before the table's otherwise."""

    table: str
    keys: tuple[Then, ...]
    fallback: Then | None = None
    listed: bool = False
    """Whether a single key stands in a list, which matters only where its value is a list."""


@dataclass(frozen=True, slots=True)
class MapRow:
    """Map from (one value, or one of several) and map to."""

    source: Scalar | tuple[Scalar, ...]
    target: Then


@dataclass(frozen=True, slots=True)
class InlineMap:
    """A small table inside a case, over one fact; the first row that fits wins."""

    fact: str
    rows: tuple[MapRow, ...]
    otherwise: Then
    match_case: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """One text of several values."""

    parts: tuple[Then, ...]


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first of several values that is there: not nothing, not an empty text, no and not 0."""

    parts: tuple[Then, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text: from which character, and how many; from less than 0 is from the end."""

    of: Then
    start: int
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A text without the blanks around it, in small letters, or in capitals."""

    how: typing.Literal["trim", "lower", "upper"]
    of: Then


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Values added, subtracted, multiplied or divided."""

    operator: typing.Literal["+", "-", "*", "/"]
    parts: tuple[Then, ...]


@dataclass(frozen=True, slots=True)
class Rounded:
    """A number, rounded half up."""

    of: Then
    places: int = 2


@dataclass(frozen=True, slots=True)
class DaysLater:
    """The day so many days after a date."""

    of: Then
    days: int


@dataclass(frozen=True, slots=True)
class Several:
    """A list with a value in each place, such as a name and its text; some are calculated."""

    parts: tuple[Then, ...]


Then = (
    Literal | Copy | Clear | LookUp | InlineMap | FirstOf | Join | Part | Changed
    | Arithmetic | Rounded | DaysLater | Several
)  # fmt: skip
