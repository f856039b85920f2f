"""An order as its store wrote it, translated again for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.models import Order as Row
from app.stores.formats import MalformedPayload, Shop, UnknownFormat, format_named, load_raw
from rules_library.order import Order


@dataclass(frozen=True, slots=True)
class Shown:
    """The order, or why it cannot be read; and what the store sent."""

    order: Order | None
    problem: str
    raw: str


def shown(row: Row) -> Shown:
    """What a stored order says."""
    store = row.store
    try:
        shop = Shop(key=store.key, type=store.type, zone=store.zone, currency=store.currency)
        raw = load_raw(row.raw)
        if not isinstance(raw, Mapping):
            return Shown(None, "What the store sent is not an order.", row.raw)
        order = format_named(row.format).translate(raw, shop)
    except (MalformedPayload, UnknownFormat, LookupError, ValueError) as error:
        return Shown(None, str(error), row.raw)
    return Shown(order, "", row.raw)
