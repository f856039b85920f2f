"""Orders that the store edited after they were posted: what may be done, and what a person chose.

Nothing is sent without a choice, and a choice is for exactly the change that it was made for.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from app.models import Company, Event, Order, Posting, db, now
from app.rules import current_rulebook
from app.sync.preview import plan_orders
from qbwc import documents
from qbwc.planning import CHOICES, Drift


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
        document=f"{documents.spoken(drift.kind)} {drift.ref_number}".strip(),
        changes=drift.words,
        notes=drift.notes,
        then=drift.then,
        now=drift.now,
        mark=drift.mark,
        along=drift.along,
        is_chosen=drift.chosen == choice,
    )


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
    made = {
        f"{kind} {part}".strip(): {
            "choice": proposal.choice,
            "mark": proposal.mark,
            "txn_id": posted[kind, part].txn_id if (kind, part) in posted else "",
            "author": author,
            "at": now().isoformat(),
        }
        for kind, part in every
    }
    order.corrections = {**(order.corrections or {}), **made}
    order.due = True
    said = f"{proposal.title[:1].lower()}{proposal.title[1:]}"
    db.session.add(
        Event(
            company_id=order.company_id,
            order_id=order.id,
            kind="order.corrected",
            text=f"{author} chose for {proposal.document} of order {order.number}: {said}.",
            detail={"changes": [*proposal.changes, *proposal.notes]},
        )
    )
