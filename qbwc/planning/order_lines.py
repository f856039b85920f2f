"""Which lines of a posted sales order an invoice takes, as QuickBooks returned them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Document, Ref, TxnRef
from qbwc.lists import normal
from qbwc.planning.work import money
from qbwc.planning.world import Posted
from rules_library.order import ZERO

KIND = "SalesOrder"
LINE = "SalesOrderLineRet"
GROUP = "SalesOrderLineGroupRet"

Row = dict[str, Any]


@dataclass(slots=True)
class OrderLine:
    """A line of the sales order, and how much of it no invoice has taken."""

    line_id: str
    item: tuple[str, str]
    description: str
    counted: bool
    """Whether it has a quantity; of one without, the amount is taken."""
    size: Decimal
    amount: Decimal
    left: Decimal

    @property
    def price(self) -> Decimal:
        """What one of it costs."""
        return self.amount / self.size if self.size else self.amount


class OrderLines:
    """The lines of one sales order; each invoice takes from what the ones before it left."""

    def __init__(self, posted: Posted, invoices: Sequence[Document]) -> None:
        """Start with what is left after the order's invoices."""
        self._lines = [_read(row) for row in posted.lines if row.get("is") == LINE]
        self._lines = [line for line in self._lines if line.item != ("", "")]
        self._has_groups = any(row.get("is") == GROUP for row in posted.lines)
        by_id = {line.line_id: line for line in self._lines}
        for invoice in invoices:
            for row in invoice.fields.get("lines", ()):
                line = by_id.get(row.get("LinkToTxn", {}).get("TxnLineID", ""))
                if line:
                    line.left -= row["Quantity"] if line.counted else row["Amount"]

    @property
    def known(self) -> bool:
        """Whether QuickBooks told the lines."""
        return bool(self._lines or self._has_groups)

    @property
    def is_used_up(self) -> bool:
        """Whether invoices have taken everything, so that QuickBooks closes the sales order.

        Never with a group among its lines: InvoiceLineGroupAdd has no LinkToTxn (qbXML 13.0), so an
        invoice of a part takes nothing from it.
        """
        return not self._has_groups and not any(line.left for line in self._lines)

    def link(self, rows: Sequence[Row]) -> list[Row]:
        """The lines of an invoice, each taken from the sales order as far as that has it."""
        return [linked for row in rows for linked in self._link(row)]

    def _link(self, row: Row) -> list[Row]:
        item = row.get("ItemRef")
        if not isinstance(item, Ref):
            return [row]
        counted = row.get("Quantity") is not None
        size: Decimal = row["Quantity"] if counted else row["Amount"]
        done, found = ZERO, []
        for line in self._fitting(item, row, size, counted=counted):
            taken = min(size - done, line.left, key=abs)
            if not taken and size:
                continue
            line.left -= taken
            amount = _part(row["Amount"], done + taken, size) - _part(row["Amount"], done, size)
            done += taken
            taken_row = {name: held for name, held in row.items() if name != "ItemRef"}
            link = {"TxnID": TxnRef(KIND), "TxnLineID": line.line_id}
            found.append(
                taken_row
                | ({"Quantity": taken} if counted else {})
                | {"Amount": amount, "LinkToTxn": link}
            )
            if done == size:
                return found
        rest = {"Quantity": size - done} if counted else {}
        return [*found, row | rest | {"Amount": row["Amount"] - _part(row["Amount"], done, size)}]

    def _fitting(self, item: Ref, row: Row, size: Decimal, *, counted: bool) -> list[OrderLine]:
        """The lines of the item that have something left, the most alike first."""
        price = row["Amount"] / size if size else ZERO
        said = normal(str(row.get("Desc") or ""))
        found = [
            line
            for line in self._lines
            if line.counted == counted
            and _same_item(item, line)
            and (line.left * size > 0 or (not size and not line.size))
        ]
        return sorted(
            found,
            key=lambda line: (
                normal(line.description) != said,
                abs(line.price - price) if counted else ZERO,
            ),
        )


def _part(amount: Decimal, done: Decimal, size: Decimal) -> Decimal:
    if not done:
        return ZERO
    return amount if done == size else money(amount * done / size)


def _same_item(item: Ref, line: OrderLine) -> bool:
    list_id, full_name = line.item
    if item.list_id and list_id:
        return item.list_id == list_id
    return normal(item.full_name) == normal(full_name)


def _read(row: Mapping[str, str]) -> OrderLine:
    counted = bool(row.get("Quantity"))
    amount = Decimal(row.get("Amount") or 0)
    size = Decimal(row["Quantity"]) if counted else amount
    return OrderLine(
        line_id=row.get("TxnLineID", ""),
        item=(row.get("ItemRef.ListID", ""), row.get("ItemRef.FullName", "")),
        description=row.get("Desc", ""),
        counted=counted,
        size=size,
        amount=amount,
        left=size,
    )
