"""Orders from stores: what changed since, page by page."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.models import Event, Store, db, now
from app.stores.base import Page, StoreClient, clients_with
from app.stores.errors import StoreError
from app.sync.failures import level, pause
from app.sync.intake.receive import Received, add
from app.sync.stores import client_of

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=10)
"""For how long one page may take; then another node may read the store."""
FIRST_PAUSE = timedelta(minutes=5)
"""For how long a store is left alone after it failed once."""
REPEAT = timedelta(days=1)
"""An unreadable order is told once in this time, however often it comes again."""


class BeingRead(StoreError):  # noqa: N818 - says what it is
    """Another process reads the store at this moment."""

    advice = "Wait until it is done."


@dataclass(slots=True)
class Pulled:
    """What a pull brought, and what ended it."""

    received: Received = field(default_factory=Received)
    pages: int = 0
    error: str = ""
    """What went wrong and what to do; what came before it is stored."""


class Interrupted(BeingRead):
    """The server stops: the store is left as far as it was read, and is due at once."""


def never() -> bool:
    """Nobody wants it to stop."""
    return False


def due_stores(moment: datetime | None = None) -> list[Store]:
    """The stores that are to be pulled now; those that are being read are not."""
    moment = moment or now()
    return readable(moment, _pull_is_due(moment), Store.next_pull_at)


def _pull_is_due(moment: datetime) -> ColumnElement[bool]:
    return or_(Store.next_pull_at.is_(None), Store.next_pull_at <= moment)


def readable(moment: datetime, due: ColumnElement[bool], first: Any) -> list[Store]:
    """The connected stores of which that is true and that nobody reads; ``first`` is the order."""
    query = (
        select(Store)
        .where(
            Store.active,
            ~Store.stopped,
            Store.settings.is_not(None),
            Store.type.in_(clients_with("orders")),
            _free(moment),
            due,
        )
        .order_by(first, Store.id)
    )
    return list(db.session.scalars(query))


def _free(moment: datetime) -> ColumnElement[bool]:
    return or_(Store.lease_until.is_(None), Store.lease_until < moment)


def pull(
    store: Store,
    *,
    client: StoreClient[Any] | None = None,
    if_due: bool = False,
    stopping: Callable[[], bool] = never,
) -> Pulled:
    """Take in what changed since the last pull.

    Each page is committed with the watermark that it reaches before the next is asked for, so
    whatever ends the pull, the next goes on from there.

    Args:
        store: The store.
        client: What it is read by, where its settings are not to be asked.
        if_due: Leave it alone if another process has pulled it meanwhile.
        stopping: Asked after each page whether to leave it at that.

    Raises:
        BeingRead: if another process does it at this moment, or has done it.
    """
    *_, pulled = pulling(store, client=client, if_due=if_due, stopping=stopping)
    return pulled


def pulling(
    store: Store,
    *,
    client: StoreClient[Any] | None = None,
    if_due: bool = False,
    stopping: Callable[[], bool] = never,
) -> Iterator[Pulled]:
    """The same, telling after each page and at the end what has come so far."""
    pulled = Pulled()
    with (
        leased(store, _pull_is_due if if_due else None, next_pull_at=now()) as lease,
        noted(store, pulled, client) as reader,
    ):
        since = store.since
        if store.watermark is not None:
            since = store.watermark - reader.overlap
        for page in reader.orders(since, first=store.watermark is None):
            _store_page(store, reader, page, pulled)
            renew(store, lease, stopping)
            yield pulled
        store.pulled_at = now()
    yield pulled


def _store_page(store: Store, reader: StoreClient[Any], page: Page, pulled: Pulled) -> None:
    take(store, reader, page.items, pulled.received)
    if page.watermark is not None:
        reached = min(page.watermark, reader.http.now())
        store.watermark = max(reached, store.watermark or reached)
    pulled.pages += 1


def fetch(store: Store, number: str, *, client: StoreClient[Any] | None = None) -> Pulled:
    """Take in one order by the number that people call it by; an empty answer is none found.

    Raises:
        BeingRead: if another process reads the store at this moment.
    """
    pulled = Pulled()
    with leased(store), noted(store, pulled, client) as reader:
        take(store, reader, reader.order(number), pulled.received)
        pulled.pages = 1
    return pulled


def take(store: Store, reader: StoreClient[Any], items: Sequence[Any], received: Received) -> None:
    """Store what came; what cannot be read is told."""
    got = add(store.company_id, store, reader.format, items)
    for name, reason in got.bad:
        _tell_once(store, f"{store.name}: order {name or 'without an id'} is not read: {reason}.")
    received += got


def _tell_once(store: Store, text: str) -> None:
    known = select(Event.id).where(
        Event.company_id == store.company_id, Event.text == text, Event.at > now() - REPEAT
    )
    if db.session.scalar(known.limit(1)) is None:
        db.session.add(
            Event(company_id=store.company_id, level="error", kind="store.unreadable", text=text)
        )


@contextmanager
def leased(
    store: Store, due: Callable[[datetime], ColumnElement[bool]] | None = None, **more: Any
) -> Iterator[str]:
    """Be the only one that reads the store, on any node, until the end or a page takes too long.

    A pull takes away that it is due by ``next_pull_at``: what a webhook asks for meanwhile stays.
    """
    lease, moment = secrets.token_hex(8), now()
    claimable = (_free(moment), due(moment)) if due else (_free(moment),)
    claimed = db.session.execute(
        update(Store)
        .where(Store.id == store.id, *claimable)
        .values(lease=lease, lease_until=moment + LEASE, tried_at=moment, **more)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    if not _one(claimed):
        raise BeingRead(f"{store.name} is being read at this moment.")
    db.session.refresh(store)
    try:
        yield lease
    finally:
        db.session.execute(
            update(Store)
            .where(Store.id == store.id, Store.lease == lease)
            .values(lease="", lease_until=None)
        )
        db.session.commit()


def renew(store: Store, lease: str, stopping: Callable[[], bool] = never) -> None:
    """Commit the page, unless another process has taken over meanwhile; stop when told."""
    renewed = db.session.execute(
        update(Store)
        .where(Store.id == store.id, Store.lease == lease)
        .values(lease_until=now() + LEASE)
    )
    if not _one(renewed):
        raise BeingRead(f"{store.name} was taken over by another process.", advice="")
    db.session.commit()
    if stopping():
        raise Interrupted(f"{store.name} is read on after the server has started again.", advice="")


def _one(result: Any) -> bool:
    return bool(result.rowcount == 1)


class _Unusable:
    """In place of a client that cannot be made: whatever is asked of it, that is what it says."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        raise self._error


@contextmanager
def noted(
    store: Store,
    pulled: Pulled,
    client: StoreClient[Any] | None,
    *,
    on_error: Callable[[Store, Pulled, StoreError], None] | None = None,
) -> Iterator[StoreClient[Any]]:
    """Write down on the store how it went.

    ``on_error`` writes down a failure that is none of the store's pulls; if it went well, that says
    nothing of them either.
    """
    fails = on_error or failed
    opened: StoreClient[Any] | None = None
    try:
        try:
            opened = client or client_of(store)
        except Exception as error:  # noqa: BLE001 - told where the client is used, below
            yield cast("StoreClient[Any]", _Unusable(error))
        else:
            yield opened
    except StoreError as error:
        db.session.rollback()
        if isinstance(error, BeingRead):
            raise
        fails(store, pulled, error)
    except SQLAlchemyError:
        db.session.rollback()
        raise
    except Exception as error:
        db.session.rollback()
        log.exception("store.fault", store=store.id)
        words = f"Reading {store.name} failed within Rulebooks ({type(error).__name__})."
        fails(store, pulled, StoreError(words, advice="Please report it; the log has more."))
    else:
        if on_error is None:
            _went_well(store)
        _tell_what_came(store, pulled)
    finally:
        if opened is not None and client is None:
            opened.http.close()
    db.session.commit()


def failed(store: Store, pulled: Pulled, error: StoreError) -> None:
    """Leave the store alone for longer each time; told when it is new, and when it lasts."""
    pulled.error = str(error)
    store.next_pull_at = now() + pause(FIRST_PAUSE, store.failures, error)
    store.failures += 1
    store.stopped = error.stops
    if how := level(store.failures, error, store.error):
        tell(store, how, "store.failed", f"{store.name}: {pulled.error}")
    store.error = pulled.error


def _went_well(store: Store) -> None:
    if store.error:
        tell(store, "info", "store.recovered", f"{store.name} is read again.")
    store.error, store.failures, store.stopped = "", 0, False
    db.session.execute(
        update(Store)
        .where(Store.id == store.id, Store.next_pull_at.is_not(None))
        .values(next_pull_at=now() + timedelta(minutes=store.pull_minutes))
        .execution_options(synchronize_session=False)
    )
    db.session.expire(store, ["next_pull_at"])


def _tell_what_came(store: Store, pulled: Pulled) -> None:
    got = pulled.received
    if got.new or got.changed:
        text = f"{store.name}: {got.new} new and {got.changed} changed orders."
        tell(store, "info", "store.pulled", text)


def tell(store: Store, level: str, kind: str, text: str) -> None:
    """Write a line of the log."""
    db.session.add(Event(company_id=store.company_id, level=level, kind=kind, text=text))
