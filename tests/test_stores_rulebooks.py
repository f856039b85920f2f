"""Rulebooks' own JSON form of an order: there and back, and strict."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from app.samples import SAMPLES
from app.stores.formats import BadOrder, MalformedPayload, RawOrder, Shop, format_named, read
from app.stores.rulebooks import to_json
from rules_library.order import Order

OURS = format_named("rulebooks")
SHOP = Shop(key="s", type="rulebooks", zone="America/Denver", currency="USD")
SMALL: dict[str, Any] = {
    "source_id": "1",
    "placed_at": "2026-11-20T23:30:00",
    "total": "5.00",
    "lines": [{"source_id": "a", "name": "Pen", "quantity": "2", "gross": "5.00"}],
}
EVERY = [
    (format_named(sample.format_key).translate(raw.raw, sample.shop), sample.shop)
    for sample in SAMPLES
    for raw in sample.orders()
]


@pytest.mark.parametrize(("order", "shop"), EVERY, ids=[order.number for order, _ in EVERY])
def test_every_order_of_every_store_goes_there_and_back(order: Order, shop: Shop) -> None:
    (found,) = read("rulebooks", json.dumps(to_json(order), default=str), shop)
    assert isinstance(found, RawOrder)
    back = OURS.translate(found.raw, shop)
    assert back == order
    assert to_json(back) == to_json(order)


def test_a_small_order_has_defaults() -> None:
    order = OURS.translate(SMALL, SHOP)
    assert (order.number, order.currency, order.zone) == ("1", "USD", "America/Denver")
    assert (order.status, order.payment_status) == ("open", "pending")
    assert order.difference == 0
    assert order.placed_at.isoformat() == "2026-11-21T06:30:00+00:00"


def test_the_orders_taxes_are_those_of_its_parts_unless_it_states_them() -> None:
    state = {"name": "State tax", "amount": "0.30", "rate": "6"}
    city = {"name": "City tax", "amount": "0.05", "remitted_by": "marketplace"}
    line = {**SMALL["lines"][0], "taxes": [state, city]}
    freight = {"source_id": "s", "kind": "shipping", "name": "Post", "gross": "4.00",
               "taxes": [{**state, "amount": "0.24"}]}  # fmt: skip
    order = OURS.translate({**SMALL, "lines": [line], "charges": [freight], "total": "9.59"}, SHOP)
    assert [(tax.name, tax.amount, tax.remitted_by) for tax in order.taxes] == [
        ("State tax", Decimal("0.54"), "merchant"), ("City tax", Decimal("0.05"), "marketplace"),
    ]  # fmt: skip
    assert order.difference == 0
    assert OURS.translate({**SMALL, "lines": [line], "taxes": []}, SHOP).taxes == ()


def test_what_was_shipped_follows_from_the_fulfilments() -> None:
    shipment = {"source_id": "f", "lines": [{"line_id": "a", "quantity": 1}]}
    (line,) = OURS.translate({**SMALL, "fulfillments": [shipment]}, SHOP).lines
    assert line.quantity_fulfilled == 1
    (line,) = OURS.translate({**SMALL, "fulfillment_status": "fulfilled"}, SHOP).lines
    assert line.quantity_fulfilled == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"totl": "1"}, "order 1, /totl: there is no such field"),
        ({"total": None}, "order 1, /total: is missing"),
        ({"total": "five"}, "order 1, /total: expected a number, found 'five'"),
        ({"status": "done"},
         "order 1, /status: 'done' is none of open, completed, cancelled, draft, failed"),
        ({"lines": [{"source_id": "a"}]}, "order 1, /lines/0/name: is missing"),
        ({"lines": {}}, "order 1, /lines: expected a list"),
        ({"lines": [[]]}, "order 1, /lines/0: expected an object"),
        ({"zone": "Mars/Base"}, "order 1, /zone: there is no time zone 'Mars/Base'"),
        ({"is_test": "yes"}, "order 1, /is_test: expected true or false"),
        ({"customer": {"email": ["a"]}}, "order 1, /customer/email: expected text"),
        ({"placed_at": "x"}, "order 1, /placed_at: not a date: 'x'"),
        ({"attributes": []}, "order 1, /attributes: expected an object"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(MalformedPayload) as raised:
        OURS.translate({**SMALL, **changed}, SHOP)
    assert str(raised.value) == said


def test_a_file_may_hold_one_order_a_list_or_lines() -> None:
    two = {**SMALL, "source_id": 2}
    texts = {
        json.dumps(SMALL): ["1"],
        json.dumps([SMALL, two]): ["1", "2"],
        json.dumps({"orders": [SMALL, two]}): ["1", "2"],
        f"{json.dumps(SMALL)}\n{json.dumps(two)}\n": ["1", "2"],
        f"\ufeff{json.dumps({'orders': [SMALL]})}{json.dumps({'orders': [two]})}": ["1", "2"],
    }
    for text, ids in texts.items():
        assert [item.source_id for item in read("rulebooks", text, SHOP)] == ids


def test_an_order_that_lacks_what_it_must_have_is_told_apart() -> None:
    text = json.dumps([SMALL, {"source_id": "9"}, {"total": 1}, 7])
    good, *bad = read("rulebooks", text, SHOP)
    assert isinstance(good, RawOrder)
    assert bad == [
        BadOrder("9", "/1: the order has no placed_at, total"),
        BadOrder("", "/2/source_id: the order has no id"),
        BadOrder("", "/3: expected an order"),
    ]


def test_a_file_without_orders_is_refused() -> None:
    for text in ("[]", '{"orders": []}', '{"orders": 5}', '{"products": []}'):
        with pytest.raises(MalformedPayload, match="no orders"):
            read("rulebooks", text, SHOP)
