"""The contract of a store: what one module offers as ``CLIENT`` to be one.

A client is made of its settings, the shop as translators see it, and a connection; it keeps nothing
between two pulls. What it reads is raw payload, in the words of its payload format; what goes wrong
is an error of `app.stores.errors`. To add a store, write a module (or a folder) with a ``FORMAT``
and a ``CLIENT``, and name its fake shop in ``tests/test_stores_contract.py``.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from hmac import compare_digest
from hmac import new as new_hmac
from typing import Any, ClassVar, Generic, Literal, TypeVar

from app.stores.errors import NotOffered, SignatureRefused
from app.stores.formats import BadOrder, Format, RawOrder, Shop, format_named
from app.stores.http import Http
from app.stores.payload import MalformedPayload
from app.stores.settings import StoreSettings
from rules_library.sale import Sale

Settings = TypeVar("Settings", bound=StoreSettings)
Capability = Literal["orders", "stock", "fulfilment", "status", "webhooks", "sales"]
"""What a store can do; one without ``orders`` is never asked for them: it sends them by the API."""


class UnknownStore(LookupError):  # noqa: N818 - says what it is
    """No store has that type."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some orders, to be stored before the next page is asked for."""

    items: Sequence[RawOrder | BadOrder]
    watermark: datetime | None = None
    """Up to when all changes have come once this page is stored; None while nobody knows."""


@dataclass(frozen=True, slots=True)
class Reread:
    """What became of orders that were read before."""

    items: Sequence[RawOrder | BadOrder]
    gone: Sequence[str] = ()
    """Ids of orders that the store has no more, not even in its trash."""
    same: int = 0
    """How many more there are that did not change, by what is kept of them."""


Known = Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]]
"""What is kept of orders: ids -> id -> payload, as the store gave it; none of those that are to
be read whole, whatever the store says of changes."""


def nothing_known(ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Every order is to be read whole."""
    del ids
    return {}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a test of the connection found out."""

    text: str
    """One sentence: which shop answers."""
    zone: str = ""
    currency: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StockChange:
    """How much of an article can be sold from now on."""

    sku: str
    quantity: Decimal
    location: str = ""
    """Where, in the store's own word; empty = the store's only or first place."""


@dataclass(frozen=True, slots=True)
class StockResult:
    """What became of a stock change."""

    change: StockChange
    outcome: Literal["changed", "same", "would_change", "refused"]
    before: Decimal | None = None
    reason: str = ""
    """For ``refused``: why, and what to do."""
    again: bool = False
    """For ``refused``: whether it may be taken at the next round, as it is."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment that the store is told of."""

    order_id: str
    """The store's id of the order."""
    key: str
    """Ours, the same each time: telling it twice tells it once."""
    tracking_number: str = ""
    carrier: str = ""
    tracking_url: str = ""
    shipped_at: datetime | None = None
    lines: Mapping[str, Decimal] | None = None
    """Line id -> pieces; None = everything that is not shipped yet."""
    notify: bool = False
    """Whether the store writes to the customer."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What became of a shipment that the store was told of."""

    outcome: Literal["told", "known"]
    """``known``: the store had it already."""
    reference: str = ""
    """The store's id of it."""


@dataclass(frozen=True, slots=True)
class SaleTaken:
    """What became of a sale of QuickBooks that the store was sent."""

    outcome: Literal["taken", "closed"]
    """``closed``: the store has shipped or cancelled it, and takes no change any more."""
    reference: str = ""
    """The store's id of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleGone:
    """A sale that is no more in QuickBooks, which the store was sent or may have been."""

    key: str
    """As it was given to ``push_sale``."""
    reference: str
    """As in ``SaleTaken``; empty: nobody knows whether the store has it."""
    number: str
    edit_sequence: str
    """QuickBooks' mark of how it was last."""
    how: str
    """deleted or voided"""


@dataclass(frozen=True, slots=True)
class SaleCancelled:
    """What became of a sale that is not to be shipped any more."""

    outcome: Literal["cancelled", "told", "shipped", "unknown"]
    """``told``: it does not say what becomes of it; ``unknown``: it has no such order, or no more.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleShipped:
    """A shipment of an order of the store, which may be one of a sale that it was sent."""

    key: str
    """The store's id of the shipment."""
    reference: str
    """The store's id of the order, as in ``SaleTaken``."""
    made_at: datetime
    shipped_on: date
    tracking_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatus:
    """How an order stands, for a store that wants to know."""

    order_id: str
    """The store's id of the order."""
    number: str
    state: str
    """waiting, skipped, held, queued, posted"""
    reasons: Sequence[str]
    documents: Sequence[Mapping[str, str]]
    """What QuickBooks holds of it: kind, part, ref_number, txn_id, total, ended."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A verified message of the store: what to fetch, never what to book."""

    topic: str
    order_ids: tuple[str, ...] = ()
    delivery: str = ""
    """The store's id of the message, to know it again."""
    is_hint: bool = False
    """Something changed; the store says in a way that proves it neither what nor of which order."""


class StoreClient(ABC, Generic[Settings]):
    """One store's way of being read and written."""

    key: ClassVar[str]
    label: ClassVar[str]
    help: ClassVar[str]
    """What has to be done in the store before it can be connected, for the form."""
    settings_model: ClassVar[type[StoreSettings]]
    capabilities: ClassVar[frozenset[Capability]] = frozenset({"orders"})
    overlap: ClassVar[timedelta] = timedelta(minutes=15)
    """How far each pull steps back, since what is "changed since" comes late or coarse."""

    def __init__(self, settings: Settings, shop: Shop, http: Http) -> None:
        self.settings = settings
        self.shop = shop
        self.http = http

    @classmethod
    @abstractmethod
    def connect(cls, settings: Settings, **options: Any) -> Http:
        """The connection: ``Http(base=..., headers=..., auth=..., secrets=..., **options)``."""

    @property
    def format(self) -> Format:
        """The payload format that translates what it reads; named like the store."""
        return format_named(self.key)

    @abstractmethod
    def check(self) -> Checked:
        """Test the connection and the permissions, changing nothing."""

    @abstractmethod
    def orders(self, since: datetime | None, *, first: bool = False) -> Iterator[Page]:
        """The orders that changed at or after ``since``, by the store's clock.

        An order may come more than once. A page in the middle may be empty, as a sign of life.

        Args:
            since: None = all there are.
            first: Whether it is the first import, for which a store may have a faster way.
        """

    @abstractmethod
    def order(self, number: str) -> list[RawOrder | BadOrder]:
        """The orders that people call by this number; usually one, empty if there is none."""

    @abstractmethod
    def reread(self, ids: Sequence[str], known: Known = nothing_known) -> Iterator[Reread]:
        """Orders by the store's ids, as they are now, a batch at a time.

        Args:
            ids: Of the orders.
            known: By which a store may leave out what did not change, if that costs it less.
        """

    def push_stock(
        self, changes: Sequence[StockChange], *, dry: bool = False
    ) -> Iterator[StockResult]:
        """Set stock, each article in its turn; ``dry`` only tells what would change."""
        del changes, dry
        raise NotOffered(f"{self.label} takes no stock from here.")

    def push_fulfilment(self, shipment: Shipment) -> Shipped:
        """Tell the store of a shipment with its tracking number."""
        del shipment
        raise NotOffered(f"{self.label} takes no shipments from here.")

    def push_sale(self, sale: Sale, key: str) -> SaleTaken:
        """Send a sale of QuickBooks to be shipped, or what changed in it.

        Args:
            sale: As it is now.
            key: Ours, the same each time: sending it twice makes one order of it.
        """
        del sale, key
        raise NotOffered(f"{self.label} takes no sales from here.")

    def cancel_sale(self, sale: SaleGone) -> SaleCancelled:
        """Have a sale not shipped that is no more in QuickBooks; telling it twice does no harm."""
        del sale
        raise NotOffered(f"{self.label} is not told that a sale is gone.")

    def sales_shipped(self, since: datetime) -> Iterator[SaleShipped]:
        """The shipments that were made at or after ``since``; none if the store tells of none."""
        del since
        yield from ()

    @property
    def wants_status(self) -> bool:
        """Whether the store is told how its orders stand, as it is set up."""
        return "status" in self.capabilities

    def push_status(self, status: OrderStatus) -> None:
        """Tell the store how an order stands; the same status twice does no harm."""
        del status
        raise NotOffered(f"{self.label} is not told how orders stand.")

    @classmethod
    def webhook(
        cls,
        settings: Settings,
        headers: Mapping[str, str],
        body: bytes,
        query: Mapping[str, str] | None = None,
    ) -> Webhook:
        """The message in a webhook call, once its signature is verified.

        Args:
            settings: The store's.
            headers: Of the call.
            body: Its very bytes.
            query: Of its address, for a store that can neither sign nor send headers.

        Raises:
            SignatureRefused: if the store did not send it.
        """
        del settings, headers, body, query
        raise NotOffered(f"{cls.label} sends no webhooks to here.")

    def found(self, payload: Any) -> list[RawOrder | BadOrder]:
        """The orders in a payload, by the store's format; none in an empty one.

        What the store was asked for is complete: nothing older is carried over into it.
        """
        if not payload:
            return []
        try:
            return [
                replace(item, complete=True) if isinstance(item, RawOrder) else item
                for item in self.format.orders(payload, self.shop)
            ]
        except MalformedPayload as error:
            return [BadOrder("", str(error))]


def signature_must_match(secret: str, body: bytes, given: str) -> None:
    """Compare base64(HMAC-SHA256(secret, body)) with what the header says, in constant time.

    Raises:
        SignatureRefused: if they differ or there is no secret.
    """
    made = b64encode(new_hmac(secret.encode(), body, sha256).digest())
    if not secret or not compare_digest(made, given.strip().encode("utf-8", "replace")):
        raise SignatureRefused("The webhook is not signed with the store's secret.")


def latest_change(items: Sequence[RawOrder | BadOrder]) -> datetime | None:
    """The largest time of change in these orders."""
    return max(
        (item.updated_at for item in items if isinstance(item, RawOrder) and item.updated_at),
        default=None,
    )


@cache
def clients() -> dict[str, type[StoreClient[Any]]]:
    """Every store that can be connected, by type, in the order of their labels."""
    package = importlib.import_module("app.stores")
    modules = (
        importlib.import_module(f"app.stores.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    )
    found = [module.CLIENT for module in modules if hasattr(module, "CLIENT")]
    return {one.key: one for one in sorted(found, key=lambda one: one.label)}


def clients_with(capability: Capability) -> list[str]:
    """The types of the stores that can do that."""
    return [key for key, client in clients().items() if capability in client.capabilities]


def client_named(key: str) -> type[StoreClient[Any]]:
    """The store of that type.

    Raises:
        UnknownStore: naming the ones that exist.
    """
    try:
        return clients()[key]
    except KeyError:
        known = ", ".join(sorted(clients()))
        raise UnknownStore(f"no store is of type {key!r}; there are {known}") from None
