"""A third opinion on a raw payload: its stated parts added up, without the product's code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def parts_total(format_key: str, raw: Mapping[str, Any]) -> Decimal:
    """Lines + shipping + fees + tax, added from the payload's own fields."""
    if format_key == "woocommerce":
        return _woocommerce(raw)
    if format_key == "shopify":
        return _graphql(raw) if "lineItems" in raw else _rest(raw)
    return _rulebooks(raw)


def _sum(amounts: Iterable[Any]) -> Decimal:
    return sum((Decimal(str(amount)) for amount in amounts), Decimal(0))


def _woocommerce(raw: Mapping[str, Any]) -> Decimal:
    parts = [*raw["line_items"], *raw["shipping_lines"], *raw["fee_lines"]]
    return _sum(part["total"] for part in parts) + Decimal(raw["total_tax"])


def _rest(raw: Mapping[str, Any]) -> Decimal:
    gone: dict[Any, Decimal] = {}
    for refund in raw["refunds"]:
        if not refund["transactions"]:
            for item in refund["refund_line_items"]:
                gone[item["line_item_id"]] = Decimal(item["subtotal"])
    lines = sum(
        (
            Decimal(line["price"]) * line["quantity"]
            - _sum(one["amount"] for one in line["discount_allocations"])
            - gone.get(line["id"], Decimal(0))
            for line in raw["line_items"]
        ),
        Decimal(0),
    )
    cash = raw.get("total_cash_rounding_payment_adjustment_set")
    rounding = Decimal(cash["shop_money"]["amount"]) if cash else Decimal(0)
    shipping = _sum(one["discounted_price"] for one in raw["shipping_lines"])
    return lines + shipping + Decimal(raw["total_tax"]) + rounding


def _graphql(raw: Mapping[str, Any]) -> Decimal:
    def money(bag: Mapping[str, Any]) -> Decimal:
        return Decimal(bag["shopMoney"]["amount"])

    total = Decimal(0) if raw["taxesIncluded"] else money(raw["totalTaxSet"])
    for line in raw["lineItems"]["nodes"]:
        total += money(line["originalTotalSet"])
        total -= sum(money(one["allocatedAmountSet"]) for one in line["discountAllocations"])
        total += sum(money(one["price"]) for one in line["duties"])
    total += sum(money(one["discountedPriceSet"]) for one in raw["shippingLines"]["nodes"])
    total += sum(money(one["price"]) for one in raw["additionalFees"])
    return total + money(raw["totalTipReceivedSet"])


def _rulebooks(raw: Mapping[str, Any]) -> Decimal:
    parts = [*raw["lines"], *raw.get("charges", [])]
    return (
        _sum(part["gross"] for part in parts)
        - _sum(part.get("discount", 0) for part in parts)
        + _sum(tax["amount"] for tax in raw.get("taxes", []))
    )
