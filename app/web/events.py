"""One page of the transaction log: filters, a place in it, and rows for a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import g, request
from sqlalchemy import ColumnElement, Select, literal, or_, select, tuple_
from sqlalchemy import text as sql
from sqlalchemy.orm import InstrumentedAttribute

from app.models import Company, Event, Order, Posting, db
from app.models.base import Moment
from app.web.cursor import Cursor, cursor
from app.web.days import span
from qbwc import documents

PAGE: Final = 100
SPAN: Final = 50_000
"""Of so many lines a page's search for a text looks at most; the next page goes on from there."""
LEVELS: Final = {"trouble": "Warnings and errors", "error": "Errors"}
LONGEST: Final = 100
BATCH: Final = 1000
COLUMNS: Final = ("at", "level", "kind", "order", "text", "who", "detail")
_TROUBLE: Final = sql("events.level <> 'info'")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what makes no sense is as if it were not there."""

    level: str = ""
    kind: str = ""
    number: str = ""
    text: str = ""
    first: date | None = None
    last: date | None = None
    older: Cursor | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether not every line is asked for."""
        return bool(self.level or self.kind or self.number or self.text or self.first or self.last)

    @property
    def is_live(self) -> bool:
        """Whether it is the newest page, to which lines may be added."""
        return self.older is None and self.last is None and "paused" not in request.args


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page, newest first, with the numbers of their orders."""

    events: Sequence[Event] = ()
    numbers: dict[int, str] = field(default_factory=dict)
    older: Cursor | None = None
    searched_to: datetime | None = None
    """Where a search that found little stopped for this page; there is more before it."""


def asked() -> Asked:
    """What this request's address asks for."""
    given = request.args
    level = given.get("level", "")
    first, last = span(given)
    return Asked(
        level=level if level in LEVELS else "",
        kind=_line(given.get("kind", "")),
        number=_line(given.get("number", "")),
        text=_line(given.get("q", "")),
        first=first,
        last=last,
        older=cursor(given.get("older", "")),
    )


def page(company: Company, wanted: Asked) -> Page:
    """The page that is asked for."""
    chosen, floor = chosen_of(company, wanted), None
    if wanted.text:
        floor = _floor(company, wanted)
        if floor is not None:
            chosen = chosen.where(_place() > _value(floor))
    found = db.session.scalars(_below(chosen, wanted.older).limit(PAGE + 1)).all()
    events = found[:PAGE]
    older = Cursor(events[-1].at, events[-1].id) if len(found) > PAGE else floor
    return Page(
        events,
        _numbers(events),
        older=older,
        searched_to=floor.placed_at if floor and older is floor else None,
    )


def newest_id(events: Sequence[Event]) -> int:
    """By which a page that is looked at again is known to be the same."""
    return max((event.id for event in events), default=0)


def kinds(company: Company) -> list[str]:
    """The kinds of lines that there are: one look into the index for each."""
    query = sql(
        "WITH RECURSIVE known(kind) AS ("
        "SELECT min(kind) FROM events WHERE company_id = :company UNION ALL "
        "SELECT (SELECT min(kind) FROM events WHERE company_id = :company AND kind > known.kind) "
        "FROM known WHERE known.kind IS NOT NULL"
        ") SELECT kind FROM known WHERE kind IS NOT NULL"
    )
    return list(db.session.execute(query, {"company": company.id}).scalars())


def rows(company: Company, wanted: Asked) -> Iterator[dict[str, Any]]:
    """Every line that is asked for, as rows of a file."""
    columns = (
        Event.at, Event.level, Event.kind, Order.number, Event.text, Event.who, Event.detail
    )  # fmt: skip
    query = _below(chosen_of(company, wanted), wanted.older).with_only_columns(*columns)
    query = query.select_from(Event).outerjoin(Order, Order.id == Event.order_id)
    for row in db.session.execute(query.execution_options(yield_per=BATCH)):
        yield dict(zip(COLUMNS, row, strict=True))


def chosen_of(company: Company, wanted: Asked) -> Select[Any]:
    """The lines that the filters leave."""
    chosen = select(Event).where(Event.company_id == company.id)
    if wanted.level:
        chosen = chosen.where(_TROUBLE)
    if wanted.level == "error":
        chosen = chosen.where(Event.level == "error")
    if wanted.kind:
        chosen = chosen.where(Event.kind == wanted.kind)
    if wanted.number:
        chosen = chosen.where(Event.order_id.in_(_orders(company, wanted.number)))
    if wanted.text:
        chosen = chosen.where(contains(Event.text, wanted.text))
    zone = ZoneInfo(g.zone)
    if wanted.first:
        chosen = chosen.where(Event.at >= datetime.combine(wanted.first, time(), zone))
    if wanted.last:
        after = wanted.last + timedelta(days=1)
        chosen = chosen.where(Event.at < datetime.combine(after, time(), zone))
    return chosen


def contains(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether the text is in the column, in capitals or not.

    SQLite's LIKE folds the case of ASCII only, so other letters are asked for in each case.
    """
    if db.engine.dialect.name != "sqlite":
        return column.icontains(text, autoescape=True)
    ways = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title()}
    return or_(*(column.contains(way, autoescape=True) for way in sorted(ways)))


def _orders(company: Company, number: str) -> list[int]:
    """The orders with that number, or with a document of that number."""
    bare = number.lstrip("#")
    by_number = select(Order.id).where(
        Order.company_id == company.id, Order.number.in_((number, bare, f"#{bare}"))
    )
    by_document = select(Posting.order_id).where(
        Posting.company_id == company.id,
        Posting.kind.in_(documents.kinds()),
        Posting.ref_number.in_((number, bare)),
    )
    return list(db.session.scalars(by_number.union(by_document)))


def _below(chosen: Any, place: Cursor | None) -> Any:
    if place is not None and place.placed_at is not None:
        chosen = chosen.where(_place() < _value(place))
    return chosen.order_by(Event.at.desc(), Event.id.desc())


def _floor(company: Company, wanted: Asked) -> Cursor | None:
    """Down to where this page searches; None is to the end."""
    lines = select(Event.at, Event.id).where(Event.company_id == company.id)
    if wanted.last:
        after = datetime.combine(wanted.last + timedelta(days=1), time(), ZoneInfo(g.zone))
        lines = lines.where(Event.at < after)
    row = db.session.execute(_below(lines, wanted.older).offset(SPAN).limit(1)).first()
    return Cursor(row.at, row.id) if row else None


def _place() -> ColumnElement[Any]:
    return tuple_(Event.at, Event.id)


def _value(place: Cursor) -> ColumnElement[Any]:
    at = place.placed_at or datetime.min.replace(tzinfo=UTC)
    return tuple_(literal(at, Moment()), literal(place.id))


def _numbers(events: Sequence[Event]) -> dict[int, str]:
    ids = {event.order_id for event in events if event.order_id}
    rows = db.session.execute(select(Order.id, Order.number).where(Order.id.in_(ids))).all()
    return {order_id: number for order_id, number in rows}  # noqa: C416 - rows are no tuples to mypy


def _line(text: str) -> str:
    return "".join(one for one in text if one.isprintable()).strip()[:LONGEST]
