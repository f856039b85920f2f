"""A person's answers about what is posted no more, or should not be: post again, or take back."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, update

from app import audit
from app.models import Company, Posting, db
from app.sync.answers import AnswerRefusedError, orders_named
from app.sync.corrections import UNPOST
from app.sync.gather import REPLACED
from qbwc.planning import WHOLE
from rules_library.decision import Choice, decisions

WHEN_CANCELLED = "when_cancelled"


def post_again(company: Company, orders: Collection[int], *, who: str) -> None:
    """Let documents that QuickBooks no longer has be posted again, as new generations.

    Raises:
        AnswerRefusedError: Nothing of the orders was voided or deleted.
    """
    rows = orders_named(company, orders)
    gone = Posting.ended.not_in(("", REPLACED))
    ids = set(
        db.session.scalars(
            select(Posting.order_id).where(Posting.order_id.in_([row.id for row in rows]), gone)
        )
    )
    if not ids:
        raise AnswerRefusedError("Nothing of these orders was voided or deleted.")
    db.session.execute(
        update(Posting).where(Posting.order_id.in_(ids), gone).values(ended=REPLACED),
        execution_options={"synchronize_session": False},
    )
    for row in rows:
        if row.id in ids:
            row.due = True
            if (row.corrections or {}).get(WHOLE, {}).get("choice") in UNPOST.values():
                row.corrections = {k: made for k, made in row.corrections.items() if k != WHOLE}
                row.answers = {k: said for k, said in row.answers.items() if k != "sync_order"}
                live = select(Posting.id).where(Posting.order_id == row.id, Posting.ended == "")
                if db.session.scalar(live.limit(1)) is None:
                    row.shape = None  # it is posted as the rules are now
            text = "Let what was voided or deleted be posted again."
            audit.record(
                "orders", "order.posted_again", text, company=company, order_id=row.id, who=who
            )
    db.session.commit()


def ways() -> dict[str, str]:
    """The ways to take a cancelled order back, each in words."""
    kind = decisions()[WHEN_CANCELLED].kind
    options = kind.options if isinstance(kind, Choice) else {}
    return {how: label for how, label in options.items() if how != "hold"}


def cancel_as(company: Company, orders: Collection[int], how: str, *, who: str) -> None:
    """Take these cancelled orders back in one of the ways; keep leaves them as they are.

    Raises:
        AnswerRefusedError: That is none of the ways.
    """
    if how not in ways():
        raise AnswerRefusedError("A cancelled order is not taken back like that.")
    label = ways()[how]
    for row in orders_named(company, orders):
        row.answers, row.due = {**(row.answers or {}), WHEN_CANCELLED: [how, who]}, True
        text = f"Chose for the cancelled order: {label[:1].lower()}{label[1:]}."
        audit.record(
            "orders", "order.cancelled_as", text, company=company, order_id=row.id, who=who
        )
    db.session.commit()
