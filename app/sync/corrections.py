"""Posted orders that are not as they should be: what may be done, and what a person chose.

The store edited them, the rules would leave them out now, or a person takes them back.

Nothing is sent without a choice, and a choice is for exactly the change that it was made for.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from app.models import Company, Event, Order, Outbox, Posting, db, now
from app.rules import current_rulebook
from app.sync.answers import AnswerRefusedError
from app.sync.preview import plan_orders
from qbwc import documents
from qbwc.planning import CHOICES, UNPOST_DELETE, UNPOST_VOID, WHOLE, Drift

UNPOST = {"void": UNPOST_VOID, "delete": UNPOST_DELETE}
"""How everything of an order may be taken out of QuickBooks."""


class OutdatedProposalError(Exception):
    """The order has changed since the proposal was made, or cannot be corrected like that."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("The order has changed since. Look at it again, then choose.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One way to deal with one posted document that the store has changed."""

    kind: str
    part: str
    choice: str
    """A key of ``CHOICES``."""
    title: str
    """The choice in words."""
    document: str
    """The document in words: invoice 1001."""
    changes: tuple[str, ...]
    """What of the money differs, one clause each."""
    notes: tuple[str, ...]
    """What else differs: an address."""
    then: Decimal
    now: Decimal
    mark: str
    along: tuple[tuple[str, str], ...] = ()
    """(kind, part) of other documents that the choice is for, too."""
    is_chosen: bool = False


def propose(order: Order) -> list[Proposal]:
    """What may be done about each posted document that is not what the order is now."""
    company = db.session.get_one(Company, order.company_id)
    _, rulebook = current_rulebook(company)
    planned = plan_orders(company, [order], rulebook)
    return [
        _proposal(drift, choice)
        for one in planned
        for drift in one.plan.drifts
        for choice in drift.choices
    ]


def _proposal(drift: Drift, choice: str) -> Proposal:
    return Proposal(
        kind=drift.kind,
        part=drift.part,
        choice=choice,
        title=CHOICES[choice],
        document=_spoken(drift),
        changes=drift.words,
        notes=drift.notes,
        then=drift.then,
        now=drift.now,
        mark=drift.mark,
        along=drift.along,
        is_chosen=drift.chosen == choice,
    )


def _spoken(drift: Drift) -> str:
    if drift.kind == WHOLE:
        return "all that is posted"
    return f"{documents.spoken(drift.kind)} {drift.ref_number}".strip()


def unpost(order: Order, how: str, author: str) -> None:
    """Let the next session take everything of an order out of QuickBooks; the caller commits.

    The order is left out from then on, until somebody posts it again.

    Args:
        order: The order.
        how: A key of ``UNPOST``; what cannot be voided is deleted, or closed.
        author: Who wants it.

    Raises:
        AnswerRefusedError: Nothing of it is in QuickBooks, or something is on its way there.
    """
    if how not in UNPOST:
        raise AnswerRefusedError("An order is not taken back like that.")
    held = select(Posting.id).where(Posting.order_id == order.id, Posting.ended == "")
    if db.session.scalar(held.limit(1)) is None:
        raise AnswerRefusedError(f"Nothing of order {order.number} is in QuickBooks.")
    on_its_way = select(Outbox.id).where(
        Outbox.order_id == order.id, Outbox.state.in_(("sent", "review"))
    )
    if db.session.scalar(on_its_way.limit(1)) is not None:
        raise AnswerRefusedError(
            f"Something of order {order.number} is on its way to QuickBooks: wait for the answer."
        )
    _take_back(order, UNPOST[how], "", author)
    title = CHOICES[UNPOST[how]]
    _tell(order, f"{author} chose for order {order.number}: {title[:1].lower()}{title[1:]}.", [])


def _take_back(order: Order, choice: str, mark: str, author: str) -> None:
    order.corrections = {
        **(order.corrections or {}), WHOLE: _made(choice, mark, "", author),
    }  # fmt: skip
    order.answers = {**(order.answers or {}), "sync_order": [False, author]}
    order.due = True


def _made(choice: str, mark: str, txn_id: str, author: str) -> dict[str, str]:
    at = now().isoformat()
    return {"choice": choice, "mark": mark, "txn_id": txn_id, "author": author, "at": at}


def _tell(order: Order, text: str, changes: list[str]) -> None:
    db.session.add(
        Event(
            company_id=order.company_id, order_id=order.id, kind="order.corrected", text=text,
            detail={"changes": changes},
        )
    )  # fmt: skip


def apply(order: Order, proposal: Proposal, author: str) -> None:
    """Let the next session do what was chosen; the caller commits.

    Raises:
        OutdatedProposalError: The order is not what the proposal was made for any more.
    """
    offered = {(one.kind, one.part, one.choice, one.mark) for one in propose(order)}
    if (proposal.kind, proposal.part, proposal.choice, proposal.mark) not in offered:
        raise OutdatedProposalError
    every = ((proposal.kind, proposal.part), *proposal.along)
    posted = {
        (posting.kind, posting.part): posting
        for posting in db.session.scalars(
            select(Posting).where(Posting.order_id == order.id, Posting.ended == "")
        )
        if (posting.kind, posting.part) in every
    }
    for posting in posted.values():
        posting.stale = True  # its lines are read before it is changed
    if proposal.choice in UNPOST.values():
        _take_back(order, proposal.choice, proposal.mark, author)
    else:
        made = {}
        for kind, part in every:
            txn_id = posted[kind, part].txn_id if (kind, part) in posted else ""
            key = f"{kind} {part}".strip()
            made[key] = _made(proposal.choice, proposal.mark, txn_id, author)
        order.corrections = {**(order.corrections or {}), **made}
        order.due = True
    said = f"{proposal.title[:1].lower()}{proposal.title[1:]}"
    text = f"{author} chose for {proposal.document} of order {order.number}: {said}."
    _tell(order, text, [*proposal.changes, *proposal.notes])
