"""A Shopify shop for tests: it runs our GraphQL on Shopify's own schema, over a shop's data."""

from __future__ import annotations

import base64
import functools
import gzip
import json
import re
from bisect import bisect_right
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs

import graphql
import httpx
from graphql.language import FieldNode, ast

from tests.conftest import shared
from tests.store_contract import FakeShop

Row = dict[str, Any]
TOKEN = "shpat_of_the_day"


@functools.cache
def schema() -> graphql.GraphQLSchema:
    """Shopify's Admin schema 2026-10."""
    with gzip.open(shared("shopify/admin_2026-10.json.gz")) as file:
        found = json.load(file)
    return graphql.build_client_schema(found.get("data", found), assume_valid=True)


@functools.cache
def document(query: str) -> ast.DocumentNode:
    """The query, parsed and valid; nothing deprecated is asked for."""
    parsed = graphql.parse(query)
    rules = [*graphql.specified_rules, graphql.validation.NoDeprecatedCustomRule]
    errors = graphql.validate(schema(), parsed, rules)
    assert not errors, f"{errors[0]}\n{query}"
    return parsed


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def money(amount: str) -> Row:
    part = {"amount": amount, "currencyCode": "USD"}
    return {"shopMoney": part, "presentmentMoney": part}


def gid(kind: str, number: object) -> str:
    return f"gid://shopify/{kind}/{number}"


class FakeShopify(FakeShop):
    """Orders, stock and fulfilments over GraphQL; a token for the app's id and secret."""

    type = "shopify"
    many = 60
    secret = "shpss_very_secret"
    settings: ClassVar[Row] = {
        "shop": "grove.myshopify.com", "client_id": "app", "client_secret": secret,
    }  # fmt: skip
    wrong_webhook: ClassVar[tuple[dict[str, str], bytes]] = (
        {"X-Shopify-Topic": "orders/updated", "X-Shopify-Hmac-SHA256": "bm8="}, b'{"id": 1}'
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        schema()
        self.scopes = ["read_orders", "read_all_orders", "write_inventory",
                       "write_merchant_managed_fulfillment_orders"]  # fmt: skip
        self.largest_first = 250
        """An `orders` query of more costs too much."""
        self.throttled = 0
        """So many answers are THROTTLED."""
        self.errors: list[Row] = []
        """GraphQL errors beside the data."""
        self.tokens = 0
        self.locations = [{"id": gid("Location", 1), "name": "Shop", "isActive": True,
                           "shipsInventory": True}]  # fmt: skip
        self.variants: list[Row] = []
        self.idempotent: dict[str, Any] = {}
        self.before_write: Any = None
        self.bulk: dict[str, Row] = {}
        self.bulk_fails = ""
        self.asked: list[str] = []

    def make(self, number: int, changed: datetime, lines: int) -> Row:
        total = money(f"{10 * lines}.0")
        person = {
            "firstName": "Ada", "lastName": "Lovelace", "address1": "1 Main St", "zip": "12207",
            "city": "Albany", "provinceCode": "NY", "countryCodeV2": "US",
        }  # fmt: skip
        return {
            "__typename": "Order", "id": gid("Order", 5000 + number), "name": f"#{1000 + number}",
            "createdAt": stamp(changed), "processedAt": stamp(changed), "updatedAt": stamp(changed),
            "currencyCode": "USD", "presentmentCurrencyCode": "USD", "email": "ada@example.com",
            "displayFinancialStatus": "PAID", "displayFulfillmentStatus": "UNFULFILLED",
            "returnStatus": "NO_RETURN", "statusPageUrl": "https://grove.myshopify.com/1/orders/x",
            "totalPriceSet": total, "currentTotalPriceSet": total,
            "billingAddress": person, "shippingAddress": person,
            "lineItems": [self.line(number, place) for place in range(lines)],
            "shippingLines": [], "discountApplications": [], "refunds": [], "fulfillments": [],
            "fulfillmentOrders": [],
            "transactions": [{
                "__typename": "OrderTransaction", "id": gid("OrderTransaction", number),
                "kind": "SALE", "status": "SUCCESS", "gateway": "shopify_payments",
                "createdAt": stamp(changed), "processedAt": stamp(changed), "amountSet": total,
                "fees": [],
            }],
        }  # fmt: skip

    def line(self, number: int, place: int) -> Row:
        """A line of ten dollars."""
        return {
            "__typename": "LineItem", "id": gid("LineItem", number * 100_000 + place),
            "name": "Hammer", "title": "Hammer", "sku": "HAM", "quantity": 1, "currentQuantity": 1,
            "requiresShipping": True, "taxable": False,
            "originalUnitPriceSet": money("10.0"), "originalTotalSet": money("10.0"),
        }  # fmt: skip

    def touch(self, order: Row, changed: datetime) -> None:
        order["note"] = f"changed {changed}"
        order["updatedAt"] = stamp(changed)

    def without_id(self, order: Row) -> None:
        order["id"] = gid("Order", 0)

    def lists(self, request: httpx.Request) -> bool:
        return b"query Orders(" in request.content

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "storage.example.com":
            assert "x-shopify-access-token" not in request.headers
            return httpx.Response(200, text=self.bulk[request.url.path[1:]]["file"])
        if request.url.path == "/admin/oauth/access_token":
            given = parse_qs(request.content.decode())
            if given["client_secret"] != [self.secret] or given["client_id"] != ["app"]:
                return httpx.Response(400, json={"error": "application_cannot_be_found"})
            self.tokens += 1
            lasts = {"access_token": TOKEN, "scope": "", "expires_in": 86399}
            return httpx.Response(200, json=lasts)
        assert request.url.path == "/admin/api/2026-10/graphql.json"
        if request.headers.get("x-shopify-access-token") not in {TOKEN, "shpat_old"}:
            text = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return httpx.Response(401, json={"errors": text})
        body = json.loads(request.content)
        return httpx.Response(
            200,
            headers={"x-shopify-api-version": "2026-10"},
            json=self._graphql(body["query"], body["variables"]),
        )

    def _graphql(self, query: str, variables: Row) -> Row:
        parsed = document(query)
        self.asked.append(parsed.definitions[0].name.value)  # type: ignore[union-attr]
        cost = {"requestedQueryCost": 100, "throttleStatus": {
            "maximumAvailable": 20000.0, "currentlyAvailable": 19000, "restoreRate": 1000.0,
        }}  # fmt: skip
        if self.throttled:
            self.throttled -= 1
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return {"errors": [error], "extensions": {"cost": cost}}
        if variables.get("first", 0) > self.largest_first:
            error = {"message": "Query cost is 1234, which exceeds the single query max cost",
                     "extensions": {"code": "MAX_COST_EXCEEDED"}}  # fmt: skip
            return {"errors": [error], "extensions": {"cost": cost}}
        result = graphql.execute(
            schema(), parsed, root_value=self, variable_values=variables, field_resolver=resolve
        )
        assert isinstance(result, graphql.ExecutionResult)
        if result.errors and result.errors[0].original_error:
            raise result.errors[0].original_error
        assert not result.errors, result.errors
        answer: Row = {"data": result.data, "extensions": {"cost": cost}}
        return answer | ({"errors": self.errors} if self.errors else {})

    # What the schema's root has.

    def orders_field(self, query: str | None = None, **_: Any) -> list[Row]:
        return sorted(
            (one for one in self.orders if matches(one, query or "")),
            key=lambda one: (one["updatedAt"], one["id"]),
        )

    def ordersCount_field(self, query: str | None = None, **_: Any) -> Row:  # noqa: N802
        return {"count": len(self.orders_field(query)), "precision": "EXACT"}

    def node_field(self, id: str, **_: Any) -> Row | None:  # noqa: A002
        return next((one for one in self._everything() if one.get("id") == id), None)

    def nodes_field(self, ids: list[str], **_: Any) -> list[Row | None]:
        return [self.node_field(one) for one in ids]

    def order_field(self, id: str, **_: Any) -> Row | None:  # noqa: A002
        return self.node_field(id)

    def _everything(self) -> list[Row]:
        found = list(self.orders)
        for order in self.orders:
            for key in ("refunds", "fulfillments", "fulfillmentOrders"):
                found += order[key]
        return found

    def shop_field(self, **_: Any) -> Row:
        return {"name": "Grove", "ianaTimezone": "America/New_York", "currencyCode": "USD"}

    def currentAppInstallation_field(self, **_: Any) -> Row:  # noqa: N802
        return {"accessScopes": [{"handle": one} for one in self.scopes]}

    def locations_field(self, **_: Any) -> list[Row]:
        return self.locations

    def productVariants_field(self, query: str, **_: Any) -> list[Row]:  # noqa: N802
        """Shopify's search is not exact: what only begins so is found too."""
        wanted = [json.loads(one) for one in re.findall(r'sku:("(?:[^"\\]|\\.)*")', query)]
        assert wanted, query
        return [one for one in self.variants
                if any(one["sku"].lower().startswith(sku.lower()) for sku in wanted)]  # fmt: skip

    def variant(
        self, sku: str, quantity: int, *, tracked: bool = True, stocked: bool = True
    ) -> Row:
        """An article of the shop."""
        number = len(self.variants) + 1
        level = {"id": gid("InventoryLevel", number), "__typename": "InventoryLevel",
                 "quantities": [{"name": "available", "quantity": quantity}]}  # fmt: skip
        item = {"id": gid("InventoryItem", number), "tracked": tracked,
                "inventoryLevel": level if stocked else None}  # fmt: skip
        made = {"id": gid("ProductVariant", number), "sku": sku, "inventoryItem": item}
        self.variants.append(made)
        return made

    def inventorySetQuantities_field(self, input: Row, key: str, **_: Any) -> Row:  # noqa: N802, A002
        if key in self.idempotent:
            return self.idempotent[key]  # type: ignore[no-any-return]
        if self.before_write is not None:
            self.before_write()
        levels = []
        errors = []
        for place, one in enumerate(input["quantities"]):
            assert "changeFromQuantity" in one
            item = next(v["inventoryItem"] for v in self.variants
                        if v["inventoryItem"]["id"] == one["inventoryItemId"])  # fmt: skip
            level = item["inventoryLevel"]["quantities"][0]
            levels.append((level, one["quantity"]))
            field = ["input", "quantities", str(place)]
            if one["changeFromQuantity"] != level["quantity"]:
                errors.append({"field": [*field, "changeFromQuantity"], "message": "is stale",
                               "code": "CHANGE_FROM_QUANTITY_STALE"})  # fmt: skip
            if one["quantity"] > 1_000_000_000:
                errors.append({"field": [*field, "quantity"], "message": "It is too high.",
                               "code": "INVALID_QUANTITY_TOO_HIGH"})  # fmt: skip
        if not errors:
            for level, quantity in levels:
                level["quantity"] = quantity
        answer = {"inventoryAdjustmentGroup": None, "userErrors": errors}
        self.idempotent[key] = answer
        return answer

    def fulfillmentCreate_field(self, fulfillment: Row, **_: Any) -> Row:  # noqa: N802
        lines = []
        orders = set()
        for group in fulfillment["lineItemsByFulfillmentOrder"]:
            of = self.node_field(group["fulfillmentOrderId"])
            assert of is not None
            orders.add(of["orderId"])
            for item in group["fulfillmentOrderLineItems"]:
                row = next(one for one in of["lineItems"] if one["id"] == item["id"])
                if item["quantity"] > row["remainingQuantity"]:
                    error = {"field": ["fulfillment"], "message": "Invalid quantity."}
                    return {"fulfillment": None, "userErrors": [error]}
                row["remainingQuantity"] -= item["quantity"]
                key = gid("FulfillmentLineItem", len(lines) + 1)
                sent = {"id": key, "quantity": item["quantity"], "lineItem": row["lineItem"]}
                lines.append(sent)
            if not any(one["remainingQuantity"] for one in of["lineItems"]):
                of["status"] = "CLOSED"
        order = self.node_field(orders.pop())
        assert order is not None
        info = fulfillment.get("trackingInfo")
        made = {"__typename": "Fulfillment", "status": "SUCCESS",
                "id": gid("Fulfillment", f"{order['id'][-4:]}{len(order['fulfillments'])}"),
                "createdAt": order["updatedAt"], "updatedAt": order["updatedAt"],
                "trackingInfo": [info] if info else [], "fulfillmentLineItems": lines}  # fmt: skip
        order["fulfillments"].append(made)
        return {"fulfillment": made, "userErrors": []}

    def fulfillmentTrackingInfoUpdate_field(  # noqa: N802
        self, fulfillmentId: str, trackingInfoInput: Row, **_: Any  # noqa: N803
    ) -> Row:  # fmt: skip
        found = self.node_field(fulfillmentId)
        assert found is not None
        found["trackingInfo"] = [trackingInfoInput]
        return {"fulfillment": found, "userErrors": []}

    def to_ship(self, order: Row, *, locations: int = 1) -> None:
        """Make the order's lines shippable, from so many places in turn."""
        for place in range(locations):
            key = gid("FulfillmentOrder", f"{order['id'][-4:]}{place}")
            order["fulfillmentOrders"].append({
                "__typename": "FulfillmentOrder", "id": key, "status": "OPEN",
                "orderId": order["id"],
                "assignedLocation": {"name": "x", "location": {"id": gid("Location", place)}},
                "lineItems": [
                    {"__typename": "FulfillmentOrderLineItem", "lineItem": line,
                     "id": gid("FulfillmentOrderLineItem", line["id"].rsplit("/", 1)[-1]),
                     "remainingQuantity": line["quantity"]}
                    for line in order["lineItems"][place::locations]
                ],
            })  # fmt: skip

    def bulkOperationRunQuery_field(self, query: str, groupObjects: bool, **_: Any) -> Row:  # noqa: N802, N803
        assert groupObjects
        parsed = document(query)
        no_connection_in_a_list(parsed)
        number = str(len(self.bulk) + 1)
        result = graphql.execute(schema(), parsed, root_value=self, field_resolver=resolve)
        assert isinstance(result, graphql.ExecutionResult)
        assert not result.errors, result.errors
        assert result.data is not None
        lines = []
        for edge in result.data["orders"]["edges"]:
            node = edge["node"]
            children = [one["node"] for one in node.pop("lineItems")["edges"]]
            lines.append(json.dumps(node))
            lines += [json.dumps(one | {"__parentId": node["id"]}) for one in children]
        self.bulk[number] = {
            "id": gid("BulkOperation", number), "status": "CREATED", "polls": 0,
            "objectCount": len(lines),
            "url": f"https://storage.example.com/{number}", "file": "\n".join(lines),
        }  # fmt: skip
        return {"bulkOperation": self.bulk[number], "userErrors": []}

    def bulkOperation_field(self, id: str, **_: Any) -> Row:  # noqa: N802, A002
        found = self.bulk[id.rsplit("/", 1)[-1]]
        found["polls"] += 1
        if found["polls"] > 2:
            found["status"] = "FAILED" if self.bulk_fails else "COMPLETED"
            found["errorCode"] = self.bulk_fails or None
        else:
            found["status"] = "RUNNING"
        return found


def matches(order: Row, query: str) -> bool:
    """The small part of Shopify's search that we use."""
    for part in filter(None, query.split(" AND ")):
        if found := re.fullmatch(r"updated_at:(>=|<=)'([^']+)'", part):
            at, edge = order["updatedAt"], found[2]
            if (at < edge) if found[1] == ">=" else (at > edge):
                return False
        elif found := re.fullmatch(r'name:"([^"]*)"', part):
            if found[1].lstrip("#") not in order["name"]:
                return False
        else:
            raise AssertionError(f"not understood: {part}")
    return True


def resolve(source: Any, info: graphql.GraphQLResolveInfo, **arguments: Any) -> Any:
    """A field's value from the data; connections and lists are cut to what was asked for."""
    if isinstance(source, FakeShopify):
        for directive in info.field_nodes[0].directives or ():
            arguments |= graphql.get_directive_values(
                schema().get_directive(directive.name.value),  # type: ignore[arg-type]
                info.field_nodes[0], info.variable_values,
            ) or {}  # fmt: skip
        value = getattr(source, f"{info.field_name}_field")(**arguments)
    else:
        value = source.get(info.field_name)
        if value is not None and type(value) is not list:
            return value
    of = info.return_type
    name = graphql.get_named_type(of).name
    if name.endswith("Connection"):
        return _connection(value or [], arguments)
    if isinstance(value, list) and arguments.get("first") is not None:
        return value[: arguments["first"]]
    if value is None and isinstance(of, graphql.GraphQLNonNull):
        return _nothing(of.of_type)
    return value


def _nothing(of: Any) -> Any:
    if graphql.is_list_type(of):
        return []
    known = {"MoneyBag": money("0.0"), "Boolean": False, "Int": 0, "String": "", "DateTime": None,
             "CashRoundingAdjustment": {}}  # fmt: skip
    return known.get(of.name)


def _connection(rows: list[Row], arguments: dict[str, Any]) -> Row:
    after = arguments.get("after")
    if after:
        edge = json.loads(base64.b64decode(after))
        rows = rows[bisect_right(rows, edge, key=_key) :]
    cut = rows[: arguments["first"]] if arguments.get("first") else rows
    last = base64.b64encode(json.dumps(_key(cut[-1])).encode()).decode() if cut else None
    return {
        "nodes": cut,
        "edges": [{"node": one} for one in cut],
        "pageInfo": {"hasNextPage": len(cut) < len(rows), "endCursor": last},
    }


def _key(row: Row) -> list[Any]:
    number = str(row.get("id", "")).rsplit("/", 1)[-1]
    at = row.get("updatedAt", "") if row.get("__typename") == "Order" else ""
    return [at, int(number) if number.isdigit() else number]


def no_connection_in_a_list(parsed: ast.DocumentNode) -> None:
    """Shopify runs no bulk query with a connection within a list."""
    fragments = {one.name.value: one for one in parsed.definitions
                 if isinstance(one, ast.FragmentDefinitionNode)}  # fmt: skip
    lists = {"transactions", "refunds", "fulfillments", "taxLines", "duties"}

    def walk(selections: Any, *, within: bool) -> None:
        for one in selections.selections if selections else ():
            if isinstance(one, ast.FragmentSpreadNode):
                walk(fragments[one.name.value].selection_set, within=within)
            elif isinstance(one, FieldNode):
                assert not (within and one.name.value in {"edges", "nodes"}), one.name.value
                walk(one.selection_set, within=within or one.name.value in lists)

    for one in parsed.definitions:
        if isinstance(one, ast.OperationDefinitionNode):
            walk(one.selection_set, within=False)
