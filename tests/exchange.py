"""A company, its orders, and a Web Connector without HTTP between Conversation and QuickBooks."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.models import Addition, Company, Order, Outbox, Posting, Store, db
from app.sync.queue import DatabaseQueue
from qbwc.conversation import Conversation
from qbwc.documents import Document, Ref, Totals, TxnRef
from qbwc.lists import Addition as NewEntry
from qbwc.lists import normal
from qbwc.practice import HResult, PracticeCompany
from tests.days import TODAY, today

APP = "Rulebooks"
PASSWORD = "Ae3Wn0kq8sBvYt5LzPq7RxUcHd2JmG4f"


def nothing_due(_company: Company, _limit: int) -> int:
    """A runner that has nothing to decide."""
    return 0


@dataclass
class Report:
    """What one session did."""

    status: str = ""
    sent: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    progress: list[int] = field(default_factory=list)
    waits: int = 0
    last_error: str = ""
    closing: str = ""
    ticket: str = ""


@cache
def _pattern() -> bytes:
    """A new practice company file."""
    morning = moment("2026-11-25T08:00:00")
    with time_machine.travel(morning), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "practice.qbw"
        PracticeCompany.open(path, today=today).close()
        return path.read_bytes()


def open_practice(folder: Path) -> PracticeCompany:
    """A practice company of its own."""
    path = folder / "practice.qbw"
    if not path.exists():
        path.write_bytes(_pattern())
    return PracticeCompany.open(path, today=today)


class Exchange:
    """A server (an application on a database) and a practice company file."""

    def __init__(
        self,
        app: Flask,
        folder: Path,
        *,
        decide: Callable[[Company, int], int] = nothing_due,
        lease: timedelta = timedelta(0),
        new: bool = True,
    ) -> None:
        self.app = app
        self.decide = decide
        self.lease = lease
        self.quickbooks = open_practice(folder)
        self._number = 0
        if new:
            with app.app_context():
                digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
                company = Company(name="Grove Bikes", username="grove", password_digest=digest)
                db.session.add(company)
                db.session.flush()
                db.session.add(
                    Store(company_id=company.id, key="shop", type="rulebooks", name="Shop")
                )
                db.session.commit()

    password = PASSWORD

    @property
    def talk(self) -> Conversation:
        return Conversation(DatabaseQueue(lease=self.lease, decide=self.decide))

    def call(self, method: str, *arguments: Any) -> Any:
        """One SOAP call."""
        with self.app.app_context():
            return getattr(self.talk, method)(*arguments)

    def login(self) -> tuple[str, str]:
        answer = self.call("authenticate", "grove", PASSWORD)
        return answer[0], answer[1]

    def send(self, ticket: str, told: str = "") -> str:
        answer: str = self.call("send_request", ticket, told, "C:\\grove.qbw", "US", 13, 0)
        return answer

    def process(self, document: str) -> tuple[str, str, str]:
        """What QuickBooks answers: response, hresult, message."""
        try:
            return self.quickbooks.process(document, app=APP), "", ""
        except HResult as refused:
            return "", refused.code, refused.message

    def stamp(self) -> None:
        """Mark the company file as the Web Connector does."""
        with self.app.app_context():
            company = db.session.scalars(select(Company)).one()
            self.quickbooks.stamp_file_id(company.owner_id, company.file_id)

    def session(self, most: int = 200, pause: Callable[[], object] = lambda: None) -> Report:
        """Run a session from authenticate to closeConnection, as the Web Connector does.

        Args:
            most: So many message sets at most.
            pause: Called for each five seconds that the Web Connector waits.
        """
        report = Report()
        report.ticket, report.status = self.login()
        if report.status in {"none", "nvu", "busy"}:
            report.closing = self.call("close_connection", report.ticket)
            return report
        report.status = "done"
        self.stamp()
        told = self.quickbooks.host_response()
        for _ in range(most):
            document = self.send(report.ticket, told)
            told = ""
            if not document:
                report.last_error = self.call("get_last_error", report.ticket)
                if report.last_error == "NoOp":
                    report.waits += 1
                    pause()
                    continue
                break
            report.sent.append(document)
            response, hresult, message = self.process(document)
            report.received.append(response)
            done = self.call("receive_response", report.ticket, response, hresult, message)
            report.progress.append(done)
            if done < 0:
                report.last_error = self.call("get_last_error", report.ticket)
                report.status = "error"
                break
            if done == 100:
                break
        else:
            raise AssertionError(f"the session did not come to an end: {report.sent[-3:]}")
        self.quickbooks.end_session()
        report.closing = self.call("close_connection", report.ticket)
        return report

    # What the runner would write.

    def order(self, *documents: Document, number: str = "", **fields: Any) -> int:
        """An order with its documents in the outbox."""
        self._number += 1
        with self.app.app_context():
            company = db.session.scalars(select(Company)).one()
            store = db.session.scalars(select(Store)).one()
            number = number or str(1000 + self._number)
            order = Order(
                company_id=company.id,
                store_id=store.id,
                source_id=f"s{number}",
                number=number,
                format="rulebooks",
                raw="{}",
                content_hash="",
                due=False,
                state="queued",
                **fields,
            )
            db.session.add(order)
            db.session.flush()
            for document in documents:
                db.session.add(
                    Outbox(
                        company_id=company.id,
                        order_id=order.id,
                        kind=document.kind,
                        part=document.part,
                        action=document.action,
                        ref_number=str(document.fields.get("RefNumber") or ""),
                        payload=document.dumps(),
                    )
                )
            db.session.commit()
            return int(order.id)

    def addition(self, entry: NewEntry, *, order: int | None = None) -> int:
        """A list entry that is to be created, needed by an order's documents."""
        with self.app.app_context():
            company = db.session.scalars(select(Company)).one()
            row = Addition(
                company_id=company.id,
                kind=entry.kind,
                full_name=entry.full_name,
                name_key=normal(entry.full_name),
                payload=entry.dumps(),
            )
            db.session.add(row)
            if order is not None:
                for each in db.session.scalars(select(Outbox).filter_by(order_id=order)):
                    each.needs.append(row)
            db.session.commit()
            return int(row.id)

    # Looking at what there is.

    def all(self, table: type) -> list[Any]:
        """All rows of a table, detached."""
        with self.app.app_context():
            query = select(table).order_by(*table.__table__.primary_key).options(undefer("*"))
            found = list(db.session.scalars(query))
            db.session.expunge_all()
            return found

    def only(self, table: type) -> Any:
        """The one row of a table."""
        (found,) = self.all(table)
        return found

    def postings(self) -> dict[str, Posting]:
        """All postings by TxnID."""
        return {row.txn_id: row for row in self.all(Posting)}


def moment(text: str) -> datetime:
    """An aware time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def line(amount: str = "26.64", item: str = "Web Sales") -> dict[str, Any]:
    """A line of a sales form, without tax."""
    return {
        "ItemRef": Ref("Item", item),
        "Desc": "A lamp",
        "Quantity": Decimal(1),
        "Amount": Decimal(amount),
        "SalesTaxCodeRef": Ref("SalesTaxCode", "Non"),
    }


def sure(amount: str, *, certain: bool = True) -> Totals:
    """Totals without tax."""
    return Totals(subtotal=Decimal(amount), tax=Decimal(0), total=Decimal(amount), certain=certain)


def sale(
    kind: str,
    number: str,
    *,
    customer: str = "Web Store",
    amount: str = "26.64",
    part: str = "",
    certain: bool = True,
    **fields: Any,
) -> Document:
    """A sales form of one line."""
    return Document(
        kind=kind,
        part=part,
        fields={
            "CustomerRef": Ref("Customer", customer),
            "TxnDate": TODAY,
            "RefNumber": number,
            "Memo": f"Shop {number}",
            "lines": [line(amount)],
            **fields,
        },
        totals=sure(amount, certain=certain),
    )


def receipt(number: str, **fields: Any) -> Document:
    """A sales receipt."""
    return sale("SalesReceipt", number, **fields)


def invoice(number: str, **fields: Any) -> Document:
    """An invoice."""
    return sale("Invoice", number, **fields)


def payment(
    number: str,
    *,
    amount: str = "26.64",
    part: str = "pay1",
    customer: str = "Web Store",
    ref_number: str = "",
) -> Document:
    """A payment of the order's invoice."""
    return Document(
        kind="ReceivePayment",
        part=part,
        fields={
            "CustomerRef": Ref("Customer", customer),
            "TxnDate": TODAY,
            **({"RefNumber": ref_number} if ref_number else {}),
            "TotalAmount": Decimal(amount),
            "Memo": f"Shop {number}",
            "applied": [{"TxnID": TxnRef("Invoice"), "PaymentAmount": Decimal(amount)}],
        },
        totals=sure(amount),
    )


def customer(name: str, **fields: Any) -> NewEntry:
    """A customer to be created."""
    return NewEntry(kind="Customer", variant="Customer", full_name=name, fields=fields)
