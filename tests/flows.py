"""A shop, our server over HTTP, and a practice company: for tests that go all the way through."""

from __future__ import annotations

import contextlib
import io
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app import create_app
from app.commands import main
from app.migrate import upgrade
from app.models import Company, Event, Order, db
from app.rules import publish
from app.security import digest
from app.serving import serving
from app.settings import load
from app.sync.intake import Received, receive, store_named
from qbwc.practice import Faults, PracticeCompany, SessionReport, Txn, WebConnector
from tests.days import today

PASSWORD = "a password of the Web Connector"
PLACED = "2026-11-20T15:00:00-05:00"
CREATE = {"when_item_missing": "create_non_inventory"}
MOST_TRIES = 3


def cents(amount: Any) -> Decimal:
    """An amount with two decimals."""
    return Decimal(str(amount)).quantize(Decimal("0.01"))


def buyer(
    first: str, last: str, *, company: str = "", email: str = "", phone: str = ""
) -> dict[str, Any]:
    """A customer; without an e-mail address one of their own."""
    address = email or f"{first}.{last}@buyers.example".lower().replace(" ", "")
    fields = {"first_name": first, "last_name": last, "email": address, "company": company}
    return {key: held for key, held in (fields | {"phone": phone}).items() if held}


def line(sku: str, price: str, quantity: int = 1, **fields: Any) -> dict[str, Any]:
    """A line of an order: `price` each."""
    gross = cents(Decimal(price) * quantity)
    return {
        "source_id": f"l-{sku or fields.get('name')}",
        "name": f"Product {sku}",
        "sku": sku,
        "quantity": quantity,
        "gross": str(gross),
        **fields,
    }


def charge(kind: str, gross: str, **fields: Any) -> dict[str, Any]:
    """Shipping, a fee, a tip."""
    return {"source_id": f"c-{kind}", "kind": kind, "name": kind.title(), "gross": gross, **fields}


def tax(amount: str, name: str = "Sales Tax", rate: str | None = None) -> dict[str, Any]:
    """A tax of the order, a line or a charge."""
    return {"name": name, "amount": amount} | ({"rate": rate} if rate else {})


def order(
    number: str,
    lines: Sequence[Mapping[str, Any]] = (),
    *,
    customer: Mapping[str, Any] | None = None,
    charges: Sequence[Mapping[str, Any]] = (),
    taxes: Sequence[Mapping[str, Any]] = (),
    paid: str | None = "Visa",
    **fields: Any,
) -> dict[str, Any]:
    """An order in our own form whose total is the sum of its parts.

    Args:
        number: Its number; the shop's id is made of it.
        lines: By default one lamp of 20.00.
        customer: By default Ada Byron.
        charges: Shipping and so on.
        taxes: Of the whole order.
        paid: The method that all of it was paid by; None when it is not paid.
        fields: Whatever else the form has.
    """
    lines = list(lines) or [line("LAMP", "20.00")]
    parts: Iterable[Mapping[str, Any]] = [*lines, *charges]
    total = sum(
        (Decimal(str(part["gross"])) - Decimal(str(part.get("discount", 0))) for part in parts),
        Decimal(0),
    )
    total += sum((Decimal(one["amount"]) for one in taxes), Decimal(0))
    payments = []
    if paid and total > 0:
        payments = [
            {
                "source_id": f"pay-{number}",
                "kind": "charge",
                "amount": str(cents(total)),
                "method": paid,
                "paid_at": PLACED,
                "reference": f"ch-{number}",
            }
        ]
    return {
        "source_id": f"id-{number}",
        "number": number,
        "placed_at": PLACED,
        "total": str(cents(total)),
        "payment_status": "paid" if paid else "pending",
        "customer": customer or buyer("Ada", "Byron"),
        "shipping": {"region": "CA", "country": "US", "city": "Fresno"},
        "lines": lines,
        "charges": list(charges),
        "taxes": list(taxes),
        "payments": payments,
    } | fields


def rule(otherwise: Any, *cases: tuple[Any, Any]) -> dict[str, Any]:
    """A rule of cases (when, then) and an otherwise."""
    return {
        "cases": [
            {"title": f"Case {number}", "when": when, "then": then}
            for number, (when, then) in enumerate(cases, start=1)
        ],
        "otherwise": otherwise,
    }


def is_(fact: str, value: Any) -> dict[str, Any]:
    """The condition that a fact is a value."""
    return {"is": [{"var": fact}, value]}


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def run(*arguments: str | Path) -> Ran:
    """Run a command as the shell would, in the application's context if there is one."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = None
    handlers, level = logging.root.handlers[:], logging.root.level
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    return Ran(int(code or 0), out.getvalue(), err.getvalue())


@contextlib.contextmanager
def flowing(folder: Path, database: str = "") -> Iterator[Flow]:
    """A server on a new database, by default in the folder, and all that goes with it."""
    settings = load(instance=folder, database_url=database, secret_key="s" * 40, session_lease=0)
    app = create_app(settings)
    with app.app_context():
        upgrade()
    with serving(app) as url:
        flow = Flow.start(app, url, folder)
        yield flow
        flow.quickbooks.close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    """A server with one company, and its practice company."""
    with flowing(tmp_path) as found:
        yield found


@dataclass
class Flow:
    """The server with one company and one store, and the practice company it posts to."""

    app: Flask
    url: str
    quickbooks: PracticeCompany
    store: str = "shop"
    company_name: str = "Grove Lamps"

    @classmethod
    def start(cls, app: Flask, url: str, folder: Path) -> Flow:
        """A new company on a server, and a new company file."""
        flow = cls(app, url, PracticeCompany.open(folder / "practice.qbw", today=today))
        with app.app_context():
            db.session.add(
                Company(
                    name=flow.company_name,
                    username="grove",
                    password_digest=digest(PASSWORD),
                    zone="America/New_York",
                )
            )
            db.session.commit()
        return flow

    def run(self, *arguments: str | Path) -> Ran:
        """Run a command on the server's database."""
        with self.app.app_context():
            return run(*arguments)

    def rules(self, tables: Mapping[str, Any] | None = None, **rules: Any) -> None:
        """Publish rules: a value is a rule without cases; items are created unless told."""
        written = {
            key: held if isinstance(held, dict) and "otherwise" in held else rule(held)
            for key, held in (CREATE | rules).items()
        }
        with self.app.app_context():
            publish(
                self._company(), {"rulebooks": 1, "rules": written, "tables": dict(tables or {})}
            )

    def take(
        self, *orders: Mapping[str, Any], format_key: str = "rulebooks", store: str = ""
    ) -> Received:
        """Import orders as one file."""
        with self.app.app_context():
            company = self._company()
            shop = store_named(company, store or self.store, format_key)
            return receive(company, shop, format_key, json.dumps(list(orders)))

    def connector(
        self, faults: Faults | None = None, sleep: Callable[[float], None] = lambda _seconds: None
    ) -> WebConnector:
        """A Web Connector that is set up for the company; it does not really sleep."""
        with self.app.app_context():
            company = self._company()
            return WebConnector(
                f"{self.url}/qbwc",
                "grove",
                PASSWORD,
                self.quickbooks,
                faults=faults,
                owner_id=company.owner_id,
                file_id=company.file_id,
                sleep=sleep,
            )

    def sync(self) -> SessionReport:
        """One session, which has to end well."""
        report = self.connector().run()
        assert report.status in {"done", "none"}, (report.last_error, report.message)
        return report

    def post(self, *orders: Mapping[str, Any]) -> None:
        """Import orders, run a session, and expect them all to be posted."""
        self.take(*orders)
        self.sync()
        for one in orders:
            found = self.order(one["number"])
            assert found.state == "posted", (one["number"], found.state, found.reasons)

    def _company(self) -> Company:
        return db.session.scalars(select(Company).where(Company.name == self.company_name)).one()

    # Looking at what there is.

    def order(self, number: str) -> Order:
        """Our row of an order, detached."""
        with self.app.app_context():
            query = select(Order).where(Order.number == number)
            found = db.session.scalars(query.options(undefer(Order.trace))).one()
            db.session.expunge_all()
            return found

    def state(self, number: str) -> tuple[str, list[str]]:
        """An order's state and reasons."""
        found = self.order(number)
        return found.state, found.reasons

    def states(self) -> dict[str, str]:
        """The state of every order."""
        with self.app.app_context():
            return {row.number: row.state for row in db.session.scalars(select(Order))}

    def count(self, table: type) -> int:
        """How many rows a table has."""
        with self.app.app_context():
            return len(db.session.scalars(select(table)).all())

    def events(self, kind: str) -> list[str]:
        """The texts of the events of a kind."""
        with self.app.app_context():
            return list(db.session.scalars(select(Event.text).where(Event.kind == kind)))

    def txns(self, kind: str) -> list[Txn]:
        """QuickBooks' transactions of a kind."""
        return self.quickbooks.transactions(kind)

    def txn(self, kind: str) -> Txn:
        """QuickBooks' one transaction of a kind."""
        (found,) = self.quickbooks.transactions(kind)
        return found

    def kinds(self) -> list[str]:
        """The kind of every transaction in QuickBooks, sorted."""
        return sorted(txn.kind for txn in self.quickbooks.transactions())

    def names(self, kind: str) -> set[str]:
        """The full names of a list in QuickBooks."""
        return {record.full_name for record in self.quickbooks.lists(kind)}

    def add(self, kind: str, inner: str) -> None:
        """Let a person create a list entry in QuickBooks."""
        self.ask(f"<{kind}AddRq><{kind}Add>{inner}</{kind}Add></{kind}AddRq>")

    def ask(self, body: str) -> None:
        """Let a person do something in QuickBooks, and once more what is in use just then."""
        for _ in range(MOST_TRIES):
            answer = self.quickbooks.process(
                '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>'
                f'<QBXML><QBXMLMsgsRq onError="stopOnError">{body}</QBXMLMsgsRq></QBXML>',
                app="a person",
            )
            if 'statusCode="0"' in answer:
                return
        raise AssertionError(answer)
