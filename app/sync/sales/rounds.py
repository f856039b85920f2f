"""When QuickBooks is asked for its sales, and whose turn it is to be sent them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import delete, select, update

from app.models import Company, Mirror, Store, db, now
from app.rules import current_rulebook
from app.stores.base import StoreClient
from app.stores.errors import StoreError
from app.sync.outward import failed, takers, went_well
from app.sync.queue.sales import local_text
from app.sync.sales.back import take_back
from app.sync.sales.dispatch import NoSalesError, Sent, sending, sends_sales
from app.sync.stores import client_of
from qbwc.planning import sales_out

log = structlog.get_logger(__name__)

READ: Final = timedelta(minutes=10)
"""How old QuickBooks' sales may become before they are asked for again."""
SENT: Final = "sent sales"


def refresh(company: Company, moment: datetime) -> bool:
    """Ask for QuickBooks' sales where a rule sends them and they are old; False if none does.

    What was changed before a rule first sent sales to a store stays where it is. While none does,
    nothing is read, and what changes then is never sent. The caller commits.
    """
    _, rulebook = current_rulebook(company)
    stores = takers(company, "sales")
    rows = {
        row.kind: row
        for row in db.session.scalars(
            select(Mirror).where(Mirror.company_id == company.id, Mirror.kind.in_(sales_out.KINDS))
        )
    }
    if not stores or not sends_sales(rulebook):
        _stop(company, stores, rows)
        return False
    for store in stores:
        store.sales_since = store.sales_since or moment
    since = min(store.sales_since or moment for store in stores)
    for kind in sales_out.KINDS:
        row = rows.get(kind)
        if row is None:
            start = local_text(since, company.zone)
            db.session.add(
                Mirror(company_id=company.id, kind=kind, modified_until=start, stale=True)
            )
        elif row.loaded_at is None or row.loaded_at <= moment - READ:
            row.stale = True
    return True


def _stop(company: Company, stores: list[Store], rows: dict[str, Mirror]) -> None:
    for store in stores:
        store.sales_since = None
    if rows:
        db.session.execute(
            delete(Mirror)
            .where(Mirror.company_id == company.id, Mirror.kind.in_(sales_out.KINDS))
            .execution_options(synchronize_session="fetch")
        )


def read_again(company: Company) -> None:
    """Ask for QuickBooks' sales at the next run; the caller commits."""
    db.session.execute(
        update(Mirror)
        .where(Mirror.company_id == company.id, Mirror.kind.in_(sales_out.KINDS))
        .values(stale=True)
        .execution_options(synchronize_session="fetch")
    )


def since(company: Company, store: Store, moment: datetime) -> None:
    """Send the store what was changed since then, too; the caller commits."""
    store.sales_since = moment
    start = local_text(moment, company.zone)
    db.session.execute(
        update(Mirror)
        .where(
            Mirror.company_id == company.id,
            Mirror.kind.in_(sales_out.KINDS),
            Mirror.modified_until > start,
        )
        .values(modified_until=start, stale=True, iterator_id="")
        .execution_options(synchronize_session="fetch")
    )


def send_due(
    company: Company, store: Store, *, client: StoreClient[Any] | None = None
) -> Iterator[Sent]:
    """Send one store its sales, and take note of what it shipped.

    What goes wrong is written down on the store, and told in the log.
    """
    began = now()
    try:
        opened = client or client_of(store)
        try:
            yield from sending(company, store, client=opened)
            take_back(company, store, opened)
        finally:
            if client is None:
                opened.http.close()
    except NoSalesError:
        db.session.rollback()
    except StoreError as error:
        db.session.rollback()
        failed(store, "sales", error, SENT)
    except (ArithmeticError, LookupError, TypeError, AttributeError, ValueError) as error:
        db.session.rollback()
        log.exception("sales.fault", store=store.id)
        words = f"Sending {store.name} its sales failed within Rulebooks ({type(error).__name__})."
        wrong = StoreError(words, advice="Please report it; the log has more.")
        failed(store, "sales", wrong, SENT)
    else:
        went_well(store, "sales", began, "sales")
    db.session.commit()
