"""Syncing by hand as a job: read the stores, mark the orders, decide them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.jobs.kinds import Progress
from app.jobs.rows import JobView, start
from app.models import Company, Store, db
from app.stores.base import clients_with
from app.stores.errors import StoreError
from app.sync import manual
from app.sync.intake.pull import Pulled, fetch, pull
from app.sync.manual import Wanted

KIND = "sync"


def start_sync(
    company: Company, *, who: str, wanted: Wanted | None = None, stores: Sequence[int] = ()
) -> JobView:
    """Ask for a sync.

    Its result is ``{"stores": [{"name", "new", "changed", "error"}], "marked", "decided"}``;
    "decided" is None where QuickBooks' lists were never read: the Web Connector decides then.

    Args:
        company: Whose orders.
        who: The person.
        wanted: The orders to decide again; without it, what is due anyway.
        stores: The stores to read: for the wanted numbers, or for what has changed.
    """
    arguments = {"wanted": wanted and wanted.plain(), "stores": sorted(stores)}
    return start(company, KIND, arguments, who=who)


def connected(company: Company) -> list[Store]:
    """The stores that can be read."""
    return list(
        db.session.scalars(
            select(Store)
            .where(
                Store.company_id == company.id,
                Store.settings.is_not(None),
                Store.type.in_(clients_with("orders")),
            )
            .order_by(Store.name)
        )
    )


def run(company: Company, arguments: Mapping[str, Any]) -> Iterator[Progress]:
    """Do it, telling after each store and each batch."""
    wanted = Wanted.of(arguments["wanted"]) if arguments["wanted"] else None
    stores = [store for store in connected(company) if store.id in arguments["stores"]]
    result: dict[str, Any] = {"stores": [], "marked": 0, "decided": None}
    for done, store in enumerate(stores, start=1):
        result["stores"].append(_read(store, wanted.numbers if wanted else ()))
        yield Progress(done, len(stores), result)
    if wanted is not None:
        result["marked"] = manual.mark(company, wanted)
        db.session.commit()
    if manual.can_decide(company):
        result["decided"], total = 0, manual.due(company)
        db.session.rollback()
        for decided in manual.decide(company):
            result["decided"] += decided
            done = len(stores) + result["decided"]
            yield Progress(done, max(done, len(stores) + total), result)
        if wanted is not None:
            manual.mark_held(company, wanted)
            db.session.commit()
    done = len(stores) + (result["decided"] or 0)
    yield Progress(done, done, result)


def _read(store: Store, numbers: Sequence[str]) -> dict[str, Any]:
    name, total = store.name, Pulled()
    try:
        for got in [fetch(store, number) for number in numbers] if numbers else [pull(store)]:
            total.received += got.received
            total.error = total.error or got.error
    except StoreError as error:
        db.session.rollback()
        total.error = str(error)
    return {
        "name": name,
        "new": total.received.new,
        "changed": total.received.changed,
        "error": total.error,
    }
