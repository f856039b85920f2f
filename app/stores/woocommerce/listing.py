"""A shop's orders in the order of their changes, none left out while others change.

WooCommerce pages by number, and an order that changes while the pages are read moves all that
follow. So the next page is asked for by the time of the last change, not by its number. Only where
one second holds more orders than a page is it asked for by an offset, and then each page must
overlap the one before. ``modified_after`` is strict and in whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.stores.errors import AnswerTooLarge, CursorLoops, StoreAnsweredOddly
from app.stores.http import Http
from app.stores.node import Node
from app.stores.payload import MalformedPayload

PATH = "wc/v3/orders"
SIZES = (100, 20, 5, 1)
"""Orders a page; the next smaller one when a page is too large to be read."""
OVERLAP = 10
RESTARTS = 5
SECOND = timedelta(seconds=1)
Row = Mapping[str, Any]


def rows_of(value: Any, what: str = "orders") -> list[Row]:
    """The objects in a list.

    Raises:
        StoreAnsweredOddly: if the answer is no such list.
    """
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise StoreAnsweredOddly(f"The shop answers with something that is no list of {what}.")
    return value


def stamp(moment: datetime) -> str:
    """A time as WooCommerce compares it: UTC without saying so (with dates_are_gmt)."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def changed_at(row: Row) -> datetime | None:
    """When the order last changed."""
    try:
        return Node(row).moment("date_modified_gmt")
    except MalformedPayload:
        return None


@dataclass
class _Place:
    """Where in the list the next page begins."""

    floor: datetime | None
    """Changes after this time are asked for."""
    offset: int = 0
    sizes: list[int] = field(default_factory=lambda: list(SIZES))
    before: list[str] = field(default_factory=list)
    """The ids of the page before."""
    restarts: int = 0

    def start_over(self) -> None:
        self.offset, self.before = 0, []

    def fits(self, rows: Sequence[Row]) -> bool:
        """Whether the page joins the one before; if orders moved in between, it does not."""
        ids = _ids(rows)
        if len(ids) > 1 and ids == self.before:
            raise CursorLoops("The shop gives the same page of orders again and again.")
        if not self.offset or self.sizes[0] == 1 or set(ids) & set(self.before):
            return True
        self.restarts += 1
        if self.restarts > RESTARTS:
            raise StoreAnsweredOddly("The shop's orders change faster than they can be read.")
        self.start_over()
        return False

    def advance(self, rows: Sequence[Row], reached: datetime | None) -> None:
        self.before = _ids(rows)
        if reached is not None and (self.floor is None or reached - SECOND > self.floor):
            self.floor, self.offset = reached - SECOND, 0
            if any(changed_at(row) != reached for row in rows):
                return
        self.offset += max(len(rows) - OVERLAP, 1)


def changed(http: Http, since: datetime | None) -> Iterator[tuple[Sequence[Row], datetime | None]]:
    """Pages of orders that changed at or after ``since``, each with the time it reaches."""
    place = _Place(since.astimezone(UTC).replace(microsecond=0) - SECOND if since else None)
    until: datetime | None = None
    while True:
        try:
            rows, more = _page(http, place, until)
        except AnswerTooLarge:
            if len(place.sizes) == 1:
                raise
            del place.sizes[0]
            place.start_over()
            continue
        if until is None and http.clock is not None:
            until = http.clock + SECOND
        if not place.fits(rows):
            continue
        times = [found for row in rows if (found := changed_at(row))]
        if place.floor is not None and times and min(times) <= place.floor:
            raise StoreAnsweredOddly(
                "The shop does not answer what it was asked: it lists orders that did not change.",
                advice="WooCommerce 5.8 or newer is needed; also look for a cache before the shop.",
            )
        reached = max(times, default=None)
        yield rows, reached
        if not more:
            return
        place.advance(rows, reached)


def _ids(rows: Sequence[Row]) -> list[str]:
    return [str(row.get("id")) for row in rows]


def _page(http: Http, place: _Place, until: datetime | None) -> tuple[list[Row], bool]:
    """A page, and whether more follow: some shops give fewer a page than they are asked for."""
    params: dict[str, Any] = {
        "per_page": place.sizes[0],
        "offset": place.offset,
        "orderby": "modified",
        "order": "asc",
        "status": "any",
        "dates_are_gmt": "true",
    }
    if place.floor is not None:
        params["modified_after"] = stamp(place.floor)
    if until is not None:
        params["modified_before"] = stamp(until)
    answer = http.json("GET", PATH, params=params)
    rows = rows_of(answer.value)
    total = answer.headers.get("x-wp-total", "")
    if total.isdigit():
        return rows, bool(rows) and int(total) > place.offset + len(rows)
    return rows, len(rows) >= place.sizes[0]
