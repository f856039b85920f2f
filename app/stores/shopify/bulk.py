"""The first import of many orders: Shopify prepares them as one file, which is read as it comes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

import structlog

from app.stores.errors import StoreAnsweredOddly, StoreUnavailable
from app.stores.payload import MalformedPayload, parse
from app.stores.shopify.api import Api, refuse, user_errors
from app.stores.shopify.queries import BULK_ORDERS, BULK_RUN, BULK_STATE
from app.stores.shopify.whole import Value

log = structlog.get_logger(__name__)

LARGEST = 4 * 2**30
LONGEST = 45 * 60
"""Seconds that Shopify may take."""
PAUSES = (1, 2, 3, 5, 10)
"""Seconds between two questions whether it is done."""
SLICE = 50
_CHILDREN = {"LineItem": "lineItems"}


def prepared(api: Api, query: str, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """Have Shopify prepare the file; yields "" as a sign of life, last the file's address.

    Raises:
        StoreError: if it does not; the orders can be asked for page by page instead.
    """
    document = BULK_ORDERS % json.dumps(query)
    started = api.ask(BULK_RUN, {"query": document}, repeatable=False)["bulkOperationRunQuery"]
    refuse(user_errors(started))
    operation = started["bulkOperation"]
    begun, asked = time.monotonic(), 0
    while operation["status"] in {"CREATED", "RUNNING"}:
        if time.monotonic() - begun > LONGEST:
            raise StoreUnavailable("Shopify takes too long to prepare the orders.")
        yield ""
        sleep(PAUSES[min(asked, len(PAUSES) - 1)])
        asked += 1
        operation = api.ask(BULK_STATE, {"id": operation["id"]})["bulkOperation"] or {
            "status": "EXPIRED"
        }
    if operation["status"] != "COMPLETED":
        reason = operation.get("errorCode") or operation["status"]
        raise StoreUnavailable(f"Shopify did not prepare the orders ({reason}).")
    if operation.get("url"):
        yield str(operation["url"])


def orders(api: Api, url: str) -> Iterator[list[Value]]:
    """The orders of a file, some at a time; the file is fetched whole before the first.

    Raises:
        StoreAnsweredOddly: if a line is no JSON or its parent did not come before.
    """
    with TemporaryFile("w+", encoding="utf-8") as file:
        for line in api.http.lines(url, largest=LARGEST):
            if line.strip():
                file.write(line + "\n")
        file.seek(0)
        found: list[Value] = []
        for line in file:
            one = _object(line)
            parent = one.pop("__parentId", None)
            if parent is None:
                if len(found) == SLICE:
                    yield found
                    found = []
                found.append(one | {name: [] for name in _CHILDREN.values()})
                continue
            if not found or found[-1].get("id") != parent:
                raise StoreAnsweredOddly("Shopify's file of orders is not in order.")
            kind = str(one.get("id")).removeprefix("gid://shopify/").split("/", 1)[0]
            found[-1][_CHILDREN.get(kind, f"other{kind}")].append(one)
        if found:
            yield found


def _object(line: str) -> Value:
    try:
        found = parse(line)
    except MalformedPayload as error:
        raise StoreAnsweredOddly(
            f"Shopify's file of orders has a damaged line ({error})."
        ) from None
    if len(found) != 1 or not isinstance(found[0], dict):
        raise StoreAnsweredOddly("Shopify's file of orders has a line that is no object.")
    return found[0]


def is_simple(order: Mapping[str, Any]) -> bool:
    """Whether the file tells all of the order: it lists no parts of refunds and fulfilments."""
    sent = order.get("fulfillments") or []
    line = order.get("shippingLine")
    shipping = _amount(line.get("discountedPriceSet")) if isinstance(line, Mapping) else Decimal(0)
    return (
        not order.get("refunds")
        and len(sent) <= 1
        and (not sent or order.get("displayFulfillmentStatus") == "FULFILLED")
        and shipping == _amount(order.get("totalShippingPriceSet"))
        and len(order.get("discountCodes") or ()) <= 1
    )


def shipped_whole(order: Value) -> Value:
    """The one fulfilment of an order that is fulfilled took all its lines."""
    for one in order.get("fulfillments") or []:
        one["fulfillmentLineItems"] = {
            "nodes": [
                {"id": line["id"], "quantity": line["quantity"], "lineItem": {"id": line["id"]}}
                for line in order["lineItems"]
            ]
        }
    return order


def _amount(bag: Any) -> Decimal:
    money = bag.get("shopMoney") if isinstance(bag, Mapping) else None
    return Decimal(str(money.get("amount") or 0)) if isinstance(money, Mapping) else Decimal(0)
