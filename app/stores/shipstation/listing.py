"""Orders in the order of their changes, and lists that come in pages, at ShipStation's pace.

ShipStation pages by number, and an order that changes while the pages are read moves all that
follow. So the next page is asked for by the time of the last change; only where one second holds
more orders than a page are its pages counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.stores.errors import AnswerTooLarge, CursorLoops, StoreAnsweredOddly
from app.stores.http import Answer, Http
from app.stores.pace import Bucket
from app.stores.shipstation.times import aware, changed_at, stamp

SIZES = (100, 20, 1)
"""Orders a page; the next smaller one when a page is too large to be read."""
MOST = 500
SECOND = timedelta(seconds=1)
Row = Mapping[str, Any]


class Api:
    """The connection, within the 40 requests a minute that ShipStation allows."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self._bucket = Bucket()

    def ask(self, method: str, path: str, **request: Any) -> Answer:
        """Ask once there is room for a request; its window starts anew when it is over."""
        self._bucket.spend(1)
        answer = self.http.json(method, path, **request)
        left = answer.headers.get("x-rate-limit-remaining", "")
        reset = answer.headers.get("x-rate-limit-reset", "")
        if left.isdigit() and reset.isdigit():
            self._bucket.learn(float(left), 1 / max(int(reset), 1), max(float(left), 1.0))
        return answer

    def get(self, path: str, params: Mapping[str, Any] | None = None, **more: Any) -> Answer:
        """Ask for something."""
        return self.ask("GET", path, params=params, **more)

    def all(self, path: str, params: Mapping[str, Any]) -> Iterator[Row]:
        """Every row of a list that is named like its path."""
        page = 1
        while True:
            answer = self.get(path, {**params, "page": page, "pageSize": MOST}).value
            yield from rows_of(answer, path)
            pages = answer.get("pages")
            if not isinstance(pages, int) or page >= pages:
                return
            page += 1


def rows_of(value: Any, name: str) -> list[Row]:
    """The objects in an answer's list.

    Raises:
        StoreAnsweredOddly: if the answer is no such list.
    """
    rows = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(one, Mapping) for one in rows):
        raise StoreAnsweredOddly("ShipStation answers with something that is no list.")
    return rows


def changed(api: Api, since: datetime | None) -> Iterator[tuple[Sequence[Row], datetime | None]]:
    """Pages of orders that changed at or after ``since``, each with the moment it reaches.

    Args:
        api: The connection.
        since: By ShipStation's own clock; None = all.
    """
    floor = since.replace(microsecond=0) - SECOND if since else None
    sizes, before, page = list(SIZES), list[str](), 1
    while True:
        rows = _fitting_page(api, floor, page, sizes)
        ids = [str(row.get("orderId")) for row in rows]
        if len(ids) > 1 and ids == before:
            raise CursorLoops("ShipStation gives the same page of orders again and again.")
        times = [found for row in rows if (found := changed_at(row))]
        if floor is not None and times and min(times) < floor:
            raise StoreAnsweredOddly("ShipStation lists orders that did not change.")
        reached = max(times, default=None)
        yield rows, aware(reached) if reached else None
        if len(rows) < sizes[0]:
            return
        if reached is None:
            raise StoreAnsweredOddly("ShipStation lists orders that have no time of change.")
        before, next_floor = ids, reached.replace(microsecond=0) - SECOND
        same = floor is not None and next_floor <= floor
        page = page + 1 if same else 2 if min(times) >= next_floor else 1
        floor = max(next_floor, floor or next_floor)


def _fitting_page(api: Api, floor: datetime | None, page: int, sizes: list[int]) -> list[Row]:
    """A page of the first size that can be read; sizes that cannot be are taken out."""
    while True:
        try:
            return _page(api, floor, page, sizes[0])
        except AnswerTooLarge:
            if len(sizes) == 1:
                raise
            del sizes[0]
            if page > 1:
                raise


def _page(api: Api, floor: datetime | None, page: int, size: int) -> list[Row]:
    params: dict[str, Any] = {
        "sortBy": "ModifyDate", "sortDir": "ASC", "page": page, "pageSize": size,
    }  # fmt: skip
    if floor is not None:
        params["modifyDateStart"] = stamp(floor)
    return rows_of(api.get("orders", params).value, "orders")
