"""Stock into BigCommerce: looked up by SKU, set at one location (V3 inventory)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from app.stores.base import StockChange, StockResult
from app.stores.bigcommerce.listing import Api, Row, rows_of
from app.stores.errors import RequestRefused
from app.stores.http import Http
from app.stores.node import number
from app.stores.payload import MalformedPayload

BATCH = 10
"""So many articles an adjustment takes; it is refused whole if one of them is not right."""
LOCATION = "1"
"""The location that every store has."""


def push_stock(
    http: Http, changes: Sequence[StockChange], *, dry: bool = False
) -> Iterator[StockResult]:
    """Set what differs; setting the same again does no harm, so it may be repeated."""
    api = Api(http)
    for start in range(0, len(changes), BATCH):
        part = changes[start : start + BATCH]
        found = _items(api, [one.sku for one in part])
        writes: list[tuple[StockChange, Decimal | None]] = []
        for change in part:
            result = _judged(change, found.get(change.sku, []), dry=dry)
            if result.outcome == "changed":
                writes.append((change, result.before))
            else:
                yield result
        yield from _write(http, writes)


def _items(api: Api, skus: Sequence[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    wanted = list(dict.fromkeys(sku for sku in skus if sku and "," not in sku))
    if wanted:
        params = {"sku:in": ",".join(wanted), "limit": 250}
        for row in rows_of(api.get("v3/inventory/items", params).value):
            identity = row.get("identity")
            sku = str(identity.get("sku")) if isinstance(identity, Mapping) else ""
            found.setdefault(sku, []).append(row)
    return found


def _judged(change: StockChange, rows: Sequence[Row], *, dry: bool) -> StockResult:
    def refused(reason: str) -> StockResult:
        return StockResult(change, "refused", reason=reason)

    if "," in change.sku:
        return refused("BigCommerce finds no SKU with a comma; take the comma out of it there.")
    if not rows:
        return refused("The store has no article with this SKU.")
    if len(rows) > 1:
        return refused("Several articles of the store have this SKU; give each its own.")
    places = rows[0].get("locations")
    location = change.location or LOCATION
    for place in places if isinstance(places, list) else ():
        if isinstance(place, Mapping) and location in _names(place):
            before = _quantity(place)
            if before == change.quantity.to_integral_value(rounding=ROUND_FLOOR):
                return StockResult(change, "same", before)
            return StockResult(change, "would_change" if dry else "changed", before)
    return refused(f"The store keeps no stock of this article at location {location}.")


def _names(place: Mapping[str, Any]) -> set[str]:
    return {str(place.get("location_id")), str(place.get("location_code"))}


def _quantity(place: Mapping[str, Any]) -> Decimal | None:
    try:
        return number(place.get("total_inventory_onhand"), "/total_inventory_onhand")
    except MalformedPayload:
        return None


def _write(http: Http, writes: list[tuple[StockChange, Decimal | None]]) -> Iterator[StockResult]:
    """All at once; if that is refused, one by one, so that one wrong article holds no other."""
    if not writes:
        return
    body = {
        "reason": "QuickBooks",
        "items": [
            {
                **_place(change.location or LOCATION),
                "sku": change.sku,
                "quantity": int(change.quantity.to_integral_value(rounding=ROUND_FLOOR)),
            }
            for change, _ in writes
        ],
    }
    try:
        http.json("PUT", "v3/inventory/adjustments/absolute", body=body, repeatable=True)
    except RequestRefused as error:
        if len(writes) == 1:
            change, before = writes[0]
            yield StockResult(change, "refused", before, error.what)
            return
        for one in writes:
            yield from _write(http, [one])
        return
    for change, before in writes:
        yield StockResult(change, "changed", before)


def _place(location: str) -> dict[str, Any]:
    return {"location_id": int(location)} if location.isdigit() else {"location_code": location}
