"""Every page of the URL map at 100,000 orders and 1,000,000 events: milliseconds and queries.

The orders are real ones, decided by a rulebook of 200 cases with a table of 10,000 rows. A page is
told by the median and the slowest of a few rounds, and by what its first, cold round takes.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa
from flask import Flask, url_for
from flask.testing import FlaskClient

from app import create_app
from app.jobs.kinds.csv_import import KIND, keep_file
from app.migrate import upgrade
from app.models import (
    Company,
    Event,
    Job,
    ListEntry,
    Order,
    OrderTax,
    Posting,
    Store,
    User,
    db,
    now,
)
from app.models.list_entry import EntryKey
from app.rules import publish
from app.security import digest, hash_password
from app.settings import load
from app.sync.summary import searchable
from app.sync.trace import counted, kept
from app.web import access
from qbwc.planning import Plan
from rules_library.facts import Context, facts
from rules_library.rulebook import Rulebook, decide
from tests.bench.bench_decide import rulebook_file
from tests.bench.bench_sync import order, translated
from tests.web_site import statements

ORDERS, EVENTS, ENTRIES = 100_000, 1_000_000, 20_000
BATCH = 10_000
ROUNDS = 5
DAYS = 365
ZERO = Decimal(0)
ASIDE = {"account.login", "companies.home", "first_run.owner", "first_run.welcome", "join.choose",
         "practice.start", "unsubscribe.ask"}  # fmt: skip
"""Not logged in, a mere redirection, or for practice companies alone."""
FILES = {"orders.csv", "log.csv", "audit.csv", "audit.csv_of_company", "reports.csv"}
"""Streamed while they are read: told in seconds for the whole."""
VALUES: dict[str, Any] = {
    "company_id": 1,
    "order_id": 77,
    "number": 1,
    "decision": "class",
    "store_id": 1,
    "event_id": 77,
    "preset": "absorb_cents",
    "job_id": 1,
    "file_id": 3,
}
"""What stands for the parts of an address that are variable."""
OF: dict[str, dict[str, Any]] = {
    "quickbooks.one": {"kind": "Customer"}, "stores.add": {"kind": "woocommerce"},
    "attention.entries": {"kind": "Customer"}, "setup.step": {"key": "orders"},
    "setup.settings": {"key": "orders"}, "tables.one": {"name": "items"},
    "tables.download": {"name": "items"}, "rules.names": {"list": "Customer", "q": "cust"},
    "imports.done": {"job_id": 2},
}  # fmt: skip
"""The same for one endpoint; what its address does not hold goes behind the question mark."""
MORE = {
    "orders, held": "orders?state=held",
    "orders, deep": "orders?older=2026-01-01T00:00:00%2B00:00~1",
    "orders, search for a SKU": "orders?q=sku-0777",
    "orders, search for nothing": "orders?q=nobody+at+all",
    "orders, posted and a search for nothing": "orders?state=posted&q=nobody",
    "orders, method, total and store": "orders?method=paypal&low=90&high=91&store=1",
    "log, errors": "log?level=error",
    "log, a kind": "log?kind=order.held",
    "log, text that is nowhere": "log?q=nothing+like+this",
    "log, an order": "log?number=777",
    "log, deep": "log?to=2026-01-01",
    "reconciliation, 92 days": "reconciliation?from=2020-01-01",
    "reconciliation, 92 days by method": "reconciliation?from=2020-01-01&by=method",
    "reconciliation, 92 days by tax": "reconciliation?from=2020-01-01&by=tax",
    "reconciliation, 92 days by QuickBooks": "reconciliation?from=2020-01-01&by=quickbooks_tax",
    "reconciliation, a tax": "reconciliation/orders?from=2020-01-01&by=tax&key=State&rate=6",
    "reconciliation, a method": "reconciliation/orders?from=2020-01-01&by=method&key=PayPal",
    "one list, search": "lists/Customer?q=no+such",
    "sync, held orders": "sync?state=held",
    "a table, search": "tables/one?name=items&q=sku-09999",
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
    for name, address in (_pages(app) | MORE).items():
        figures |= _page(app, client, name, address)
    for endpoint in sorted(FILES):
        began = time.perf_counter()
        size = len(client.get(_address(app, endpoint)).data)
        took = time.perf_counter() - began
        figures |= {f"{endpoint}, seconds": took, f"{endpoint}, megabytes": size / 1e6}
    return figures


def _page(app: Flask, client: FlaskClient, name: str, address: str) -> dict[str, float]:
    took = []
    queries = 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with statements(app) as sent:
            answer = client.get(f"/companies/1/{address}" if name in MORE else address)
        took.append((time.perf_counter() - began) * 1000)
        queries = max(queries, len(sent))
        if answer.status_code not in {200, 204, 302}:
            raise AssertionError(f"{address} answered {answer.status}")
    return {
        f"{name}, milliseconds": median(took),
        f"{name}, the slowest": max(took),
        f"{name}, queries": queries,
    }


def _pages(app: Flask) -> dict[str, str]:
    """The pages of the URL map that a person opens, by endpoint: a new one is among them."""
    found = {}
    for rule in app.url_map.iter_rules():
        known = not rule.endpoint.endswith("static") and not rule.endpoint.startswith("api.")
        if known and "GET" in (rule.methods or ()) and rule.endpoint not in ASIDE | FILES:
            found[rule.endpoint] = _address(app, rule.endpoint)
    return dict(sorted(found.items()))


def _address(app: Flask, endpoint: str) -> str:
    rule = next(app.url_map.iter_rules(endpoint))
    own = OF.get(endpoint, {})
    given = {name: own[name] if name in own else VALUES[name] for name in rule.arguments}
    with app.test_request_context():
        return url_for(endpoint, **(own | given))


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
        db.session.add(Store(company_id=company.id, key=key, type="woocommerce", name=key.title()))
    db.session.add(
        Job(company_id=company.id, kind="sync", arguments={"wanted": None}, state="done")
    )
    db.session.flush()
    db.session.add(
        Job(company_id=company.id, kind=KIND, arguments={"name": "orders.csv"}, state="done")
    )
    db.session.flush()
    keep_file(company, "orders.csv", b"Order,Total\n1,5.00\n", who="a@b.example")
    db.session.commit()
    publish(company, rulebook_file())
    orders, events = max(200, int(ORDERS * scale)), max(200, int(EVENTS * scale))
    _insert(Order, orders, _order, _as_decided())
    _insert(Posting, orders, _posting)
    for by, name in (("store", "State"), ("store", "County"), ("quickbooks", "CA 7.25")):
        _insert(OrderTax, orders, _tax, by, name)
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


def _tax_of(number: int) -> Decimal:
    return (_total(number) * Decimal("0.0725")).quantize(Decimal("0.01"))


def _tax(number: int, count: int, by: str, name: str) -> dict[str, Any]:
    """Two taxes of the store, one on the other's base, and one tax item of both."""
    whole, base = _tax_of(number), _total(number) - _tax_of(number)
    state = (whole * 6 / Decimal("7.25")).quantize(Decimal("0.01"))
    tax = {"State": state, "County": whole - state, "CA 7.25": whole}[name]
    held = _state(number) != "held"
    return {
        "company_id": 1, "order_id": number, "by": by, "day": _when(number, count).date(),
        "currency": "USD", "name": name, "shop_base": base, "shop_tax": tax,
        "rate": {"State": Decimal(6), "County": Decimal("1.25")}.get(name),
        "books_base": base if held else None, "books_tax": tax if held else None,
        "shop_once": base if name != "County" else ZERO,
        "books_once": (base if name != "County" else ZERO) if held else None,
    }  # fmt: skip


def _order(number: int, count: int, decided: dict[str, Any]) -> dict[str, Any]:
    when, held = _when(number, count), _state(number) == "held"
    total, customer = _total(number), f"Customer {number % 20_000} Ltd"
    sku = f"SKU-{number % 5_000:04}"
    return {
        "company_id": 1, "store_id": 1 + number % 2, "source_id": str(number),
        "number": str(number), "customer": customer, "email": f"c{number}@shop.example",
        "currency": "USD", "total": total, "tax": _tax_of(number), "remitted": ZERO,
        "received": total, "refunded": ZERO, "method": "PayPal" if number % 5 else "Visa",
        "placed_at": when, "placed_on": when.date(), "format": "woocommerce",
        "content_hash": "x", "due": False,
        "search": searchable(f"{number} {customer} c{number}@shop.example {total} {sku}"),
        "state": _state(number), "reasons": ["It is held."] if held else [],
        "causes": [["item", sku]] if held else [], "decided_at": when, "release_id": 1, **decided,
    }  # fmt: skip


def _as_decided() -> dict[str, Any]:
    """An order of a shop and what the rulebook decided about it; each order is like it."""
    raw = order(1, 1)
    known = facts(translated(raw), Context(today=now().date(), customer_orders=3))
    found = decide(known, Rulebook.from_file(rulebook_file()))
    return {
        "raw": json.dumps(raw),
        "trace": kept(found, Plan(verdict="post")),
        "fired": counted(found),
    }


def _posting(number: int, count: int) -> dict[str, Any]:
    return {
        "company_id": 1, "order_id": number, "kind": "SalesReceipt", "txn_id": f"{number:X}-1",
        "ref_number": str(number), "total": _total(number),
        "tax": ZERO if _state(number) == "held" else _tax_of(number),
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
