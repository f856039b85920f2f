"""What comes next for a company, and how much is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select

from app.models import (
    Addition,
    Company,
    CustomValue,
    MessageSet,
    Mirror,
    Order,
    Outbox,
    Posting,
    SaleShipment,
    db,
)
from app.sync import mirror
from app.sync.queue import (
    additions,
    custom_fields,
    documents,
    gone,
    recovery,
    refresh,
    sales,
    search,
    sets,
    settle,
    shipped,
)
from app.sync.queue.call import Call
from qbwc import lists
from qbwc.conversation import Pause
from qbwc.messages import Draft
from qbwc.planning import sales_out

Decide = Callable[[Company, int], int]
"""Decides so many of a company's due orders, and says how many it did."""

PATIENCE = timedelta(seconds=15)
"""What is put off for less than this is worth waiting for within a session."""
ROOM = 2_000
"""So many documents may be ready before the next orders are decided: they are searched at once."""
BATCH = 250
DECIDING = 5.0
"""Seconds of one call that may go into deciding."""

_COMPANY: Any = bindparam("company")
_SOON: Any = bindparam("soon")


def _count(table: type, *conditions: Any) -> Any:
    return select(func.count()).select_from(table).where(*conditions)


_UNSETTLED = _count(
    MessageSet, MessageSet.company_id == _COMPANY, MessageSet.state.in_(sets.UNSETTLED)
)
_DUE = _count(
    Order,
    Order.company_id == _COMPANY,
    Order.due,
    ~exists().where(Outbox.order_id == Order.id, Outbox.state == "review"),
)
_DOCUMENTS = _count(
    Outbox,
    Outbox.company_id == _COMPANY,
    Outbox.state == "ready",
    ~Outbox.waiting,
    or_(Outbox.not_before.is_(None), Outbox.not_before <= _SOON),
)
_ENTRIES = _count(
    Addition,
    Addition.company_id == _COMPANY,
    Addition.state.in_(("ready", "find")),
    or_(Addition.not_before.is_(None), Addition.not_before <= _SOON),
)
_FIELDS = _count(
    CustomValue,
    CustomValue.company_id == _COMPANY,
    CustomValue.state == "ready",
    or_(CustomValue.not_before.is_(None), CustomValue.not_before <= _SOON),
)
_STALE = _count(Posting, Posting.company_id == _COMPANY, Posting.stale)
_SALES = _count(
    Mirror, Mirror.company_id == _COMPANY, Mirror.kind.in_(tuple(sales_out.KINDS)), Mirror.stale
)
_SHIPPED = _count(
    SaleShipment,
    SaleShipment.company_id == _COMPANY,
    SaleShipment.state == "ready",
    or_(SaleShipment.not_before.is_(None), SaleShipment.not_before <= _SOON),
)
_LISTS = _count(
    Mirror,
    Mirror.company_id == _COMPANY,
    Mirror.kind.in_(bindparam("kinds", expanding=True)),
    or_(
        Mirror.loaded_at > bindparam("fresh"),
        and_(Mirror.kind.in_(bindparam("seldom", expanding=True)), Mirror.loaded_at.is_not(None)),
    ),
    ~Mirror.stale,
    Mirror.iterator_id == "",
)
_LEFT = select(
    _UNSETTLED.scalar_subquery()
    + _DUE.scalar_subquery()
    + _DOCUMENTS.scalar_subquery()
    + _ENTRIES.scalar_subquery()
    + _FIELDS.scalar_subquery()
    + _STALE.scalar_subquery()
    + _SALES.scalar_subquery()
    + _SHIPPED.scalar_subquery(),
    _LISTS.scalar_subquery(),
)


def left(company_id: int, soon: datetime, fresh: datetime) -> int:
    """How many requests and orders are left that can be seen to until ``soon``.

    Args:
        company_id: The company.
        soon: What is put off until later than this does not count.
        fresh: A list that was not asked since then counts, if it is asked in every session.
    """
    kinds = list(lists.kinds())
    seldom = [kind.name for kind in lists.kinds().values() if kind.seldom]
    given = {"company": company_id, "soon": soon, "fresh": fresh, "kinds": kinds, "seldom": seldom}
    requests, loaded = db.session.execute(_LEFT, given).one()
    return int(requests) + len(kinds) - int(loaded)


def next_set(call: Call, decide: Decide) -> str | Pause | None:
    """Recover, mirror, refresh, read sales, decide, then create, search and post: in this order."""
    settle.finish(call)
    return (
        sets.again(call)
        or recovery.ask(call)
        or _ask_lists(call)
        or refresh.ask(call)
        or sales.ask(call)
        or _new_work(call, decide)
    )


def _ask_lists(call: Call) -> str | None:
    draft = mirror.ask(call) or Draft()
    if len(draft.contents) != 1:
        gone.ask(call, draft)
    return sets.hand_out(call, draft, "mirror", writes=False) if draft else None


def _new_work(call: Call, decide: Decide) -> str | Pause | None:
    _decide(call, decide)
    return (
        additions.send(call)
        or additions.ask(call)
        or search.ask(call)
        or documents.send(call)
        or custom_fields.send(call)
        or shipped.send(call)
        or _pause(call)
    )


def _decide(call: Call, decide: Decide) -> None:
    """Let due orders be decided while there is room and time."""
    until = time.monotonic() + DECIDING
    any_due = db.session.scalar(
        select(Order.id).where(Order.company_id == call.company.id, Order.due).limit(1)
    )
    if any_due is None:
        return
    while time.monotonic() < until:
        ready = db.session.scalar(_DOCUMENTS, {"company": call.company.id, "soon": call.at})
        if (ready or 0) >= ROOM or not decide(call.company, BATCH):
            break
    call.take_again()


def _pause(call: Call) -> Pause | None:
    """Whether something that was put off can be waited for."""
    put_off = (
        _put_off(call, Outbox, ~Outbox.waiting, Outbox.state == "ready")
        or _put_off(call, Addition, Addition.state.in_(("ready", "find")))
        or _put_off(call, CustomValue, CustomValue.state == "ready")
        or _put_off(call, SaleShipment, SaleShipment.state == "ready")
    )
    return Pause.WAIT if put_off else None


def _put_off(call: Call, table: Any, *conditions: Any) -> bool:
    return (
        db.session.scalar(
            select(table.id)
            .where(
                table.company_id == call.company.id,
                table.not_before > call.at,
                table.not_before <= call.at + PATIENCE,
                *conditions,
            )
            .limit(1)
        )
        is not None
    )
