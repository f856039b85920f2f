"""One page of a company's orders: filter, search, place in the list, and the documents of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.models import Order, Outbox, Posting, db
from app.web.cursor import Cursor, cursor
from app.web.words import STATES

PAGE = 50
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    state: str = ""
    search: str = ""
    older_than: Cursor | None = None
    newer_than: Cursor | None = None

    def address(self, **changed: Any) -> dict[str, str]:
        """The parameters of an address that asks for the same, but for what is `changed`."""
        other = replace(self, **({"older_than": None, "newer_than": None} | changed))
        parameters = {
            "state": other.state,
            "q": other.search,
            "older": other.older_than or "",
            "newer": other.newer_than or "",
        }
        return {key: str(text) for key, text in parameters.items() if text}


@dataclass(frozen=True, slots=True)
class Filed:
    """A document of an order in the list."""

    kind: str
    number: str
    in_quickbooks: bool
    state: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The orders of one page, newest first."""

    orders: Sequence[Order]
    documents: Mapping[int, Sequence[Filed]] = field(default_factory=dict)
    newer: Cursor | None = None
    older: Cursor | None = None


def asked(parameters: Mapping[str, str]) -> Asked:
    """What the address asks for; what makes no sense is as if it were not there."""
    state = parameters.get("state", "")
    search = "".join(_ for _ in parameters.get("q", "") if _.isprintable()).strip()
    older = cursor(parameters.get("older", ""))
    return Asked(
        state=state if state in STATES else "",
        search=search[:LONGEST_SEARCH],
        older_than=older,
        newer_than=None if older else cursor(parameters.get("newer", "")),
    )


def counts(company_id: int) -> dict[str, int]:
    """How many orders there are in each state."""
    rows = db.session.execute(
        select(Order.state, func.count())
        .where(Order.company_id == company_id)
        .group_by(Order.state)
    ).all()
    return {state: number for state, number in rows}  # noqa: C416 - rows are no tuples to mypy


def page(company_id: int, wanted: Asked) -> Page:
    """The page that is asked for."""
    chosen = _chosen(company_id, wanted)
    back = wanted.newer_than
    if back is not None:
        order_by = (Order.placed_at.asc(), Order.id.asc())
        chosen = chosen.where(_after(back))
    else:
        order_by = (Order.placed_at.desc(), Order.id.desc())
        if wanted.older_than is not None:
            chosen = chosen.where(_before(wanted.older_than))
    found = db.session.scalars(
        chosen.order_by(*order_by).limit(PAGE + 1).options(joinedload(Order.store))
    ).all()
    more = len(found) > PAGE
    orders = list(found[:PAGE])
    if back is not None:
        orders.reverse()
    if not orders:
        return Page([])
    has_newer = more if back is not None else wanted.older_than is not None
    has_older = more if back is None else True
    return Page(
        orders,
        _documents([order.id for order in orders]),
        newer=_place(orders[0]) if has_newer else None,
        older=_place(orders[-1]) if has_older else None,
    )


def _chosen(company_id: int, wanted: Asked) -> Select[Order]:
    chosen = select(Order).where(Order.company_id == company_id)
    if wanted.state:
        chosen = chosen.where(Order.state == wanted.state)
    if wanted.search:
        number = wanted.search.removeprefix("#") or wanted.search
        chosen = chosen.where(
            or_(contains(Order.number, number), contains(Order.customer, wanted.search))
        )
    return chosen


def contains(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether the text is in the column, in capitals or not.

    SQLite's LIKE folds the case of ASCII only, so other letters are asked for in each case.
    """
    if db.engine.dialect.name != "sqlite":
        return column.icontains(text, autoescape=True)
    ways = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title()}
    return or_(*(column.contains(way, autoescape=True) for way in sorted(ways)))


def _undated_is_oldest() -> bool:
    """Where the database's own order, which its index has, puts orders without a date."""
    return db.engine.dialect.name == "sqlite"


def _before(place: Cursor) -> ColumnElement[bool]:
    """Older than that place: further down the list."""
    undated, oldest = Order.placed_at.is_(None), _undated_is_oldest()
    if place.placed_at is None:
        below = and_(undated, Order.id < place.id)
        return below if oldest else or_(below, not_(undated))
    tie = and_(Order.placed_at == place.placed_at, Order.id < place.id)
    dated = or_(Order.placed_at < place.placed_at, tie)
    return or_(dated, undated) if oldest else dated


def _after(place: Cursor) -> ColumnElement[bool]:
    """Newer than that place: further up the list."""
    undated, oldest = Order.placed_at.is_(None), _undated_is_oldest()
    if place.placed_at is None:
        above = and_(undated, Order.id > place.id)
        return or_(above, not_(undated)) if oldest else above
    tie = and_(Order.placed_at == place.placed_at, Order.id > place.id)
    dated = or_(Order.placed_at > place.placed_at, tie)
    return dated if oldest else or_(dated, undated)


def _place(order: Order) -> Cursor:
    return Cursor(order.placed_at, order.id)


def _documents(order_ids: Sequence[int]) -> dict[int, list[Filed]]:
    found: dict[int, list[Filed]] = {order_id: [] for order_id in order_ids}
    posted = db.session.execute(
        select(Posting.order_id, Posting.kind, Posting.part, Posting.generation, Posting.ref_number)
        .where(Posting.order_id.in_(order_ids))
        .order_by(Posting.id)
    ).all()
    for order_id, kind, _part, _generation, number in posted:
        found[order_id].append(Filed(kind, number, in_quickbooks=True))
    ready = db.session.execute(
        select(Outbox.order_id, Outbox.kind, Outbox.ref_number, Outbox.state)
        .where(Outbox.order_id.in_(order_ids), Outbox.state.not_in(("done", "dropped")))
        .order_by(Outbox.id)
    ).all()
    for order_id, kind, number, state in ready:
        found[order_id].append(Filed(kind, number, in_quickbooks=False, state=state))
    return found
