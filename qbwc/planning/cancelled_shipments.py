"""Shipments that were invoiced and that the store cancelled since, perhaps to make them again."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from qbwc.documents.base import Ref
from qbwc.lists import normal
from qbwc.planning import bundles, vanished
from qbwc.planning.lines import goods_lines
from qbwc.planning.work import Work
from qbwc.planning.world import Posted
from rules_library.order import ZERO, Fulfillment, FulfillmentLine

INVOICE = "Invoice"


def settle(work: Work, key: str, fresh: list[Fulfillment]) -> tuple[Fulfillment | None, str]:
    """What an invoiced shipment is that the store does not have any more.

    Args:
        work: The order; an invoice that is to be voided is added to its documents.
        key: The id of the shipment.
        fresh: The store's shipments that are not invoiced.

    Returns:
        The shipment that the invoice stands for, if it stays; and the id of the one that it is.
    """
    posted = work.ledger.posted[INVOICE, key]
    goods = _invoiced(work, posted)
    lines = work.order.lines
    to_ship = {place: count for place, count in goods.items() if lines[place].requires_shipping}
    twins = [one for one in fresh if to_ship and vanished.alike(_shipped(work, one), to_ship)]
    said = f"shipment {key} was invoiced, but {vanished.GONE}"
    words = [(one.source_id, f"shipment {one.source_id}") for one in twins]
    answer, twin = vanished.ask(work, posted, said, words, can_keep=bool(goods))
    if answer == vanished.SAME:
        return next(one for one in twins if one.source_id == twin), twin
    if answer == vanished.KEEP:
        kept = [FulfillmentLine(line_id=lines[n].source_id, quantity=q) for n, q in goods.items()]
        return Fulfillment(source_id=key, lines=tuple(kept)), ""
    if answer == vanished.END:
        work.documents += vanished.take_out(work, posted)
    return None, ""


def _shipped(work: Work, shipment: Fulfillment) -> dict[int, Decimal]:
    places = {line.source_id: place for place, line in enumerate(work.order.lines)}
    found: defaultdict[int, Decimal] = defaultdict(Decimal)
    for sent in shipment.lines:
        if sent.line_id in places:
            found[places[sent.line_id]] += sent.quantity
    return found


def _invoiced(work: Work, posted: Posted) -> dict[int, Decimal]:
    """How many of which lines of the order an invoice has, by the line's place."""
    order, fields = work.order, posted.document.fields
    ids = Counter(line.source_id for line in order.lines)
    if "lines" not in fields:
        return {place: line.quantity for place, line in enumerate(order.lines) if line.quantity}
    held = [[*_named(work, row), row["Quantity"]] for row in fields["lines"] if row.get("Quantity")]
    found: defaultdict[int, Decimal] = defaultdict(Decimal)
    pairs = list(zip(bundles.settled(work), work.decided.lines, strict=True))
    for by_words in (True, False):
        for place, (line, outcomes) in enumerate(pairs):
            if line is None or not line.quantity or ids[line.source_id] != 1:
                continue
            row = goods_lines(work, line, outcomes, line.quantity, line.net)[0]
            if not row.get("Quantity"):
                continue
            item, said = _named(work, row)
            each = row["Quantity"] / line.quantity
            for one in held:
                if one[0] != item or (by_words and one[1] != said):
                    continue
                taken = min(one[2] / each, line.quantity - found[place])
                if taken > 0:
                    found[place] += taken
                    one[2] -= taken * each
    return {place: count for place, count in found.items() if count != ZERO}


def _named(work: Work, row: dict[str, object]) -> tuple[str, str]:
    """The item of a line, and what the line says."""
    item = row.get("ItemRef") or row.get("ItemGroupRef")
    name = item.full_name if isinstance(item, Ref) else ""
    link = row.get("LinkToTxn")
    sales_order = work.ledger.get("SalesOrder")
    if isinstance(link, dict) and sales_order:
        told = (one for one in sales_order.lines if one.get("TxnLineID") == link["TxnLineID"])
        name = next(told, {}).get("ItemRef.FullName", "")
    return normal(name), normal(str(row.get("Desc") or ""))
