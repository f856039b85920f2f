"""Personal data that a company keeps besides its orders: messages, jobs, mails, sales, names."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import undefer

from app.models import (
    Addition,
    Event,
    Job,
    MessageSet,
    Notice,
    Order,
    Outbox,
    Sale,
    SaleSent,
    db,
    needs,
    now,
)
from app.sync.personal.words import GONE
from app.sync.retention import ENDED

BATCH: Final = 500
OVER: Final = ("done", "failed", "cancelled", "lost")
"""States of a job that nobody works on."""
_KEPT: Final = re.compile(
    r"(^|\.)(\w*(ListID|TxnID|TxnLineID|Amount|Rate|Quantity|Total|Date|Percentage)"
    r"|Subtotal|Balance\w*|Time\w+|EditSequence|RefNumber|TxnNumber|Is[A-Z]\w+)$"
)
"""The last part of a path whose text tells nothing of a person."""
_NAMED: Final = {
    "addition.": re.compile("^Customer “.*?”"),
    "match.remembered": re.compile("(?<=” is ).*(?= from now on)"),
}
"""How lines of the log that belong to no order name a customer."""


def forget_besides(company_id: int, before: datetime) -> None:
    """Remove what tells of persons and is older; each batch is committed.

    What is not settled, not sent or not finished is never touched, whatever its age.
    """
    _messages(company_id, before)
    _additions(company_id, before)
    _sales(company_id, before)
    _events(company_id, before)
    db.session.execute(
        delete(Job).where(
            Job.company_id == company_id, Job.state.in_(OVER), Job.finished_at < before
        )
    )
    db.session.execute(
        update(Notice)
        .where(
            Notice.company_id == company_id,
            Notice.state.in_(("sent", "failed")),
            Notice.created_at < before,
        )
        .values(subject="", text="", html="")
    )
    db.session.commit()


def _messages(company_id: int, before: datetime) -> None:
    """The exact texts; the ids of sets that wrote stay."""
    mine = (
        MessageSet.company_id == company_id,
        MessageSet.state.in_(ENDED),
        MessageSet.handed_at < before,
    )
    db.session.execute(delete(MessageSet).where(*mine, MessageSet.writes.is_(False)))
    db.session.execute(
        update(MessageSet).where(*mine, MessageSet.request != "").values(request="", reply=None)
    )
    db.session.commit()


def _additions(company_id: int, before: datetime) -> None:
    """Customers that were created: QuickBooks' own list, as we mirror it, has them from then on."""
    whole = exists().where(
        needs.c.addition_id == Addition.id,
        Outbox.id == needs.c.outbox_id,
        Order.id == Outbox.order_id,
        Order.redacted_at.is_(None),
    )
    ids = select(Addition.id).where(
        Addition.company_id == company_id,
        Addition.kind == "Customer",
        Addition.state == "done",
        Addition.created_at < before,
        ~whole,
    )
    while found := list(db.session.scalars(ids.limit(BATCH))):
        db.session.execute(needs.delete().where(needs.c.addition_id.in_(found)))
        db.session.execute(delete(Addition).where(Addition.id.in_(found)))
        db.session.commit()


def _sales(company_id: int, before: datetime) -> None:
    """Sales of QuickBooks of which every store has had its turn; none of them is sent again."""
    told = exists().where(SaleSent.sale_id == Sale.id)
    open_ = exists().where(SaleSent.sale_id == Sale.id, SaleSent.state.in_(("refused", "fault")))
    query = (
        select(Sale)
        .where(
            Sale.company_id == company_id,
            Sale.redacted_at.is_(None),
            Sale.modified_at < before,
            Sale.read_at < before,
            told,
            ~open_,
        )
        .limit(BATCH)
        .options(undefer(Sale.data))
    )
    while rows := db.session.scalars(query).all():
        for row in rows:
            row.customer, row.redacted_at = "", now()
            row.data = {path: text for path, text in row.data.items() if _KEPT.search(path)}
        db.session.commit()


def _events(company_id: int, before: datetime) -> None:
    for kind, name in _NAMED.items():
        changes: list[dict[str, Any]] = [
            {"id": event_id, "text": without}
            for event_id, text in db.session.execute(
                select(Event.id, Event.text).where(
                    Event.company_id == company_id,
                    Event.order_id.is_(None),
                    Event.kind.startswith(kind),
                    Event.at < before,
                )
            )
            if (without := name.sub(_unnamed, text)) != text
        ]
        if changes:
            db.session.execute(update(Event), changes)
    db.session.commit()


def _unnamed(found: re.Match[str]) -> str:
    return f"Customer “{GONE}”" if found[0].startswith("Customer “") else GONE
