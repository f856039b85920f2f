"""Known orders compared with a shop's lists: only what changed costs requests of its own.

An order's row tells its status, its sums and how much of it was shipped. A refund changes nothing
in it, and is found in the list of refunds. So an order is the same when both are as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from app.stores.bigcommerce.listing import MOST, PATH, Api, Row, rows_of
from app.stores.errors import AnswerTooLarge, CursorLoops
from app.stores.formats import SUPPLEMENT

REFUNDS: Final = "v3/orders/payment_actions/refunds"
SIZES: Final = (MOST, 50, 10, 1)
"""Orders a page; the next smaller one when a page is too large to be read."""
LONGEST: Final = 18
"""Digits of an id."""
ASKED: Final = 50
"""Orders whose refunds are asked for at once: their ids stand in the address."""


def stretches(ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids in stretches that a list may give in few pages; what is no number goes alone.

    Where the next id is further away than a page, the list would cost more than it saves.
    """
    kept = list(dict.fromkeys(ids))
    numbers = sorted(int(one) for one in kept if _is_number(one))
    some: list[str] = []
    last = 0
    for number in numbers:
        if some and (len(some) >= MOST or number - last > MOST):
            yield some
            some = []
        some.append(str(number))
        last = number
    if some:
        yield some
    yield from ([one] for one in kept if not _is_number(one))


def _is_number(text: str) -> bool:
    """Whether it is an id as BigCommerce writes them."""
    return text.isascii() and text.isdigit() and not text.startswith("0") and len(text) <= LONGEST


def listed(api: Api, ids: Sequence[str]) -> dict[str, Row | None]:
    """Id -> row of those orders that the shop's list has."""
    found: dict[str, Row | None] = {}
    if not all(_is_number(one) for one in ids):
        return found
    wanted, sizes = set(ids), list(SIZES)
    first, last = int(ids[0]), int(ids[-1])
    while first <= last:
        try:
            rows = _page(api, first, last, sizes[0])
        except AnswerTooLarge:
            if len(sizes) == 1:
                raise
            del sizes[0]
            continue
        known = {str(row.get("id")): row for row in rows}
        found |= {one: row for one, row in known.items() if one in wanted}
        if len(rows) < sizes[0]:
            break
        reached = max((int(one) for one in known if _is_number(one)), default=0)
        if reached < first:
            raise CursorLoops("BigCommerce gives the same page of orders again and again.")
        first = reached + 1
    return found


def _page(api: Api, first: int, last: int, size: int) -> list[Row]:
    params = {"min_id": first, "max_id": last, "sort": "id:asc", "limit": size, "include": "fees"}
    return rows_of(api.get(PATH, params).value)


def unchanged(
    api: Api, rows: Mapping[str, Row], known: Mapping[str, Mapping[str, Any]]
) -> set[str]:
    """Ids of the orders that are, with their refunds, as they are known."""
    alike = [one for one, row in rows.items() if one in known and row == _row_of(known[one])]
    refunds: dict[str, list[Row]] = {one: [] for one in alike}
    for start in range(0, len(alike), ASKED):
        some = alike[start : start + ASKED]
        for refund in api.all(REFUNDS, {"order_id:in": ",".join(some)}):
            refunds.setdefault(str(refund.get("order_id")), []).append(refund)
    return {one for one in alike if _sorted(refunds[one]) == _sorted(_refunds_of(known[one]))}


def _row_of(kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is kept of an order, without what was read beside it."""
    return {name: value for name, value in kept.items() if name != SUPPLEMENT}


def _refunds_of(kept: Mapping[str, Any]) -> list[Row]:
    parts = kept.get(SUPPLEMENT)
    found = parts.get("refunds") if isinstance(parts, Mapping) else None
    return found if isinstance(found, list) else []


def _sorted(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda one: str(one.get("id")))
