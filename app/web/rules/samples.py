"""The facts of a company's last orders, kept for a while, so that rules can be tried as one types.

As in a backtest, nothing of an order is in QuickBooks yet, and the day is that of its decision.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only

from app.models import Company, Order, Store, db
from app.stores.formats import MalformedPayload
from app.sync.buyers import earlier_orders
from app.sync.intake import translate
from app.sync.outward import What, takers
from app.sync.sales import judging
from app.sync.stock import levels
from rules_library.facts import Context, facts
from rules_library.logic.errors import EvaluationError
from rules_library.sale import sale_facts
from rules_library.stock import stock_facts

LAST: Final = 200
MOST_KEPT: Final = 1_000
MOST_SEEN: Final = 8
LONGEST_SEEN: Final = 60

Key = tuple[str, int, str, date, int | None]


@dataclass(frozen=True, slots=True)
class Sample:
    """A stored order, or one of QuickBooks' items or sales for a store; what rules may look at."""

    id: int
    """0 of an item."""
    number: str
    facts: Mapping[str, Any]
    store_id: int = 0
    """Of a sale: for which store; 0 while there is none."""


class _Kept:
    """The facts that were made last, for all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[Key, Mapping[str, Any]] = OrderedDict()

    def get(self, key: Key) -> Mapping[str, Any] | None:
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: Key, made: Mapping[str, Any]) -> None:
        with self._lock:
            self._held[key] = made
            while len(self._held) > MOST_KEPT:
                self._held.popitem(last=False)


_kept = _Kept()


def last_orders(company: Company, last: int = LAST) -> list[Sample]:
    """The newest orders that can be read."""
    return _samples(company, _ORDERS.where(Order.company_id == company.id).limit(last))


def first_items(company: Company, most: int = LAST, *, named: str = "") -> list[Sample]:
    """The first items of QuickBooks that have a stock, or those named so, for each store."""
    if not named.isprintable():
        return []
    shops = _shops(company, "stock")
    return [
        Sample(0, item.full_name, stock_facts(item, key, kind))
        for item in levels.first(company, most, named=named)
        for _, key, kind in shops
    ]


def last_sales(company: Company, most: int, *, named: str, own: bool) -> list[Sample]:
    """The sales that were read last, or those named so, for each store that may be told of them.

    Args:
        company: Whose.
        most: How many sales.
        named: A number, or a part of a customer's name; empty for all.
        own: Whether it is the shop whose order the sale is of; else it is any other store.
    """
    if not named.isprintable():
        return []
    rows = judging.newest(company, most, named=named)
    origins = judging.made_of_orders(company, [row.txn_id for row in rows])
    shops = _shops(company, "fulfilment" if own else "sales")
    read = judging.read(company, rows)
    return [
        Sample(row.id, judging.name_of(row), sale_facts(read[row.id], key, kind), store_id)
        for row in rows
        for origin in [origins.get(row.txn_id)]
        for store_id, key, kind in shops
        if _is_told(origin, store_id, own=own)
    ]


def _is_told(origin: judging.Origin | None, store_id: int, *, own: bool) -> bool:
    """Whether rules decide of a sale for the store: of a shop's own, or of what is not its own."""
    if origin is None or origin.store_id != store_id:
        return not own
    return own and origin.is_whole


def _shops(company: Company, what: What) -> list[tuple[int, str, str]]:
    """(id, key, type) of the stores that are told of it; of all of them while none is."""
    every = _STORES.where(Store.company_id == company.id)
    stores = takers(company, what) or db.session.scalars(every)
    return [(store.id, store.key, store.type) for store in stores] or [(0, "", "")]


def order_numbered(company: Company, number: str) -> Sample | None:
    """An order by the number that its store gave it, with or without #."""
    plain = number.strip().removeprefix("#")
    if not plain or not plain.isprintable():
        return None
    wanted = Order.number.in_((plain, f"#{plain}"))
    found = _samples(company, _ORDERS.where(Order.company_id == company.id, wanted).limit(1))
    return found[0] if found else None


def seen_values(samples: Sequence[Sample], path: str) -> list[str]:
    """What some fact was lately, the most frequent first."""
    counts: Counter[str] = Counter()
    for sample in samples:
        counts.update({str(one) for one in _values(sample.facts, path) if _is_shown(one)})
    return [value for value, _ in counts.most_common(MOST_SEEN)]


def value_at(found: Mapping[str, Any], path: str) -> Any:
    """What an order has at a path; of a list's elements, the first one's."""
    return next(_values(found, path), None)


def _values(found: Mapping[str, Any], path: str) -> Any:
    group, _, name = path.partition(".")
    element = found.get(f"{group}s")
    if group in {"line", "charge"} or (group == "refund" and name not in found.get(group, {})):
        for one in element if isinstance(element, list) else []:
            yield one.get(name)
        return
    value: Any = found
    for step in path.split("."):
        try:
            value = value.get(step) if isinstance(value, Mapping) else None
        except EvaluationError:
            value = None
    if isinstance(value, (list, tuple)):
        yield from value
    else:
        yield value


def _is_shown(value: Any) -> bool:
    return not isinstance(value, (bool, Mapping, list)) and 0 < len(str(value or "")) < LONGEST_SEEN


_STORES: Final = select(Store).order_by(Store.id)
_ORDERS: Final = select(Order.id, Order.number, Order.content_hash, Order.decided_at).order_by(
    Order.placed_at.desc().nulls_last(), Order.id.desc()
)


def _samples(company: Company, query: Any) -> list[Sample]:
    rows = db.session.execute(query).all()
    zone = ZoneInfo(company.zone or "UTC")
    earlier = earlier_orders([row.id for row in rows])
    database = str(db.engine.url)
    keys: dict[int, Key] = {
        row.id: (
            database, row.id, row.content_hash,
            (row.decided_at or datetime.now(UTC)).astimezone(zone).date(), earlier.get(row.id),
        )
        for row in rows
    }  # fmt: skip
    made = {one: found for one, key in keys.items() if (found := _kept.get(key)) is not None}
    missing = [one for one in keys if one not in made]
    if missing:
        made |= _made(missing, keys)
    return [Sample(row.id, row.number, made[row.id]) for row in rows if row.id in made]


def _made(ids: Sequence[int], keys: Mapping[int, Key]) -> dict[int, Mapping[str, Any]]:
    query = (
        select(Order)
        .where(Order.id.in_(ids))
        .options(
            load_only(Order.source_id, Order.format, Order.raw, Order.store_id),
            joinedload(Order.store),
        )
    )
    made: dict[int, Mapping[str, Any]] = {}
    with db.session.no_autoflush:
        for row in db.session.scalars(query):
            with suppress(MalformedPayload):
                context = Context(today=keys[row.id][3], customer_orders=keys[row.id][4])
                made[row.id] = facts(translate(row), context)
                _kept.put(keys[row.id], made[row.id])
    return made
