"""What was paid for a BigCommerce order: V3 transactions, store credit, gift certificates."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from app.stores.bigcommerce.parts import records, when
from app.stores.methods import method_kind, method_name
from app.stores.node import Node
from rules_library.order import Order, Payment, PaymentKind, PaymentMethodKind, PaymentStatus

_EVENTS: dict[str, PaymentKind] = {
    "purchase": "charge",
    "capture": "charge",
    "settled": "charge",
    "pending": "charge",
    "authorization": "authorization",
    "void": "void",
}
_PAID = frozenset({"paid", "captured", "refunded", "partially refunded"})
_CREDITS: tuple[tuple[str, str, PaymentMethodKind], ...] = (
    ("gift_certificate", "Gift Certificate", "gift_card"),
    ("store_credit", "Store Credit", "store_credit"),
)


def payments(node: Node, total: Decimal, placed: datetime) -> tuple[Payment, ...]:
    """Transactions; without any, what the order itself says was paid.

    Gift certificates and store credit stand on the order, and often among the transactions too.
    """
    rows = records(node, "transactions")
    found = [one for row in rows if (one := _transaction(row, node)) is not None]
    told = {row.text("method") for row in rows}
    for method, name, kind in _CREDITS:
        if (amount := node.money(f"{method}_amount")) and method not in told:
            found.append(
                Payment(
                    source_id=method,
                    kind="charge",
                    amount=amount,
                    method=name,
                    method_kind=kind,
                    gateway=method,
                    paid_at=placed,
                )
            )
    rest = total - sum(one.amount for one in found)
    if not rows and rest > 0 and node.text("payment_status").casefold() in _PAID:
        name = method_name(node.text("payment_method")) or "Unknown"
        found.append(
            Payment(
                source_id="paid",
                kind="charge",
                amount=rest,
                method=name,
                method_kind=method_kind(node.text("payment_method")),
                gateway=node.text("payment_method"),
                reference=node.text("payment_provider_id"),
                paid_at=placed,
            )
        )
    return tuple(found)


def _transaction(row: Node, node: Node) -> Payment | None:
    kind = _EVENTS.get(row.text("event"))
    if kind is None or row.flag("test"):
        return None
    said = row.text("status")
    waits = said == "pending" or row.text("event") == "pending"
    card = row.child("credit_card")
    name = (
        row.child("custom").text("payment_method")
        or row.child("offline").text("display_name")
        or card.text("card_type")
        or _credit_name(row.text("method"))
        or row.text("gateway", "method")
        or node.text("payment_method")
    )
    return Payment(
        source_id=row.id(),
        kind=kind,
        amount=row.in_currency(row.text("currency")).money("amount"),
        method=method_name(name) or "Unknown",
        method_kind=method_kind(row.text("method").replace("certificate", "card"), name),
        status="failed" if said == "error" else "pending" if waits else "success",
        gateway=row.text("gateway"),
        reference=row.text("gateway_transaction_id"),
        paid_at=when(row, "date_created"),
        currency=row.text("currency").upper(),
        last4=card.text("card_last4"),
    )


def _credit_name(method: str) -> str:
    return next((name for key, name, _ in _CREDITS if key == method), "")


def payment_status(node: Node, order: Order) -> PaymentStatus:
    """From what was paid and given back; ``payment_status`` itself is often empty."""
    said = node.text("payment_status").casefold()
    if order.refunded:
        return "refunded" if order.refunded >= order.total else "partially_refunded"
    if order.captured:
        return "paid" if order.captured >= order.total else "partially_paid"
    if order.status == "failed" or said == "declined":
        return "failed"
    if said in {"void", "void pending"}:
        return "voided"
    if said == "authorized" or any(one.kind == "authorization" for one in order.payments):
        return "authorized"
    return "paid" if not order.total and order.status != "draft" else "pending"
