"""Stock into Shopify: set from the quantity that was read to the new one, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import uuid4

from app.stores.base import StockChange, StockResult
from app.stores.errors import RequestRefused, StoreAnsweredOddly
from app.stores.shopify.api import Api, user_errors
from app.stores.shopify.queries import LOCATIONS, SET_STOCK, VARIANTS

BATCH = 50
ROUNDS = 3
"""How often a quantity that changed meanwhile is read again."""
_STALE = {"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"}


@dataclass(frozen=True, slots=True)
class _Write:
    change: StockChange
    item: str
    before: int
    after: int


def push_stock(
    api: Api, changes: Sequence[StockChange], *, location: str, dry: bool = False
) -> Iterator[StockResult]:
    """Set what can be sold of each SKU; a sale in between makes it read and try again."""
    places = _locations(api)
    for start in range(0, len(changes), BATCH):
        groups: dict[str, list[StockChange]] = {}
        for change in changes[start : start + BATCH]:
            groups.setdefault(change.location or location, []).append(change)
        for name, group in groups.items():
            place = _place(places, name)
            if place is None:
                reason = f"Shopify has no active location {name!r}." if name else "No location."
                yield from (StockResult(change, "refused", reason=reason) for change in group)
            else:
                yield from _set(api, place, group, dry=dry)


def _locations(api: Api) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    after = None
    while True:
        page = api.ask(LOCATIONS, {"after": after})["locations"]
        found += [one for one in page["nodes"] if one["isActive"]]
        if not page["pageInfo"]["hasNextPage"] or page["pageInfo"]["endCursor"] == after:
            return found
        after = page["pageInfo"]["endCursor"]


def _place(places: Sequence[Mapping[str, Any]], name: str) -> str | None:
    """The id of the location with that name; without a name the first that ships."""
    wanted = name.strip().casefold()
    named = [one for one in places if one["name"].strip().casefold() == wanted]
    if not wanted:
        named = sorted(places, key=lambda one: not one["shipsInventory"])
    return next((str(one["id"]) for one in named), None)


def _set(api: Api, place: str, group: Sequence[StockChange], *, dry: bool) -> Iterator[StockResult]:
    left: Sequence[StockChange] = group
    for _ in range(ROUNDS):
        items = _items(api, place, [change.sku for change in left])
        writes = []
        for change in left:
            judged = _judged(change, items.get(change.sku, ()), dry=dry)
            if isinstance(judged, StockResult):
                yield judged
            else:
                writes.append(judged)
        stale = []
        for write, problem in _write(api, place, writes):
            if problem in _STALE:
                stale.append(write.change)
            else:
                outcome = StockResult(write.change, "changed", Decimal(write.before))
                if problem:
                    outcome = StockResult(write.change, "refused", Decimal(write.before), problem)
                yield outcome
        left = stale
        if not left:
            return
    for change in left:
        reason = "It keeps changing in the shop; it is tried again."
        yield StockResult(change, "refused", reason=reason, again=True)


def _items(api: Api, place: str, skus: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    """The inventory items by SKU. Shopify's search is not exact, so what it finds is compared."""
    wanted = [sku for sku in dict.fromkeys(skus) if sku]
    if not wanted:
        return {}
    query = " OR ".join(f"sku:{json.dumps(sku, ensure_ascii=False)}" for sku in wanted)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in api.ask(VARIANTS, {"query": query, "location": place})["productVariants"]["nodes"]:
        found.setdefault(str(one.get("sku")), []).append(one["inventoryItem"])
    return found


def _judged(
    change: StockChange, items: Sequence[Mapping[str, Any]], *, dry: bool
) -> StockResult | _Write:
    def refused(reason: str) -> StockResult:
        return StockResult(change, "refused", reason=reason)

    if not items:
        return refused("The shop has no variant with this SKU.")
    if len({one["id"] for one in items}) > 1:
        return refused("Several variants of the shop have this SKU; give each its own.")
    item = items[0]
    if not item["tracked"]:
        return refused('The shop does not count this variant; tick "Track quantity" there.')
    level = item.get("inventoryLevel")
    if not level:
        return refused("The variant is not stocked at this location; add the location to it.")
    before = next(one["quantity"] for one in level["quantities"] if one["name"] == "available")
    after = int(change.quantity.to_integral_value(rounding=ROUND_FLOOR))
    if before == after:
        return StockResult(change, "same", Decimal(before))
    if dry:
        return StockResult(change, "would_change", Decimal(before))
    return _Write(change, item["id"], before, after)


def _write(api: Api, place: str, writes: Sequence[_Write]) -> Iterator[tuple[_Write, str]]:
    """Each write with its problem, "" when it is done; what is refused does not stop the others."""
    left = list(writes)
    while left:
        quantities = [
            {
                "inventoryItemId": write.item,
                "locationId": place,
                "quantity": write.after,
                "changeFromQuantity": write.before,
            }
            for write in left
        ]
        given = {"name": "available", "reason": "correction", "quantities": quantities}
        # The key stays the same when the request is repeated, so that it is done once.
        payload = api.ask(SET_STOCK, {"input": given, "key": str(uuid4())})
        errors = user_errors(payload["inventorySetQuantities"])
        if not errors:
            yield from ((write, "") for write in left)
            return
        bad = _named(errors, len(left))
        for place_in_list, problem in bad.items():
            yield left[place_in_list], problem
        left = [write for number, write in enumerate(left) if number not in bad]


def _named(errors: Sequence[Mapping[str, Any]], count: int) -> dict[int, str]:
    """The problems by the place in the list that each error's path names."""
    found: dict[int, str] = {}
    for error in errors:
        path = [str(one) for one in error.get("field") or ()]
        places = [int(one) for one in path if one.isdigit() and int(one) < count]
        code, said = str(error.get("code") or ""), str(error.get("message") or "refused")[:200]
        if not places:
            if count == 1:
                places = [0]
            else:
                raise RequestRefused(f"Shopify refuses the stock: {said.rstrip('.')}.")
        found[places[0]] = code if code in _STALE else said
    if not found:
        raise StoreAnsweredOddly("Shopify does not say what became of the stock.")
    return found
