"""Orders that are here, compared with the store's once a day: no list of changes tells all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select

from app import audit
from app.models import Order, Store, db, now
from app.stores.base import Known, Reread, StoreClient, nothing_known
from app.stores.errors import StoreError
from app.stores.payload import load_raw
from app.sync.failures import level, pause
from app.sync.intake.pull import (
    FIRST_PAUSE,
    Pulled,
    failed,
    leased,
    never,
    noted,
    readable,
    renew,
    take,
    tell,
)
from app.sync.intake.receive import mark_gone, not_yet_gone

EVERY: Final = timedelta(days=1)
DAYS: Final = 60
WHOLE: Final = 30
"""Each order is read whole once in so many days, also where its store says that it is the same."""
MOST_GONE: Final = 5
"""So many orders of a batch may vanish at once; if it is more than half of it, it is doubted."""
CHUNK: Final = 500


def _is_due(moment: datetime) -> ColumnElement[bool]:
    return and_(
        or_(Store.reread_at.is_(None), Store.reread_at <= moment - EVERY),
        or_(Store.reread_next_at.is_(None), Store.reread_next_at <= moment),
    )


def due_rereads(moment: datetime | None = None) -> list[Store]:
    """The stores whose orders are to be read again: those in order, once a day."""
    moment = moment or now()
    due = and_(_is_due(moment), Store.error == "", Store.pulled_at.is_not(None))
    return readable(moment, due, Store.id)


def reread(
    store: Store,
    *,
    client: StoreClient[Any] | None = None,
    days: int = DAYS,
    whole: bool = False,
    if_due: bool = False,
    stopping: Callable[[], bool] = never,
) -> Pulled:
    """Compare the orders of these last days with the store's.

    Trashed orders and deleted refunds show only here; so do changes that a pull missed. That most
    of a batch is gone is doubted, and so is then what else is gone: those orders stay as they are
    until a person says so.

    Args:
        store: The store.
        client: What it is read by, where its settings are not to be asked.
        days: How far back orders were placed.
        whole: Read each of them whole, also where the store can tell that it did not change.
        if_due: Leave it alone if another process has done it meanwhile.
        stopping: Asked after each batch whether to leave it at that.

    Raises:
        app.sync.intake.pull.BeingRead: if another process reads the store at this moment.
    """
    pulled = Pulled()
    gone: list[str] = []
    doubted: list[str] = []
    ids = db.session.scalars(
        select(Order.source_id)
        .where(
            Order.store_id == store.id,
            Order.placed_at >= now() - timedelta(days=days),
            Order.state != "skipped",
        )
        .order_by(Order.id)
    ).all()
    due = _is_due if if_due else None
    with leased(store, due) as lease, noted(store, pulled, client, on_error=_failed) as reader:
        for batch in reader.reread(ids, nothing_known if whole else _known(store)):
            some, is_doubted = _compare(store, reader, batch, pulled)
            (doubted if is_doubted else gone).extend(some)
            renew(store, lease, stopping)
        known = set(store.doubted or ())
        if not doubted:
            _mark_gone(store, [one for one in gone if one not in known], pulled)
            gone = [one for one in gone if one in known]
        store.reread_at, store.reread_next_at = now(), None
        store.reread_failures, store.reread_error = 0, ""
        _doubt(store, [*doubted, *gone], len(ids), pulled)
    return pulled


def _known(store: Store) -> Known:
    """What is kept of the store's orders; of some of them nothing, each day of others."""
    turn = now().toordinal() % WHOLE

    def known(ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        rows = db.session.execute(
            select(Order.id, Order.source_id, Order.raw).where(
                Order.store_id == store.id, Order.source_id.in_(ids)
            )
        )
        return {row.source_id: load_raw(row.raw) for row in rows if row.id % WHOLE != turn}

    return known


def _compare(
    store: Store, reader: StoreClient[Any], batch: Reread, pulled: Pulled
) -> tuple[list[str], bool]:
    """Take a batch in; returns the ids that are said to be gone, and whether that is doubted."""
    take(store, reader, batch.items, pulled.received)
    pulled.received.same += batch.same
    pulled.pages += 1
    gone, known = not_yet_gone(store, batch.gone), set(store.doubted or ())
    news = [one for one in gone if one not in known]
    return gone, len(news) > max(MOST_GONE, len(batch.items) + batch.same)


def _mark_gone(store: Store, ids: list[str], pulled: Pulled) -> None:
    for start in range(0, len(ids), CHUNK):
        mark_gone(store, ids[start : start + CHUNK], pulled.received)


def _doubt(store: Store, ids: list[str], asked: int, pulled: Pulled) -> None:
    """Keep which orders are doubted; people are told once of each."""
    news = set(ids) - set(store.doubted or ())
    store.doubted = sorted(ids) or None
    if not ids:
        return
    pulled.error = (
        f"The store says that {len(ids):,} of {asked:,} orders are gone. That is not believed, and "
        "they stay as they are. Check whether the key still may see all orders; if they really are "
        "gone, say so on the store's page."
    )
    if news:
        tell(store, "error", "store.doubted", f"{store.name}: {pulled.error}")


def _failed(store: Store, pulled: Pulled, error: StoreError) -> None:
    """It is tried again later, each time later; the pulls go on meanwhile."""
    if error.stops:
        failed(store, pulled, error)
        return
    pulled.error = str(error)
    store.reread_next_at = now() + pause(FIRST_PAUSE, store.reread_failures, error)
    store.reread_failures += 1
    if how := level(store.reread_failures, error, store.reread_error):
        text = f"{store.name}: its orders could not be compared: {pulled.error}"
        tell(store, how, "store.failed", text)
    store.reread_error = pulled.error


def believe(store: Store, *, who: str) -> int:
    """Say that the orders that are doubted really are gone: they are cancelled ones now.

    Returns:
        How many orders that are.

    Raises:
        app.sync.intake.pull.BeingRead: if another process reads the store at this moment.
    """
    pulled = Pulled()
    with leased(store):
        ids = list(store.doubted or ())
        _mark_gone(store, ids, pulled)
        store.doubted = None
        text = f"Said that {len(ids):,} orders of {store.name} really are gone"
        audit.record("stores", "store.believed", text, company=store.company, who=who)
        db.session.commit()
    return pulled.received.changed
