"""A shop's orders in the order of their changes, and lists that come in pages.

BigCommerce pages by number, and an order that changes while the pages are read moves all that
follow. So the next page is asked for by the time of the last change; where one second holds more
orders than a page, that second is read by rising ids. An empty V2 list is an empty answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.stores.bigcommerce.parts import when
from app.stores.errors import AnswerTooLarge, CursorLoops, StoreAnsweredOddly
from app.stores.http import Answer, Http
from app.stores.node import Node
from app.stores.pace import Bucket
from app.stores.payload import MalformedPayload

PATH = "v2/orders"
SIZES = (50, 10, 1)
"""Orders a page, each of which needs requests of its own; the next smaller one when a page is
too large to be read."""
MOST = 250
SECOND = timedelta(seconds=1)
Row = Mapping[str, Any]


class Api:
    """The connection, at the pace that BigCommerce's window of requests allows."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self._bucket = Bucket()

    def get(
        self, path: str, params: Mapping[str, Any] | None = None, *, accept: Sequence[int] = ()
    ) -> Answer:
        """Ask once there is room for a request."""
        self._bucket.spend(1)
        answer = self.http.json("GET", path, params=params, accept=accept)
        left = answer.headers.get("x-rate-limit-requests-left", "")
        reset = answer.headers.get("x-rate-limit-time-reset-ms", "")
        if left.isdigit() and reset.isdigit():
            quota = float(answer.headers.get("x-rate-limit-requests-quota") or left)
            self._bucket.learn(float(left), quota / max(int(reset) / 1000, 1.0), quota)
        return answer

    def all(self, path: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Every row of a list, V2 or V3; none of a list that is not there."""
        found: list[Row] = []
        page = 1
        while True:
            asked = {**(params or {}), "limit": MOST, "page": page}
            answer = self.get(path, asked, accept=(404,))
            if answer.status == httpx.codes.NOT_FOUND:
                return found
            rows = rows_of(answer.value)
            known = {one.get("id") for one in found}
            new = [one for one in rows if one.get("id") is None or one.get("id") not in known]
            found += new
            if len(rows) < MOST or not new:
                return found
            page += 1


def rows_of(value: Any) -> list[Row]:
    """The objects in a V2 list, or in a V3 answer's ``data``; none in an empty answer.

    Raises:
        StoreAnsweredOddly: if the answer is no such list.
    """
    if value is None:
        return []
    if isinstance(value, Mapping) and isinstance(value.get("data"), list):
        value = value["data"]
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise StoreAnsweredOddly("BigCommerce answers with something that is no list.")
    return value


def stamp(moment: datetime) -> str:
    """A time as BigCommerce compares it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S+00:00}"


def changed_at(row: Row) -> datetime | None:
    """When the order last changed."""
    try:
        return when(Node(row), "date_modified")
    except MalformedPayload:
        return None


def changed(
    api: Api, since: datetime | None, *, deleted: bool = False
) -> Iterator[tuple[Sequence[Row], datetime | None]]:
    """Pages of orders that changed at or after ``since``, each with the time it reaches."""
    floor = since.astimezone(UTC).replace(microsecond=0) - SECOND if since else None
    sizes, before, after_id = list(SIZES), list[str](), 0
    while True:
        rows = _fitting_page(api, floor, after_id, sizes, deleted=deleted)
        ids = [str(row.get("id")) for row in rows]
        if len(ids) > 1 and ids == before:
            raise CursorLoops("BigCommerce gives the same page of orders again and again.")
        times = [found for row in rows if (found := changed_at(row))]
        if floor is not None and times and min(times) < floor:
            raise StoreAnsweredOddly("BigCommerce lists orders that did not change.")
        reached = max(times, default=None)
        yield rows, None if after_id else reached
        before = ids
        full = len(rows) >= sizes[0]
        if after_id and floor is not None:
            after_id = _next_id(rows) if full else 0
            if not full:
                floor += 2 * SECOND
        elif not full:
            return
        elif reached is None:
            raise StoreAnsweredOddly("BigCommerce lists orders that have no time of change.")
        else:
            floor = max(reached - SECOND, floor or reached - SECOND)
            if min(times) >= floor:
                after_id, before = 1, []


def _fitting_page(
    api: Api, floor: datetime | None, after_id: int, sizes: list[int], *, deleted: bool
) -> list[Row]:
    """A page of the first size that can be read; sizes that cannot be are taken out."""
    while True:
        try:
            return _page(api, floor, after_id, sizes[0], deleted=deleted)
        except AnswerTooLarge:
            if len(sizes) == 1:
                raise
            del sizes[0]


def _page(
    api: Api, floor: datetime | None, after_id: int, size: int, *, deleted: bool
) -> list[Row]:
    params: dict[str, Any] = {"limit": size, "sort": "date_modified:asc", "include": "fees"}
    if floor is not None:
        params["min_date_modified"] = stamp(floor)
    if after_id and floor is not None:
        params |= {"sort": "id:asc", "min_id": after_id,
                   "max_date_modified": stamp(floor + 2 * SECOND)}  # fmt: skip
    if deleted:
        params["is_deleted"] = "true"
    return rows_of(api.get(PATH, params).value)


def _next_id(rows: Sequence[Row]) -> int:
    return max((int(str(row["id"])) for row in rows if str(row.get("id")).isdigit()), default=0) + 1
