"""The soak test's shops, each over the fake of its kind; the custom shop calls our API."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import httpx

from tests import fake_bigcommerce, fake_shopify, fake_woocommerce
from tests.fake_shopify import gid, money
from tests.soak.shops import ZERO, Back, Basket, Item, Row, Sold, Trader
from tests.store_contract import FakeShop, Fault, always, cut, half, html, replays, slow, status

OUTAGES: dict[str, Callable[[FakeShop], Fault]] = {
    "down": lambda shop: always(status(503)),
    "busy": lambda shop: always(status(429, retry_after="3600")),
    "key refused": lambda shop: always(status(401)),
    "html": lambda shop: always(html),
    "half answers": lambda shop: half,
    "slow": lambda shop: always(slow),
    "cut off": lambda shop: always(cut),
    "same page again": lambda shop: replays(shop, most=2),
    "down after a page": lambda shop: after_a_few(shop, 7),
}


def after_a_few(shop: FakeShop, count: int) -> Fault:
    """So many answers come, then nothing."""
    left = [count]

    def fault(request: httpx.Request, honest: Callable[[], httpx.Response]) -> httpx.Response:
        left[0] -= 1
        return honest() if left[0] >= 0 else cut()

    return fault


def name(buyer: int) -> tuple[str, str, str]:
    return f"Ada{buyer % 17}", f"Byron {buyer}", f"buyer{buyer}@example.com"


class Indexed(FakeShop):
    """A fake that finds its orders fast and keeps no requests."""

    def __init__(self) -> None:
        super().__init__()
        self.by_id: dict[str, Row] = {}

    def find(self, number: object) -> Row | None:
        return self.by_id.get(str(number))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.clear()
        return super()._handle(request)


class OfFake(Trader):
    """A shop that the schedule reads."""

    shop: Indexed

    def place(self, row: Row) -> None:
        self.shop.orders.append(row)
        self.shop.by_id[str(row["id"])] = row

    def note(self, row: Row, when: datetime) -> None:
        self.shop.touch(row, when)

    def break_down(self, how: str) -> None:
        self.down = how
        self.shop.fault = OUTAGES[how](self.shop) if how else None

    def trade(self, until: datetime, events: float) -> None:
        self.shop.clock = until
        super().trade(until, events)


class WooShop(Indexed, fake_woocommerce.FakeWooCommerce):
    pass


class Woo(OfFake):
    """A WooCommerce shop."""

    def __init__(self, key: str, first: int, chance: random.Random) -> None:
        super().__init__(key, first, chance)
        self.shop = self.woo = WooShop()

    def draft(self, wanted: Basket, when: datetime) -> Row:
        row = self.woo.make(wanted.number, when, 0)
        first, last, email = name(wanted.buyer)
        person = row["billing"] | {"first_name": first, "last_name": last, "email": email}
        row |= {"customer_id": wanted.buyer + 1, "billing": person, "shipping": person}
        for one in wanted.items:
            self._line(row, one)
        row["shipping_lines"] = [
            {"id": 1, "method_title": "Flat rate", "method_id": "flat_rate",
             "total": str(wanted.shipping), "total_tax": "0.00", "taxes": []}
        ]  # fmt: skip
        if not wanted.paid:
            row |= {"status": "on-hold", "date_paid_gmt": None, "date_paid": None}
        self._total(row)
        return row

    def _line(self, row: Row, one: Item) -> None:
        taxes = [{"id": 1, "total": str(one.tax), "subtotal": str(one.tax)}]
        row["line_items"].append(
            {"id": row["id"] * 100 + len(row["line_items"]), "name": f"Product {one.sku}",
             "sku": one.sku, "product_id": 9, "variation_id": 0, "quantity": one.quantity,
             "subtotal": str(one.net), "total": str(one.net), "total_tax": str(one.tax),
             "taxes": taxes if one.tax else [], "meta_data": [], "price": 1}
        )  # fmt: skip

    def _total(self, row: Row) -> None:
        tax = sum((Decimal(one["total_tax"]) for one in row["line_items"]), ZERO)
        parts = [*row["line_items"], *row["shipping_lines"]]
        row["total"] = str(sum((Decimal(one["total"]) for one in parts), tax))
        row["total_tax"] = str(tax)
        row["tax_lines"] = [
            {"id": 1, "rate_code": "TAX", "rate_id": 1, "label": "Tax", "tax_total": str(tax),
             "shipping_tax_total": "0.00", "rate_percent": None}
        ] if tax else []  # fmt: skip

    def sold(self, row: Row) -> Sold:
        goods = sum((Decimal(one["total"]) for one in row["line_items"]), ZERO)
        shipping = sum((Decimal(one["total"]) for one in row["shipping_lines"]), ZERO)
        found = Sold(
            row["number"], goods, shipping, Decimal(row["total_tax"]),
            row["date_paid_gmt"] is not None, row["status"] == "completed",
            row["status"] == "cancelled",
            tuple(self._given(one) for one in self.woo.refunds.get(row["id"], [])),
        )  # fmt: skip
        assert found.total == Decimal(row["total"])
        return found

    def _given(self, record: Row) -> Back:
        goods = -sum((Decimal(one["total"]) for one in record["line_items"]), ZERO)
        tax = -sum((Decimal(one["total_tax"]) for one in record["line_items"]), ZERO)
        sent = -sum((Decimal(one["total"]) for one in record["shipping_lines"]), ZERO)
        back = Back(goods, sent, tax)
        assert back.total == Decimal(record["amount"])
        return back

    def pay(self, row: Row, when: datetime) -> None:
        stamp = fake_woocommerce.stamp(when)
        row |= {"date_paid_gmt": stamp, "date_paid": stamp, "date_modified_gmt": stamp}
        if row["status"] == "on-hold":
            row["status"] = "processing"

    def ship(self, row: Row, when: datetime) -> None:
        row |= {"status": "completed", "date_modified_gmt": fake_woocommerce.stamp(when)}

    def cancel(self, row: Row, when: datetime) -> None:
        row |= {"status": "cancelled", "date_modified_gmt": fake_woocommerce.stamp(when)}

    def revive(self, row: Row, when: datetime) -> None:
        status = "processing" if row["date_paid_gmt"] else "on-hold"
        row |= {"status": status, "date_modified_gmt": fake_woocommerce.stamp(when)}

    def grow(self, row: Row, more: Item, when: datetime) -> None:
        self._line(row, more)
        self._total(row)
        row["date_modified_gmt"] = fake_woocommerce.stamp(when)

    def give_back(self, row: Row, whole: bool, when: datetime) -> None:
        lines = row["line_items"] if whole else row["line_items"][:1]
        sent = row["shipping_lines"] if whole else []
        amount = sum((Decimal(one["total"]) + Decimal(one["total_tax"]) for one in lines), ZERO)
        amount += sum((Decimal(one["total"]) for one in sent), ZERO)
        if row["status"] == "cancelled":
            row["status"] = "refunded"
        made = self.woo.refund(row, str(amount), when)
        made["line_items"] = [
            {"id": one["id"] + 50, "name": one["name"], "sku": one["sku"], "product_id": 9,
             "quantity": -one["quantity"], "total": f"-{one['total']}",
             "total_tax": f"-{one['total_tax']}" if Decimal(one["total_tax"]) else "0.00",
             "meta_data": [{"key": "_refunded_item_id", "value": str(one["id"])}]}
            for one in lines
        ]  # fmt: skip
        made["shipping_lines"] = [
            {"id": 60, "method_title": one["method_title"], "total": f"-{one['total']}",
             "total_tax": "0.00"}
            for one in sent
        ]  # fmt: skip


class BigShop(Indexed, fake_bigcommerce.FakeBigCommerce):
    pass


class Big(OfFake):
    """A BigCommerce store; a refund moves no order's time of change."""

    def __init__(self, key: str, first: int, chance: random.Random) -> None:
        super().__init__(key, first, chance)
        self.shop = self.big = BigShop()

    def draft(self, wanted: Basket, when: datetime) -> Row:
        row = self.big.make(wanted.number, when, 0)
        first, last, email = name(wanted.buyer)
        row["billing_address"] |= {"first_name": first, "last_name": last, "email": email}
        row |= {"customer_id": wanted.buyer + 1, "shipping_cost_ex_tax": f"{wanted.shipping}00"}
        self.big.parts[row["id"], "products"] = []
        self.big.parts[row["id"], "taxes"] = []
        self.big.parts[row["id"], "transactions"] = []
        for one in wanted.items:
            self._line(row, one)
        self._total(row)
        row |= {"status_id": 7, "status": "Awaiting Payment"}
        if wanted.paid:
            self.pay(row, when)
        return row

    def _line(self, row: Row, one: Item) -> None:
        products = self.big.parts[row["id"], "products"]
        key = row["id"] * 100 + len(products)
        products.append(
            {"id": key, "order_id": row["id"], "product_id": 9, "variant_id": 3,
             "order_address_id": 7, "name": f"Product {one.sku}", "sku": one.sku,
             "type": "physical", "base_price": f"{one.price}00", "price_ex_tax": f"{one.price}00",
             "total_ex_tax": f"{one.net}00", "total_inc_tax": f"{one.net + one.tax}00",
             "total_tax": f"{one.tax}00", "quantity": one.quantity, "quantity_shipped": 0,
             "applied_discounts": [], "product_options": []}
        )  # fmt: skip
        if one.tax:
            self.big.parts[row["id"], "taxes"].append(
                {"id": key, "order_id": row["id"], "order_product_id": key, "tax_rate_id": 1,
                 "name": "Tax", "rate": "0", "line_amount": f"{one.tax}00"}
            )  # fmt: skip

    def _total(self, row: Row) -> None:
        products = self.big.parts[row["id"], "products"]
        net = sum((Decimal(one["total_ex_tax"]) for one in products), ZERO)
        tax = sum((Decimal(one["total_tax"]) for one in products), ZERO)
        sent = Decimal(row["shipping_cost_ex_tax"])
        row |= {"subtotal_ex_tax": str(net), "subtotal_inc_tax": str(net + tax),
                "total_ex_tax": str(net + sent), "total_inc_tax": str(net + sent + tax),
                "total_tax": str(tax), "items_total": len(products)}  # fmt: skip

    def _stamp(self, row: Row, when: datetime) -> None:
        row["date_modified"] = format_datetime(when)

    def sold(self, row: Row) -> Sold:
        products = self.big.parts[row["id"], "products"]
        found = Sold(
            str(row["id"]), sum((Decimal(one["total_ex_tax"]) for one in products), ZERO),
            Decimal(row["shipping_cost_ex_tax"]), Decimal(row["total_tax"]),
            bool(self.big.parts[row["id"], "transactions"]), row["status_id"] in {2, 4},
            row["status_id"] == 5,
            tuple(self._given(row, one) for one in self.big.parts.get((row["id"], "refunds"), [])),
        )  # fmt: skip
        assert found.total == Decimal(row["total_inc_tax"])
        return found

    def _given(self, row: Row, record: Row) -> Back:
        products = {one["id"]: one for one in self.big.parts[row["id"], "products"]}
        back = [products[one["item_id"]] for one in record["items"] if one["item_id"] in products]
        sent = any(one["item_type"] == "SHIPPING" for one in record["items"])
        found = Back(
            sum((Decimal(one["total_ex_tax"]) for one in back), ZERO),
            Decimal(row["shipping_cost_ex_tax"]) if sent else ZERO,
            sum((Decimal(one["total_tax"]) for one in back), ZERO),
        )
        assert found.total == Decimal(str(record["total_amount"]))
        return found

    def pay(self, row: Row, when: datetime) -> None:
        self.big.parts[row["id"], "transactions"] = [
            {"id": row["id"], "order_id": str(row["id"]), "event": "purchase",
             "method": "credit_card", "amount": float(row["total_inc_tax"]), "currency": "USD",
             "gateway": "stripe", "status": "ok", "test": False,
             "date_created": when.isoformat()}
        ]  # fmt: skip
        if row["status_id"] == 7:
            row |= {"status_id": 11, "status": "Awaiting Fulfillment"}
        self._stamp(row, when)

    def ship(self, row: Row, when: datetime) -> None:
        row |= {"status_id": 2, "status": "Shipped"}
        self._stamp(row, when)

    def cancel(self, row: Row, when: datetime) -> None:
        row |= {"status_id": 5, "status": "Cancelled"}
        self._stamp(row, when)

    def revive(self, row: Row, when: datetime) -> None:
        paid = self.big.parts[row["id"], "transactions"]
        row |= ({"status_id": 11, "status": "Awaiting Fulfillment"} if paid
                else {"status_id": 7, "status": "Awaiting Payment"})  # fmt: skip
        self._stamp(row, when)

    def grow(self, row: Row, more: Item, when: datetime) -> None:
        self._line(row, more)
        self._total(row)
        self._stamp(row, when)

    def give_back(self, row: Row, whole: bool, when: datetime) -> None:
        products = self.big.parts[row["id"], "products"]
        lines = products if whole else products[:1]
        items: list[Row] = [
            {"item_type": "PRODUCT", "item_id": one["id"], "quantity": one["quantity"],
             "requested_amount": None}
            for one in lines
        ]  # fmt: skip
        tax = sum((Decimal(one["total_tax"]) for one in lines), ZERO)
        amount = sum((Decimal(one["total_ex_tax"]) for one in lines), tax)
        if whole and Decimal(row["shipping_cost_ex_tax"]):
            items.append({"item_type": "SHIPPING", "item_id": 1, "quantity": 1,
                          "requested_amount": None})  # fmt: skip
            amount += Decimal(row["shipping_cost_ex_tax"])
        self.big.parts[row["id"], "refunds"] = [
            {"id": row["id"] * 10, "order_id": row["id"], "created": when.isoformat(),
             "reason": "Broken", "total_amount": float(amount), "total_tax": float(tax),
             "items": items,
             "payments": [{"id": row["id"] * 10 + 1, "provider_id": "stripe",
                           "amount": float(amount), "offline": False, "is_declined": False}]}
        ]  # fmt: skip
        if whole:
            row |= {"status_id": 4, "status": "Refunded"}


class ShopifyShop(Indexed, fake_shopify.FakeShopify):
    def node_field(self, id: str, **_: Any) -> Row | None:  # noqa: A002
        return self.find(id)


class Shopify(OfFake):
    """A Shopify shop."""

    def __init__(self, key: str, first: int, chance: random.Random) -> None:
        super().__init__(key, first, chance)
        self.shop = ShopifyShop()

    def draft(self, wanted: Basket, when: datetime) -> Row:
        row = self.shop.make(wanted.number, when, 0)
        first, last, email = name(wanted.buyer)
        row |= {"name": f"#{wanted.number}", "email": email}
        row["billingAddress"] = row["shippingAddress"] = row["billingAddress"] | {
            "firstName": first, "lastName": last,
        }  # fmt: skip
        row["customer"] = {
            "id": gid("Customer", wanted.buyer + 1), "firstName": first, "lastName": last,
            "displayName": f"{first} {last}", "defaultEmailAddress": {"emailAddress": email},
        }  # fmt: skip
        sent = money(str(wanted.shipping))
        row["totalShippingPriceSet"] = sent
        row["shippingLines"] = [
            {"id": gid("ShippingLine", wanted.number), "title": "Standard",
             "originalPriceSet": sent, "discountedPriceSet": sent}
        ] if wanted.shipping else []  # fmt: skip
        for one in wanted.items:
            self._line(row, one)
        self._total(row)
        row |= {"transactions": [], "displayFinancialStatus": "PENDING"}
        if wanted.paid:
            self.pay(row, when)
        return row

    def _line(self, row: Row, one: Item) -> None:
        number = int(row["id"].rsplit("/", 1)[-1])
        tax = {"title": "Tax", "rate": None, "ratePercentage": None, "channelLiable": False,
               "priceSet": money(str(one.tax))}  # fmt: skip
        row["lineItems"].append({
            "__typename": "LineItem", "id": gid("LineItem", number * 100 + len(row["lineItems"])),
            "name": f"Product {one.sku}", "title": one.sku, "sku": one.sku,
            "quantity": one.quantity, "currentQuantity": one.quantity, "requiresShipping": True,
            "taxable": bool(one.tax), "taxLines": [tax] if one.tax else [],
            "originalUnitPriceSet": money(str(one.price)), "originalTotalSet": money(str(one.net)),
        })  # fmt: skip

    def _total(self, row: Row) -> None:
        goods, sent, tax = self._parts(row)
        row["totalPriceSet"] = row["currentTotalPriceSet"] = money(str(goods + sent + tax))
        row["totalTaxSet"] = row["currentTotalTaxSet"] = money(str(tax))
        row["taxLines"] = [
            {"title": "Tax", "rate": None, "ratePercentage": None, "channelLiable": False,
             "priceSet": money(str(tax))}
        ] if tax else []  # fmt: skip

    def _parts(self, row: Row) -> tuple[Decimal, Decimal, Decimal]:
        def amount(bag: Row) -> Decimal:
            return Decimal(bag["shopMoney"]["amount"])

        goods = sum((amount(one["originalTotalSet"]) for one in row["lineItems"]), ZERO)
        taxes = (tax for one in row["lineItems"] for tax in one["taxLines"])
        tax = sum((amount(one["priceSet"]) for one in taxes), ZERO)
        return goods, amount(row["totalShippingPriceSet"]), tax

    def sold(self, row: Row) -> Sold:
        found = Sold(
            row["name"].lstrip("#"), *self._parts(row),
            row["displayFinancialStatus"] not in {"PENDING", "VOIDED"},
            row["displayFulfillmentStatus"] == "FULFILLED", row.get("cancelledAt") is not None,
            tuple(self._given(one) for one in row["refunds"]),
        )  # fmt: skip
        assert found.total == Decimal(row["totalPriceSet"]["shopMoney"]["amount"])
        return found

    def _given(self, record: Row) -> Back:
        def amount(bag: Row) -> Decimal:
            return Decimal(bag["shopMoney"]["amount"])

        found = Back(
            sum((amount(one["subtotalSet"]) for one in record["refundLineItems"]), ZERO),
            sum((amount(one["subtotalAmountSet"]) for one in record["refundShippingLines"]), ZERO),
            sum((amount(one["totalTaxSet"]) for one in record["refundLineItems"]), ZERO),
        )
        assert found.total == amount(record["totalRefundedSet"])
        return found

    def _transaction(self, row: Row, kind: str, amount: Row, when: datetime) -> Row:
        number = int(row["id"].rsplit("/", 1)[-1]) * 10 + len(row["transactions"])
        made = {
            "__typename": "OrderTransaction", "id": gid("OrderTransaction", number),
            "kind": kind, "status": "SUCCESS", "gateway": "shopify_payments",
            "createdAt": fake_shopify.stamp(when), "processedAt": fake_shopify.stamp(when),
            "amountSet": amount, "fees": [],
        }  # fmt: skip
        row["transactions"].append(made)
        return made

    def _moved(self, row: Row, when: datetime) -> None:
        row["updatedAt"] = fake_shopify.stamp(when)

    def pay(self, row: Row, when: datetime) -> None:
        self._transaction(row, "SALE", row["totalPriceSet"], when)
        row["displayFinancialStatus"] = "PAID"
        self._moved(row, when)

    def ship(self, row: Row, when: datetime) -> None:
        row["displayFulfillmentStatus"] = "FULFILLED"
        self._moved(row, when)

    def cancel(self, row: Row, when: datetime) -> None:
        row |= {"cancelledAt": fake_shopify.stamp(when), "cancelReason": "CUSTOMER"}
        if row["displayFinancialStatus"] == "PENDING":
            row["displayFinancialStatus"] = "VOIDED"
        self._moved(row, when)

    def revive(self, row: Row, when: datetime) -> None:
        self.note(row, when)  # A cancelled order stays cancelled in Shopify.

    def grow(self, row: Row, more: Item, when: datetime) -> None:
        self._line(row, more)
        self._total(row)
        self._moved(row, when)

    def give_back(self, row: Row, whole: bool, when: datetime) -> None:
        lines = row["lineItems"] if whole else row["lineItems"][:1]
        made: Row = {
            "__typename": "Refund", "id": gid("Refund", row["id"].rsplit("/", 1)[-1]),
            "createdAt": fake_shopify.stamp(when), "processedAt": fake_shopify.stamp(when),
            "note": "Too big", "duties": [], "orderAdjustments": [],
            "refundLineItems": [
                {"id": gid("RefundLineItem", one["id"].rsplit("/", 1)[-1]),
                 "quantity": one["quantity"], "restockType": "RETURN", "restocked": True,
                 "lineItem": one, "subtotalSet": one["originalTotalSet"],
                 "totalTaxSet": one["taxLines"][0]["priceSet"] if one["taxLines"]
                 else money("0.00")}
                for one in lines
            ],
            "refundShippingLines": [
                {"id": gid("RefundShippingLine", 1), "subtotalAmountSet": one["originalPriceSet"],
                 "taxAmountSet": money("0.00"), "shippingLine": one}
                for one in row["shippingLines"]
                if whole
            ],
        }  # fmt: skip
        parts = [*((one["subtotalSet"], one["totalTaxSet"]) for one in made["refundLineItems"]),
                 *((one["subtotalAmountSet"],) for one in made["refundShippingLines"])]  # fmt: skip
        amounts = (Decimal(bag["shopMoney"]["amount"]) for bags in parts for bag in bags)
        made["totalRefundedSet"] = money(str(sum(amounts, ZERO)))
        made["transactions"] = [self._transaction(row, "REFUND", made["totalRefundedSet"], when)]
        row["refunds"].append(made)
        row["displayFinancialStatus"] = "REFUNDED" if whole else "PARTIALLY_REFUNDED"
        self._moved(row, when)


class Own(Trader):
    """A custom shop: it sends each change by our API, and hears by webhook how orders stand."""

    def __init__(self, key: str, first: int, chance: random.Random) -> None:
        super().__init__(key, first, chance)
        self.changed: dict[str, Row] = {}
        self.told: dict[str, str] = {}
        """Number -> state, as the shop was told last."""

    def hook(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            return httpx.Response(503)
        body = httpx.Response(200, content=request.content).json()
        if body["type"] == "order.status":
            self.told[body["data"]["number"]] = body["data"]["state"]
        return httpx.Response(204)

    def send(self, client: httpx.Client) -> None:
        """Send what changed; twice, as a shop does that heard no answer."""
        waiting = list(self.changed.values())
        self.changed.clear()
        for start in range(0, len(waiting), 100):
            for _ in range(1 + (self.chance.random() < 0.2)):
                path = f"/api/v1/stores/{self.key}/orders"
                answer = client.post(path, json=waiting[start : start + 100])
                assert answer.status_code == 200, answer.text
                assert not [one for one in answer.json()["results"] if one["outcome"] == "bad"]

    def break_down(self, how: str) -> None:
        self.down = how

    def draft(self, wanted: Basket, when: datetime) -> Row:
        first, last, email = name(wanted.buyer)
        sent = {"source_id": "s", "kind": "shipping", "name": "Shipping",
                "gross": str(wanted.shipping)}  # fmt: skip
        row: Row = {
            "source_id": f"id-{wanted.number}", "number": str(wanted.number),
            "placed_at": when.isoformat(), "updated_at": when.isoformat(), "total": "0",
            "payment_status": "pending", "fulfillment_status": "unfulfilled", "status": "open",
            "customer": {"source_id": str(wanted.buyer + 1), "first_name": first,
                         "last_name": last, "email": email},
            "shipping": {"region": "CA", "country": "US", "city": "Fresno"},
            "lines": [], "charges": [sent] if wanted.shipping else [], "taxes": [],
            "payments": [], "refunds": [],
        }  # fmt: skip
        for one in wanted.items:
            self._line(row, one)
        self._total(row)
        if wanted.paid:
            self.pay(row, when)
        self.changed.clear()
        return row

    def place(self, row: Row) -> None:
        self.changed[row["number"]] = row

    def _line(self, row: Row, one: Item) -> None:
        taxes = [{"name": "Tax", "amount": str(one.tax)}] if one.tax else []
        row["lines"].append(
            {"source_id": f"l{len(row['lines'])}", "name": f"Product {one.sku}", "sku": one.sku,
             "quantity": one.quantity, "gross": str(one.net), "taxes": taxes}
        )  # fmt: skip

    def _parts(self, row: Row) -> tuple[Decimal, Decimal, Decimal]:
        goods = sum((Decimal(one["gross"]) for one in row["lines"]), ZERO)
        sent = sum((Decimal(one["gross"]) for one in row["charges"]), ZERO)
        taxes = (tax for one in row["lines"] for tax in one["taxes"])
        return goods, sent, sum((Decimal(one["amount"]) for one in taxes), ZERO)

    def _total(self, row: Row) -> None:
        goods, sent, tax = self._parts(row)
        row["total"] = str(goods + sent + tax)
        row["taxes"] = [{"name": "Tax", "amount": str(tax)}] if tax else []

    def _moved(self, row: Row, when: datetime) -> None:
        # Not before the order was last changed: what is older is not taken.
        row["updated_at"] = max(when.isoformat(), row["updated_at"])
        self.changed[row["number"]] = row

    def sold(self, row: Row) -> Sold:
        found = Sold(
            row["number"], *self._parts(row), bool(row["payments"]),
            row["fulfillment_status"] == "fulfilled", row["status"] == "cancelled",
            tuple(self._given(one) for one in row["refunds"]),
        )  # fmt: skip
        assert found.total == Decimal(row["total"])
        return found

    def _given(self, record: Row) -> Back:
        found = Back(
            sum((Decimal(one["net"]) for one in record["lines"]), ZERO),
            sum((Decimal(one["net"]) for one in record["adjustments"]), ZERO),
            sum((Decimal(one["tax"]) for one in record["lines"]), ZERO),
        )
        assert found.total == Decimal(record["total"])
        return found

    def pay(self, row: Row, when: datetime) -> None:
        row["payment_status"] = "paid"
        row["payments"] = [
            {"source_id": f"pay-{row['number']}", "kind": "charge", "amount": row["total"],
             "method": "Visa", "paid_at": when.isoformat(), "reference": f"ch-{row['number']}"}
        ]  # fmt: skip
        self._moved(row, when)

    def ship(self, row: Row, when: datetime) -> None:
        row["fulfillment_status"] = "fulfilled"
        self._moved(row, when)

    def cancel(self, row: Row, when: datetime) -> None:
        row |= {"status": "cancelled", "cancelled_at": when.isoformat()}
        self._moved(row, when)

    def revive(self, row: Row, when: datetime) -> None:
        row |= {"status": "open", "cancelled_at": None}
        self._moved(row, when)

    def grow(self, row: Row, more: Item, when: datetime) -> None:
        self._line(row, more)
        self._total(row)
        self._moved(row, when)

    def note(self, row: Row, when: datetime) -> None:
        row["customer_note"] = f"changed {when}"
        self._moved(row, when)

    def give_back(self, row: Row, whole: bool, when: datetime) -> None:
        lines = row["lines"] if whole else row["lines"][:1]
        back = [
            {"line_id": one["source_id"], "quantity": one["quantity"], "net": one["gross"],
             "tax": str(sum((Decimal(tax["amount"]) for tax in one["taxes"]), ZERO))}
            for one in lines
        ]  # fmt: skip
        sent = [{"kind": "shipping", "name": "Shipping", "net": one["gross"]}
                for one in row["charges"] if whole]  # fmt: skip
        amounts = [*(one["net"] for one in (*back, *sent)), *(one["tax"] for one in back)]
        total = str(sum((Decimal(str(one)) for one in amounts), ZERO))
        row["refunds"] = [
            {"source_id": f"r-{row['number']}", "total": total, "created_at": when.isoformat(),
             "lines": back, "adjustments": sent,
             "payments": [{"source_id": f"back-{row['number']}", "kind": "refund",
                           "amount": total, "method": "Visa", "paid_at": when.isoformat()}]}
        ]  # fmt: skip
        row["payment_status"] = "refunded" if whole else "partially_refunded"
        self._moved(row, when)
