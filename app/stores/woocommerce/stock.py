"""Stock into WooCommerce: SKUs looked up, quantities set in batches of a hundred."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from app.stores.base import StockChange, StockResult
from app.stores.errors import StoreAnsweredOddly
from app.stores.http import Http
from app.stores.node import number
from app.stores.payload import MalformedPayload
from app.stores.woocommerce.listing import Row, rows_of

LOOK_UP = 25
BATCH = 100
"""WooCommerce's own limit."""


def push_stock(
    http: Http, changes: Sequence[StockChange], *, dry: bool = False
) -> Iterator[StockResult]:
    """Set each article that differs; setting the same again does no harm, so it may be repeated."""
    for start in range(0, len(changes), BATCH):
        part = changes[start : start + BATCH]
        found = _products(http, [change.sku for change in part])
        writes: dict[str, list[tuple[StockChange, Row, Decimal | None]]] = {}
        for change in part:
            result, row = _judged(change, found.get(change.sku, ()), dry=dry)
            if row is None:
                yield result
                continue
            parent = str(row.get("parent_id") or "") if row.get("type") == "variation" else ""
            path = f"wc/v3/products/{parent}/variations" if parent else "wc/v3/products"
            writes.setdefault(path, []).append((change, row, result.before))
        for path, group in writes.items():
            yield from _write(http, path, group)


def _products(http: Http, skus: Sequence[str]) -> dict[str, list[Row]]:
    """Products and variations by SKU; WooCommerce takes several SKUs with commas between."""
    found: dict[str, list[Row]] = {}
    wanted = list(dict.fromkeys(sku for sku in skus if sku and "," not in sku))
    for start in range(0, len(wanted), LOOK_UP):
        params = {"sku": ",".join(wanted[start : start + LOOK_UP]), "per_page": 100}
        for row in rows_of(http.json("GET", "wc/v3/products", params=params).value, "products"):
            found.setdefault(str(row.get("sku")), []).append(row)
    return found


def _judged(
    change: StockChange, rows: Sequence[Row], *, dry: bool
) -> tuple[StockResult, Row | None]:
    def refused(reason: str) -> tuple[StockResult, None]:
        return StockResult(change, "refused", reason=reason), None

    if "," in change.sku:
        return refused("WooCommerce finds no SKU with a comma; take the comma out of it there.")
    if not rows:
        return refused("The shop has no article with this SKU.")
    if len(rows) > 1:
        return refused("Several articles of the shop have this SKU; give each its own.")
    row = rows[0]
    if row.get("manage_stock") is not True:
        return refused(
            'The shop does not count this article; tick "Track stock quantity" there '
            "(a variation may be counted with its product)."
        )
    before = _quantity(row)
    wanted = change.quantity.to_integral_value(rounding=ROUND_FLOOR)
    if before == wanted:
        return StockResult(change, "same", before), None
    if dry:
        return StockResult(change, "would_change", before), None
    return StockResult(change, "changed", before), row


def _quantity(row: Row) -> Decimal | None:
    try:
        return number(row.get("stock_quantity"), "/stock_quantity")
    except MalformedPayload:
        return None


def _write(
    http: Http, path: str, group: Sequence[tuple[StockChange, Row, Decimal | None]]
) -> Iterator[StockResult]:
    update = [
        {"id": row["id"], "stock_quantity": int(change.quantity.to_integral_value(ROUND_FLOOR))}
        for change, row, _ in group
    ]
    answer = http.json("POST", f"{path}/batch", body={"update": update}, repeatable=True).value
    if not isinstance(answer, Mapping):
        raise StoreAnsweredOddly("The shop does not say what became of the stock.")
    done = {str(row.get("id")): row for row in rows_of(answer.get("update"), "articles")}
    for change, row, before in group:
        problem = _problem(done.get(str(row["id"])))
        if problem:
            yield StockResult(change, "refused", before, problem)
        else:
            yield StockResult(change, "changed", before)


def _problem(row: Any) -> str:
    if not isinstance(row, Mapping):
        return "The shop does not say what became of it."
    error = row.get("error")
    return str(error.get("message") or error)[:200] if isinstance(error, Mapping) else ""
