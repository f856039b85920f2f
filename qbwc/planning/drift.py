"""A posted sale against what it would be now: what changed in the store, and what may be done.

A posted document stays as it is until a person chooses. The choice is for exactly this change
(its mark): when the order changes again, it is held again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from qbwc import documents
from qbwc.documents.base import FORGOTTEN, Document, Totals, encode
from qbwc.planning import line_changes
from qbwc.planning.asked import chosen
from qbwc.planning.asked import mark as marked
from qbwc.planning.changed import Drift
from qbwc.planning.credits import can_credit, credit_for
from qbwc.planning.gone import end
from qbwc.planning.header import is_locked
from qbwc.planning.line_changes import Changes
from qbwc.planning.tax import remitted_tax
from qbwc.planning.work import Work
from qbwc.planning.world import Posted
from rules_library.order import ZERO

ADDRESSES: Final = {"BillAddress": "billing address", "ShipAddress": "shipping address"}

Make = Callable[[Work], Document]
_SAME = Changes((), (), ())


@dataclass(frozen=True, slots=True)
class _Compared:
    """The drift, and what honouring a choice needs."""

    drift: Drift
    document: Document | None = None
    changes: Changes = _SAME


def keep(work: Work, posted: Posted, make: Make, *, goods_only: bool = False) -> Document:
    """A posted sale stays as it is, or becomes what a person chose; a change of it is held.

    Args:
        work: The order's work sheet.
        posted: What QuickBooks holds.
        make: Plans the document anew.
        goods_only: Of a shipment only the goods are its own; what goes by value shifts.
    """
    document = posted.kept
    work.documents.append(document)
    scratch = work.scratch(work.documents[:-1])
    now = make(scratch)
    compared = (
        _by_total(work, posted)
        if scratch.holds
        else _compared(work, posted, document, now, goods_only=goods_only)
    )
    if compared is None:
        return document
    found = compared.drift
    found = replace(found, chosen=chosen(work, found))
    work.drifts.append(found)
    if found.chosen:
        work.additions.update(scratch.additions)
        _honour(work, posted, found, compared)
    elif found.words:
        work.hold(_said(found), "changed", documents.spoken(found.kind))
    else:
        for note in found.notes:
            work.note(note)
    return document


def _said(found: Drift) -> str:
    changes = "; ".join(found.words)
    changes = f": {changes}" if changes else ""
    if found.then == found.now:
        return (
            f"the order changed after it was posted{changes} (the total is still {found.now:.2f})"
        )
    return (
        f"the order changed after it was posted{changes}: "
        f"{found.then:.2f} then, {found.now:.2f} now"
    )


def _by_total(work: Work, posted: Posted) -> _Compared | None:
    """What can be said when the order cannot be planned as it is now."""
    now = work.order.total - remitted_tax(work)
    then = posted.document.totals.total if posted.document.totals else now
    if then == now or posted.document.part:
        return None
    return _Compared(
        Drift(
            kind=posted.document.kind, part=posted.document.part, ref_number=posted.ref_number,
            words=("its lines cannot be planned as they are now",), notes=(),
            then=then, now=now, mark=marked([str(now)]), choices=("keep",),
        )
    )  # fmt: skip


def _compared(
    work: Work, posted: Posted, document: Document, now: Document, *, goods_only: bool
) -> _Compared | None:
    changes = line_changes.compare(
        line_changes.rows(_lines(work, document)), line_changes.rows(_lines(work, now))
    )
    if goods_only:
        changes = _goods(changes)
    then_totals, now_totals = document.totals or _NOTHING, now.totals or _NOTHING
    words = changes.words
    if not goods_only and _tax_differs(then_totals, now_totals):
        words.append(f"tax {now_totals.tax:.2f} instead of {then_totals.tax:.2f}")
    notes = [
        f"the {name} changed after the {documents.spoken(document.kind)} was posted"
        for element, name in ADDRESSES.items()
        if document.fields.get(element) not in (now.fields.get(element), FORGOTTEN)
    ]
    if not (words or notes):
        return None
    names = [words, notes, str(now_totals.total)]
    mark = marked(names + [encode(now.fields.get(name)) for name in ADDRESSES])
    found = Drift(
        kind=document.kind, part=document.part, ref_number=posted.ref_number,
        words=tuple(words), notes=tuple(notes),
        then=then_totals.total, now=now_totals.total, mark=mark,
        choices=tuple(
            choice
            for choice in _choices(work, posted, now, changes, mark if words else "")
            if not (goods_only and choice == "void_and_repost")
        ),
    )  # fmt: skip
    return _Compared(found, now, changes)


_NOTHING = Totals(subtotal=ZERO, tax=ZERO, total=ZERO)


def _tax_differs(then: Totals, now: Totals) -> bool:
    return then.certain and now.certain and then.tax != now.tax


def _goods(changes: Changes) -> Changes:
    return Changes(
        tuple(pair for pair in changes.pairs if pair[0].quantity is not None),
        tuple(row for row in changes.removed if row.quantity is not None),
        tuple(row for row in changes.added if row.quantity is not None),
    )


def _lines(work: Work, document: Document) -> list[Mapping[str, Any]]:
    """A document's lines; those of its sales order, if it took over all of them."""
    if "LinkToTxnID" in document.fields and "lines" not in document.fields:
        sales_order = work.ledger.get("SalesOrder") or work.sale("SalesOrder")
        of = sales_order.document if isinstance(sales_order, Posted) else sales_order
        return list(of.fields.get("lines", ())) if of else []
    return list(document.fields.get("lines", ()))


def _choices(work: Work, posted: Posted, now: Document, changes: Changes, mark: str) -> list[str]:
    """What may be chosen; ``mark`` is empty when nothing of the money differs."""
    kind = documents.kind(posted.document.kind)
    total = now.totals.total if now.totals else ZERO
    paid = ZERO
    if posted.balance is not None and posted.total is not None and kind.balance:
        paid = posted.total - posted.balance
    closed = is_locked(work, posted)
    grouped = any("ItemGroupRef" in line for line in _lines(work, now))
    found = []
    if kind.mod and not closed and total >= paid and not (mark and grouped):
        found.append("replace")
    if mark and not closed and not _is_linked(work, posted):
        found.append("void_and_repost")
    less = kind.posting and total < (posted.total or ZERO)
    if mark and less and can_credit(work, changes, mark):
        found.append("credit")
    return [*found, "keep"]


def _is_linked(work: Work, posted: Posted) -> bool:
    """Whether it is tied to another sale: an invoice to its sales order, or the other way."""
    fields = posted.document.fields
    if posted.document.kind == "SalesOrder":
        return bool(work.ledger.parts("Invoice"))
    return "LinkToTxnID" in fields or any("LinkToTxn" in line for line in fields.get("lines", ()))


def _honour(work: Work, posted: Posted, found: Drift, compared: _Compared) -> None:
    now = compared.document
    if now is None:
        return
    match found.chosen:
        case "replace":
            _replace(work, posted, found, now)
        case "void_and_repost":
            work.documents[-1] = end(posted, "void")
            work.more = True
        case "credit":
            credit_for(work, posted, now.totals or _NOTHING, compared.changes, found.mark)


def _replace(work: Work, posted: Posted, found: Drift, now: Document) -> None:
    """A mod with what differs; of the lines all, because QuickBooks deletes those left out."""
    fields: dict[str, Any] = {"TxnID": posted.txn_id, "EditSequence": posted.edit_sequence}
    for name in ADDRESSES:
        if posted.document.fields.get(name) != now.fields.get(name):
            fields[name] = now.fields.get(name) or documents.CLEAR
    if found.words:
        held = line_changes.returned_rows(posted.lines)
        if not held:
            said = documents.spoken(found.kind)
            work.hold(f"QuickBooks did not tell the lines of the {said} to be changed", "changed")
            return
        changes = line_changes.compare(held, line_changes.rows(_lines(work, now)))
        ids = {id(new.line): str(old.line["TxnLineID"]) for old, new in changes.pairs}
        fields["lines"] = [
            {"TxnLineID": ids.get(id(line), "-1"), **_without_links(line)}
            for line in _lines(work, now)
        ]
    work.documents.append(
        Document(kind=found.kind, part=found.part, action="mod", fields=fields, totals=now.totals)
    )


def _without_links(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: held for name, held in line.items() if name not in {"LinkToTxn", "DataExt"}}
