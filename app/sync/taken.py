"""What orders took of items that QuickBooks' quantities do not show yet, kept so that SQL adds it.

It is written when an order is decided. A document that was posted counts on until the items are
read whole again: the quantities that we hold may have been read before it. A document that was in
QuickBooks already when it was found is counted twice until then: a store is told too few, never
too many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from app.models import Company, Order, Outbox, Store, Taken, Whole, db
from app.sync import whole
from qbwc.planning import Sold, taken

if TYPE_CHECKING:
    from app.sync.preview import Planned

KIND: Final = "Item"
CHUNK: Final = 5_000
_MOVING: Final = and_(
    Outbox.kind.in_(taken.KINDS),
    Outbox.action.in_(("add", "mod")),
    Outbox.state.in_(("ready", "sent", "held", "review")),
)
"""Documents that still have to take something."""


def write(company: Company, planned: Sequence[Planned]) -> None:
    """Keep what was found when these orders were planned; the caller commits."""
    ids = [one.of.row.id for one in planned]
    old = delete(Taken).where(Taken.order_id.in_(ids), Taken.posted_at.is_(None))
    db.session.execute(old, execution_options={"synchronize_session": False})
    rows = [
        {
            "company_id": company.id,
            "order_id": one.of.row.id,
            "list_id": list_id,
            "quantity": quantity,
            "coming": coming,
        }
        for one in planned
        for found, coming in ((one.plan.taken.coming, True), (one.plan.taken.later, False))
        for list_id, quantity in found.items()
    ]
    if rows:
        db.session.execute(insert(Taken), rows)


def posted(company_id: int, order_ids: Collection[int], at: datetime) -> None:
    """QuickBooks holds sales of these orders now; the caller commits.

    An order of which another sale is still to be sent counts whole until that is posted.
    """
    ids = sorted(set(order_ids))
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        moving = select(Outbox.order_id).where(Outbox.order_id.in_(chunk), _MOVING)
        done = (Taken.order_id.in_(chunk), Taken.coming, Taken.order_id.not_in(moving))
        change = (
            update(Taken).where(*done, Taken.posted_at.is_(None)).values(posted_at=at)
            if whole.asked_whole_at(company_id, KIND)  # else nobody reads the items whole again
            else delete(Taken).where(*done)
        )
        db.session.execute(change, execution_options={"synchronize_session": False})


def of_items(company: Company, list_ids: Iterable[str] | None = None) -> Mapping[str, Decimal]:
    """How many of items are sold that QuickBooks' quantities do not show, by ListID.

    Args:
        company: Whose.
        list_ids: Of which items; of all if None.
    """
    query = (
        select(Taken.list_id, func.sum(Taken.quantity, type_=Whole()))
        .where(_unseen(company))
        .group_by(Taken.list_id)
    )
    if list_ids is not None:
        query = query.where(Taken.list_id.in_(sorted(list_ids)))
    return {list_id: quantity for list_id, quantity in db.session.execute(query)}  # noqa: C416


def _unseen(company: Company) -> ColumnElement[bool]:
    """What of a company QuickBooks' quantities, as they were last read whole, do not show."""
    mine = Taken.company_id == company.id
    read = whole.read_whole_at(company.id, KIND)
    return and_(mine, or_(Taken.posted_at.is_(None), Taken.posted_at >= read)) if read else mine


def by_orders(
    company: Company, list_ids: Iterable[str], without: Collection[int]
) -> dict[str, list[Sold]]:
    """What each order takes of items by documents that QuickBooks' quantities do not show.

    Args:
        company: Whose.
        list_ids: Of which items.
        without: Orders that are planned anew: only what QuickBooks has of them counts.
    """
    query = (
        select(
            Taken.list_id, Store.key, Order.source_id, Order.placed_at, Taken.quantity,
            Taken.posted_at,
        )
        .join(Order, Order.id == Taken.order_id)
        .join(Store, Store.id == Order.store_id)
        .where(
            _unseen(company),
            Taken.coming,
            or_(Taken.posted_at.is_not(None), Taken.order_id.not_in(without)),
        )
    )  # fmt: skip
    found: dict[str, list[Sold]] = defaultdict(list)
    ids = sorted(set(list_ids))
    for start in range(0, len(ids), CHUNK):
        rows = db.session.execute(query.where(Taken.list_id.in_(ids[start : start + CHUNK])))
        for list_id, store, source_id, placed_at, quantity, posted_at in rows:
            if placed_at is not None:
                sold = Sold((store, source_id), placed_at, quantity, posted_at is not None)
                found[list_id].append(sold)
    return found


def forget(company_id: int, before: datetime) -> None:
    """The items were read whole since then: what was posted before is in QuickBooks' quantities."""
    old = delete(Taken).where(Taken.company_id == company_id, Taken.posted_at < before)
    db.session.execute(old, execution_options={"synchronize_session": False})
