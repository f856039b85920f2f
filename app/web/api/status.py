"""/status: how the company stands: QuickBooks, its stores, its orders by state, its rules."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from app.models import Company, Order, Outbox, Store, db
from app.rules import current_release
from app.web.api.endpoint import endpoint
from app.web.api.shapes import Told


class StoreState(Told):
    """One store."""

    key: str
    type: str
    name: str
    active: bool
    error: str
    """What is wrong and what to do; empty when nothing is."""
    pulled_at: datetime | None


class Status(Told):
    """How the company stands."""

    id: int
    name: str
    zone: str
    currency: str
    company_file: str
    last_seen_at: datetime | None
    """When the Web Connector called last."""
    release: int
    """The present release of the rules; 0 while none was published."""
    orders: dict[str, int]
    """How many are in each state."""
    documents: dict[str, int]
    """How many are on their way to QuickBooks, by state: ready, sent, held, review."""
    stores: list[StoreState]


@endpoint("GET", "/status", needs="see", answer=Status)
def status(company: Company) -> Status:
    """How the company stands: QuickBooks, stores, orders by state."""
    release = current_release(company)
    orders = db.session.execute(
        select(Order.state, func.count())
        .where(Order.company_id == company.id)
        .group_by(Order.state)
        .order_by(Order.state)
    )
    documents = db.session.execute(
        select(Outbox.state, func.count())
        .where(
            Outbox.company_id == company.id,
            Outbox.state.in_(("ready", "sent", "held", "review")),
        )
        .group_by(Outbox.state)
        .order_by(Outbox.state)
    )
    stores = db.session.scalars(
        select(Store).where(Store.company_id == company.id).order_by(Store.key)
    )
    return Status(
        id=company.id,
        name=company.name,
        zone=company.zone,
        currency=company.home_currency,
        company_file=company.company_file,
        last_seen_at=company.last_seen_at,
        release=release.number if release else 0,
        orders={state: count for state, count in orders},  # noqa: C416 - rows are no pairs
        documents={state: count for state, count in documents},  # noqa: C416
        stores=[StoreState.model_validate(store) for store in stores],
    )
