"""One page of a company's orders: filter, search, place in the list, and the documents of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, Select, and_, cast, func, not_, or_, select
from sqlalchemy import Text as AnyText
from sqlalchemy.orm import joinedload

from app.models import Company, Order, Outbox, Posting, Store, db
from app.sync.summary import searchable
from app.web.cursor import Cursor, cursor
from app.web.days import span
from app.web.words import STATES, decimal
from qbwc.planning import CAUSES

PAGE = 50
LONGEST_SEARCH = 100
MOST_WORDS: Final = 8
BATCH: Final = 1000
COLUMNS: Final = (
    "number", "store", "placed_at", "customer", "email", "state", "reasons", "payment_method",
    "currency", "total", "tax", "refunded",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    state: str = ""
    search: str = ""
    store: str = ""
    first: date | None = None
    last: date | None = None
    method: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    cause: str = ""
    older_than: Cursor | None = None
    newer_than: Cursor | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the state is asked for."""
        return any(
            (self.search, self.store, self.first, self.last, self.method, self.low is not None,
             self.high is not None, self.cause)
        )  # fmt: skip

    def address(self, **changed: Any) -> dict[str, str]:
        """The parameters of an address that asks for the same, but for what is `changed`."""
        other = replace(self, **({"older_than": None, "newer_than": None} | changed))
        names = {
            "search": "q", "first": "from", "last": "to", "older_than": "older",
            "newer_than": "newer",
        }  # fmt: skip
        parameters = {
            names.get(one.name, one.name): getattr(other, one.name) for one in fields(other)
        }
        return {key: str(text) for key, text in parameters.items() if text not in (None, "")}


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
    given = {key: _line(parameters.get(key, "")) for key in ("state", "q", "method", "cause")}
    older, store = cursor(parameters.get("older", "")), parameters.get("store", "")
    first, last = span(parameters)
    return Asked(
        state=given["state"] if given["state"] in STATES else "",
        search=given["q"],
        store=store if store.isascii() and store.isdigit() and len(store) < 10 else "",  # noqa: PLR2004 - digits of an id
        first=first,
        last=last,
        method=given["method"],
        low=_amount(parameters.get("low", "")),
        high=_amount(parameters.get("high", "")),
        cause=given["cause"] if given["cause"] in CAUSES else "",
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


def page(company: Company, wanted: Asked) -> Page:
    """The page that is asked for."""
    chosen = _chosen(company, wanted, select(Order.id))
    back = wanted.newer_than
    if back is not None:
        order_by = (Order.placed_at.asc(), Order.id.asc())
        chosen = chosen.where(_after(back))
    else:
        order_by = (Order.placed_at.desc(), Order.id.desc())
        if wanted.older_than is not None:
            chosen = chosen.where(_before(wanted.older_than))
    ids = db.session.scalars(chosen.order_by(*order_by).limit(PAGE + 1)).all()
    more = len(ids) > PAGE
    rows = db.session.scalars(
        select(Order).where(Order.id.in_(ids[:PAGE])).options(joinedload(Order.store))
    )
    places = {order_id: place for place, order_id in enumerate(ids)}
    orders = sorted(rows, key=lambda row: places[row.id], reverse=back is not None)
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


def rows(company: Company, wanted: Asked) -> Iterator[dict[str, Any]]:
    """Every order that is asked for, as rows of a file."""
    columns: tuple[Any, ...] = (
        Order.number, Order.store_id, Order.placed_at, Order.customer, Order.email, Order.state,
        Order.reasons, Order.method, Order.currency, Order.total, Order.tax, Order.refunded,
    )  # fmt: skip
    stores = select(Store.id, Store.key).where(Store.company_id == company.id)
    keys = {row.id: row.key for row in db.session.execute(stores)}
    chosen = _chosen(company, wanted, select(*columns))
    newest = chosen.order_by(Order.placed_at.desc(), Order.id.desc())
    for row in db.session.execute(newest.execution_options(yield_per=BATCH)):
        found = dict(zip(COLUMNS, row, strict=True))
        found["store"] = keys[found["store"]]
        yield {**found, "reasons": "; ".join(found["reasons"] or ())}


def ids(company: Company, wanted: Asked, most: int) -> list[int]:
    """The orders that are asked for, the newest first."""
    chosen = _chosen(company, wanted, select(Order.id))
    newest = chosen.order_by(Order.placed_at.desc(), Order.id.desc()).limit(most)
    return list(db.session.scalars(newest))


def _chosen(company: Company, wanted: Asked, chosen: Select[Any]) -> Select[Any]:
    """With the filters. All they look at is in the index of the list, which is read in its order.

    Where there are other filters the state is asked for as an expression: by its own index each
    order's row would be read.
    """
    chosen = chosen.where(Order.company_id == company.id)
    if wanted.state:
        state = func.coalesce(Order.state, "") if wanted.is_filtered else Order.state
        chosen = chosen.where(state == wanted.state)
    for word in searchable(wanted.search).split()[:MOST_WORDS]:
        chosen = chosen.where(_has(Order.search, word))
    if wanted.store:
        chosen = chosen.where(Order.store_id == int(wanted.store))
    if wanted.method:
        chosen = chosen.where(_has(func.lower(Order.method), wanted.method.lower()))
    if wanted.cause:
        chosen = chosen.where(
            Order.state == "held", _has(cast(Order.causes, AnyText), f'["{wanted.cause}"')
        )
    zone = ZoneInfo(company.zone or "UTC")
    if wanted.first:
        chosen = chosen.where(Order.placed_at >= datetime.combine(wanted.first, time(), zone))
    if wanted.last:
        after = datetime.combine(wanted.last + timedelta(days=1), time(), zone)
        chosen = chosen.where(Order.placed_at < after)
    if wanted.low is not None:
        chosen = chosen.where(_total() >= _number(wanted.low))
    if wanted.high is not None:
        chosen = chosen.where(_total() <= _number(wanted.high))
    return chosen


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def _has(column: Any, text: str) -> ColumnElement[bool]:
    """Whether the text is in the column, every character as it is."""
    find = func.instr if _is_sqlite() else func.strpos
    return find(column, text) > 0


def _total() -> ColumnElement[Any]:
    """The total as a number; to compare two of two decimals a float is exact enough."""
    return cast(Order.total, Float) if _is_sqlite() else Order.total  # type: ignore[return-value]


def _number(amount: Decimal) -> Any:
    return float(amount) if _is_sqlite() else amount


def _undated_is_oldest() -> bool:
    """Where the database's own order, which its index has, puts orders without a date."""
    return _is_sqlite()


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
        select(Posting.order_id, Posting.kind, Posting.ref_number)
        .where(Posting.order_id.in_(order_ids))
        .order_by(Posting.id)
    ).all()
    for order_id, kind, number in posted:
        found[order_id].append(Filed(kind, number, in_quickbooks=True))
    ready = db.session.execute(
        select(Outbox.order_id, Outbox.kind, Outbox.ref_number, Outbox.state)
        .where(Outbox.order_id.in_(order_ids), Outbox.state.not_in(("done", "dropped")))
        .order_by(Outbox.id)
    ).all()
    for order_id, kind, number, state in ready:
        found[order_id].append(Filed(kind, number, in_quickbooks=False, state=state))
    return found


def _line(text: str) -> str:
    return "".join(one for one in text if one.isprintable()).strip()[:LONGEST_SEARCH]


def _amount(text: str) -> Decimal | None:
    found = decimal(text.replace(",", "").lstrip("$€£ "))
    return found if found is not None and abs(found) < 10**12 else None
