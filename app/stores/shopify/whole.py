"""An order with all its parts: what lies beyond the first page of a list is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.stores.errors import CursorLoops, StoreAnsweredOddly
from app.stores.shopify.api import Api, CostsTooMuch
from app.stores.shopify.queries import MORE, ORDERS_BY_ID

Value = dict[str, Any]
MOST = 250
"""Shopify lists no more in one go."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much one query may bring."""

    first: int
    lines: int
    parts: int
    records: int

    def of_order(self) -> dict[str, int]:
        """The variables of an order's parts."""
        return {"lines": self.lines, "parts": self.parts, "records": self.records}


@dataclass
class Appetite:
    """Sizes from large to small: a smaller one once Shopify finds a query too expensive."""

    sizes: list[Sizes] = field(
        default_factory=lambda: [
            Sizes(25, 20, 10, 10), Sizes(10, 20, 5, 5), Sizes(5, 10, 5, 5), Sizes(2, 10, 3, 3),
            Sizes(1, 10, 3, 3), Sizes(1, 5, 1, 1), Sizes(1, 1, 1, 1),
        ]
    )  # fmt: skip

    @property
    def now(self) -> Sizes:
        """The size to ask for."""
        return self.sizes[0]

    def less(self, error: CostsTooMuch) -> None:
        """Ask for less from now on; raise the error if there is no less."""
        if len(self.sizes) == 1:
            raise error
        del self.sizes[0]


def complete(api: Api, order: Value, sizes: Sizes) -> Value:
    """The order with every page of every list, and no sign of the pages left in it."""
    for key in ("transactions", "refunds", "fulfillments"):
        if len(order.get(key) or ()) >= sizes.records:
            _all_records(api, order, sizes)
            break
    fill(api, order)
    return order


def fill(api: Api, root: Value) -> None:
    """Ask for the rest of each connection below, and take the pages' signs away."""
    for parent, key in list(_connections(root)):
        connection = parent[key]
        seen: set[str] = set()
        page = connection.pop("pageInfo")
        while page.get("hasNextPage"):
            cursor = page.get("endCursor")
            if not isinstance(cursor, str) or cursor in seen:
                raise CursorLoops(f"Shopify gives the same {key} again and again.")
            seen.add(cursor)
            more = _more(api, parent, key, cursor)
            connection["nodes"] += more.get("nodes") or []
            page = more.get("pageInfo") or {}


def _more(api: Api, parent: Value, key: str, cursor: str) -> Mapping[str, Any]:
    gid = str(parent.get("id"))
    of = gid.removeprefix("gid://shopify/").split("/", 1)[0]
    found = api.ask(MORE[of, key], {"id": gid, "after": cursor}).get("node")
    more = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(more, Mapping):
        raise StoreAnsweredOddly(f"Shopify has the rest of {of} no more.")
    return more


def _connections(value: Any) -> Iterator[tuple[Value, str]]:
    """Each parent and the name of a connection in it."""
    if isinstance(value, list):
        for one in value:
            yield from _connections(one)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict) and "nodes" in inner and "pageInfo" in inner:
                yield value, key
            yield from _connections(inner)


def _all_records(api: Api, order: Value, sizes: Sizes) -> None:
    """Lists without pages that came full are asked for with as many as Shopify gives."""
    variables = {"lines": 1, "parts": min(sizes.parts, 3), "records": MOST}
    while True:
        try:
            found = api.ask(ORDERS_BY_ID, {"ids": [order["id"]], **variables})["nodes"][0]
            break
        except CostsTooMuch:
            if variables["records"] <= sizes.records:
                raise
            variables["records"] //= 2
    if not isinstance(found, Mapping):
        raise StoreAnsweredOddly("Shopify has an order no more that it just listed.")
    for key in ("transactions", "refunds", "fulfillments"):
        order[key] = found[key]
