"""A payload's own totals, straight from the fields that state them: the second opinion.

Nothing here is shared with the translators or with Order, so that a demo or a reconciliation that
compares the two compares independent sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

Totals = tuple[Decimal, Decimal]


def raw_total(format_key: str, raw: Mapping[str, Any]) -> Totals:
    """What was sold and what of it was given back, both positive, as the store states them.

    Raises:
        LookupError: for a format that has no second opinion.
    """
    return {"woocommerce": _woocommerce, "shopify": _shopify, "rulebooks": _rulebooks}[format_key](
        raw
    )


def _woocommerce(raw: Mapping[str, Any]) -> Totals:
    total = Decimal(str(raw["total"]))
    for card in raw.get("gift_cards") or []:
        total += abs(Decimal(str(card["amount"])))
    back = sum((abs(Decimal(str(one["total"]))) for one in raw.get("refunds") or []), Decimal(0))
    return total, back


def _shopify(raw: Mapping[str, Any]) -> Totals:
    graphql = "totalPriceSet" in raw or "currentTotalPriceSet" in raw
    return _shopify_graphql(raw) if graphql else _shopify_rest(raw)


def _shopify_rest(raw: Mapping[str, Any]) -> Totals:
    total = Decimal(str(raw["total_price"]))
    cash = raw.get("total_cash_rounding_payment_adjustment_set") or {}
    total += Decimal(str((cash.get("shop_money") or {}).get("amount") or 0))
    back = sum(
        (
            Decimal(str(entry["amount"]))
            for refund in raw.get("refunds") or []
            for entry in refund.get("transactions") or []
            if entry.get("kind") == "refund" and entry.get("status") == "success"
        ),
        Decimal(0),
    )
    return total, back


def _shopify_graphql(raw: Mapping[str, Any]) -> Totals:
    stated = raw.get("totalPriceSet") or raw["currentTotalPriceSet"]
    total = Decimal(str(stated["shopMoney"]["amount"]))
    cash = (raw.get("totalCashRoundingAdjustment") or {}).get("paymentSet")
    if cash:
        total += Decimal(str(cash["shopMoney"]["amount"]))
    back = Decimal(0)
    for refund in raw.get("refunds") or []:
        for entry in _nodes(refund.get("transactions")):
            if entry.get("kind") == "REFUND" and entry.get("status", "SUCCESS") == "SUCCESS":
                back += Decimal(str(entry["amountSet"]["shopMoney"]["amount"]))
    return total, back


def _nodes(connection: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(connection, Mapping):
        yield from connection.get("nodes") or (one["node"] for one in connection["edges"])
    else:
        yield from connection or []


def _rulebooks(raw: Mapping[str, Any]) -> Totals:
    back = sum((Decimal(str(one["total"])) for one in raw.get("refunds") or []), Decimal(0))
    return Decimal(str(raw["total"])), back
