"""A person's answers about documents that QuickBooks may hold already.

Nobody knows whether it holds one (state review), or it holds one that looks like it (alike).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload, undefer

from app.models import Company, Outbox, Posting, db, now
from app.sync.answers import AnswerRefusedError, said, tell
from app.sync.taken import posted as sales_posted

LONGEST_TXN_ID: Final = 36
ALIKE: Final = and_(Outbox.state == "held", Outbox.alike.is_not(None))
"""Held because QuickBooks holds a transaction that looks like it, and that we did not make."""
ASKED: Final = or_(Outbox.state == "review", ALIKE)


def documents(company: Company, orders: Collection[int], *conditions: Any) -> list[Outbox]:
    """The documents of these orders that a person is asked about, with their orders."""
    return list(
        db.session.scalars(
            select(Outbox)
            .where(Outbox.company_id == company.id, Outbox.order_id.in_(orders), ASKED, *conditions)
            .options(joinedload(Outbox.order), undefer(Outbox.payload))
            .order_by(Outbox.id)
        )
    )


def bind(company: Company, outbox_id: int, txn_id: str, *, who: str) -> None:
    """Say that a document is in QuickBooks already, as that transaction.

    QuickBooks is asked for it in the next session; if it has none with that TxnID, the document is
    posted no more, and the order is decided again.

    Raises:
        AnswerRefusedError: Nobody asks about that document, or the TxnID is of no use.
    """
    _bind(company, _asked_about(company, outbox_id), txn_id, who)
    db.session.commit()


def send_again(company: Company, outbox_id: int, *, who: str) -> None:
    """Say that QuickBooks does not hold a document: it is sent, and not looked for again.

    Raises:
        AnswerRefusedError: Nobody asks about that document.
    """
    _send(company, _asked_about(company, outbox_id), who)
    db.session.commit()


def is_that(
    company: Company, orders: Collection[int], *, who: str, comment: str = ""
) -> tuple[int, int]:
    """Bind what looks like a transaction in QuickBooks to that transaction.

    Returns:
        How many documents were bound, and how many were not: another one is their transaction.

    Raises:
        AnswerRefusedError: Nothing of these orders looks like one in QuickBooks.
    """
    bound = taken = 0
    for row in _alike(company, orders):
        try:
            _bind(company, row, (row.alike or {})["txn_id"], who, comment)
        except AnswerRefusedError:
            taken += 1
        else:
            bound += 1
    db.session.commit()
    return bound, taken


def send_anyway(company: Company, orders: Collection[int], *, who: str, comment: str = "") -> int:
    """Send what looks like a transaction in QuickBooks all the same; returns how many documents.

    Raises:
        AnswerRefusedError: Nothing of these orders looks like one in QuickBooks.
    """
    rows = _alike(company, orders)
    for row in rows:
        _send(company, row, who, comment)
    db.session.commit()
    return len(rows)


def _alike(company: Company, orders: Collection[int]) -> list[Outbox]:
    rows = documents(company, orders, ALIKE)
    if not rows:
        raise AnswerRefusedError("Nothing of these orders looks like one in QuickBooks (any more).")
    return rows


def _asked_about(company: Company, outbox_id: int) -> Outbox:
    row = db.session.scalars(
        select(Outbox)
        .where(Outbox.id == outbox_id, Outbox.company_id == company.id, ASKED)
        .options(joinedload(Outbox.order), undefer(Outbox.payload))
    ).first()
    if row is None:
        raise AnswerRefusedError("Nothing is asked about that document (any more).")
    return row


def _bind(company: Company, row: Outbox, txn_id: str, who: str, comment: str = "") -> None:
    txn_id = txn_id.strip().upper()
    if not txn_id or len(txn_id) > LONGEST_TXN_ID or not txn_id.isascii():
        raise AnswerRefusedError("A TxnID looks like 1A2B-1447312345.")
    taken = db.session.scalars(
        select(Posting).where(Posting.company_id == company.id, Posting.txn_id == txn_id)
    ).first()
    if taken is not None:
        raise AnswerRefusedError("Another document is known to be that transaction.")
    db.session.add(
        Posting(
            company_id=company.id,
            order_id=row.order_id,
            kind=row.kind,
            part=row.part,
            generation=row.generation,
            txn_id=txn_id,
            ref_number=row.ref_number,
            payload=row.payload,
            how="bound",
            stale=True,
            release_id=row.release_id,
        )
    )
    row.state, row.advice, row.alike = "done", "", None
    sales_posted(company.id, [row.order_id], now())
    row.order.due = True
    text = said(f"Said that the {row.kind} is the transaction {txn_id}", comment)
    tell(company, row.order, "document.bound", text, who)


def _send(company: Company, row: Outbox, who: str, comment: str = "") -> None:
    text = (
        f"Had the {row.kind} sent, though QuickBooks holds one that looks like it"
        if row.alike
        else f"Said that the {row.kind} is not in QuickBooks; it is sent again"
    )
    row.state, row.attempts, row.advice, row.searched, row.alike = "ready", 0, "", True, None
    row.order.state, row.order.reasons, row.order.causes = "queued", [], []
    tell(company, row.order, "document.sent_again", said(text, comment), who)
