"""What a payload format is: it finds a store's orders in JSON and translates one into an Order."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import DecimalException
from functools import cache
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from app.stores.payload import MalformedPayload, content_hash, dump_raw, load_raw, parse
from rules_library.order import Order

__all__ = [
    "BadOrder",
    "Format",
    "MalformedPayload",
    "RawOrder",
    "Shop",
    "UnknownFormat",
    "content_hash",
    "dump_raw",
    "format_named",
    "formats",
    "load_raw",
    "read",
]

SUPPLEMENT = "_supplement"
GONE = "_gone"
"""Our own mark in a raw order that the store has no more: it is a cancelled one."""


class UnknownFormat(LookupError):  # noqa: N818 - says what it is
    """No payload format has that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The store that a payload comes from; an empty ``zone`` is derived from the payload."""

    key: str
    type: str
    zone: str = ""
    currency: str = ""

    def __post_init__(self) -> None:
        """Refuse a time zone that does not exist."""
        if self.zone:
            ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class RawOrder:
    """One order as the store wrote it, or a supplement to one (its refunds, payments ...)."""

    source_id: str
    raw: dict[str, Any]
    updated_at: datetime | None = None
    kind: Literal["order", "supplement"] = "order"
    complete: bool = False
    """Whether all that adds to the order was asked for too: nothing older is carried over."""


@dataclass(frozen=True, slots=True)
class BadOrder:
    """One entry of a payload that cannot be an order; the others still go in."""

    source_id: str
    reason: str


def with_an_order(
    entries: Iterable[RawOrder | BadOrder], holds: Callable[[], str]
) -> Iterator[RawOrder | BadOrder]:
    """The entries of a payload, among which there is an order, or one that says which it was.

    Raises:
        MalformedPayload: if there is none, with what the payload holds.
    """
    found = list(entries)
    if not any(isinstance(item, RawOrder) or item.source_id for item in found):
        raise MalformedPayload(f"no orders: the payload holds {holds()}")
    yield from found


class Format(ABC):
    """One way of writing orders as JSON. A module of this package offers it as ``FORMAT``."""

    key: ClassVar[str]
    label: ClassVar[str]

    @abstractmethod
    def orders(self, payload: Any, shop: Shop) -> Iterator[RawOrder | BadOrder]:
        """The orders in one JSON document.

        Raises:
            MalformedPayload: if the document holds no order, saying what it holds.
        """

    @abstractmethod
    def order(self, raw: Mapping[str, Any], shop: Shop) -> Order:
        """The translation itself; call ``translate``."""

    def translate(self, raw: Mapping[str, Any], shop: Shop) -> Order:
        """The order that a raw payload says; pure, so it may be run again at any time.

        Raises:
            MalformedPayload: naming the order and the JSON pointer of what cannot be read.
        """
        try:
            found = self.order(raw, shop)
        except MalformedPayload as error:
            name = raw.get("id") or raw.get("source_id") or raw.get("name") or "without id"
            raise MalformedPayload(f"order {str(name)[:60]}, {error}") from None
        except (DecimalException, RecursionError) as error:
            raise MalformedPayload(f"order cannot be read: {type(error).__name__}") from None
        if not raw.get(GONE) or found.status == "cancelled":
            return found
        return replace(found, status="cancelled", cancelled_at=found.updated_at)

    def merge(self, raw: Mapping[str, Any], supplement: Mapping[str, Any]) -> dict[str, Any]:
        """The raw order with a supplement kept beside it, under a key of our own.

        A later record of the same id takes the place of the earlier one.
        """
        kept = _records(raw.get(SUPPLEMENT))
        for key, records in _records(supplement).items():
            kept[key] = kept.get(key, {}) | records
        return {**raw, SUPPLEMENT: {key: list(known.values()) for key, known in kept.items()}}

    def carry_over(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
        """A newer raw order with the supplements that its predecessor had."""
        if not old.get(SUPPLEMENT):
            return dict(new)
        own = new.get(SUPPLEMENT) or {}
        plain = {key: value for key, value in new.items() if key != SUPPLEMENT}
        return self.merge(self.merge(plain, old[SUPPLEMENT]), own)


def _records(supplement: Any) -> dict[str, dict[str, Mapping[str, Any]]]:
    """The records of a supplement, by list and id."""
    if not isinstance(supplement, Mapping):
        return {}
    return {
        key: {str(one.get("id")): one for one in records if isinstance(one, Mapping)}
        for key, records in supplement.items()
        if isinstance(records, list)
    }


@cache
def formats() -> dict[str, Format]:
    """Every payload format, by key, in the order of their labels."""
    package = importlib.import_module("app.stores")
    modules = (
        importlib.import_module(f"app.stores.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    )
    found = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {one.key: one for one in sorted(found, key=lambda one: one.label)}


def format_named(key: str) -> Format:
    """The format with that key.

    Raises:
        UnknownFormat: naming the ones that exist.
    """
    try:
        return formats()[key]
    except KeyError:
        known = ", ".join(sorted(formats()))
        raise UnknownFormat(f"no format is named {key!r}; there are {known}") from None


def read(
    format_key: str, text: str | bytes, shop: Shop, *, name: str = ""
) -> list[RawOrder | BadOrder]:
    """The orders in a file's text, each id once: the latest change wins.

    A supplement to an order of the same file is merged into it; the others are returned.

    Raises:
        MalformedPayload: if the text is no JSON or holds no order.
        UnknownFormat: if there is no such format.
    """
    chosen = format_named(format_key)
    documents = parse(text, name)
    if len(documents) > 1 and all(isinstance(one, Mapping) for one in documents):
        documents = [documents]
    try:
        items = _latest(item for one in documents for item in chosen.orders(one, shop))
        return _with_supplements(chosen, items)
    except MalformedPayload as error:
        raise MalformedPayload(f"{name}: {error}" if name else str(error)) from None


def _latest(items: Iterable[RawOrder | BadOrder]) -> list[RawOrder | BadOrder]:
    kept: dict[object, RawOrder | BadOrder] = {}
    for place, item in enumerate(items):
        if isinstance(item, BadOrder) or item.kind == "supplement":
            kept[place] = item
            continue
        before = kept.get(item.source_id)
        if isinstance(before, RawOrder) and _age(before) > _age(item):
            continue
        kept[item.source_id] = item
    return list(kept.values())


def _with_supplements(
    chosen: Format, items: list[RawOrder | BadOrder]
) -> list[RawOrder | BadOrder]:
    orders = {
        item.source_id: place
        for place, item in enumerate(items)
        if isinstance(item, RawOrder) and item.kind == "order"
    }
    kept: list[RawOrder | BadOrder] = list(items)
    for item in items:
        if isinstance(item, RawOrder) and item.kind == "supplement" and item.source_id in orders:
            place = orders[item.source_id]
            target = kept[place]
            if isinstance(target, RawOrder):
                kept[place] = replace(target, raw=chosen.merge(target.raw, item.raw))
            kept.remove(item)
    return kept


def _age(item: RawOrder) -> datetime:
    return item.updated_at or datetime.min.replace(tzinfo=UTC)
