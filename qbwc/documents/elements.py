"""The kinds of qbXML element, as small frozen declarations that a transaction's table is made of.

A table lists elements in the order of Intuit's qbXML 13.0 schema. ``name`` is the key in a
document's fields; ``tag`` is the XML name where that differs (lines, applied amounts).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Overflow = Literal["cut", "refuse"]


@dataclass(frozen=True, slots=True)
class Element:
    """An element that holds one value."""

    name: str
    required: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Text(Element):
    """A string of Windows-1252 characters. Too long: cut and reported, or refused."""

    limit: int
    overflow: Overflow = "cut"
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class RefElement(Element):
    """A reference to a list entry: its ListID if that is known, else its FullName.

    ``by_name=False`` marks what must never go by name, because after a failed add the name may
    be somebody else's record.
    """

    limit: int
    by_name: bool = True


@dataclass(frozen=True, slots=True)
class TxnId(Element):
    """The TxnID of a transaction; ``macro`` says whether useMacro is allowed in its place."""

    macro: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Amount(Element):
    """AMTTYPE: money with two decimals, up to 13 digits before them."""


@dataclass(frozen=True, slots=True)
class Price(Element):
    """PRICETYPE: up to five decimals and ten digits before them."""


@dataclass(frozen=True, slots=True)
class Quantity(Element):
    """QUANTYPE: up to five decimals and ten digits before them."""


@dataclass(frozen=True, slots=True)
class Percent(Element):
    """PERCENTTYPE: up to five decimals and ten digits before them."""


@dataclass(frozen=True, slots=True)
class Expected(Element):
    """What QuickBooks works out by itself, kept to be shown and compared: never sent."""


@dataclass(frozen=True, slots=True)
class Later(Expected):
    """What goes in requests of its own once the transaction has its TxnID."""


@dataclass(frozen=True, slots=True)
class Number(Element):
    """FLOATTYPE: any decimal number, such as an exchange rate."""


@dataclass(frozen=True, slots=True)
class Date(Element):
    """DATETYPE: yyyy-mm-dd."""


@dataclass(frozen=True, slots=True)
class Flag(Element):
    """BOOLTYPE; ``only`` names the one value that is ever sent."""

    only: bool | None = None


@dataclass(frozen=True, slots=True)
class Integer(Element):
    """INTTYPE between two bounds."""

    low: int = 0
    high: int = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Enum(Element):
    """One of the words that the schema lists."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guid(Element):
    """GUIDTYPE: a GUID in braces, or 0 for the company's own custom fields."""


@dataclass(frozen=True, slots=True)
class AddressElement(Element):
    """Addr1 to Addr5, City, State, PostalCode, Country and, mostly, Note."""

    note: bool = True


@dataclass(frozen=True, slots=True)
class Group(Element):
    """An element that holds further elements."""

    children: tuple[Item, ...]
    repeated: bool = False
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Lines(Element):
    """A transaction's lines; a mapping with ItemGroupRef, or lines of its own, is a group."""

    tag: str
    children: tuple[Item, ...]
    group_tag: str = ""
    group_children: tuple[Item, ...] = ()
    apart: tuple[str, str] | None = None
    """Two elements that may not meet in one line."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Elements of which at most one, or exactly one, may be sent."""

    options: tuple[Element, ...]
    required: bool = False


Item = Element | Choice
Table = tuple[Item, ...]


def flat(table: Table) -> Iterator[Element]:
    """The elements of a table, choices opened up, in order."""
    for item in table:
        if isinstance(item, Choice):
            yield from item.options
        else:
            yield item


def names(table: Table) -> frozenset[str]:
    """The field names that a table knows."""
    return frozenset(element.name for element in flat(table))


ADDRESS_LIMITS = {
    "Addr1": 41,
    "Addr2": 41,
    "Addr3": 41,
    "Addr4": 41,
    "Addr5": 41,
    "City": 31,
    "State": 21,
    "PostalCode": 13,
    "Country": 31,
    "Note": 41,
}
