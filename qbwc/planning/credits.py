"""A credit memo for what was taken out of an order after it was posted, when a person chose it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Document, Totals
from qbwc.planning.credit_memo import KIND, NOT_ON_A_CREDIT
from qbwc.planning.header import EDIT_TAIL, header
from qbwc.planning.line_changes import Changes, Row
from qbwc.planning.refunds import EDIT
from qbwc.planning.work import Work
from qbwc.planning.world import Posted
from rules_library.facts import day
from rules_library.order import ZERO


def can_credit(work: Work, changes: Changes, mark: str) -> bool:
    """Whether a credit memo can take the difference back: once, and only if nothing grew."""
    known = all(row.line.get("ItemRef") for row in changes.removed)
    others = work.ledger.parts(KIND) - {f"{EDIT}{mark}"}
    once = not any(part.startswith(EDIT) for part in others)
    return known and once and changes.only_less


def credit_for(work: Work, posted: Posted, now: Totals, changes: Changes, mark: str) -> None:
    """Add the credit memo; one that is posted stays in the plan."""
    part = f"{EDIT}{mark}"
    held = work.ledger.get(KIND, part)
    if held:
        work.documents.append(held.document)
        return
    sale = posted.document
    on = day(work.order.updated_at, work.order.zone)
    fields = header(
        work,
        KIND,
        posted.customer or sale.fields.get("CustomerRef"),
        tail=EDIT_TAIL,
        on=date.fromisoformat(on) if on else None,
    )
    fields = {name: value for name, value in fields.items() if name not in NOT_ON_A_CREDIT}
    if "ItemSalesTaxRef" in sale.fields:
        fields["ItemSalesTaxRef"] = sale.fields["ItemSalesTaxRef"]
    lines = [_line(row.line, row.quantity, row.amount or ZERO) for row in changes.removed]
    lines += [_less(then, after) for then, after in changes.changed]
    fields["Memo"] = f"{fields['Memo']} changed after it was posted"
    fields["lines"] = lines
    subtotal = sum((line["Amount"] for line in lines), ZERO)
    tax = sale.totals.tax - now.tax if sale.totals else ZERO
    taxes = (*(sale.totals.taxes if sale.totals else ()), *(-one for one in now.taxes))
    totals = Totals(subtotal=subtotal, tax=tax, total=subtotal + tax, certain=not tax, taxes=taxes)
    work.documents.append(Document(kind=KIND, part=part, fields=fields, totals=totals))


def _less(then: Row, now: Row) -> dict[str, Any]:
    quantity = (then.quantity or ZERO) - (now.quantity or ZERO)
    return _line(now.line, quantity, (then.amount or ZERO) - (now.amount or ZERO))


def _line(line: Mapping[str, Any], quantity: Decimal | None, amount: Decimal) -> dict[str, Any]:
    kept = ("ItemRef", "Desc", "ClassRef", "SalesTaxCodeRef", "UnitOfMeasure", "InventorySiteRef")
    fields: dict[str, Any] = {name: line[name] for name in kept if name in line}
    return fields | ({"Quantity": quantity} if quantity else {}) | {"Amount": amount}
