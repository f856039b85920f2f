"""Rows for the pages: companies, people, sample orders in every state, with their documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Flask

from app.models import (
    Company,
    Event,
    Membership,
    Order,
    Outbox,
    Posting,
    Release,
    Store,
    User,
    db,
    dump,
)
from app.rules import publish
from app.samples import SAMPLES
from app.security import hash_password
from app.stores.formats import content_hash, dump_raw, format_named
from app.sync.summary import search_text
from app.web.access import ROLES
from qbwc.documents import Document, Totals
from rules_library.order import Order as Canonical

PASSWORD = "correct-horse-battery"
HASH = hash_password(PASSWORD)
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
REASONS = {
    "held": [
        'QuickBooks has no item "OAK-DESK-140"; the rule "Missing item" says hold.',
        "The shipping method is in no row of the table.",
    ],
    "waiting": ["It is not paid yet; it is decided again when the store says that it is."],
    "skipped": ["The rule “Only paid orders” leaves test orders out."],
}
STATES = ("posted", "queued", "held", "posted", "waiting", "posted", "skipped", "new")


@dataclass
class Rows:
    """The ids of what there is."""

    company: int
    other: int
    orders: dict[str, list[int]]

    @property
    def all_orders(self) -> list[int]:
        return [one for some in self.orders.values() for one in some]


def add_people(company: int, other: int) -> None:
    people = {
        "owner": None, "admin": company, "bookkeeper": company, "viewer": company,
        "other": other, "nobody": None,
    }  # fmt: skip
    for name, member_of in people.items():
        user = User(email=f"{name}@example.com", password_hash=HASH, is_owner=name == "owner")
        db.session.add(user)
        db.session.flush()
        if member_of:
            role = name if name in ROLES else "owner"
            db.session.add(Membership(user_id=user.id, company_id=member_of, role=role))


def add_company(name: str, **given: Any) -> Company:
    company = Company(
        name=name, username=f"user-{name}", password_digest="", zone="America/New_York", **given
    )
    db.session.add(company)
    db.session.flush()
    return company


def fill(app: Flask, most: int = 100) -> Rows:
    """Two companies; the first with the sample orders."""
    with app.app_context():
        company, other = add_company("Cedar & Pine Ltd"), add_company("Elsewhere Inc")
        add_people(company.id, other.id)
        release = Release(company_id=company.id, number=3, rules={}, tables={})
        db.session.add(release)
        db.session.flush()
        rows = Rows(company.id, other.id, {})
        for sample in SAMPLES:
            store = Store(
                company_id=company.id, key=sample.shop.key, type=sample.shop.type,
                name=sample.shop.key.replace("-", " ").title(), zone=sample.shop.zone,
                currency=sample.shop.currency,
            )  # fmt: skip
            db.session.add(store)
            db.session.flush()
            for raw in sample.orders():
                place = len(rows.all_orders)
                if place >= most:
                    break
                order = format_named(sample.format_key).translate(raw.raw, sample.shop)
                state = "held" if order.difference else STATES[place % len(STATES)]
                row = add_order(
                    store, order, sample.format_key, raw.raw, state=state, release=release.id
                )
                rows.orders.setdefault(state, []).append(row.id)
        db.session.commit()
        return rows


def add_order(
    store: Store, order: Canonical, form: str, raw: Any, *, state: str, release: int | None = None
) -> Order:
    """The row of an order, decided and perhaps posted."""
    reasons = [order.arithmetic] if order.difference else REASONS.get(state, [])
    row = Order(
        company_id=store.company_id, store_id=store.id, source_id=order.source_id,
        number=order.number, customer=order.customer.name or order.billing.name,
        currency=order.currency, total=order.total, placed_at=order.placed_at, format=form,
        search=search_text(order), method=order.payments[0].method if order.payments else "",
        raw=dump_raw(raw), content_hash=content_hash(raw), state=state, reasons=reasons,
        due=False,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    _event(row, "order.received", f"Received order {row.number} from {store.name}.")
    if state == "new":
        return row
    document = _document(order)
    row.release_id, row.decided_at = release, NOON
    row.trace = _trace(order, [document] if state in {"posted", "queued", "held"} else [])
    if state == "held":
        _event(row, "order.held", row.reasons[0], "warning")
    if state in {"posted", "queued"}:
        _add_outbox(row, document, done=state == "posted")
    if state == "posted":
        _add_posting(row, document)
        _event(row, "document.posted", f"Sales receipt {document['ref_number']} is in QuickBooks.")
    return row


def _event(row: Order, kind: str, text: str, level: str = "info") -> None:
    db.session.add(
        Event(
            company_id=row.company_id, order_id=row.id, at=NOON, kind=kind, text=text, level=level
        )
    )


def _document(order: Canonical) -> dict[str, Any]:
    lines = [
        {"item": line.sku or "Other sales", "description": line.name, "quantity": line.quantity,
         "rate": None, "amount": line.net, "tax_code": "Tax", "class": "Web"}
        for line in order.lines
    ] + [
        {"item": charge.kind.title(), "description": charge.name, "quantity": None, "rate": None,
         "amount": charge.net, "tax_code": "Non", "class": "Web"}
        for charge in order.charges
    ]  # fmt: skip
    return {
        "kind": "SalesReceipt", "ref_number": order.number.lstrip("#")[-11:],
        "customer": order.customer.name or "Web customer",
        "date": order.placed_at.date(), "lines": lines,
        "subtotal": order.lines_net + order.charges_net, "tax": order.tax_total,
        "total": order.total, "links": [], "part": "", "action": "add", "posting": True,
        "memo": f"{order.store} {order.number}",
        "fields": {"DepositToAccountRef": "Undeposited Funds", "PaymentMethodRef": "Visa"},
    }  # fmt: skip


def _trace(order: Canonical, documents: list[dict[str, Any]]) -> dict[str, Any]:
    decided = {
        "transaction_type": {"value": "sales_receipt", "case": 1, "title": "Paid by card"},
        "deposit_to": {"value": "Undeposited Funds", "case": None, "title": ""},
        "mark_invoice_unpaid": {"value": False, "case": None, "title": ""},
        "an_old_decision": {"value": None, "case": 2, "title": "", "error": "no such table"},
    }
    line = {"item": {"value": "by SKU", "case": 1, "title": "SKU is an item"}}
    return {
        "context": {"today": "2026-11-25", "in_quickbooks": [], "customer_orders": 3},
        "release": 3, "verdict": "post", "reasons": [], "decided": decided,
        "lines": [line for _ in order.lines], "charges": [], "payments": [],
        "documents": documents, "creates": [],
    }  # fmt: skip


def _add_outbox(row: Order, document: dict[str, Any], *, done: bool) -> None:
    number = document["ref_number"]
    db.session.add(
        Outbox(
            company_id=row.company_id, order_id=row.id, kind="SalesReceipt", ref_number=number,
            state="done" if done else "ready", payload=dump(document),
            request=f"<SalesReceiptAddRq requestID='1'><SalesReceiptAdd><RefNumber>{number}"
            "</RefNumber></SalesReceiptAdd></SalesReceiptAddRq>",
            response="<SalesReceiptAddRs requestID='1' statusCode='0' statusMessage='Status OK'/>"
            if done else "",
            sent_at=NOON if done else None, status_code=0 if done else None,
        )
    )  # fmt: skip


def _add_posting(row: Order, document: dict[str, Any]) -> None:
    off = Decimal("0.01") if row.id % 5 == 0 else Decimal(0)
    db.session.add(
        Posting(
            company_id=row.company_id, order_id=row.id, kind="SalesReceipt",
            txn_id=f"{row.id:X}-{1795000000 + row.id}", ref_number=document["ref_number"],
            subtotal=document["subtotal"], tax=document["tax"], total=document["total"] + off,
            expected=document["total"], posted_at=NOON,
            payload=_kept(document),
        )
    )  # fmt: skip


def _kept(document: dict[str, Any]) -> str:
    """A document as a posting keeps it."""
    subtotal, tax, total = (Decimal(document[name]) for name in ("subtotal", "tax", "total"))
    return Document(
        kind="SalesReceipt",
        fields={"RefNumber": document["ref_number"], "lines": []},
        totals=Totals(subtotal=subtotal, tax=tax, total=total),
    ).dumps()


def publish_plain(company: Company, **otherwise: Any) -> None:
    """Publish a release that says for some decisions what always holds."""
    rules = {key: {"cases": [], "otherwise": value} for key, value in otherwise.items()}
    said = ", ".join(f"{key} {value}" for key, value in otherwise.items())
    publish(company, {"rulebooks": 1, "rules": rules, "tables": {}}, author="ann", note=said)
