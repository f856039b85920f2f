"""A BigCommerce store for tests: what stores.md says of it, and no more."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Any, ClassVar

import httpx

from tests.store_contract import FakeShop

Row = dict[str, Any]


def changed(row: Row) -> datetime:
    return _parsed(row["date_modified"])


@lru_cache(10_000)
def _parsed(text: str) -> datetime:
    return parsedate_to_datetime(text)


class FakeBigCommerce(FakeShop):
    """Orders V2 with what belongs to them, refunds, transactions and inventory V3."""

    type = "bigcommerce"
    secret = "very_secret_token"
    settings: ClassVar[dict[str, Any]] = {
        "store_hash": "abc123",
        "access_token": secret,
        "webhook_secret": "hook",
    }
    wrong_webhook: ClassVar[tuple[dict[str, str], bytes]] = (
        {"X-Rulebooks-Secret": "wrong"},
        b'{"scope": "store/order/updated", "data": {"type": "order", "id": 1}}',
    )

    def __init__(self) -> None:
        super().__init__()
        self.archived: list[Row] = []
        self.parts: dict[tuple[int, str], list[Row]] = {}
        self.items: list[Row] = []

    def make(self, number: int, changed: datetime, lines: int) -> Row:
        total, when = f"{10 * lines}.0000", format_datetime(changed.astimezone(UTC))
        self.parts[number, "products"] = [
            {"id": number * 100_000 + place, "order_id": number, "product_id": 9, "variant_id": 3,
             "order_address_id": 7, "name": "Hammer", "sku": "HAM", "type": "physical",
             "base_price": "10.0000", "price_ex_tax": "10.0000", "price_inc_tax": "10.0000",
             "total_ex_tax": "10.0000", "total_inc_tax": "10.0000", "total_tax": "0.0000",
             "quantity": 1, "quantity_shipped": 0, "applied_discounts": [], "product_options": []}
            for place in range(lines)
        ]  # fmt: skip
        self.parts[number, "transactions"] = [
            {"id": number, "order_id": str(number), "event": "purchase", "method": "credit_card",
             "amount": 10 * lines, "currency": "USD", "gateway": "stripe", "status": "ok",
             "test": False, "date_created": "2026-11-01T09:00:00+00:00"}
        ]  # fmt: skip
        person = {"first_name": "Ada", "last_name": "Lovelace", "street_1": "1 Main St",
                  "city": "Albany", "state": "New York", "zip": "12207", "country_iso2": "US",
                  "email": "ada@example.com", "phone": "1", "form_fields": []}  # fmt: skip
        return {
            "id": number, "customer_id": 7, "status_id": 11, "status": "Awaiting Fulfillment",
            "custom_status": "To pack", "date_created": when, "date_modified": when,
            "date_shipped": "", "subtotal_ex_tax": total, "subtotal_inc_tax": total,
            "shipping_cost_ex_tax": "0.0000", "handling_cost_ex_tax": "0.0000",
            "wrapping_cost_ex_tax": "0.0000", "total_ex_tax": total, "total_inc_tax": total,
            "total_tax": "0.0000", "items_total": lines, "items_shipped": 0,
            "payment_method": "Card", "payment_status": "", "refunded_amount": "0.0000",
            "store_credit_amount": "0.0000", "gift_certificate_amount": "0.0000",
            "currency_code": "USD", "default_currency_code": "USD", "discount_amount": "0.0000",
            "coupon_discount": "0.0000", "is_deleted": False, "customer_message": "",
            "billing_address": person,
            "products": {"url": f"https://api.bigcommerce.com/stores/abc123/v2/orders/{number}"
                                "/products"},
        }  # fmt: skip

    def touch(self, order: Row, changed: datetime) -> None:
        order["customer_message"] = f"changed {changed}"
        order["date_modified"] = format_datetime(changed.astimezone(UTC))

    def without_id(self, order: Row) -> None:
        del order["id"]

    def lists(self, request: httpx.Request) -> bool:
        path, params = request.url.path, request.url.params
        return path.endswith("/v2/orders") and "is_deleted" not in params

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["x-auth-token"] == self.secret
        path = request.url.path.partition("/stores/abc123/")[2]
        params = dict(request.url.params)
        if path == "v2/store":
            return self._say({
                "name": "Fake store", "currency": "USD",
                "timezone": {"name": "America/New_York", "raw_offset": -18000},
            })  # fmt: skip
        if path == "v2/orders":
            return self._orders(params)
        if path == "v3/orders/payment_actions/refunds":
            since = params.get("created:min", "")
            rows = [one for key, rows in self.parts.items() if key[1] == "refunds"
                    for one in rows if one["created"] >= since]  # fmt: skip
            if "order_id:in" in params:
                wanted = params["order_id:in"].split(",")
                rows = [one for one in rows if str(one["order_id"]) in wanted]
            return self._v3(rows, params)
        if found := re.fullmatch(r"v3/orders/(\d+)/(?:payment_actions/)?(\w+)", path):
            return self._v3(self.parts.get((int(found[1]), found[2]), []), params)
        if found := re.fullmatch(r"v2/orders/([^/]+)(?:/(\w+))?", path):
            return self._order(found[1], found[2] or "", request, params)
        if path == "v3/inventory/items":
            skus = params["sku:in"].split(",")
            rows = [one for one in self.items if one["identity"]["sku"] in skus]
            return self._v3(rows, params)
        if path == "v3/inventory/adjustments/absolute":
            return self._adjust(json.loads(request.content)["items"])
        return httpx.Response(404, json={"status": 404, "title": "Not found"})

    def _say(self, value: Any) -> httpx.Response:
        return httpx.Response(200, json=value)

    def _page(self, rows: list[Row], params: dict[str, str]) -> list[Row]:
        size, page = int(params.get("limit", "50")), int(params.get("page", "1"))
        assert size <= 250
        return rows[size * (page - 1) : size * page]

    def _v3(self, rows: list[Row], params: dict[str, str]) -> httpx.Response:
        return self._say({"data": self._page(rows, params), "meta": {"pagination": {}}})

    def _v2(self, rows: list[Row], params: dict[str, str]) -> httpx.Response:
        found = self._page(rows, params)
        return self._say(found) if found else httpx.Response(204)

    def _orders(self, params: dict[str, str]) -> httpx.Response:
        rows = self.archived if params.get("is_deleted") == "true" else self.orders
        if "min_date_modified" in params:
            floor = datetime.fromisoformat(params["min_date_modified"])
            rows = [one for one in rows if changed(one) >= floor]
        if "max_date_modified" in params:
            top = datetime.fromisoformat(params["max_date_modified"])
            rows = [one for one in rows if changed(one) <= top]
        if "min_id" in params:
            rows = [one for one in rows if one.get("id", 0) >= int(params["min_id"])]
        if "max_id" in params:
            rows = [one for one in rows if one.get("id", 0) <= int(params["max_id"])]
        if params.get("sort") == "id:asc":
            rows = sorted(rows, key=lambda one: one.get("id", 0))
        else:
            rows = sorted(rows, key=lambda one: (changed(one), one.get("id", 0)))
        return self._v2(rows, params)

    def find(self, number: object) -> Row | None:
        """The order of that id, archived or not."""
        rows = [*self.orders, *self.archived]
        return next((one for one in rows if str(one.get("id")) == str(number)), None)

    def _order(
        self, number: str, what: str, request: httpx.Request, params: dict[str, str]
    ) -> httpx.Response:
        order = self.find(number)
        if order is None:
            return httpx.Response(404, json=[{"status": 404, "message": "No such order."}])
        if not what:
            return self._say(order)
        records = self.parts.setdefault((order["id"], what), [])
        if request.method == "POST":
            body = json.loads(request.content)
            records.append({"id": len(records) + 1, "order_id": order["id"], **body})
            for item in body["items"]:
                for row in self.parts[order["id"], "products"]:
                    if row["id"] == item["order_product_id"]:
                        row["quantity_shipped"] += item["quantity"]
            return httpx.Response(201, json=records[-1])
        return self._v2(records, params)

    def _adjust(self, items: list[Row]) -> httpx.Response:
        known = {one["identity"]["sku"]: one for one in self.items}
        if any(one["quantity"] < 0 for one in items):
            return httpx.Response(422, json={"status": 422, "title": "Quantity below zero"})
        for one in items:
            for place in known[one["sku"]]["locations"]:
                if place["location_id"] == one["location_id"]:
                    place["total_inventory_onhand"] = one["quantity"]
        return self._say({"transaction_id": "1"})
