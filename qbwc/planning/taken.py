"""What an order takes of QuickBooks' stock that its quantities there do not show yet; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from qbwc.documents.base import Document, Ref
from qbwc.planning import bundles, items
from qbwc.planning.gone import CLOSED, SALES
from qbwc.planning.items import Item
from qbwc.planning.lines import QUANTITY_DECIMALS
from qbwc.planning.work import NOTHING, Taken, Work, value
from rules_library.order import ZERO, Line

ORDERED: Final = "SalesOrder"
KINDS: Final = (ORDERED, *SALES)
"""The documents by which QuickBooks counts less of an item as available."""
_OFFERED: Final = "Estimate"
_NOT_GOODS: Final = frozenset({"gift_card", "tip"})


Counts = defaultdict[str, Decimal]


def taken(work: Work) -> Taken:
    """What an order takes that no document in QuickBooks takes already.

    Nothing is taken by an order that was called off, whose sale is an estimate (a person makes a
    sale of it in QuickBooks), or that a person left as it is posted. What came back to the shop's
    stock is not taken. A pending sale takes nothing in QuickBooks, so its goods count here until
    they are shipped; by then a person has made it final.

    Args:
        work: The order's sheet after planning; while it is held, none of its documents is sent.
    """
    is_kept = any(one.chosen == "keep" and one.kind in KINDS for one in work.drifts)
    if work.order.is_called_off or is_kept:
        return NOTHING
    posted = [one.document for one in work.ledger.posted.values()]
    planned = [] if work.holds else work.documents
    if any(one.kind == _OFFERED for one in (*posted, *planned)):
        return NOTHING
    goods = _Goods(work)
    wanted = goods.of_order()
    if not wanted:
        return NOTHING
    there = goods.of_documents(posted)
    then = goods.of_documents([*posted, *planned])
    covered = {one: min(quantity, then[one]) for one, quantity in wanted.items()}
    return Taken(
        coming={one: more for one, held in covered.items() if (more := held - there[one]) > 0},
        later={
            one: more
            for one, quantity in wanted.items()
            if (more := quantity - max(covered[one], there[one])) > 0
        },
    )


def counted(work: Work) -> Mapping[str, Decimal]:
    """What of an order QuickBooks' known quantities of items are less by, by ListID."""
    goods = _Goods(work)
    goods.of_order()
    return goods.of_documents(
        one.document
        for one in work.ledger.posted.values()
        if one.is_counted and not one.document.fields.get(CLOSED)
    )


class _Goods:
    """The stocked items of an order, and how many of them a line or a document takes."""

    def __init__(self, work: Work) -> None:
        self._work = work.scratch(work.documents)
        self._known: dict[str, Item] = {}
        """Items and groups by what QuickBooks compares their names by."""

    def of_order(self) -> Counts:
        """What all its lines take."""
        work = self._work
        found, back = Counts(Decimal), Counts(Decimal)
        for refund in work.order.refunds:
            for part in refund.lines:
                if part.restocked:
                    back[part.line_id] += part.quantity
        for line, outcomes in zip(self._lines(), work.decided.lines, strict=True):
            if line is None or line.kind in _NOT_GOODS or value(outcomes, "skip_line"):
                continue
            item = items.known_item(work, line, outcomes)
            factor = value(outcomes, "quantity_factor") or 1
            quantity = round((line.quantity - back[line.source_id]) * factor, QUANTITY_DECIMALS)
            if item is not None and quantity > 0:
                self._known[item.ref.key] = item
                self._count(found, item, quantity, value(outcomes, "unit_of_measure"))
        return found

    def of_documents(self, documents: Iterable[Document]) -> Counts:
        """What sales orders take, or invoices and receipts where these take more."""
        ordered, sold = Counts(Decimal), Counts(Decimal)
        for document in _as_changed(documents):
            if document.fields.get("IsPending") and not self._is_shipped():
                continue
            into = ordered if document.kind == ORDERED else sold
            for row in document.fields.get("lines", ()):
                self._row(into, row)
        for one, quantity in sold.items():
            ordered[one] = max(ordered[one], quantity)
        return ordered

    def _lines(self) -> list[Line | None]:
        """The order's lines, bundles as the rules want them unless a rule failed."""
        work = self._work
        return list(work.order.lines) if work.decided.errors else bundles.settled(work)

    def _is_shipped(self) -> bool:
        return self._work.order.fulfillment_status == "fulfilled"

    def _row(self, into: Counts, row: Mapping[str, Any]) -> None:
        named = row.get("ItemRef") or row.get("ItemGroupRef")
        item = self._known.get(named.key) if isinstance(named, Ref) else None
        if item is not None:
            self._count(into, item, row.get("Quantity") or ZERO, row.get("UnitOfMeasure"))

    def _count(self, into: Counts, item: Item, quantity: Decimal, unit: str | None) -> None:
        for one, each, own in self._parts(item, unit):
            self._known.setdefault(one.ref.key, one)
            if one.is_stocked and one.ref.list_id:
                into[one.ref.list_id] += quantity * each * items.ratio(self._work, one, own)

    def _parts(self, item: Item, unit: str | None) -> Iterator[tuple[Item, Decimal, str | None]]:
        """An item itself, or of a group each of its items with how many are in one."""
        if not item.is_group:
            yield item, Decimal(1), unit
            return
        for member in items.members(self._work, item):
            yield member.item, member.quantity, member.unit


def _as_changed(documents: Iterable[Document]) -> list[Document]:
    """The sales that should exist once everything planned is done."""
    found: dict[tuple[str, str], Document] = {}
    for document in documents:
        if document.kind not in KINDS:
            continue
        key = (document.kind, document.part)
        if document.action == "add":
            found[key] = document
        elif document.action == "mod" and key in found:
            found[key] = found[key].changed(document)
        else:
            found.pop(key, None)
    return list(found.values())
