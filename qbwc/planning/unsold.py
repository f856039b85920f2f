"""An order of which all money went back before anything was invoiced: nothing of it is sold."""

from __future__ import annotations

from collections.abc import Collection

from qbwc.planning import shipments
from qbwc.planning.gone import CLOSED, SALES, close, named
from qbwc.planning.header import is_locked
from qbwc.planning.work import Work

_LEFT_OPEN = "PurchaseOrder"


def is_unsold(work: Work, kinds: Collection[str]) -> bool:
    """Whether all that was paid went back before there was an invoice, and the rules make none.

    Args:
        work: The order.
        kinds: The kinds of documents that its transaction type allows.
    """
    order, ledger = work.order, work.ledger
    if ledger.is_empty or order.is_called_off or "Invoice" not in kinds:
        return False
    if any(kind in SALES for kind, _ in (*ledger.posted, *ledger.gone)):
        return False
    paid = min(order.captured or order.total, order.total)
    return 0 < paid <= order.refunded and not _will_sell(work)


def _will_sell(work: Work) -> bool:
    match work.decided["create_invoice"]:
        case "none":
            return False
        case "shipped":
            return bool(work.order.fulfillments) or shipments.rest_is_due(work)
        case _:
            return True


def close_unsold(work: Work) -> None:
    """Close its sales order, and keep what was bought for it: a person settles that."""
    for posted in work.ledger.posted.values():
        kind = posted.document.kind
        if kind == _LEFT_OPEN and not posted.document.fields.get(CLOSED):
            work.note(f"{named(posted)} stays open: all of the order was given back")
        if kind == "SalesOrder" and (closing := close(posted)):
            if not is_locked(work, posted):
                work.documents.append(closing)
                continue
            work.note(f"{named(posted)} stays open: QuickBooks' books are closed on its day")
        if kind in {"SalesOrder", _LEFT_OPEN}:
            work.documents.append(posted.kept)
    work.note("nothing of it is invoiced: all that was paid was given back before")
