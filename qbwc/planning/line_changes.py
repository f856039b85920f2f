"""What differs between the lines of a document then and now, in words a bookkeeper knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Ref
from qbwc.lists import normal


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it is compared; ``line`` is where it came from."""

    item: str
    description: str
    quantity: Decimal | None
    amount: Decimal | None
    line: Mapping[str, Any]

    @property
    def label(self) -> str:
        """What people call it."""
        return self.item or self.description or "a line"


@dataclass(frozen=True, slots=True)
class Changes:
    """The lines that are the same thing then and now, those that are gone, and new ones."""

    pairs: tuple[tuple[Row, Row], ...]
    removed: tuple[Row, ...]
    added: tuple[Row, ...]

    @property
    def changed(self) -> list[tuple[Row, Row]]:
        """The pairs of which quantity or amount is another one."""
        return [
            (then, now)
            for then, now in self.pairs
            if (then.quantity, then.amount) != (now.quantity, now.amount)
        ]

    @property
    def words(self) -> list[str]:
        """One clause for each difference."""
        found = [f"{_counted(row)} was removed" for row in self.removed]
        found += [f"{_counted(row)} was added" for row in self.added]
        for then, now in self.changed:
            if then.quantity != now.quantity:
                found.append(f"{_counted(now)} instead of {_count(then)}")
            else:
                found.append(f"{now.label} {now.amount:.2f} instead of {then.amount:.2f}")
        return found

    @property
    def only_less(self) -> bool:
        """Whether nothing was added or grew, so that a credit memo can take it back."""
        return not self.added and all(
            (now.quantity or 0) <= (then.quantity or 0) and (now.amount or 0) <= (then.amount or 0)
            for then, now in self.changed
        )


def rows(lines: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The lines of a planned or posted document."""
    found = []
    for line in lines:
        item = line.get("ItemRef") or line.get("ItemGroupRef")
        found.append(
            Row(
                item=item.full_name if isinstance(item, Ref) else "",
                description=str(line.get("Desc") or ""),
                quantity=line.get("Quantity"),
                amount=line.get("Amount"),
                line=line,
            )
        )
    return found


def returned_rows(lines: Iterable[Mapping[str, str]]) -> list[Row]:
    """The lines of a transaction as QuickBooks returned them; those that say nothing are left."""
    return [
        Row(
            item=line.get("ItemRef.FullName", ""),
            description=line.get("Desc", ""),
            quantity=Decimal(line["Quantity"]) if line.get("Quantity") else None,
            amount=Decimal(line.get("Amount") or 0),
            line=line,
        )
        for line in lines
        if line.get("ItemRef.FullName")
    ]


def compare(then: Iterable[Row], now: Iterable[Row]) -> Changes:
    """Pair the lines, the most alike first.

    A line that only has another item is the same line: the rules map its SKU otherwise by now.
    """
    old, new = list(then), list(now)
    pairs: list[tuple[Row, Row]] = []
    for alike in _PASSES:
        for one in list(old):
            match = next((other for other in new if alike(one, other)), None)
            if match is not None:
                pairs.append((one, match))
                old.remove(one)
                new.remove(match)
    return Changes(tuple(pairs), tuple(old), tuple(new))


def _same_item(one: Row, other: Row) -> bool:
    return bool(one.item) and normal(one.item) == normal(other.item)


def _same_words(one: Row, other: Row) -> bool:
    said = normal(one.description) == normal(other.description)
    return said and bool(one.description or not (one.item and other.item))


def _same_size(one: Row, other: Row) -> bool:
    return (one.quantity, one.amount) == (other.quantity, other.amount)


_PASSES: tuple[Callable[[Row, Row], bool], ...] = (
    lambda one, other: (
        _same_item(one, other) and _same_words(one, other) and _same_size(one, other)
    ),
    lambda one, other: _same_item(one, other) and _same_size(one, other),
    lambda one, other: _same_words(one, other) and _same_size(one, other),
    lambda one, other: _same_item(one, other) and _same_words(one, other),
    _same_item,
    _same_words,
)


def _count(row: Row) -> str:
    return "0" if row.quantity is None else f"{row.quantity.normalize():f}"


def _counted(row: Row) -> str:
    if row.quantity is None:
        return f"{row.label} {row.amount or 0:.2f}"
    return f"{_count(row)} x {row.label}"
