"""A WooCommerce shop: REST v3, as verified against WooCommerce 11.0.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

import httpx
from pydantic import Field, SecretStr, field_validator

from app.stores.amounts import zone_of_offset
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
    nothing_known,
    signature_must_match,
)
from app.stores.errors import (
    CredentialsRefused,
    SignatureRefused,
    StoreAnsweredHtml,
    StoreAnsweredOddly,
    StoreNotFound,
)
from app.stores.formats import SUPPLEMENT, BadOrder, RawOrder
from app.stores.http import Http
from app.stores.payload import MalformedPayload, parse
from app.stores.settings import StoreSettings
from app.stores.woocommerce.listing import PATH, Row, changed, rows_of
from app.stores.woocommerce.signing import InQuery, OAuth
from app.stores.woocommerce.stock import push_stock
from app.stores.woocommerce.tracking import push_tracking

BATCH = 50


class WooCommerceSettings(StoreSettings):
    """What a WooCommerce shop is reached by."""

    address = "url"
    url: str = Field(
        title="Shop address", description="As in the browser, e.g. https://shop.example.com"
    )
    consumer_key: str = Field(
        title="Consumer key",
        description="From WooCommerce > Settings > Advanced > REST API; it begins with ck_.",
    )
    consumer_secret: SecretStr = Field(
        title="Consumer secret", description="Shown next to the key, once; it begins with cs_."
    )
    key_in_query: bool = Field(
        default=False,
        title="Send the key in the address",
        description="Only if the shop's host strips the Authorization header: "
        "the key then shows in the shop's own log.",
    )
    tracking: Literal["automatic", "fulfillments", "plugin", "note"] = Field(
        default="automatic",
        title="Tracking numbers go to",
        description="WooCommerce's fulfillments, a shipment tracking plugin, or a note to the "
        "customer; automatic takes the first that the shop has.",
    )
    complete_orders: bool = Field(
        default=False,
        title="Complete the order when it is shipped",
        description="Sets its status to completed, for which WooCommerce writes to the customer.",
    )
    webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        title="Webhook secret",
        description="The same as in WooCommerce's webhook, if you make one; else leave it empty.",
    )

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        value = value if "://" in value else f"https://{value}"
        for tail in ("/wp-json/wc/v3", "/wp-json", "/wp-admin"):
            value = value.rstrip("/").removesuffix(tail)
        return value.rstrip("/")

    @field_validator("consumer_key")
    @classmethod
    def _key(cls, value: str) -> str:
        if not value.startswith("ck_"):
            raise ValueError("it must begin with ck_")
        return value

    @field_validator("consumer_secret")
    @classmethod
    def _secret(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("cs_"):
            raise ValueError("it must begin with cs_")
        return value


class WooCommerce(StoreClient[WooCommerceSettings]):
    """A WooCommerce shop."""

    key = "woocommerce"
    label = "WooCommerce"
    help = (
        "In WordPress open WooCommerce > Settings > Advanced > REST API and add a key with "
        "Read/Write permission (Read is enough without stock and tracking). "
        "Permalinks must be anything but Plain."
    )
    settings_model = WooCommerceSettings
    capabilities = frozenset({"orders", "stock", "fulfilment", "webhooks"})
    overlap = timedelta(minutes=5)

    @classmethod
    def connect(cls, settings: WooCommerceSettings, **options: Any) -> Http:
        """Basic over https; OAuth 1.0a over http, which this computer alone may use."""
        key, secret = settings.consumer_key, settings.consumer_secret.get_secret_value()
        auth: httpx.Auth | tuple[str, str] = (key, secret)
        if settings.url.startswith("http://"):
            auth = OAuth(key, secret)
        elif settings.key_in_query:
            auth = InQuery(key, secret)
        base = f"{settings.url}/wp-json/"
        return Http(base=base, auth=auth, secrets=(key, secret), **options)

    def check(self) -> Checked:
        """Ask for the API's index, one order, and the currency."""
        index = self._index()
        warnings = []
        if "wc/v3" not in (index.get("namespaces") or ()):
            raise StoreNotFound(
                "WordPress answers, but WooCommerce's REST API is not there.",
                advice="Activate WooCommerce, and any plugin that hides its REST API deactivate.",
            )
        try:
            rows_of(self.http.json("GET", PATH, params={"per_page": 1}).value)
        except CredentialsRefused as error:
            if self.settings.key_in_query or self.settings.url.startswith("http://"):
                raise
            raise CredentialsRefused(
                error.what,
                advice=f'{error.advice} If the key is right, the host may strip it: switch on '
                '"Send the key in the address".',
            ) from None  # fmt: skip
        zone = str(index.get("timezone_string") or "")
        if not zone:
            zone = zone_of_offset(timedelta(hours=float(index.get("gmt_offset") or 0)))
        currency = self._currency()
        if not currency:
            warnings.append(
                "The key's user may not read the shop's settings: no currency is known."
            )
        name = str(index.get("name") or self.settings.url)[:100]
        return Checked(f"{name} answers.", zone, currency, tuple(warnings))

    def _index(self) -> Mapping[str, Any]:
        try:
            found = self.http.json("GET", "").value
        except (StoreNotFound, StoreAnsweredHtml) as error:
            raise type(error)(
                error.what,
                advice="Check the address; in WordPress, Settings > Permalinks must not be Plain.",
            ) from None
        if not isinstance(found, Mapping):
            raise StoreAnsweredOddly("The address answers, but not as WordPress does.")
        return found

    def _currency(self) -> str:
        path = "wc/v3/settings/general/woocommerce_currency"
        found = self.http.json("GET", path, accept=(401, 403, 404)).value
        return str(found.get("value") or "")[:3] if isinstance(found, Mapping) else ""

    def orders(self, since: datetime | None, *, first: bool = False) -> Iterator[Page]:
        """Each page in the order of change, so each moves the watermark."""
        del first
        for rows, reached in changed(self.http, since):
            yield Page(self._whole(rows), reached)

    def order(self, number: str) -> list[RawOrder | BadOrder]:
        """By id, since it is the number unless a plugin numbers orders; else by a search."""
        rows: list[Row] = []
        if number.isascii() and number.isdigit():
            found = self.http.json("GET", f"{PATH}/{number}", accept=(404,)).value
            rows = [found] if isinstance(found, Mapping) and "line_items" in found else []
        if not any(str(row.get("number")) == number for row in rows):
            params = {"search": number, "per_page": 20, "status": "any"}
            rows = rows_of(self.http.json("GET", PATH, params=params).value)
        return self._whole([row for row in rows if str(row.get("number")) == number])

    def reread(self, ids: Sequence[str], known: Known = nothing_known) -> Iterator[Reread]:
        """What the list no longer has is looked for in the trash, then one by one."""
        del known
        for start in range(0, len(ids), BATCH):
            asked = ids[start : start + BATCH]
            rows = self._included(asked, "any")
            missing = sorted(set(asked) - {str(row.get("id")) for row in rows})
            if missing:
                rows += self._included(missing, "trash")
            missing = sorted(set(missing) - {str(row.get("id")) for row in rows})
            gone = []
            for one in missing:
                path = f"{PATH}/{quote(one, safe='')}"
                answer = self.http.json("GET", path, accept=(404,))
                if answer.status == httpx.codes.NOT_FOUND:
                    gone.append(one)
                else:
                    rows += rows_of([answer.value])
            yield Reread(self._whole(rows), gone)

    def _included(self, ids: Sequence[str], status: str) -> list[Row]:
        params = {"include": ",".join(ids), "per_page": 100, "status": status}
        return list(rows_of(self.http.json("GET", PATH, params=params).value))

    def _whole(self, rows: Sequence[Row]) -> list[RawOrder | BadOrder]:
        """The orders with their refunds and fulfilments, which WooCommerce keeps apart."""
        return self.found([self._with_parts(row) for row in rows])

    def _with_parts(self, row: Row) -> dict[str, Any]:
        parts = {}
        if row.get("id") and row.get("refunds"):
            parts["refunds"] = self._parts(row, "refunds")
        if row.get("id") and _has_fulfillments(row):
            parts["fulfillments"] = self._parts(row, "fulfillments")
        return {**row, SUPPLEMENT: parts} if parts else dict(row)

    def _parts(self, row: Row, what: str) -> list[Row]:
        """All refunds or fulfilments of an order; none where the shop knows no such thing."""
        path, found, page = f"{PATH}/{row['id']}/{what}", list[Row](), 1
        while True:
            params = {"per_page": 100, "page": page} if what == "refunds" else None
            answer = self.http.json("GET", path, params=params, accept=(404,))
            if answer.status == httpx.codes.NOT_FOUND:
                return found
            rows = rows_of(answer.value, what)
            known = {str(one.get("id")) for one in found}
            found += [one for one in rows if str(one.get("id")) not in known]
            if params is None or len(rows) < 100 or len(found) == len(known):  # noqa: PLR2004
                return found
            page += 1

    def push_stock(
        self, changes: Sequence[StockChange], *, dry: bool = False
    ) -> Iterator[StockResult]:
        """Set what the shop has of each SKU."""
        return push_stock(self.http, changes, dry=dry)

    def push_fulfilment(self, shipment: Shipment) -> Shipped:
        """Tell tracking the way the shop can, and complete the order if that is wished."""
        namespaces = self._index().get("namespaces") or ()
        told = push_tracking(self.http, shipment, self.settings.tracking, namespaces)
        if self.settings.complete_orders:
            path = f"{PATH}/{quote(shipment.order_id, safe='')}"
            self.http.json("PUT", path, body={"status": "completed"}, repeatable=True)
        return told

    @classmethod
    def webhook(
        cls,
        settings: WooCommerceSettings,
        headers: Mapping[str, str],
        body: bytes,
        query: Mapping[str, str] | None = None,
    ) -> Webhook:
        """Signed over the raw body; the unsigned ``webhook_id=`` of its creation is only a sign."""
        del query
        given = {key.lower(): value for key, value in headers.items()}
        if body.startswith(b"webhook_id=") and body.removeprefix(b"webhook_id=").isdigit():
            return Webhook("ping")
        secret = settings.webhook_secret.get_secret_value()
        signature_must_match(secret, body, given.get("x-wc-webhook-signature", ""))
        try:
            payload = parse(body)[0]
        except MalformedPayload:
            raise SignatureRefused("The webhook holds no JSON.", advice="") from None
        topic = given.get("x-wc-webhook-topic", "")
        of = payload.get("id") if isinstance(payload, Mapping) else None
        ids = (str(of),) if topic.startswith("order.") and of else ()
        return Webhook(topic, ids, given.get("x-wc-webhook-delivery-id", ""))


def _has_fulfillments(row: Row) -> bool:
    """Whether the order says that it was shipped in parts or wholly, by its own meta."""
    meta = row.get("meta_data")
    said = [one for one in meta if isinstance(one, Mapping)] if isinstance(meta, list) else []
    return any(
        one.get("key") == "_fulfillment_status"
        and one.get("value") not in {"", "unfulfilled", "no_fulfillments", None}
        for one in said
    )


CLIENT = WooCommerce
