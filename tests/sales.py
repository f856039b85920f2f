"""A store that takes sales of QuickBooks, and a session that reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import select

from app.models import Company, Mirror, Order, Posting, Sale, Store, db, now
from app.sync.sales import rounds
from app.sync.stores import add_store
from qbwc.planning import sales_out
from tests.fake_shipstation import FakeShipStation
from tests.flows import Flow


@contextmanager
def selling(flow: Flow) -> Iterator[tuple[Company, Store]]:
    """The company and its ShipStation store, which is made when it is not there."""
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        store = db.session.scalars(select(Store).where(Store.type == "shipstation")).first()
        if store is None:
            store = add_store(company, "shipstation", FakeShipStation.settings, name="Dispatch")
            db.session.commit()
        yield company, store


def read(flow: Flow) -> None:
    """Let the schedule ask for sales, and a session read them."""
    with selling(flow) as (company, store):
        store.sales_since = datetime(2026, 11, 1, tzinfo=UTC)  # before the practice company's day
        rounds.refresh(company, now())
        db.session.execute(
            db.update(Mirror).where(Mirror.kind.in_(sales_out.KINDS)).values(stale=True)
        )
        db.session.commit()
    flow.sync()


def known_sale(company: Company, number: str, customer: str, order: Order | None = None) -> None:
    """A sales order by UPS that was read from QuickBooks; of an order it was posted for that."""
    data = {
        "TxnID": f"T-{number}", "TxnDate": "2026-11-20", "RefNumber": number,
        "CustomerRef.FullName": customer, "ShipMethodRef.FullName": "UPS", "Other": "1Z9",
    }  # fmt: skip
    row = Sale(
        company_id=company.id, kind="SalesOrder", txn_id=data["TxnID"], number=number,
        customer=customer, modified_at=now(), data=data,
    )  # fmt: skip
    db.session.add(row)
    if order is not None:
        db.session.add(
            Posting(company_id=company.id, order_id=order.id, kind="SalesOrder", txn_id=row.txn_id)
        )
    db.session.commit()
