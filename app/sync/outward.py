"""Which stores are told something, and how it went: one that fails is left alone for longer.

``what`` is stock, sales or fulfilment: the capability, the store's columns and the events are
named so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import or_, select

from app.models import Company, Event, MessageSet, Store, db, now
from app.stores.base import clients_with
from app.stores.errors import StoreError
from app.sync.failures import LONGEST_PAUSE, level, pause
from app.sync.queue import sets

FIRST_PAUSE: Final = timedelta(minutes=15)
What = Literal["stock", "sales", "fulfilment"]


def takers(company: Company, what: What) -> list[Store]:
    """The company's stores that are connected and take it."""
    query = select(Store).where(
        Store.company_id == company.id,
        Store.type.in_(clients_with(what)),
        Store.settings.is_not(None),
    )
    return list(db.session.scalars(query.order_by(Store.name, Store.id)))


def is_uncertain(company: Company) -> bool:
    """Whether QuickBooks may hold a document of ours that we do not know of yet."""
    query = select(MessageSet.id).where(
        MessageSet.company_id == company.id, MessageSet.writes, MessageSet.state.in_(sets.UNSETTLED)
    )
    return db.session.scalar(query.limit(1)) is not None


def due(company: Company, what: What, moment: datetime) -> list[Store]:
    """Those of them that may be called now: not paused, and not failing in any way."""
    next_at = getattr(Store, f"{what}_next_at")
    query = (
        select(Store)
        .where(
            Store.id.in_([store.id for store in takers(company, what)]),
            Store.active,
            ~Store.stopped,
            or_(Store.failures == 0, Store.next_pull_at <= moment),
            or_(next_at.is_(None), next_at <= moment),
        )
        .order_by(Store.id)
    )
    return list(db.session.scalars(query))


def failed(store: Store, what: What, error: StoreError, said: str) -> None:
    """Leave the store alone for a while; ``said`` is what it was not told, in words."""
    before: int = getattr(store, f"{what}_failures")
    first = LONGEST_PAUSE if error.stops else FIRST_PAUSE
    setattr(store, f"{what}_failures", before + 1)
    setattr(store, f"{what}_next_at", now() + pause(first, before, error))
    if how := level(before + 1, error, getattr(store, f"{what}_error")):
        _log(store, how, f"{what}.failed", f"{store.name} was not {said}: {error}")
    setattr(store, f"{what}_error", str(error))


def went_well(store: Store, what: What, began: datetime, said: str) -> None:
    """It was told everything; ``said`` is what it takes again after failures, in words."""
    if getattr(store, f"{what}_error"):
        _log(store, "info", f"{what}.recovered", f"{store.name} takes {said} again.")
    setattr(store, f"{what}_at", began)
    setattr(store, f"{what}_next_at", None)
    setattr(store, f"{what}_failures", 0)
    setattr(store, f"{what}_error", "")


def _log(store: Store, level: str, kind: str, text: str) -> None:
    db.session.add(Event(company_id=store.company_id, level=level, kind=kind, text=text))
