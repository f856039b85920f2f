"""A BigCommerce store: orders V2 with their sub-resources, refunds, transactions and stock V3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import quote
from zoneinfo import available_timezones

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
)
from app.stores.bigcommerce.format import INCOMPLETE
from app.stores.bigcommerce.listing import PATH, Api, Row, changed, rows_of, stamp
from app.stores.bigcommerce.rereading import listed, stretches, unchanged
from app.stores.bigcommerce.stock import push_stock
from app.stores.bigcommerce.tracking import push_tracking
from app.stores.errors import SignatureRefused, StoreAnsweredOddly
from app.stores.formats import SUPPLEMENT, BadOrder, RawOrder, Shop
from app.stores.http import Http
from app.stores.payload import MalformedPayload, parse
from app.stores.settings import StoreSettings

HOST = "https://api.bigcommerce.com/stores"
HEADER = "x-rulebooks-secret"
BATCH = 10


class BigCommerceSettings(StoreSettings):
    """What a BigCommerce store is reached by."""

    store_hash: str = Field(
        title="Store hash",
        description="The part after /stores/ in the API path that is shown with the account; "
        "the whole API path will do.",
    )
    access_token: SecretStr = Field(
        title="Access token", description="Shown once, when the API account is made."
    )
    webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        title="Webhook secret",
        description="BigCommerce signs nothing: make its webhook with the header "
        "X-Rulebooks-Secret and this value; else leave it empty.",
    )

    @field_validator("store_hash")
    @classmethod
    def _hash(cls, value: str) -> str:
        found = value.removeprefix("https://")
        if "/stores/" in found:
            found = found.partition("/stores/")[2].partition("/")[0]
        elif found.startswith("store-"):
            found = found.removeprefix("store-").partition(".mybigcommerce.com")[0]
        found = found.lower()
        if not (found.isascii() and found.isalnum()):
            raise ValueError("it has letters and digits only")
        return found


class BigCommerce(StoreClient[BigCommerceSettings]):
    """A BigCommerce store."""

    key = "bigcommerce"
    label = "BigCommerce"
    help = (
        "In the control panel open Settings > Store-level API accounts and make a V2/V3 token "
        "with the scopes Orders (modify), Order transactions (read-only), Information & settings "
        "(read-only), and Store inventory (modify) if stock is sent. Orders read-only is enough "
        "without tracking numbers."
    )
    settings_model = BigCommerceSettings
    capabilities = frozenset({"orders", "stock", "fulfilment", "webhooks"})

    def __init__(self, settings: BigCommerceSettings, shop: Shop, http: Http) -> None:
        super().__init__(settings, shop, http)
        self._api = Api(http)

    @classmethod
    def connect(cls, settings: BigCommerceSettings, **options: Any) -> Http:
        """The store's part of the one host that all stores have."""
        token = settings.access_token.get_secret_value()
        base = f"{HOST}/{settings.store_hash}/"
        return Http(base=base, headers={"X-Auth-Token": token}, secrets=(token,), **options)

    def check(self) -> Checked:
        """Ask for the store, one order and one refund: each needs a permission of its own."""
        store = self._api.get("v2/store").value
        if not isinstance(store, Mapping):
            raise StoreAnsweredOddly("The address answers, but not as BigCommerce does.")
        rows_of(self._api.get(PATH, {"limit": 1}).value)
        rows_of(self._api.get("v3/orders/payment_actions/refunds", {"limit": 1}).value)
        said = store.get("timezone")
        said = said if isinstance(said, Mapping) else {}
        zone = str(said.get("name") or "")
        if zone not in available_timezones():
            zone = zone_of_offset(timedelta(seconds=int(said.get("raw_offset") or 0)))
        name = str(store.get("name") or self.settings.store_hash)[:100]
        return Checked(f"{name} answers.", zone, str(store.get("currency") or "")[:3])

    def orders(self, since: datetime | None, *, first: bool = False) -> Iterator[Page]:
        """Archived orders and orders with new refunds, which no list of changes has; then those."""
        if since is not None and not first:
            for rows, _ in changed(self._api, since, deleted=True):
                yield Page(self._whole(rows))
            params = {"created:min": stamp(since)}
            for part in self._batches(
                str(one.get("order_id"))
                for one in self._api.all("v3/orders/payment_actions/refunds", params)
            ):
                yield Page(self._whole([row for one in part if (row := self._row(one))]))
        for rows, reached in changed(self._api, since):
            yield Page(self._whole(rows), reached)

    def order(self, number: str) -> list[RawOrder | BadOrder]:
        """The number is the id."""
        row = self._row(number) if number.isascii() and number.isdigit() else None
        return self._whole([row]) if row else []

    def reread(self, ids: Sequence[str], known: Known = nothing_known) -> Iterator[Reread]:
        """Whole where something changed; an archived order still answers, but is in no list."""
        for some in stretches(ids):
            kept = known(some)
            rows = listed(self._api, some) if kept else {}
            rows |= {one: self._row(one) for one in some if one not in rows}
            there = {one: row for one, row in rows.items() if row is not None}
            same = unchanged(self._api, there, kept)
            gone = [one for one in some if one not in there]
            parts = list(self._batches([one for one in there if one not in same])) or [[]]
            for place, part in enumerate(parts):
                items = self._whole([there[one] for one in part])
                yield Reread(items, () if place else gone, 0 if place else len(same))

    @staticmethod
    def _batches(ids: Iterator[str] | Sequence[str]) -> Iterator[list[str]]:
        kept = list(dict.fromkeys(ids))
        for start in range(0, len(kept), BATCH):
            yield kept[start : start + BATCH]

    def _row(self, number: str) -> Row | None:
        path = f"{PATH}/{quote(number, safe='')}"
        answer = self._api.get(path, {"include": "fees"}, accept=(404,))
        if answer.status == httpx.codes.NOT_FOUND or answer.value is None:
            return None
        if not isinstance(answer.value, Mapping):
            raise StoreAnsweredOddly("BigCommerce answers with something that is no order.")
        return answer.value

    def _whole(self, rows: Sequence[Row]) -> list[RawOrder | BadOrder]:
        """The orders with all that BigCommerce keeps apart; abandoned checkouts are none."""
        kept = [row for row in rows if row.get("status_id") != INCOMPLETE]
        return self.found([self._with_parts(row) for row in kept])

    def _with_parts(self, row: Row) -> dict[str, Any]:
        if not row.get("id"):
            return dict(row)
        order, payments = f"{PATH}/{row['id']}", f"v3/orders/{row['id']}"
        parts = {
            "products": self._api.all(f"{order}/products"),
            "shipping_addresses": self._api.all(f"{order}/shipping_addresses"),
            "transactions": self._api.all(f"{payments}/transactions"),
            "refunds": self._api.all(f"{payments}/payment_actions/refunds"),
        }
        if _is_some(row.get("coupon_discount")):
            parts["coupons"] = self._api.all(f"{order}/coupons")
        if _is_some(row.get("total_tax")):
            parts["taxes"] = self._api.all(f"{order}/taxes", {"details": "true"})
        if _is_some(row.get("items_shipped")) or row.get("date_shipped"):
            parts["shipments"] = self._api.all(f"{order}/shipments")
        return {**row, SUPPLEMENT: parts}

    def push_stock(
        self, changes: Sequence[StockChange], *, dry: bool = False
    ) -> Iterator[StockResult]:
        """Set what the store has of each SKU."""
        return push_stock(self.http, changes, dry=dry)

    def push_fulfilment(self, shipment: Shipment) -> Shipped:
        """Make the shipment; whether the buyer gets a message is set in the store."""
        return push_tracking(self.http, shipment)

    @classmethod
    def webhook(
        cls,
        settings: BigCommerceSettings,
        headers: Mapping[str, str],
        body: bytes,
        query: Mapping[str, str] | None = None,
    ) -> Webhook:
        """Known by our own header, since BigCommerce signs nothing."""
        del query
        given = next((value for key, value in headers.items() if key.lower() == HEADER), "")
        secret = settings.webhook_secret.get_secret_value()
        if not secret or not compare_digest(secret.encode(), given.encode("utf-8", "replace")):
            raise SignatureRefused("The webhook does not carry the store's secret.")
        try:
            payload = parse(body)[0]
        except MalformedPayload:
            raise SignatureRefused("The webhook holds no JSON.", advice="") from None
        payload = payload if isinstance(payload, Mapping) else {}
        said = payload.get("data")
        data = said if isinstance(said, Mapping) else {}
        of = data.get("id") if data.get("type") == "order" else data.get("orderId")
        return Webhook(
            str(payload.get("scope") or ""),
            (str(of),) if of else (),
            str(payload.get("hash") or ""),
        )


def _is_some(value: Any) -> bool:
    """Whether an amount or a count is there and not nothing."""
    return str(value or "0").strip("0.") != ""


CLIENT = BigCommerce
