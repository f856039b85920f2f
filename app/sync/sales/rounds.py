"""When QuickBooks is asked for its sales, and whose turn it is to be sent them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import delete, select, update

from app.models import Company, Mirror, Store, db, now
from app.rules import current_rulebook
from app.stores.base import StoreClient
from app.stores.errors import StoreError
from app.sync.outward import What, failed, takers, went_well
from app.sync.queue.sales import local_text
from app.sync.sales.back import take_back
from app.sync.sales.dispatch import NoSalesError, Sent, sending
from app.sync.sales.judging import sends_sales
from app.sync.sales.shipments import Told, telling, tells_shipments
from app.sync.stores import client_of
from qbwc.planning import sales_out
from rules_library.rulebook import Rulebook

Step = TypeVar("Step")
log = structlog.get_logger(__name__)

READ: Final = timedelta(minutes=10)
"""How old QuickBooks' sales may become before they are asked for again."""
SENT: Final = "sent sales"


_SENDS: Final[Mapping[What, Callable[[Rulebook], bool]]] = {
    "sales": sends_sales,
    "fulfilment": tells_shipments,
}
"""For what QuickBooks' sales are read, and whether rules ask for it."""


def refresh(company: Company, moment: datetime) -> bool:
    """Ask for QuickBooks' sales where a rule sends them and they are old; False if none does.

    What was changed before a rule first sent sales to a store stays where it is. While none does,
    nothing is read, and what changes then is never sent. The caller commits.
    """
    return "sales" in _refresh(company, moment)


def refresh_shipments(company: Company, moment: datetime) -> bool:
    """The same where a rule tells shops of shipments, which are known by QuickBooks' sales."""
    return "fulfilment" in _refresh(company, moment)


def _refresh(company: Company, moment: datetime) -> set[What]:
    """What QuickBooks' sales are read for."""
    _, rulebook = current_rulebook(company)
    rows = {
        row.kind: row
        for row in db.session.scalars(
            select(Mirror).where(Mirror.company_id == company.id, Mirror.kind.in_(sales_out.KINDS))
        )
    }
    starts: dict[What, datetime] = {}
    for what, asked in _SENDS.items():
        stores, is_asked = takers(company, what), asked(rulebook)
        for store in stores:
            began = (getattr(store, f"{what}_since") or moment) if is_asked else None
            setattr(store, f"{what}_since", began)
        if stores and is_asked:
            starts[what] = min(getattr(store, f"{what}_since") for store in stores)
    if not starts:
        _stop(company, rows)
        return set()
    for kind in sales_out.KINDS:
        row = rows.get(kind)
        if row is None:
            start = local_text(min(starts.values()), company.zone)
            db.session.add(
                Mirror(company_id=company.id, kind=kind, modified_until=start, stale=True)
            )
        elif row.loaded_at is None or row.loaded_at <= moment - READ:
            row.stale = True
    return set(starts)


def _stop(company: Company, rows: dict[str, Mirror]) -> None:
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

    def steps(opened: StoreClient[Any]) -> Iterator[Sent]:
        yield from sending(company, store, client=opened)
        take_back(company, store, opened)

    yield from _noted(store, "sales", client, steps, SENT, "sales")


def tell_shipments(
    company: Company, store: Store, *, client: StoreClient[Any] | None = None
) -> Iterator[Told]:
    """Tell one shop what is shipped; what goes wrong is noted in the same way."""

    def steps(opened: StoreClient[Any]) -> Iterator[Told]:
        yield from telling(company, store, client=opened)

    yield from _noted(store, "fulfilment", client, steps, "told of shipments", "word of shipments")


def _noted(  # noqa: PLR0917 - what is told, and how that is said
    store: Store,
    what: What,
    client: StoreClient[Any] | None,
    steps: Callable[[StoreClient[Any]], Iterator[Step]],
    done: str,
    takes: str,
) -> Iterator[Step]:
    """Tell the store; how it went is written down on it, and told in the log."""
    began = now()
    try:
        opened = client or client_of(store)
        try:
            yield from steps(opened)
        finally:
            if client is None:
                opened.http.close()
    except NoSalesError:
        db.session.rollback()
    except StoreError as error:
        db.session.rollback()
        failed(store, what, error, done)
    except (ArithmeticError, LookupError, TypeError, AttributeError, ValueError) as error:
        db.session.rollback()
        log.exception("outward.fault", what=what, store=store.id)
        words = f"{store.name} was not {done}: Rulebooks failed ({type(error).__name__})."
        wrong = StoreError(words, advice="Please report it; the log has more.")
        failed(store, what, wrong, done)
    else:
        went_well(store, what, began, takes)
    db.session.commit()
