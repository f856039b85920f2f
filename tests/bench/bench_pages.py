"""The pages of operations at 100,000 orders and 1,000,000 events: milliseconds and queries."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.migrate import upgrade
from app.models import Company, Event, ListEntry, Order, Posting, Release, Store, User, db, now
from app.models.list_entry import EntryKey
from app.security import digest, hash_password
from app.settings import load
from app.sync.summary import searchable
from app.web import access
from tests.web_site import statements

ORDERS, EVENTS, ENTRIES = 100_000, 1_000_000, 20_000
BATCH = 10_000
ROUNDS = 3
DAYS = 365
ZERO = Decimal(0)
PAGES = {
    "dashboard": "dashboard",
    "orders": "orders",
    "orders, held": "orders?state=held",
    "orders, deep": "orders?older=2026-01-01T00:00:00%2B00:00~1",
    "orders, search for a SKU": "orders?q=sku-0777",
    "orders, search for nothing": "orders?q=nobody+at+all",
    "orders, posted and a search for nothing": "orders?state=posted&q=nobody",
    "orders, method, total and store": "orders?method=paypal&low=90&high=91&store=1",
    "one order": "orders/77",
    "log": "log",
    "log, errors": "log?level=error",
    "log, a kind": "log?kind=order.held",
    "log, text that is nowhere": "log?q=nothing+like+this",
    "log, an order": "log?number=777",
    "log, deep": "log?to=2026-01-01",
    "reconciliation, a week": "reconciliation",
    "QuickBooks lists": "lists",
    "one list": "lists/Customer",
    "one list, search": "lists/Customer?q=no+such",
    "remembered": "remembered",
    "sync": "sync",
    "sync, held orders": "sync?state=held",
    "needs attention": "attention",
}


def run(scale: float = 1.0) -> dict[str, float]:
    """Time each page, the best of a few rounds; report time and queries."""
    folder = os.environ.get("RULEBOOKS_BENCH_FOLDER")
    with tempfile.TemporaryDirectory() as made:
        path = Path(folder or made)
        app = create_app(
            load(
                database_url=f"sqlite:///{path / 'pages.db'}", instance=path,
                secret_key="s" * 40, url="http://localhost",
            )
        )  # fmt: skip
        with app.app_context():
            upgrade()
            if db.session.scalar(sa.select(Company.id).limit(1)) is None:
                _fill(scale)
        figures = _measure(app)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    return figures


def _measure(app: Flask) -> dict[str, float]:
    client = app.test_client()
    with app.app_context():
        user = db.session.query(User).one()
        with client.session_transaction() as session:
            session["_user_id"], session[access.STAMP] = str(user.id), access.stamp(user)
    client.get("/companies/1/orders")
    figures: dict[str, float] = {}
    for name, page in PAGES.items():
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            with statements(app) as sent:
                answer = client.get(f"/companies/1/{page}")
            took.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                raise AssertionError(f"{page} answered {answer.status}")
        figures[f"{name}, milliseconds"] = min(took)
        figures[f"{name}, queries"] = len(sent)
    return figures


def _fill(scale: float) -> None:
    company = Company(name="Many", username="many", password_digest=digest("x"))
    db.session.add_all(
        [
            company,
            User(email="a@b.example", password_hash=hash_password("x" * 12), is_owner=True),
        ]
    )
    db.session.flush()
    for key in ("web", "market"):
        db.session.add(Store(company_id=company.id, key=key, type="rulebooks", name=key.title()))
    db.session.add(Release(company_id=company.id, number=1, rules={}, tables={}))
    db.session.commit()
    orders, events = max(200, int(ORDERS * scale)), max(200, int(EVENTS * scale))
    _insert(Order, orders, _order)
    _insert(Posting, orders, _posting)
    _insert(Event, events, _event, orders)
    entries = max(100, int(ENTRIES * scale))
    _insert(ListEntry, entries, _entry)
    _insert(EntryKey, entries, _key)
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()


def _insert(table: Any, count: int, row: Any, *more: Any) -> None:
    for start in range(1, count + 1, BATCH):
        numbers = range(start, min(start + BATCH, count + 1))
        db.session.execute(sa.insert(table), [row(n, count, *more) for n in numbers])
        db.session.commit()


def _when(number: int, count: int) -> Any:
    return now() - timedelta(days=DAYS) * (1 - number / count)


def _state(number: int) -> str:
    return "held" if number % 500 == 0 else "queued" if number % 300 == 0 else "posted"


def _total(number: int) -> Decimal:
    return Decimal(number % 997) + Decimal(number % 100) / 100


def _order(number: int, count: int) -> dict[str, Any]:
    when, held = _when(number, count), _state(number) == "held"
    total, customer = _total(number), f"Customer {number % 20_000} Ltd"
    sku = f"SKU-{number % 5_000:04}"
    return {
        "company_id": 1, "store_id": 1 + number % 2, "source_id": str(number),
        "number": str(number), "customer": customer, "email": f"c{number}@shop.example",
        "currency": "USD", "total": total, "tax": ZERO, "remitted": ZERO, "received": total,
        "refunded": ZERO, "method": "PayPal" if number % 5 else "Visa", "placed_at": when,
        "placed_on": when.date(), "format": "rulebooks", "content_hash": "x", "due": False,
        "search": searchable(f"{number} {customer} c{number}@shop.example {total} {sku}"),
        "raw": '{"source_id": "1", "number": "1", "lines": [], "total": "0"}' + " " * 1500,
        "state": _state(number), "reasons": ["It is held."] if held else [],
        "causes": [["item", sku]] if held else [], "trace": {"decided": {}, "x": "y" * 2000},
    }  # fmt: skip


def _posting(number: int, count: int) -> dict[str, Any]:
    return {
        "company_id": 1, "order_id": number, "kind": "SalesReceipt", "txn_id": f"{number:X}-1",
        "ref_number": str(number), "total": _total(number), "tax": ZERO,
        "posted_at": _when(number, count), "payload": "z" * 1000,
    }  # fmt: skip


def _event(number: int, count: int, orders: int) -> dict[str, Any]:
    kinds = ("order.received", "document.posted", "session.started", "order.changed")
    bad = number % 1000 == 0
    return {
        "company_id": 1, "order_id": 1 + number % orders, "at": _when(number, count),
        "level": "error" if bad else "info",
        "kind": "order.held" if bad else kinds[number % 4],
        "text": f"Sales receipt {number} was added to QuickBooks for order {number % orders}.",
    }  # fmt: skip


def _entry(number: int, _count: int) -> dict[str, Any]:
    return {
        "company_id": 1, "kind": "Customer", "list_id": f"{number:X}", "data": {"x": "y" * 300},
        "full_name": f"Customer {number} Ltd",
    }  # fmt: skip


def _key(number: int, _count: int) -> dict[str, Any]:
    return {
        "company_id": 1, "kind": "Customer", "by": "full_name", "entry_id": number,
        "value": f"customer {number} ltd",
    }  # fmt: skip
