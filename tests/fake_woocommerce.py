"""A WooCommerce shop for tests: what stores.md verified against 11.0.1, and no more."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx

from tests.store_contract import FakeShop


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def parsed(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)


def changed(row: dict[str, Any]) -> datetime:
    return parsed(row["date_modified_gmt"])


class FakeWooCommerce(FakeShop):
    """Orders, refunds, products, notes and fulfillments over REST v3."""

    type = "woocommerce"
    secret = "cs_very_secret"
    settings: ClassVar[dict[str, Any]] = {
        "url": "https://shop.example.com",
        "consumer_key": "ck_key",
        "consumer_secret": secret,
        "webhook_secret": "hook",
    }
    wrong_webhook: ClassVar[tuple[dict[str, str], bytes]] = (
        {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": "bm8="}, b'{"id": 1}'
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.trash: list[dict[str, Any]] = []
        self.refunds: dict[int, list[dict[str, Any]]] = {}
        self.fulfillments: dict[int, list[dict[str, Any]]] | None = None
        self.trackings: dict[int, list[dict[str, Any]]] | None = None
        self.notes: dict[int, list[dict[str, Any]]] = {}
        self.products: list[dict[str, Any]] = []
        self.ignores_changes = False
        self.largest_page = 100
        self.before_page: Any = None

    def make(self, number: int, changed: datetime, lines: int) -> dict[str, Any]:
        total = f"{10 * lines}.00"
        person = {"first_name": "Ada", "last_name": "Lovelace", "address_1": "1 Main St",
                  "city": "Albany", "state": "NY", "postcode": "12207", "country": "US",
                  "email": "ada@example.com", "phone": "1"}  # fmt: skip
        return {
            "id": number, "number": str(number), "status": "processing", "currency": "USD",
            "date_created_gmt": stamp(changed), "date_created": stamp(changed),
            "date_modified_gmt": stamp(changed), "date_modified": stamp(changed),
            "date_paid_gmt": stamp(changed), "date_paid": stamp(changed),
            "total": total, "total_tax": "0.00", "prices_include_tax": False, "customer_note": "",
            "payment_method": "stripe", "payment_method_title": "Card", "transaction_id": "ch_1",
            "billing": person, "shipping": person, "meta_data": [], "customer_id": 7,
            "line_items": [
                {"id": number * 100_000 + place, "name": "Hammer", "sku": "HAM", "product_id": 9,
                 "variation_id": 0, "quantity": 1, "subtotal": "10.00", "total": "10.00",
                 "total_tax": "0.00", "taxes": [], "meta_data": [], "price": 10}
                for place in range(lines)
            ],
            "shipping_lines": [], "fee_lines": [], "coupon_lines": [], "tax_lines": [],
            "refunds": [],
        }  # fmt: skip

    def touch(self, order: dict[str, Any], changed: datetime) -> None:
        order["customer_note"] = f"changed {changed}"
        order["date_modified_gmt"] = stamp(changed)

    def without_id(self, order: dict[str, Any]) -> None:
        del order["id"]

    def lists(self, request: httpx.Request) -> bool:
        return request.method == "GET" and request.url.path.endswith("/orders")

    def refund(self, order: dict[str, Any], amount: str, moment: datetime) -> dict[str, Any]:
        """A refund of an amount, which moves the order's change."""
        records = self.refunds.setdefault(order["id"], [])
        made = {"id": 9000 + order["id"] * 10 + len(records), "amount": amount, "reason": "",
                "date_created_gmt": stamp(moment), "refunded_by": 1, "refunded_payment": False,
                "parent_id": order["id"], "line_items": [], "shipping_lines": [],
                "fee_lines": [], "meta_data": []}  # fmt: skip
        records.append(made)
        order["refunds"] = [{"id": one["id"], "total": f"-{one['amount']}"} for one in records]
        order["date_modified_gmt"] = stamp(moment)
        return made

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.partition("/wp-json/")[2]
        params = dict(request.url.params)
        body = json.loads(request.content) if request.content else {}
        if not path:
            spaces = ["wc/v3", "wp/v2"]
            if self.trackings is not None:
                spaces.append("wc-shipment-tracking/v3")
            return httpx.Response(200, json={
                "name": "Fake shop", "timezone_string": "America/New_York", "namespaces": spaces,
            })  # fmt: skip
        if path == "wc/v3/settings/general/woocommerce_currency":
            return httpx.Response(200, json={"id": "woocommerce_currency", "value": "USD"})
        if path == "wc/v3/orders":
            return self._orders(params)
        if found := re.fullmatch(r"wc/v3/orders/(\d+)(?:/(\w+))?", path):
            return self._order(int(found[1]), found[2] or "", request.method, params, body)
        if found := re.fullmatch(r"wc-shipment-tracking/v3/orders/(\d+)/shipment-trackings", path):
            assert self.trackings is not None
            return self._records(self.trackings, int(found[1]), request.method, body, "tracking_id")
        if path == "wc/v3/products":
            skus = params["sku"].split(",")
            rows = [one for one in self.products if one["sku"] in skus]
            return httpx.Response(200, json=rows)
        if found := re.fullmatch(r"wc/v3/products(?:/(\d+)/variations)?/batch", path):
            return self._batch(int(found[1] or 0), body["update"])
        return self._no_route()

    def _orders(self, params: dict[str, str]) -> httpx.Response:
        if int(params.get("per_page", "10")) > 100:
            return httpx.Response(400, json={"code": "rest_invalid_param", "message": "per_page"})
        if self.before_page is not None:
            self.before_page()
        rows = self.trash if params.get("status") == "trash" else self.orders
        if "include" in params:
            wanted = set(params["include"].split(","))
            rows = [one for one in rows if str(one.get("id")) in wanted]
        if "search" in params:
            rows = [one for one in rows if params["search"] in one["number"]]
        if params.get("dates_are_gmt") == "true" and not self.ignores_changes:
            for key, keep in (("modified_after", 1), ("modified_before", -1)):
                if key in params:
                    edge = parsed(params[key])
                    rows = [row for row in rows if (changed(row) - edge) * keep > timedelta()]
        if params.get("orderby") == "modified":
            rows = sorted(rows, key=lambda one: (one["date_modified_gmt"], one.get("id", 0)))
        size = min(int(params.get("per_page", "10")), self.largest_page)
        start = int(params.get("offset", "0"))
        headers = {"x-wp-total": str(len(rows)), "x-wp-totalpages": str(-(-len(rows) // size))}
        return httpx.Response(200, headers=headers, json=rows[start : start + size])

    def find(self, number: object) -> dict[str, Any] | None:
        """The order of that id, wherever it is."""
        rows = [*self.orders, *self.trash]
        return next((one for one in rows if str(one.get("id")) == str(number)), None)

    def _order(
        self, number: int, what: str, method: str, params: dict[str, str], body: Any
    ) -> httpx.Response:
        order = self.find(number)
        if order is None:
            return httpx.Response(404, json={
                "code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.",
            })  # fmt: skip
        if what == "refunds":
            size, page = int(params["per_page"]), int(params["page"])
            rows = self.refunds.get(number, [])[size * (page - 1) : size * page]
            return httpx.Response(200, json=rows)
        if what == "notes":
            return self._records(self.notes, number, method, body, "id")
        if what == "fulfillments":
            if self.fulfillments is None:
                return self._no_route()
            return self._records(self.fulfillments, number, method, body, "id")
        if method == "PUT":
            order.update(body)
        return httpx.Response(200, json=order)

    def _records(
        self, kept: dict[int, list[dict[str, Any]]], number: int, method: str, body: Any, key: str
    ) -> httpx.Response:
        records = kept.setdefault(number, [])
        if method == "GET":
            return httpx.Response(200, json=records)
        records.append({key: len(records) + 1, "entity_id": str(number), **body})
        return httpx.Response(201, json=records[-1])

    def _batch(self, parent: int, update: list[dict[str, Any]]) -> httpx.Response:
        if len(update) > 100:
            return httpx.Response(413, json={"message": "at most 100"})
        done: list[dict[str, Any]] = []
        for one in update:
            row = next((row for row in self.products if row["id"] == one["id"]), None)
            if row is None or row.get("parent_id", 0) != parent:
                error = {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID."}
                done.append({"id": one["id"], "error": error})
            else:
                row.update(one)
                done.append(row)
        return httpx.Response(200, json={"update": done})

    def _no_route(self) -> httpx.Response:
        return httpx.Response(404, json={"code": "rest_no_route", "message": "No route was found."})
