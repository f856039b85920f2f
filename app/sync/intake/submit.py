"""Orders that a program hands in: read before they are stored, so that it is told what is wrong.

A store's orders are stored first, since nobody can ask the store to mend them. A program can: what
cannot be read is refused with its place, and an earlier revision stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from sqlalchemy import select

from app.models import Company, Order, Store, db
from app.stores.formats import BadOrder, MalformedPayload, RawOrder
from app.stores.rulebooks import FORMAT, find
from app.sync.intake.receive import IDENTIFIER, Received, add
from app.sync.stores import shop_of

Outcome = Literal["new", "changed", "same", "older", "bad"]
MOST: Final = 500
"""How many orders are taken at once."""


class TooManyOrdersError(ValueError):
    """More orders than are taken at once; nothing was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What became of one order."""

    source_id: str
    outcome: Outcome
    id: int | None = None
    """Ours; None for one that was refused and is not here."""
    pointer: str = ""
    """Of what cannot be read."""
    problem: str = ""


def submit(company: Company, store: Store, payload: Any) -> list[Submitted]:
    """Take in one order or many, all in one transaction; the same again changes nothing.

    Args:
        company: Whose.
        store: The store that they come from; two programs take turns.
        payload: One order, a list, or ``{"orders": [...]}``, with exact numbers.

    Raises:
        TooManyOrdersError: There are more than ``MOST``.
    """
    found = list(find(payload))
    if len(found) > MOST:
        raise TooManyOrdersError(
            f"At most {MOST} orders are taken at once; these are {len(found)}."
        )
    told = [_take(company, store, at, item) for at, item in found]
    db.session.commit()
    return list(_with_ids(store, told))


def _take(company: Company, store: Store, at: str, item: RawOrder | BadOrder) -> Submitted:
    if isinstance(item, BadOrder):
        return _bad(item.source_id, item.reason)
    if len(item.source_id) > IDENTIFIER or not item.source_id.isprintable():
        return _bad("", f"{at}/source_id: the id is no identifier")
    try:
        FORMAT.order(item.raw, shop_of(store))
    except MalformedPayload as error:
        return _bad(item.source_id, f"{at}{error}")
    got = add(company.id, store, FORMAT, [item])
    if got.bad:
        return _bad(item.source_id, f"{at}: {got.bad[0][1]}")
    return Submitted(source_id=item.source_id, outcome=_outcome(got))


def _bad(source_id: str, reason: str) -> Submitted:
    pointer, _, problem = reason.partition(": ")
    return Submitted(
        source_id=source_id, outcome="bad", pointer=pointer.rstrip("/"), problem=problem
    )


def _outcome(got: Received) -> Outcome:
    if got.new:
        return "new"
    if got.changed:
        return "changed"
    return "older" if got.older else "same"


def _with_ids(store: Store, told: list[Submitted]) -> Iterator[Submitted]:
    named = {one.source_id for one in told if one.outcome != "bad"}
    rows = db.session.execute(
        select(Order.source_id, Order.id).where(
            Order.store_id == store.id, Order.source_id.in_(named)
        )
    )
    ids = {source_id: order_id for source_id, order_id in rows}  # noqa: C416 - rows are no pairs
    for one in told:
        yield replace(one, id=ids.get(one.source_id)) if one.outcome != "bad" else one
