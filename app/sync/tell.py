"""Stores that want to know are told how their orders stand; nothing is lost while one is away.

An order is marked whenever it is decided or its documents change, and unmarked once its store has
taken the news. What is told is how it stands at that moment, so a store that was away for a day
gets the newest state of each order, not the way there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import or_, select, update

from app.models import Company, Order, Posting, Store, db
from app.stores.base import OrderStatus, StoreClient, clients_with
from app.sync.intake.pull import Pulled, noted

BATCH: Final = 50


def stores_to_tell(company: Company, moment: datetime) -> list[Store]:
    """The company's stores that want to know and may be called now."""
    return list(
        db.session.scalars(
            select(Store)
            .where(
                Store.company_id == company.id,
                Store.type.in_(clients_with("status")),
                Store.settings.is_not(None),
                Store.active,
                ~Store.stopped,
                or_(
                    Store.failures == 0,
                    Store.next_pull_at.is_(None),
                    Store.next_pull_at <= moment,
                ),
            )
            .order_by(Store.id)
        )
    )


def tell(store: Store, *, client: StoreClient[Any] | None = None) -> Iterator[int]:
    """Tell a store what is new, order by order; how many it was told, after each batch.

    What goes wrong is written down on the store, which is left alone for longer each time.
    """
    last = count = 0
    with noted(store, Pulled(), client) as reader:
        while reader.wants_status:
            ids = db.session.scalars(
                select(Order.id)
                .where(Order.store_id == store.id, Order.untold, Order.id > last)
                .order_by(Order.id)
                .limit(BATCH)
            ).all()
            for order_id in ids:
                count += _tell(reader, order_id)
                last = order_id
            if ids:
                yield count
            if len(ids) < BATCH:
                return


def _tell(reader: StoreClient[Any], order_id: int) -> bool:
    """Tell of one order, unless the store knows; the mark stays if it changed meanwhile."""
    row = db.session.get_one(Order, order_id, populate_existing=True)
    told, status = row.told, status_of(row)
    db.session.commit()
    digest = _digest(status)
    is_news = digest != told
    if is_news:
        reader.push_status(status)
    db.session.execute(
        update(Order)
        .where(Order.id == order_id)
        .values(untold=False, told=digest)
        .execution_options(synchronize_session=False)
    )
    fresh = db.session.get_one(Order, order_id, populate_existing=True)
    if _digest(status_of(fresh)) != digest:
        fresh.untold = True
    db.session.commit()
    return is_news


def status_of(row: Order) -> OrderStatus:
    """How the order stands."""
    postings = db.session.scalars(
        select(Posting).where(Posting.order_id == row.id).order_by(Posting.id)
    )
    return OrderStatus(
        order_id=row.source_id,
        number=row.number,
        state=row.state,
        reasons=list(row.reasons or ()),
        documents=[
            {
                "kind": one.kind,
                "part": one.part,
                "ref_number": one.ref_number,
                "txn_id": one.txn_id,
                "total": "" if one.total is None else format(one.total, "f"),
                "ended": one.ended,
            }
            for one in postings
        ],
    )


def _digest(status: OrderStatus) -> str:
    return sha256(json.dumps(asdict(status), sort_keys=True).encode()).hexdigest()
