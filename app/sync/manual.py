"""Syncing by hand: which orders are meant, what would happen, and deciding them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import aliased

from app.models import Company, Order, db
from app.rules.releases import changing
from app.sync import mirror
from app.sync.runner import BATCH, decide_due

MOST_NUMBERS = 200
LONGEST_NUMBER = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders are meant; what is empty does not matter."""

    numbers: Sequence[str] = ()
    first: date | None = None
    last: date | None = None
    """The days on which they were placed, both included."""
    states: Sequence[str] = ()
    store_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every order would be meant."""
        return not (self.numbers or self.first or self.last or self.states or self.store_id)

    def plain(self) -> dict[str, Any]:
        """As a job's arguments keep it."""
        return {
            "numbers": list(self.numbers),
            "first": self.first and self.first.isoformat(),
            "last": self.last and self.last.isoformat(),
            "states": list(self.states),
            "store_id": self.store_id,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Wanted:
        """What ``plain`` wrote."""
        days = {
            name: date.fromisoformat(plain[name]) if plain[name] else None
            for name in ("first", "last")
        }
        return cls(
            numbers=tuple(plain["numbers"]),
            states=tuple(plain["states"]),
            store_id=plain["store_id"],
            **days,
        )


def matching(company: Company, wanted: Wanted) -> list[ColumnElement[bool]]:
    """The conditions that the orders meant fulfil."""
    found: list[ColumnElement[bool]] = []
    if wanted.numbers:
        # People write #1001 or 1001, whichever way the store does.
        ways = {way for number in wanted.numbers for way in (number, f"#{number.lstrip('#')}")}
        same = aliased(Order)
        numbered = select(same.id).where(
            same.company_id == company.id,
            same.number.in_(sorted(ways | {way.lstrip("#") for way in ways})),
        )
        found.append(Order.id.in_(numbered))
    else:
        found.append(Order.company_id == company.id)
    if wanted.first:
        found.append(Order.placed_on >= wanted.first)
    if wanted.last:
        found.append(Order.placed_on <= wanted.last)
    if wanted.states:
        found.append(Order.state.in_(wanted.states))
    if wanted.store_id:
        found.append(Order.store_id == wanted.store_id)
    return found


def preview(company: Company, wanted: Wanted) -> dict[str, int]:
    """How many orders are meant, by state."""
    rows = db.session.execute(
        select(Order.state, func.count())
        .where(*matching(company, wanted))
        .group_by(Order.state)
        .order_by(Order.state)
    ).all()
    return {state: number for state, number in rows}  # noqa: C416 - rows are no tuples to mypy


def mark(company: Company, wanted: Wanted) -> int:
    """Let the orders be decided again; how many. The caller commits."""
    changed: Any = db.session.execute(
        update(Order).where(*matching(company, wanted)).values(due=True),
        execution_options={"synchronize_session": False},
    )
    return int(changed.rowcount)


def mark_held(company: Company, wanted: Wanted) -> None:
    """Let the next run, which first reads QuickBooks' lists, look again at what is held now."""
    states = ("held",) if wanted.states else ()
    db.session.execute(
        update(Order)
        .where(*matching(company, replace(wanted, states=states)), Order.state == "held")
        .values(due=True),
        execution_options={"synchronize_session": False},
    )


def due(company: Company) -> int:
    """How many orders wait to be decided."""
    found = select(func.count()).where(Order.company_id == company.id, Order.due)
    return db.session.scalar(found) or 0


def can_decide(company: Company) -> bool:
    """Whether QuickBooks' lists were read: before that nothing can be decided for good."""
    return mirror.is_loaded(company.id)


def decide(company: Company) -> Iterator[int]:
    """Decide what is due, batch by batch, each committed; yields the orders of each."""
    while True:
        with changing(company):
            decided = decide_due(company, BATCH)
        if not decided:
            return
        yield decided


def found(company: Company, wanted: Wanted, most: int) -> list[Order]:
    """The first of the orders meant, the newest first."""
    return list(
        db.session.scalars(
            select(Order)
            .where(*matching(company, wanted))
            .order_by(Order.placed_at.desc(), Order.id.desc())
            .limit(most)
        )
    )


def missing(company: Company, wanted: Wanted) -> list[str]:
    """The numbers that no order here has."""
    if not wanted.numbers:
        return []
    known = Wanted(numbers=wanted.numbers, store_id=wanted.store_id)
    numbers = db.session.scalars(select(Order.number).where(*matching(company, known)))
    here = {number.lstrip("#") for number in numbers}
    return [number for number in wanted.numbers if number.lstrip("#") not in here]
