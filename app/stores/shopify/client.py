"""A Shopify shop: GraphQL Admin API, by an app's id and secret or an old app's token."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import structlog
from pydantic import Field, SecretStr, field_validator, model_validator

from app.stores.base import (
    Checked,
    Known,
    Page,
    Reread,
    Shipment,
    Shipped,
    StockChange,
    StockResult,
    StoreClient,
    Webhook,
    latest_change,
    nothing_known,
    signature_must_match,
)
from app.stores.errors import CursorLoops, PermissionMissing, SignatureRefused, StoreError
from app.stores.formats import BadOrder, RawOrder, Shop
from app.stores.http import Http
from app.stores.payload import MalformedPayload, parse
from app.stores.settings import StoreSettings
from app.stores.shopify import bulk
from app.stores.shopify.api import Api, CostsTooMuch, Token
from app.stores.shopify.queries import COUNT, ORDERS, ORDERS_BY_ID, SCOPES, SHOP, VERSION
from app.stores.shopify.stock import push_stock
from app.stores.shopify.tracking import push_tracking
from app.stores.shopify.whole import Appetite, Value, complete

log = structlog.get_logger(__name__)

BULK_FROM = 500
"""So many orders are prepared by Shopify as a file rather than listed."""
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
_WRITES = {
    "write_inventory": "stock",
    "write_merchant_managed_fulfillment_orders": "tracking numbers",
}


class ShopifySettings(StoreSettings):
    """What a Shopify shop is reached by."""

    shop: str = Field(
        title="Shop",
        description="Its address at Shopify, e.g. grove.myshopify.com (Settings > Domains).",
    )
    client_id: str = Field(
        default="",
        title="Client ID",
        description="Of your app in Shopify's Dev Dashboard, under Settings.",
    )
    client_secret: SecretStr = Field(
        default=SecretStr(""),
        title="Client secret",
        description="Next to the client ID; it also verifies webhooks.",
    )
    access_token: SecretStr = Field(
        default=SecretStr(""),
        title="Access token",
        description="Only for a custom app made in the shop's admin before 2026: it begins with "
        "shpat_. Then client ID and secret are not needed.",
    )
    location: str = Field(
        default="",
        title="Stock location",
        description="The location whose stock is set; empty = the first that ships.",
    )

    @field_validator("shop")
    @classmethod
    def _shop(cls, value: str) -> str:
        value = value.lower().removeprefix("https://").removeprefix("http://").split("/", 1)[0]
        value = value if "." in value else f"{value}.myshopify.com"
        if not _DOMAIN.fullmatch(value):
            raise ValueError("it must be the address that ends in .myshopify.com")
        return value

    @model_validator(mode="after")
    def _some_key(self) -> Self:
        pair = self.client_id and self.client_secret.get_secret_value()
        if not pair and not self.access_token.get_secret_value():
            raise ValueError("Client ID and client secret are needed (or an old access token)")
        return self


class Shopify(StoreClient[ShopifySettings]):
    """A Shopify shop."""

    key = "shopify"
    label = "Shopify"
    help = (
        "In Shopify's Dev Dashboard make an app of your own organization with the scopes "
        "read_orders, read_all_orders, read_products, read_customers, read_inventory, "
        "write_inventory, read_locations and read/write_merchant_managed_fulfillment_orders, "
        "and install it in the shop."
    )
    settings_model = ShopifySettings
    capabilities = frozenset({"orders", "stock", "fulfilment", "webhooks"})
    overlap = timedelta(minutes=10)

    @classmethod
    def connect(cls, settings: ShopifySettings, **options: Any) -> Http:
        """The shop's own host; each request brings its token."""
        secrets = tuple(filter(None, settings.secrets().values()))
        return Http(base=f"https://{settings.shop}", secrets=secrets, **options)

    def __init__(self, settings: ShopifySettings, shop: Shop, http: Http) -> None:
        super().__init__(settings, shop, http)
        token = Token(
            http,
            settings.access_token.get_secret_value(),
            settings.client_id,
            settings.client_secret.get_secret_value(),
        )
        self.api = Api(http, token)
        self._appetite = Appetite()

    def check(self) -> Checked:
        """Ask who the shop is, what the app may, and one order."""
        found = self.api.ask(SHOP)
        scopes = _scopes(found)
        if "read_orders" not in scopes:
            raise PermissionMissing("The app may not read orders (scope read_orders).")
        warnings = []
        if "read_all_orders" not in scopes:
            warnings.append("Orders older than 60 days are not shown: scope read_all_orders.")
        warnings += [
            f"No {what} can be sent: scope {scope} is missing."
            for scope, what in _WRITES.items()
            if scope not in scopes
        ]
        if self.api.version != VERSION:
            warnings.append(f"Shopify answers as version {self.api.version}, not {VERSION}.")
        shop = found["shop"]
        return Checked(
            f"{shop['name']} answers.", shop["ianaTimezone"], shop["currencyCode"], tuple(warnings)
        )

    def orders(self, since: datetime | None, *, first: bool = False) -> Iterator[Page]:
        """In the order of change; of a first import that is large, Shopify prepares a file."""
        query = f"updated_at:>='{_stamp(since)}'" if since else ""
        if first and self._count(query) >= BULK_FROM:
            try:
                yield from self._prepared(query)
            except StoreError as error:
                log.warning("shopify.no_bulk", error=str(error))
            else:
                return
        yield from self._listed(query)

    def _count(self, query: str) -> int:
        found: int = self.api.ask(COUNT, {"query": query or None})["ordersCount"]["count"]
        return found

    def _listed(self, query: str) -> Iterator[Page]:
        until = _stamp(self.http.now() + timedelta(minutes=1))
        query = " AND ".join(filter(None, (query, f"updated_at:<='{until}'")))
        after: str | None = None
        seen: set[str] = set()
        while True:
            sizes = self._appetite.now
            variables = {"query": query, "first": sizes.first, "after": after, **sizes.of_order()}
            try:
                page = self.api.ask(ORDERS, variables)["orders"]
            except CostsTooMuch as error:
                self._appetite.less(error)
                continue
            items = self.found([complete(self.api, one, sizes) for one in page["nodes"]])
            yield Page(items, latest_change(items))
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]
            if not after or after in seen:
                raise CursorLoops("Shopify gives the same page of orders again and again.")
            seen.add(after)

    def _prepared(self, query: str) -> Iterator[Page]:
        """From a file that Shopify prepares; it is in no order, so the last page tells how far."""
        reached: datetime | None = None
        begun = self.http.now()
        url = ""
        for told in bulk.prepared(self.api, query):
            url = told
            yield Page(())
        for orders in bulk.orders(self.api, url) if url else ():
            simple = [bulk.shipped_whole(one) for one in orders if bulk.is_simple(one)]
            others = [one["id"].rsplit("/", 1)[-1] for one in orders if not bulk.is_simple(one)]
            items = self.found(simple)
            for start in range(0, len(others), 25):
                items += self._by_id(others[start : start + 25])[0]
            reached = max(filter(None, (reached, latest_change(items))), default=None)
            yield Page(items)
        yield Page((), min(reached, begun) if reached else None)

    def order(self, number: str) -> list[RawOrder | BadOrder]:
        """By name, with or without #."""
        quoted = number.replace("\\", "\\\\").replace('"', '\\"')
        sizes = self._appetite.now
        variables = {"query": f'name:"{quoted}"', "first": 5, "after": None, **sizes.of_order()}
        while True:
            try:
                nodes = self.api.ask(ORDERS, variables)["orders"]["nodes"]
                break
            except CostsTooMuch as error:
                self._appetite.less(error)
                sizes = self._appetite.now
                variables |= {"first": min(5, sizes.first), **sizes.of_order()}
        named = [one for one in nodes if str(one.get("name")).lstrip("#") == number.lstrip("#")]
        return self.found([complete(self.api, one, sizes) for one in named])

    def reread(self, ids: Sequence[str], known: Known = nothing_known) -> Iterator[Reread]:
        """By id. Without read_all_orders Shopify also hides what is only old: then none is gone."""
        del known
        sees_all = "read_all_orders" in _scopes(self.api.ask(SCOPES)) if ids else True
        start = 0
        while start < len(ids):
            asked = ids[start : start + self._appetite.now.first]
            items, gone = self._by_id(asked)
            yield Reread(items, gone if sees_all else ())
            start += len(asked)

    def _by_id(self, ids: Sequence[str]) -> tuple[list[RawOrder | BadOrder], list[str]]:
        found: list[Value] = []
        gone: list[str] = []
        start = 0
        while start < len(ids):
            sizes = self._appetite.now
            part = ids[start : start + sizes.first]
            gids = [f"gid://shopify/Order/{one}" for one in part]
            try:
                nodes = self.api.ask(ORDERS_BY_ID, {"ids": gids, **sizes.of_order()})["nodes"]
            except CostsTooMuch as error:
                self._appetite.less(error)
                continue
            for one, node in zip(part, nodes, strict=True):
                if node:
                    found.append(complete(self.api, node, sizes))
                else:
                    gone.append(one)
            start += len(part)
        return self.found(found), gone

    def push_stock(
        self, changes: Sequence[StockChange], *, dry: bool = False
    ) -> Iterator[StockResult]:
        """Set what is available, at the location of the settings unless a change names one."""
        return push_stock(self.api, changes, location=self.settings.location, dry=dry)

    def push_fulfilment(self, shipment: Shipment) -> Shipped:
        """Fulfil the lines, with the tracking number."""
        return push_tracking(self.api, shipment)

    @classmethod
    def webhook(
        cls,
        settings: ShopifySettings,
        headers: Mapping[str, str],
        body: bytes,
        query: Mapping[str, str] | None = None,
    ) -> Webhook:
        """Signed over the raw body with the client secret."""
        del query
        given = {key.lower(): value for key, value in headers.items()}
        secret = settings.client_secret.get_secret_value()
        signature_must_match(secret, body, given.get("x-shopify-hmac-sha256", ""))
        try:
            payload = parse(body)[0]
        except MalformedPayload:
            raise SignatureRefused("The webhook holds no JSON.", advice="") from None
        topic = given.get("x-shopify-topic", "")
        of = None
        if isinstance(payload, Mapping):
            of = payload.get("id") if topic.startswith("orders/") else payload.get("order_id")
        delivery = given.get("x-shopify-event-id") or given.get("x-shopify-webhook-id", "")
        return Webhook(topic, (str(of),) if of else (), delivery)


def _scopes(found: Mapping[str, Any]) -> set[str]:
    return {one["handle"] for one in found["currentAppInstallation"]["accessScopes"]}


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


CLIENT = Shopify
