"""Shopify transactions as payments; what the order says of its payment when it lists none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.stores.methods import method_kind, method_name
from app.stores.node import Node, rounded
from app.stores.shopify.parts import amount, records
from rules_library.order import ZERO, Charge, Order, Payment, PaymentKind

_KINDS: dict[str, PaymentKind] = {
    "sale": "charge",
    "capture": "charge",
    "authorization": "authorization",
    "void": "void",
    "change": "change",
    "refund": "refund",
}
_TAKEN = {"paid", "partially_refunded", "refunded"}


def payments(node: Node, order: Order) -> tuple[Payment, ...]:
    """Money in, in the order's currency; refunds stand with their refund."""
    found = records(node, "transactions")
    if not found:
        return _stated(node, order)
    read = [(key, payment(one, node, order.currency)) for key, one in found.items()]
    kept = tuple(
        replace(one, source_id=key) for key, one in read if one is not None and one.kind != "refund"
    )
    cash = sum((_cash_rounding(one) for one in found.values()), ZERO)
    if cash and sum((one.amount for one in kept if one.kind == "charge"), ZERO) != order.total:
        return tuple(_with_rounding(one, found[one.source_id]) for one in kept)
    return kept


def payment(one: Node, node: Node, currency: str) -> Payment | None:
    """A transaction as a payment; None for a kind that is no movement of money."""
    kind = _KINDS.get(one.text("kind").lower())
    if kind is None:
        return None
    said = one.text("status").lower() or "success"
    paid_in, sum_paid = _shop_money(one, node, currency)
    details = one.child("payment_details")
    gateway = one.text("gateway", "formatted_gateway")
    brand = details.text("credit_card_company", "company")
    name = brand or details.text("payment_method_name") or one.text("formatted_gateway") or gateway
    card = details.text("credit_card_number", "number") or one.text("account_number")
    fees = [amount(fee, "amount") or ZERO for fee in one.each("fees")]
    return Payment(
        source_id=one.id(),
        kind=kind,
        amount=sum_paid,
        method=method_name(name) or "Unknown",
        method_kind="card" if brand else method_kind(gateway, name),
        status="failed" if said in {"failure", "error"}
        else "success" if said == "success" and paid_in == currency else "pending",
        gateway=gateway,
        reference=one.text("authorization", "authorization_code", "payment_id"),
        paid_at=one.moment("processed_at") or one.moment("created_at"),
        currency=paid_in,
        last4=card[-4:] if card[-4:].isdigit() else "",
        fee=sum(fees, ZERO) if fees else None,
    )  # fmt: skip


def _shop_money(one: Node, node: Node, currency: str) -> tuple[str, Decimal]:
    """The amount in the shop's currency, or as it is if there is no way to tell.

    A transaction that stays in another currency is kept but counts as pending: its amount cannot
    be booked.
    """
    bag = one.child("amount_set").child("shop_money")
    paid_in = (bag.text("currency_code") or one.text("currency") or currency).upper()
    found = abs(amount(one, "amount") or ZERO)
    if paid_in == currency or bag.value:
        return currency, found
    if paid_in == node.text("presentment_currency", "presentment_currency_code").upper():
        total = node.child("total_price_set")
        shop = total.child("shop_money").number("amount")
        shown = total.child("presentment_money").number("amount")
        if shop and shown:
            return currency, rounded(found * shop / shown, node.places)
    return paid_in, found


def _stated(node: Node, order: Order) -> tuple[Payment, ...]:
    """One payment of the total when the payload has no transactions (REST lists them apart)."""
    status = node.text("financial_status", "display_financial_status").lower()
    kind: PaymentKind = "charge"
    paid = order.total
    if status == "authorized":
        kind = "authorization"
    elif status == "partially_paid" and (rest := amount(node, "total_outstanding")) is not None:
        paid = order.total - rest
    elif status not in _TAKEN:
        return ()
    if paid <= 0:
        return ()
    names = node.get("payment_gateway_names")
    name = next((str(one) for one in names if one), "") if isinstance(names, list) else ""
    gateway = name or node.text("gateway", "processing_method")
    details = node.child("payment_details")
    brand = details.text("credit_card_company")
    card = details.text("credit_card_number")
    return (
        Payment(
            source_id="paid",
            kind=kind,
            amount=paid,
            method=method_name(brand or gateway) or "Unknown",
            method_kind="card" if brand else method_kind(gateway),
            gateway=gateway,
            paid_at=order.placed_at,
            currency=order.currency,
            last4=card[-4:] if card[-4:].isdigit() else "",
        ),
    )


def rounding(node: Node) -> Charge | None:
    """The cents by which a cash payment was rounded, if any."""
    stated = amount(node, "total_cash_rounding_payment_adjustment")
    if stated is None:
        stated = amount(node.child("total_cash_rounding_adjustment"), "payment")
    if not stated:
        return None
    return Charge(
        source_id="rounding", kind="rounding", name="Cash rounding", gross=stated, taxable=False
    )


def _cash_rounding(one: Node) -> Decimal:
    return amount(one, "amount_rounding") or ZERO


def _with_rounding(found: Payment, one: Node) -> Payment:
    return replace(found, amount=found.amount + _cash_rounding(one))
