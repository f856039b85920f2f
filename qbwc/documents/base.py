"""What a QuickBooks document is made of: references, addresses, links and the element tables.

A document is data: element names as Intuit's qbXML 13.0 has them, and Python values. The kind's
module beside this one lists the elements in schema order with their limits; qbwc.qbxml renders.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

NAMESPACE = uuid.UUID("6f3c1a52-52c1-4cf3-9a63-4f0d5f0f9a11")


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an entry of a QuickBooks list, by FullName until its ListID is known."""

    kind: str
    full_name: str
    list_id: str = ""

    @property
    def key(self) -> str:
        """What QuickBooks compares names by: without regard to case or outer spaces."""
        return self.full_name.strip().casefold()


@dataclass(frozen=True, slots=True)
class TxnRef:
    """The TxnID of another document of the same order, once QuickBooks has given one."""

    kind: str
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A QuickBooks address: up to five lines (41 characters each), then city, state and so on."""

    lines: tuple[str, ...] = ()
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    note: str = ""


FORGOTTEN = Address(note="(removed)")
"""Stands where a kept document had an address, after personal data was removed."""


class Clear:
    """Sent as an empty element, which clears the field in a Mod. Use the instance CLEAR."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "CLEAR"


CLEAR = Clear()

Fields = Mapping[str, Any]
"""Element name -> str, Decimal, int, bool, date, Ref, TxnRef, Address, CLEAR, Fields or a list."""


@dataclass(frozen=True, slots=True)
class Key:
    """A document's identity for ever: never a position, never a number that may be reused."""

    store: str
    order: str
    kind: str
    part: str = ""

    def guid(self, generation: int = 1) -> str:
        """The ExternalGUID (GUIDTYPE, in braces) of this document's n-th generation."""
        name = "\x1f".join((self.store, self.order, self.kind, self.part, str(generation)))
        return "{" + str(uuid.uuid5(NAMESPACE, name)) + "}"


@dataclass(frozen=True, slots=True)
class TaxPart:
    """What of a document's sales tax QuickBooks books under one tax item, tax code or line item."""

    name: str
    base: Decimal | None
    """What is taxed, without the tax; None for a line item: it does not tell."""
    amount: Decimal

    def __neg__(self) -> TaxPart:
        return TaxPart(self.name, None if self.base is None else -self.base, -self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What QuickBooks should answer for a document, predicted when it is planned."""

    subtotal: Decimal
    tax: Decimal
    total: Decimal
    certain: bool = True
    """Whether the prediction binds: no tax that QuickBooks computes, or one we know the rate of."""
    tax_lines: Decimal = Decimal(0)
    """Sales tax that the lines carry, a part of ``subtotal``."""
    taxes: tuple[TaxPart, ...] = field(default=(), compare=False)
    """``tax`` and ``tax_lines`` by what QuickBooks calls them."""

    def dumps(self) -> list[Any]:
        """As JSON values, for keeping."""
        amounts = (self.subtotal, self.tax, self.total)
        taxes = [
            [one.name, None if one.base is None else str(one.base), str(one.amount)]
            for one in self.taxes
        ]
        return [*map(str, amounts), self.certain, str(self.tax_lines), *taxes]

    @classmethod
    def loads(cls, held: list[Any]) -> Totals:
        """What ``dumps`` made."""
        subtotal, tax, total, certain, tax_lines, *taxes = held
        return cls(
            subtotal=Decimal(subtotal),
            tax=Decimal(tax),
            total=Decimal(total),
            certain=certain,
            tax_lines=Decimal(tax_lines),
            taxes=tuple(
                TaxPart(name, None if base is None else Decimal(base), Decimal(amount))
                for name, base, amount in taxes
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One QuickBooks transaction that should exist. ``fields`` hold header and line elements."""

    kind: str
    part: str = ""
    action: str = "add"
    fields: Fields = field(default_factory=dict)
    totals: Totals | None = None
    then: str = ""
    """The kind of the document that gives its money back: a card refund or a check."""

    @property
    def only_applies_credit(self) -> bool:
        """Whether it is a payment of nothing: QuickBooks keeps no transaction of it."""
        applied = self.fields.get("applied", ())
        only_credits = bool(applied) and all("SetCredit" in row for row in applied)
        return only_credits and not self.fields.get("TotalAmount")

    def changed(self, by: Document) -> Document:
        """The document after QuickBooks made the changes of a mod."""
        changes = {k: v for k, v in by.fields.items() if k not in {"TxnID", "EditSequence"}}
        return replace(self, fields={**self.fields, **changes}, totals=by.totals or self.totals)

    def dumps(self) -> str:
        """The document as JSON text, for keeping."""
        return json.dumps(
            {
                "kind": self.kind,
                "part": self.part,
                "action": self.action,
                "fields": encode(self.fields),
                "totals": self.totals and self.totals.dumps(),
                **({"then": self.then} if self.then else {}),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def loads(cls, text: str) -> Document:
        """The document that ``dumps`` wrote."""
        data = json.loads(text)
        return cls(
            kind=data["kind"],
            part=data["part"],
            action=data["action"],
            fields=decode(data["fields"]),
            totals=data["totals"] and Totals.loads(data["totals"]),
            then=data.get("then", ""),
        )


def refs(fields: Any) -> list[Ref]:
    """Every list reference in a document's fields, in order."""
    found: list[Ref] = []
    _collect(fields, Ref, found)
    return found


def txn_refs(fields: Any) -> list[TxnRef]:
    """Every reference to another document's TxnID, in order."""
    found: list[TxnRef] = []
    _collect(fields, TxnRef, found)
    return found


_LEAVES = frozenset({str, Decimal, bool, int, date, type(None), Address, Ref, TxnRef, Clear})


def _collect(value: Any, wanted: type, found: list[Any]) -> None:
    if isinstance(value, Mapping):
        parts: Iterable[Any] = value.values()
    elif isinstance(value, (list, tuple)):
        parts = value
    else:
        return
    for part in parts:
        kind = type(part)
        if kind is wanted:
            found.append(part)
        elif kind not in _LEAVES:
            _collect(part, wanted, found)


def encode(value: Any) -> Any:
    """A field's value as plain JSON values, for keeping."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return {"$": str(value)}
        case date():
            return {"d": value.isoformat()}
        case Ref():
            return {"ref": [value.kind, value.full_name, value.list_id]}
        case TxnRef():
            return {"txn": [value.kind, value.part]}
        case Address():
            return {
                "addr": [
                    list(value.lines), value.city, value.state,
                    value.postal_code, value.country, value.note,
                ]
            }  # fmt: skip
        case Clear():
            return {"clear": True}
        case Mapping():
            return {"f": {name: encode(part) for name, part in value.items()}}
        case list() | tuple():
            return [encode(part) for part in value]
    raise TypeError(f"a document cannot hold {type(value).__name__}")


def decode(value: Any) -> Any:
    """The value that ``encode`` made."""
    if isinstance(value, list):
        return [decode(part) for part in value]
    if not isinstance(value, dict):
        return value
    ((tag, held),) = value.items()
    match tag:
        case "$":
            return Decimal(held)
        case "d":
            return date.fromisoformat(held)
        case "ref":
            return Ref(*held)
        case "txn":
            return TxnRef(*held)
        case "addr":
            return Address(
                lines=tuple(held[0]), city=held[1], state=held[2],
                postal_code=held[3], country=held[4], note=held[5],
            )  # fmt: skip
        case "clear":
            return CLEAR
        case _:
            return {
                name: part if type(part) is str else decode(part) for name, part in held.items()
            }
