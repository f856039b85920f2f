"""The taxes of an order as QuickBooks holds them, under the names that it books them by."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from app.sync.taxes.sums import ZERO, Entry, merged, shares
from qbwc.documents import Document, TaxPart

SOLD = frozenset({"Invoice", "SalesReceipt"})
GIVEN_BACK = frozenset({"CreditMemo"})


def of_postings(postings: list[Any]) -> list[Entry]:
    """What an order's postings have of tax, by day.

    Args:
        postings: Rows with kind, tax, tax_lines, payload, answer and posted_at.
    """
    found: list[Entry] = []
    for one in postings:
        held, lines = one.tax or ZERO, one.tax_lines or ZERO
        if one.kind not in SOLD | GIVEN_BACK or not (held or lines):
            continue
        document = Document.loads(one.payload) if one.payload else None
        parts = document.totals.taxes if document and document.totals else ()
        back = one.kind in GIVEN_BACK
        on = _day(document, one)
        for part in (
            *_named([part for part in parts if part.base is not None], held),
            *_named([part for part in parts if part.base is None], lines),
        ):
            told = -part if back else part
            found.append(Entry(on, told.name, None, told.base, told.base, told.amount))
    return merged(found)


def _named(parts: list[TaxPart], held: Decimal) -> list[TaxPart]:
    """What QuickBooks holds, by the names that were planned; it may have computed another tax."""
    if not held:
        return []
    if not parts:
        return [TaxPart("", None, held)]
    amounts = shares(held, [part.amount for part in parts])
    return [
        TaxPart(part.name, part.base, amount) for part, amount in zip(parts, amounts, strict=True)
    ]


def _day(document: Document | None, posting: Any) -> date:
    """The document's date as QuickBooks last told it, else as it was sent."""
    with suppress(ValueError):
        return date.fromisoformat(str((posting.answer or {}).get("TxnDate")))
    sent = document.fields.get("TxnDate") if document else None
    return sent if isinstance(sent, date) else posting.posted_at.date()
