"""Why an order's two sides differ, in words."""

from __future__ import annotations

from typing import Any

from app.sync.reconcile.sides import ENDED, HELD, NEVER, Sums


def reason(row: Any, shop: Sums, held: Sums, decided: dict[str, Any]) -> str:
    """Why they differ, the heaviest cause first.

    Args:
        row: ``state``, ``reasons`` and ``posted`` of the order, see `sides.both`.
        shop: What the store says.
        held: What QuickBooks holds.
        decided: Decision -> what was decided, as the trace keeps it.
    """
    if row.state in {"new", "queued"} and row.posted == NEVER:
        return "not sent to QuickBooks yet"
    if row.state != "posted" and row.reasons:
        return f"{row.state}: {row.reasons[0]}"
    apart = shop.differences(held)
    if row.posted != HELD:
        return _without_sale(row, shop, decided)
    if "sales" in apart:
        if apart["sales"] == apart.get("tax"):
            return "QuickBooks computed another tax"
        return "the amount in QuickBooks is not the store's"
    if "refunded" in apart:
        return "the refund is not in QuickBooks"
    if "received" in apart:
        if _value(decided, "mark_invoice_unpaid"):
            return "the invoice is marked as unpaid by rule"
        if _value(decided, "create_payment") is False:
            return "no payment by rule"
        return "the payment is not in QuickBooks" if apart["received"] < 0 else "paid more"
    return "the tax in QuickBooks is not the store's"


def _without_sale(row: Any, shop: Sums, decided: dict[str, Any]) -> str:
    if row.posted == ENDED:
        return "the sale was voided or deleted in QuickBooks"
    if row.state == "posted" and 0 < shop.sales <= shop.refunded:
        return "all of it was given back before it was invoiced"
    if _value(decided, "transaction_type"):
        return "no invoice or sales receipt by rule"
    return str(row.state)


def _value(decided: dict[str, Any], key: str) -> Any:
    return (decided.get(key) or {}).get("value")
