"""Rulebooks' own JSON form of an order: every field of Order under its name, checked as it is read.

A file is one order, a list of orders, or ``{"orders": [...]}``. Amounts are strings or numbers,
times ISO 8601 with an offset (without one they are in the store's zone). Required are
``source_id``, ``placed_at`` and ``total``; of a line or charge ``source_id``, ``name`` and
``gross`` (and ``quantity`` or ``kind``); the rest has the defaults that ``rules_library.order``
gives. What a line has shipped follows from the fulfilments unless it is stated, and the order's
taxes are those of its lines and charges, each tax added up, unless they are stated. ``store``,
``store_type`` and ``raw`` come from the store itself. A name that Order does not have is an error,
so that a typing mistake is not a lost discount. ``to_json`` writes the form.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.stores.formats import BadOrder, Format, RawOrder, Shop
from app.stores.node import clean, moment, number
from app.stores.payload import MalformedPayload
from rules_library.order import ZERO, Charge, Line, Order, Tax

OURS = {"store", "store_type", "raw"}
REQUIRED = {"source_id", "placed_at", "total"}
_Reader = Callable[[Any, str, tzinfo], Any]
_SHAPES: dict[type[Any], tuple[dict[str, _Reader], list[str]]] = {}


class Rulebooks(Format):
    """Orders in our own form, for samples, the API and anything that has no format here."""

    key = "rulebooks"
    label = "Rulebooks JSON"

    def orders(self, payload: Any, shop: Shop) -> Iterator[RawOrder | BadOrder]:
        """The orders of the file."""
        del shop
        found = [item for _, item in find(payload)]
        if not any(isinstance(item, RawOrder) for item in found):
            raise MalformedPayload(
                f"no orders: none has {', '.join(sorted(REQUIRED))}"
                if found
                else "no orders: the list is empty"
            )
        yield from found

    def order(self, raw: Mapping[str, Any], shop: Shop) -> Order:
        """The order; what is missing has Order's own defaults."""
        zone = str(raw.get("zone") or shop.zone or "UTC")
        try:
            region = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise MalformedPayload(f"/zone: there is no time zone {clean(zone)[:40]!r}") from None
        missing = sorted(key for key in REQUIRED if raw.get(key) in (None, ""))
        if missing:
            raise MalformedPayload(f"/{missing[0]}: is missing")
        given = {
            "number": str(raw["source_id"]),
            "currency": shop.currency or "USD",
            "status": "open",
            "payment_status": "pending",
            "fulfillment_status": "unfulfilled",
            "zone": zone,
            **{key: value for key, value in raw.items() if key not in OURS and value is not None},
            "store": shop.key,
            "store_type": shop.type,
        }
        order: Order = _read_object(Order, given, "", region)
        stated = [
            isinstance(line, Mapping) and line.get("quantity_fulfilled") is not None
            for line in raw.get("lines") or []
        ]
        lines = tuple(
            line if said else _shipped(line, order)
            for line, said in zip(order.lines, stated, strict=True)
        )
        taxes = order.taxes if raw.get("taxes") is not None else _added_up(order)
        return dataclasses.replace(order, raw=raw, lines=lines, taxes=taxes)


def _added_up(order: Order) -> tuple[Tax, ...]:
    """The taxes of the lines and charges, one of each sort."""
    found: dict[tuple[Any, ...], Tax] = {}
    parts: list[Line | Charge] = [*order.lines, *order.charges]
    for part in parts:
        for tax in part.taxes:
            sort = (tax.name, tax.rate, tax.code, tax.remitted_by)
            known = found.get(sort)
            amount = tax.amount + (known.amount if known else ZERO)
            found[sort] = dataclasses.replace(tax, amount=amount)
    return tuple(found.values())


def _shipped(line: Line, order: Order) -> Line:
    sent = [
        part.quantity
        for shipment in order.fulfillments
        for part in shipment.lines
        if part.line_id == line.source_id
    ]
    whole = order.fulfillment_status == "fulfilled" and not any(
        shipment.lines for shipment in order.fulfillments
    )
    quantity = line.quantity if whole else min(line.quantity, sum(sent, ZERO))
    return dataclasses.replace(line, quantity_fulfilled=quantity)


def to_json(order: Order) -> dict[str, Any]:
    """The order in this form: plain JSON values, what equals its default left out."""
    written: dict[str, Any] = _plain(order)
    for line, plain in zip(order.lines, written.get("lines", []), strict=True):
        plain["quantity_fulfilled"] = _plain(line.quantity_fulfilled)
    written.setdefault("taxes", [])
    return {key: value for key, value in written.items() if key not in OURS}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(inner)
            for field in dataclasses.fields(value)
            if (inner := getattr(value, field.name)) != _default(field) and field.name != "raw"
        }
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def is_needed(field: dataclasses.Field[Any]) -> bool:
    """Whether the dataclass has no default for it."""
    return _default(field) is dataclasses.MISSING


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def find(payload: Any, at: str = "") -> Iterator[tuple[str, RawOrder | BadOrder]]:
    """Every entry of a payload with its JSON pointer; a bad one's reason begins with its own."""
    if isinstance(payload, list):
        for place, item in enumerate(payload):
            yield from find(item, f"{at}/{place}")
    elif not isinstance(payload, Mapping):
        yield at, BadOrder("", f"{at or '/'}: expected an order")
    elif "orders" not in payload or "placed_at" in payload:
        yield at, _found(payload, at)
    elif isinstance(payload["orders"], list):
        yield from find(payload["orders"], f"{at}/orders")
    else:
        yield at, BadOrder("", f"{at}/orders: expected a list")


def _found(payload: Mapping[str, Any], at: str) -> RawOrder | BadOrder:
    source_id = payload.get("source_id")
    if not isinstance(source_id, (str, int)) or isinstance(source_id, bool) or source_id == "":
        return BadOrder("", f"{at}/source_id: the order has no id")
    if not payload.keys() >= REQUIRED:
        missing = ", ".join(sorted(REQUIRED - payload.keys()))
        return BadOrder(str(source_id), f"{at or '/'}: the order has no {missing}")
    updated = payload.get("updated_at")
    try:
        when = moment(updated, f"{at}/updated_at") if updated else None
    except MalformedPayload as error:
        return BadOrder(str(source_id), str(error))
    return RawOrder(str(source_id), dict(payload), when)


def _read_object(kind: type[Any], value: Any, at: str, zone: tzinfo) -> Any:
    if not isinstance(value, Mapping):
        raise MalformedPayload(f"{at}: expected an object")
    readers, needed = _shape(kind)
    unknown = next((key for key in value if key not in readers), None)
    if unknown is not None:
        raise MalformedPayload(f"{at}/{clean(str(unknown))[:40]}: there is no such field")
    given = {
        key: readers[key](inner, f"{at}/{key}", zone)
        for key, inner in value.items()
        if inner is not None
    }
    missing = [field for field in needed if field not in given]
    if missing:
        raise MalformedPayload(f"{at}/{missing[0]}: is missing")
    return kind(**given)


def _shape(kind: type[Any]) -> tuple[dict[str, _Reader], list[str]]:
    """How each field of the dataclass is read, and which it cannot do without."""
    if kind not in _SHAPES:
        hints = get_type_hints(kind)
        fields = dataclasses.fields(kind)
        _SHAPES[kind] = (
            {field.name: _reader(hints[field.name]) for field in fields},
            [field.name for field in fields if is_needed(field)],
        )
    return _SHAPES[kind]


def _reader(hint: Any) -> _Reader:
    origin, inside = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return _reader(next(one for one in inside if one is not type(None)))
    if origin is Literal:
        return lambda value, at, _: _one_of(value, at, inside)
    if origin is tuple:
        item = _reader(inside[0])
        return lambda value, at, zone: _read_list(item, value, at, zone)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return lambda value, at, zone: _read_object(hint, value, at, zone)
    simple: dict[Any, _Reader] = {
        Decimal: lambda value, at, _: number(value, at),
        datetime: moment,
        bool: _read_flag,
        str: _read_text,
    }
    return simple.get(hint, _read_mapping)


def _one_of(value: Any, at: str, choices: tuple[Any, ...]) -> Any:
    if isinstance(value, str) and value in choices:
        return value
    raise MalformedPayload(f"{at}: {clean(str(value))[:40]!r} is none of {', '.join(choices)}")


def _read_list(item: _Reader, value: Any, at: str, zone: tzinfo) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise MalformedPayload(f"{at}: expected a list")
    return tuple(item(one, f"{at}/{place}", zone) for place, one in enumerate(value))


def _read_flag(value: Any, at: str, _: tzinfo) -> bool:
    if not isinstance(value, bool):
        raise MalformedPayload(f"{at}: expected true or false")
    return value


def _read_text(value: Any, at: str, _: tzinfo) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise MalformedPayload(f"{at}: expected text")
    return clean(str(value))


def _read_mapping(value: Any, at: str, _: tzinfo) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MalformedPayload(f"{at}: expected an object")
    return value


FORMAT = Rulebooks()
