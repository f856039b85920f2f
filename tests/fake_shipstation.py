"""A ShipStation account for tests: what stores.md and its documentation say of it, and no more."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import httpx

from tests.store_contract import FakeShop

Row = dict[str, Any]
PACIFIC = ZoneInfo("America/Los_Angeles")
OPEN = {"awaiting_payment", "awaiting_shipment", "on_hold"}
KEYS = {
    "orderNumber", "orderKey", "orderDate", "orderStatus", "customerEmail", "customerUsername",
    "billTo", "shipTo", "items", "amountPaid", "taxAmount", "shippingAmount", "customerNotes",
    "internalNotes", "requestedShippingService", "paymentDate", "shipByDate", "paymentMethod",
    "advancedOptions",
}  # fmt: skip
ITEM_KEYS = {"lineItemKey", "sku", "name", "quantity", "unitPrice", "adjustment"}


def local(moment: datetime) -> str:
    """A time as ShipStation writes it: Pacific, without a zone."""
    return f"{moment.astimezone(PACIFIC):%Y-%m-%dT%H:%M:%S}.0000000"


@lru_cache(10_000)
def parsed(text: str) -> datetime:
    """The same time, still without a zone: ShipStation compares such times."""
    return datetime.fromisoformat(text[:19].replace(" ", "T"))


class FakeShipStation(FakeShop):
    """Orders, shipments, fulfilments and shops of API V1."""

    type = "shipstation"
    secret = "very_secret_secret"
    zone = "America/Los_Angeles"
    settings: ClassVar[dict[str, Any]] = {"api_key": "the_key", "api_secret": secret}

    def __init__(self) -> None:
        super().__init__()
        self.shipments: list[Row] = []
        self.fulfillments: list[Row] = []

    def make(self, number: int, changed: datetime, lines: int) -> Row:
        person = {"name": "Ada Lovelace", "company": None, "street1": "1 Main St",
                  "street2": "", "street3": None, "city": "Albany", "state": "NY",
                  "postalCode": "12207", "country": "US", "phone": "1"}  # fmt: skip
        return {
            "orderId": 90_000 + number, "orderNumber": str(number), "orderKey": f"k{number}",
            "orderDate": local(changed), "createDate": local(changed),
            "modifyDate": local(changed), "paymentDate": local(changed), "shipDate": None,
            "orderStatus": "awaiting_shipment", "customerId": 7, "customerEmail": "a@example.com",
            "billTo": person, "shipTo": person, "orderTotal": 10.0 * lines,
            "amountPaid": 10.0 * lines, "taxAmount": 0.0, "shippingAmount": 0.0,
            "customerNotes": None, "paymentMethod": "Credit Card",
            "requestedShippingService": "Priority Mail", "carrierCode": None, "serviceCode": None,
            "items": [
                {"orderItemId": number * 100_000 + place, "lineItemKey": None, "sku": "HAM",
                 "name": "Hammer", "quantity": 1, "unitPrice": 10.0, "taxAmount": None,
                 "options": [], "productId": 9, "adjustment": False, "upc": None}
                for place in range(lines)
            ],
            "advancedOptions": {"storeId": 5, "source": "web", "customField1": None},
        }  # fmt: skip

    def touch(self, order: Row, changed: datetime) -> None:
        order["customerNotes"] = f"changed {changed}"
        order["modifyDate"] = local(changed)

    def without_id(self, order: Row) -> None:
        del order["orderId"]

    def lists(self, request: httpx.Request) -> bool:
        return request.url.path == "/orders" and "sortBy" in request.url.params

    def ship(self, order: Row, day: str, tracking: str, **more: Any) -> Row:
        """Ship an order as a whole with a label of ShipStation's."""
        order |= {"orderStatus": "shipped", "shipDate": day, "carrierCode": "ups"}
        made = {
            "shipmentId": 500 + len(self.shipments), "orderId": order["orderId"],
            "orderKey": order["orderKey"], "orderNumber": order["orderNumber"],
            "createDate": f"{day}T10:00:00.0000000", "shipDate": day, "carrierCode": "ups",
            "serviceCode": "ups_ground", "trackingNumber": tracking, "voided": False,
            "isReturnLabel": False, "shipmentCost": 7.1,
            "shipmentItems": [
                {"orderItemId": one["orderItemId"], "quantity": one["quantity"]}
                for one in order["items"]
            ],
            **more,
        }  # fmt: skip
        self.shipments.append(made)
        return made

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "ssapi.shipstation.com"
        assert request.headers["authorization"] == (
            "Basic dGhlX2tleTp2ZXJ5X3NlY3JldF9zZWNyZXQ="  # the_key:very_secret_secret
        )
        path, params = request.url.path, dict(request.url.params)
        if request.method == "POST":
            body = json.loads(request.content)
            made = self._create(body) if path == "/orders/createorder" else self._mark(path, body)
        elif path == "/stores":
            made = httpx.Response(200, json=[{"storeId": 5, "storeName": "Grove Web"}])
        elif path == "/orders":
            made = self._orders(params)
        elif found := re.fullmatch(r"/orders/(\d+)", path):
            order = self.find(int(found[1]))
            made = httpx.Response(200, json=order) if order else httpx.Response(404, json={})
        elif path in {"/shipments", "/fulfillments"}:
            made = self._sent(path[1:], params)
        else:
            made = httpx.Response(404, json={"Message": "No HTTP resource was found."})
        made.headers["x-rate-limit-limit"] = "40"
        made.headers["x-rate-limit-remaining"] = "39"
        made.headers["x-rate-limit-reset"] = "60"
        return made

    def find(self, order_id: int) -> Row | None:
        """The order of that id."""
        return next((one for one in self.orders if one.get("orderId") == order_id), None)

    def _page(self, name: str, rows: list[Row], params: dict[str, str]) -> httpx.Response:
        size, page = int(params.pop("pageSize", "100")), int(params.pop("page", "1"))
        assert 1 <= size <= 500
        assert not params, f"ShipStation knows nothing of {params}"
        pages = -(-len(rows) // size)
        some = rows[size * (page - 1) : size * page]
        said = {name: some, "total": len(rows), "page": page, "pages": pages}
        return httpx.Response(200, json=said)

    def _orders(self, params: dict[str, str]) -> httpx.Response:
        rows = list(self.orders)
        if "modifyDateStart" in params:
            start = params.pop("modifyDateStart")
            assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", start)
            rows = [one for one in rows if parsed(one["modifyDate"]) >= parsed(start)]
        if "orderNumber" in params:
            number = params.pop("orderNumber")
            rows = [one for one in rows if one["orderNumber"].startswith(number)]
        if "sortBy" in params:
            assert params.pop("sortBy") == "ModifyDate"
            assert params.pop("sortDir") == "ASC"
            rows.sort(key=lambda one: parsed(one["modifyDate"]))
        return self._page("orders", rows, params)

    def _sent(self, name: str, params: dict[str, str]) -> httpx.Response:
        rows: list[Row] = getattr(self, name)
        if params.pop("includeShipmentItems", "false") != "true":
            rows = [{**one, "shipmentItems": None} for one in rows]
        if "orderId" in params:
            wanted = int(params.pop("orderId"))
            rows = [one for one in rows if one["orderId"] == wanted]
        if "createDateStart" in params:
            start = parsed(params.pop("createDateStart"))
            rows = [one for one in rows if parsed(one["createDate"]) >= start]
        if "shipDateStart" in params:
            first, last = params.pop("shipDateStart"), params.pop("shipDateEnd")
            rows = [one for one in rows if first <= one["shipDate"][:10] <= last]
        return self._page(name, rows, params)

    def _create(self, body: Row) -> httpx.Response:
        """Keyed by orderKey: an open order of that key is changed, any other is not."""
        assert body.keys() <= KEYS
        assert {"orderNumber", "orderDate", "orderStatus", "billTo", "shipTo"} <= body.keys()
        assert body["orderStatus"] in OPEN | {"cancelled"}
        assert len(body["orderKey"]) <= 50
        assert {"name", "street1", "city", "state", "postalCode", "country"} <= body[
            "shipTo"
        ].keys()
        for item in body["items"]:
            assert item.keys() <= ITEM_KEYS
            assert isinstance(item["quantity"], int)
        total = sum(one["unitPrice"] * one["quantity"] for one in body["items"])
        total += body.get("taxAmount", 0) + body.get("shippingAmount", 0)
        held = next((one for one in self.orders if one["orderKey"] == body["orderKey"]), None)
        if held is not None and held["orderStatus"] not in OPEN:
            return httpx.Response(400, json={"Message": "The order can no longer be changed."})
        row = held if held is not None else {"orderId": 90_001 + len(self.orders)}
        row |= {**body, "orderTotal": round(total, 2), "modifyDate": local(self.clock),
                "createDate": local(self.clock), "shipDate": None}  # fmt: skip
        row["items"] = [
            {**one, "orderItemId": row["orderId"] * 100 + place}
            for place, one in enumerate(body["items"])
        ]
        if held is None:
            self.orders.append(row)
        return httpx.Response(200, json=row)

    def _mark(self, path: str, body: Row) -> httpx.Response:
        assert path == "/orders/markasshipped"
        order = self.find(body["orderId"])
        if order is None:
            return httpx.Response(404, json={"Message": "No order."})
        order |= {"orderStatus": "shipped", "shipDate": body["shipDate"]}
        self.fulfillments.append({
            "fulfillmentId": 800 + len(self.fulfillments), "orderId": order["orderId"],
            "orderNumber": order["orderNumber"], "trackingNumber": body["trackingNumber"],
            "createDate": local(self.clock), "shipDate": body["shipDate"],
            "carrierCode": body["carrierCode"], "fulfillmentServiceCode": "custom",
            "voided": False,
        })  # fmt: skip
        return httpx.Response(200, json={"orderId": order["orderId"],
                                         "orderNumber": order["orderNumber"]})  # fmt: skip
