"""A ShipStation account: orders of all its shops with their shipments, and word of shipments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import quote

import httpx
from pydantic import Field, SecretStr, field_validator

from app.stores.base import (
    Checked,
    Known,
    Page,
    Reread,
    SaleCancelled,
    SaleGone,
    SaleShipped,
    SaleTaken,
    Shipment,
    Shipped,
    StoreClient,
    Webhook,
    nothing_known,
)
from app.stores.errors import RequestRefused, SignatureRefused, StoreAnsweredOddly
from app.stores.formats import SUPPLEMENT, BadOrder, RawOrder, Shop
from app.stores.http import Http
from app.stores.node import number as read_number
from app.stores.payload import MalformedPayload, parse
from app.stores.settings import StoreSettings
from app.stores.shipstation.format import identified
from app.stores.shipstation.listing import Api, Row, changed, rows_of
from app.stores.shipstation.sending import cancel_sale, is_ours, push_sale, shipments_since
from app.stores.shipstation.times import PACIFIC, ZONE, aware, changed_at, local, stamp
from rules_library.sale import Sale

BASE: Final = "https://ssapi.shipstation.com/"
BATCH: Final = 10
TOPICS: Final = frozenset({
    "ORDER_NOTIFY", "ITEM_ORDER_NOTIFY", "SHIP_NOTIFY", "ITEM_SHIP_NOTIFY", "FULFILLMENT_SHIPPED",
    "FULFILLMENT_REJECTED",
})  # fmt: skip
FEW: Final = 2
"""So many orders shipped on one day are asked for one by one; more, by the day."""


class ShipStationSettings(StoreSettings):
    """What a ShipStation account is reached by."""

    api_key: SecretStr = Field(title="API key", description="The V1 key of the account.")
    api_secret: SecretStr = Field(
        title="API secret", description="Shown once, when the key is made."
    )
    currency: str = Field(
        default="USD",
        title="Currency",
        description="ShipStation does not say which currency its amounts are in, e.g. USD.",
    )

    webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        title="Webhook secret",
        description="ShipStation signs nothing: have its webhooks call the address below with "
        "?key= and this value behind it, letters and digits; else leave it empty.",
    )

    @field_validator("currency")
    @classmethod
    def _three_letters(cls, value: str) -> str:
        if not (len(value) == len("USD") and value.isascii() and value.isalpha()):
            raise ValueError("it is a code of three letters")
        return value.upper()


class ShipStation(StoreClient[ShipStationSettings]):
    """A ShipStation account."""

    key = "shipstation"
    label = "ShipStation"
    help = (
        "In ShipStation open Settings > Account > API settings and make keys for API V1. "
        "Its orders are those of all the shops that are connected to it: connect here either a "
        "shop or ShipStation for it, so that no order comes twice."
    )
    settings_model = ShipStationSettings
    capabilities = frozenset({"orders", "fulfilment", "sales", "webhooks"})

    def __init__(self, settings: ShipStationSettings, shop: Shop, http: Http) -> None:
        super().__init__(settings, shop, http)
        self._api = Api(http)

    @classmethod
    def connect(cls, settings: ShipStationSettings, **options: Any) -> Http:
        """The one host that all accounts have."""
        key, secret = settings.api_key.get_secret_value(), settings.api_secret.get_secret_value()
        return Http(
            base=BASE, auth=(key, secret), secrets=(key, secret),
            pause_header="x-rate-limit-reset", **options,
        )  # fmt: skip

    def check(self) -> Checked:
        """Ask for the account's shops and for one order."""
        shops = self._api.get("stores").value
        if not isinstance(shops, list):
            raise StoreAnsweredOddly("The address answers, but not as ShipStation does.")
        rows_of(self._api.get("orders", {"pageSize": 1}).value, "orders")
        names = [str(one.get("storeName") or "") for one in shops if isinstance(one, dict)]
        told = ", ".join(filter(None, names[:5])) + (" ..." if len(names) > 5 else "")  # noqa: PLR2004
        return Checked(
            f"ShipStation answers; its shops are {told}." if told else "ShipStation answers.",
            ZONE,
            self.settings.currency,
        )

    def orders(self, since: datetime | None, *, first: bool = False) -> Iterator[Page]:
        """All orders that changed; an order that is shipped is a changed one."""
        del first
        for rows, reached in changed(self._api, local(since) if since else None):
            yield Page(self._whole([row for row in rows if _is_new(row, since)]), reached)

    def order(self, number: str) -> list[RawOrder | BadOrder]:
        """The orders of that very number; ShipStation finds those that begin with it."""
        rows = self._api.all("orders", {"orderNumber": number})
        return self._whole([row for row in rows if str(row.get("orderNumber")) == number])

    def reread(self, ids: Sequence[str], known: Known = nothing_known) -> Iterator[Reread]:
        """One by one, since no list takes ids."""
        del known
        kept = list(dict.fromkeys(ids))
        for start in range(0, len(kept), BATCH):
            rows = {one: self._row(one) for one in kept[start : start + BATCH]}
            gone = [one for one, row in rows.items() if row is None]
            yield Reread(self._whole([row for row in rows.values() if row]), gone)

    def _row(self, order_id: str) -> Row | None:
        answer = self._api.get(f"orders/{quote(order_id, safe='')}", accept=(404,))
        if answer.status == httpx.codes.NOT_FOUND or answer.value is None:
            return None
        if not isinstance(answer.value, dict):
            raise StoreAnsweredOddly("ShipStation answers with something that is no order.")
        return answer.value

    def _whole(self, rows: Sequence[Row]) -> list[RawOrder | BadOrder]:
        """The orders with their shipments; not those that came from QuickBooks by us."""
        rows = [row for row in rows if not is_ours(row)]
        sent = [row for row in rows if row.get("orderStatus") == "shipped" and row.get("orderId")]
        known = self._shipments(sent)
        return self.found(
            [
                {**row, SUPPLEMENT: found} if (found := known.get(str(row.get("orderId")))) else row
                for row in rows
            ]
        )

    def _shipments(self, rows: Sequence[Row]) -> dict[str, dict[str, list[Row]]]:
        """Order id -> its shipments, and of one without any its fulfilments elsewhere."""
        days = Counter(_day(row) for row in rows)
        wanted = {str(row["orderId"]): row for row in rows}
        found: dict[str, dict[str, list[Row]]] = {}
        for day in [day for day, count in days.items() if day and count > FEW]:
            params = {"shipDateStart": day, "shipDateEnd": day, "includeShipmentItems": "true"}
            self._keep(found, "shipments", wanted, params)
        for order_id, row in wanted.items():
            if days[_day(row)] <= FEW or not _day(row):
                params = {"orderId": order_id, "includeShipmentItems": "true"}
                self._keep(found, "shipments", {order_id: row}, params)
        for order_id in wanted.keys() - found.keys():
            self._keep(found, "fulfillments", {order_id: wanted[order_id]}, {"orderId": order_id})
        return found

    def _keep(
        self,
        found: dict[str, dict[str, list[Row]]],
        kind: str,
        wanted: dict[str, Row],
        params: dict[str, Any],
    ) -> None:
        for one in self._api.all(kind, params):
            order_id = str(one.get("orderId"))
            if order_id in wanted:
                found.setdefault(order_id, {}).setdefault(kind, []).append(identified(kind, one))

    def push_fulfilment(self, shipment: Shipment) -> Shipped:
        """Mark the order as shipped, once; its shop is told by ShipStation."""
        row = self._row(shipment.order_id)
        if row is None:
            raise RequestRefused("ShipStation has no such order.", advice="")
        if row.get("orderStatus") == "shipped":
            return Shipped("known", shipment.order_id)
        if shipment.lines is not None and not _is_whole(row, shipment):
            raise RequestRefused(
                "ShipStation marks an order as shipped only as a whole.",
                advice="Ship the rest of it too, or mark it there.",
            )
        shipped_at = shipment.shipped_at or self.http.now()
        body = {
            "orderId": row["orderId"],
            "carrierCode": _carrier(shipment.carrier),
            "shipDate": f"{shipped_at.astimezone(PACIFIC):%Y-%m-%d}",
            "trackingNumber": shipment.tracking_number,
            "notifyCustomer": shipment.notify,
            "notifySalesChannel": True,
        }
        self._api.ask("POST", "orders/markasshipped", body=body)
        return Shipped("told", shipment.order_id)

    def push_sale(self, sale: Sale, key: str) -> SaleTaken:
        """Make the sale an order, or change the one that was made of it."""
        return push_sale(self._api, sale, key)

    def cancel_sale(self, sale: SaleGone) -> SaleCancelled:
        """Cancel the order that was made of the sale, unless it was shipped."""
        row = self._row(sale.reference) if sale.reference else None
        return cancel_sale(self._api, sale, row)

    def sales_shipped(self, since: datetime) -> Iterator[SaleShipped]:
        """Every shipment of the account; the caller knows which are of its sales."""
        return shipments_since(self._api, stamp(local(since)))

    @classmethod
    def webhook(
        cls,
        settings: ShipStationSettings,
        headers: Mapping[str, str],
        body: bytes,
        query: Mapping[str, str] | None = None,
    ) -> Webhook:
        """Word that something was ordered or shipped, known by the key in its address.

        API V1 signs nothing and sends no header of ours. So nothing in the message is believed,
        least of all the address that it wants to be asked for: the account is read.
        """
        del headers
        secret, given = settings.webhook_secret.get_secret_value(), (query or {}).get("key", "")
        if not secret or not compare_digest(secret.encode(), given.encode("utf-8", "replace")):
            raise SignatureRefused("The webhook does not carry the store's secret.")
        try:
            said = parse(body)[0]
        except MalformedPayload:
            raise SignatureRefused("The webhook holds no JSON.", advice="") from None
        topic = str(said.get("resource_type")) if isinstance(said, Mapping) else ""
        return Webhook(topic if topic in TOPICS else "", is_hint=True)


def _is_new(row: Row, since: datetime | None) -> bool:
    """Whether an order may have changed at or after that moment."""
    found = changed_at(row)
    return since is None or found is None or aware(found, latest=True) >= since


def _day(row: Row) -> str:
    return str(row.get("shipDate") or "")[:10]


def _is_whole(row: Row, shipment: Shipment) -> bool:
    items = [one for one in row.get("items") or [] if not one.get("adjustment")]
    lines = shipment.lines or {}
    return all(
        lines.get(str(one.get("orderItemId")), Decimal(0))
        >= read_number(one.get("quantity") or 0, "/quantity")
        for one in items
    )


_CARRIERS: Final = {"usps": "stamps_com", "dhl": "dhl_express"}


def _carrier(name: str) -> str:
    """ShipStation's code of a carrier: its name in small letters."""
    code = name.strip().lower().replace(" ", "_")
    return _CARRIERS.get(code, code) or "other"


CLIENT = ShipStation
