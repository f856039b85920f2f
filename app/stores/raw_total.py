"""A payload's own totals, straight from the fields that state them: the second opinion.

Nothing here is shared with the translators or with Order, so that a demo or a reconciliation that
compares the two compares independent sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.stores.raw_total_csv import csv_total

Totals = tuple[Decimal, Decimal]


def raw_total(format_key: str, raw: Mapping[str, Any]) -> Totals:
    """What was sold and what of it was given back, both positive, as the store states them.

    Gift cards and cash rounding, which stores keep out of their total, are added back. A Shopify
    refund that moved no money is an edit of the order: what is left plus the money back was sold.

    Raises:
        LookupError: for a format that has no second opinion.
    """
    return _OPINIONS[format_key](raw)


def marketplace_tax(format_key: str, raw: Mapping[str, Any]) -> Decimal:
    """Tax that a marketplace remits, not the merchant; less what of it was refunded.

    An order's taxes are all the marketplace's or none, so its refunded tax is so too.
    """
    if format_key == "rulebooks":
        taxes, amount = raw.get("taxes") or [], "amount"
        ours = [tax for tax in taxes if tax.get("remitted_by") == "marketplace"]
    elif format_key == "shopify":
        amount = "price"
        taxes = raw.get("tax_lines") or raw.get("taxLines") or []
        all_theirs = raw.get("merchantOfRecordApp") or raw.get("merchant_of_record_app")
        ours = [
            tax
            for tax in taxes
            if all_theirs or tax.get("channel_liable") or tax.get("channelLiable")
        ]
    else:
        return Decimal(0)
    total = sum((Decimal(str(_shop_amount(tax, amount))) for tax in ours), Decimal(0))
    return total - sum(_refunded_taxes(raw), Decimal(0)) if ours else total


def _refunded_taxes(raw: Mapping[str, Any]) -> Iterator[Decimal]:
    """The tax in refunded lines and adjustments; each form of payload names it differently."""
    for refund in raw.get("refunds") or []:
        for key in ("lines", "adjustments", "refund_line_items"):
            for part in refund.get(key) or []:
                yield Decimal(str(part.get("tax") or part.get("total_tax") or 0))


def _shop_amount(tax: Mapping[str, Any], key: str) -> Any:
    bag = tax.get(f"{key}Set")
    return bag["shopMoney"]["amount"] if bag else tax[key]


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
    if any(not one.get("transactions") for one in raw.get("refunds") or []):
        total = Decimal(str(raw["current_total_price"])) + back
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


def _bigcommerce(raw: Mapping[str, Any]) -> Totals:
    back = sum(
        (
            Decimal(str(one["total_amount"]))
            for one in (raw.get("_supplement") or {}).get("refunds") or []
            if not all(way.get("is_declined") for way in one.get("payments") or [{}])
        ),
        Decimal(0),
    )
    return Decimal(str(raw["total_inc_tax"])), back


_OPINIONS: dict[str, Callable[[Mapping[str, Any]], Totals]] = {
    "bigcommerce": _bigcommerce,
    "csv": csv_total,
    "rulebooks": _rulebooks,
    "shipstation": lambda raw: (Decimal(str(raw["orderTotal"])), Decimal(0)),
    "shopify": _shopify,
    "woocommerce": _woocommerce,
}
