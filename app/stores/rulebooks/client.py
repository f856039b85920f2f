"""A custom shop: it sends orders by our API, and is told status and tracking by signed webhooks.

The webhooks keep to Standard Webhooks 1.0 (standardwebhooks.com): ``webhook-id`` names the message,
so that one which comes twice is known; ``webhook-signature`` is ``v1,`` and the base64 HMAC-SHA256
of ``id.timestamp.body``. The shop answers 2xx, with JSON or nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import httpx
from pydantic import Field, SecretStr, field_validator

from app.stores.base import (
    Checked,
    Known,
    OrderStatus,
    Page,
    Reread,
    SaleCancelled,
    SaleGone,
    SaleTaken,
    Shipment,
    Shipped,
    StoreClient,
    nothing_known,
)
from app.stores.errors import NotOffered
from app.stores.formats import BadOrder, RawOrder
from app.stores.http import Http
from app.stores.settings import StoreSettings
from rules_library.sale import Sale

MARK: Final = "whsec_"
"""What a secret begins with that is base64, as Standard Webhooks writes them."""
SHORTEST: Final = 24
NOWHERE: Final = "https://shop.invalid"
"""The address of a shop that is told nothing (RFC 2606)."""


class RulebooksSettings(StoreSettings):
    """Where a custom shop is told what became of its orders."""

    address = "url"
    url: str = Field(
        default="",
        title="Webhook address",
        description="Where the shop is told how its orders stand, e.g. "
        "https://shop.example.com/hooks/rulebooks. Leave it empty if the shop asks by itself.",
    )
    secret: SecretStr = Field(
        title="Webhook secret",
        description=f"A text of {SHORTEST} characters or more that the shop knows too: it checks "
        "with it that a message is ours.",
    )

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        try:
            key = key_of(secret.get_secret_value())
        except (binascii.Error, UnicodeError):
            raise ValueError(f"what follows {MARK} is no base64") from None
        if len(key) < SHORTEST:
            raise ValueError(f"it is shorter than {SHORTEST} characters")
        return secret


class Signed(httpx.Auth):
    """Signs each message over its id, the time and its very bytes."""

    requires_request_body = True

    def __init__(self, secret: str) -> None:
        """Sign with that secret."""
        self._key = key_of(secret)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the time and the signature; each try has its own."""
        stamp = str(int(time.time()))
        request.headers["webhook-timestamp"] = stamp
        request.headers["webhook-signature"] = signature(
            self._key, request.headers["webhook-id"], stamp, request.content
        )
        yield request


def key_of(secret: str) -> bytes:
    """The bytes that are signed with."""
    if secret.startswith(MARK):
        return base64.b64decode(secret.removeprefix(MARK), validate=True)
    return secret.encode()


def signature(key: bytes, message: str, stamp: str, body: bytes) -> str:
    """The signature of a message, as its header has it."""
    made = hmac.new(key, f"{message}.{stamp}.".encode() + body, sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


class RulebooksStore(StoreClient[RulebooksSettings]):
    """A custom shop."""

    key = "rulebooks"
    label = "Your own shop (API)"
    help = (
        "Make an API token under Settings and send orders to /api/v1/stores/<key>/orders; "
        "/api/openapi.json describes them. What becomes of them is sent to the webhook address, "
        "signed as Standard Webhooks says."
    )
    settings_model = RulebooksSettings
    capabilities = frozenset({"fulfilment", "status", "sales"})

    @classmethod
    def connect(cls, settings: RulebooksSettings, **options: Any) -> Http:
        """To the webhook address."""
        secret = settings.secret.get_secret_value()
        return Http(base=settings.url or NOWHERE, auth=Signed(secret), secrets=(secret,), **options)

    def check(self) -> Checked:
        """Send a message of the type ``ping``, which the shop only has to accept."""
        if not self.settings.url:
            return Checked("Orders come in by the API; the shop is told nothing.")
        self._send("ping", {"at": datetime.now(UTC).isoformat()})
        return Checked("The shop takes our messages.")

    def orders(self, since: datetime | None, *, first: bool = False) -> Iterator[Page]:
        """None: the shop sends them by itself."""
        del since, first
        yield from ()

    def order(self, number: str) -> list[RawOrder | BadOrder]:
        """None: the shop sends them by itself."""
        del number
        return []

    def reread(self, ids: Sequence[str], known: Known = nothing_known) -> Iterator[Reread]:
        """None: the shop sends them by itself."""
        del ids, known
        yield from ()

    @property
    def wants_status(self) -> bool:
        """Whether the shop has an address for it."""
        return bool(self.settings.url)

    def push_status(self, status: OrderStatus) -> None:
        """Send ``order.status``."""
        self._send(
            "order.status",
            {
                "source_id": status.order_id,
                "number": status.number,
                "state": status.state,
                "reasons": list(status.reasons),
                "documents": [dict(one) for one in status.documents],
            },
        )

    def push_fulfilment(self, shipment: Shipment) -> Shipped:
        """Send ``order.shipped``."""
        lines = shipment.lines
        self._send(
            "order.shipped",
            {
                "source_id": shipment.order_id,
                "key": shipment.key,
                "tracking_number": shipment.tracking_number,
                "carrier": shipment.carrier,
                "tracking_url": shipment.tracking_url,
                "shipped_at": shipment.shipped_at.isoformat() if shipment.shipped_at else None,
                "lines": lines and {line: format(pieces, "f") for line, pieces in lines.items()},
                "notify": shipment.notify,
            },
        )
        return Shipped("told", shipment.key)

    def push_sale(self, sale: Sale, key: str) -> SaleTaken:
        """Send ``sale``: amounts as text, dates as ISO text, empty fields as they are."""
        data = json.loads(json.dumps(asdict(sale), default=_plain))
        self._send("sale", {"key": key, **data})
        return SaleTaken("taken", key)

    def cancel_sale(self, sale: SaleGone) -> SaleCancelled:
        """Send ``sale.cancelled``; a shop that never had that key has nothing to do."""
        data = {"key": sale.key, "number": sale.number, "edit_sequence": sale.edit_sequence}
        self._send("sale.cancelled", {**data, "reason": sale.how})
        return SaleCancelled("told")

    def _send(self, kind: str, data: dict[str, Any]) -> None:
        if not self.settings.url:
            raise NotOffered("The shop has no webhook address.", advice="Enter one.")
        body = {"type": kind, "store": self.shop.key, "data": data}
        message = sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]
        self.http.json(
            "POST",
            self.settings.url,
            body=body,
            headers={"webhook-id": f"msg_{message}"},
            repeatable=True,
        )


def _plain(value: Any) -> str:
    """An amount or a date as text."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


CLIENT = RulebooksStore
