"""Payloads that nobody should send: a named error or an order, never a crash."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.samples import SAMPLES
from app.stores.formats import (
    BadOrder,
    MalformedPayload,
    RawOrder,
    Shop,
    format_named,
    formats,
    read,
)
from app.stores.payload import content_hash, dump_raw, load_raw, parse
from rules_library.order import Order

SHOP = Shop(key="s", type="s", currency="USD")
RAWS = [(sample.format_key, raw.raw) for sample in SAMPLES for raw in sample.orders()]
STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.sampled_from(
        ["", " 12.50 ", "1,200.00", "NaN", "Infinity", "1e999999", "0x10", "-0",
         "٣", "\ud800", "a\x00b",
         "2026-02-30", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "gid://shopify/",
         [], {}, [[]], [None], [{}], {"nodes": None}, {"nodes": [1]}, {"edges": {}}, {"amount": []},
         Decimal("1E+400"), Decimal("1E-400"), "x" * 200_000]
    ),
    st.text(max_size=20),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    found = [path] if path else []
    pairs = value.items() if isinstance(value, Mapping) else ()
    pairs = enumerate(value) if isinstance(value, list) else pairs
    for key, inner in pairs:
        found += places(inner, (*path, key))
    return found


PLACES = {index: places(raw) for index, (_, raw) in enumerate(RAWS)}


@st.composite
def mutilated(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    index = draw(st.integers(0, len(RAWS) - 1))
    format_key, raw = RAWS[index]
    raw = copy.deepcopy(raw)
    for path in draw(st.lists(st.sampled_from(PLACES[index]), min_size=1, max_size=3)):
        inside: Any = raw
        try:
            for key in path[:-1]:
                inside = inside[key]
            if draw(st.booleans()):
                inside[path[-1]] = draw(STRANGE)
            else:
                del inside[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
    return format_key, raw


def translated(format_key: str, raw: Mapping[str, Any]) -> tuple[Order | None, str]:
    """The order, or what is wrong with it."""
    try:
        return format_named(format_key).translate(raw, SHOP), ""
    except MalformedPayload as error:
        return None, str(error)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutilated())
def test_a_mutilated_order_is_an_order_or_a_named_error(case: tuple[str, dict[str, Any]]) -> None:
    format_key, raw = case
    order, said = translated(format_key, raw)
    assert "\n" not in said
    assert len(said) < 500
    if not said:
        assert isinstance(order, Order)
        assert order.arithmetic
        assert all(refund.difference is not None for refund in order.refunds)
    assert content_hash(raw) == content_hash(load_raw(dump_raw(raw)))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    mutilated(),
    st.sampled_from(["bigcommerce", "shipstation", "woocommerce", "shopify", "rulebooks"]),
)
def test_any_format_finds_orders_or_says_that_there_are_none(
    case: tuple[str, dict[str, Any]], format_key: str
) -> None:
    _, raw = case
    for payload in (raw, [raw, 7], {"orders": raw}, {"data": {"orders": {"nodes": [raw]}}}):
        try:
            found = list(format_named(format_key).orders(payload, SHOP))
        except MalformedPayload:
            continue
        assert all(isinstance(item, (RawOrder, BadOrder)) for item in found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(JSON, st.sampled_from(["bigcommerce", "shipstation", "woocommerce", "shopify", "rulebooks"]))
def test_any_json_is_read_or_refused(value: Any, format_key: str) -> None:
    with pytest.raises(MalformedPayload):
        read(format_key, json.dumps(value), SHOP)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    with contextlib.suppress(MalformedPayload):
        assert parse(data)


def woo(**changed: Any) -> dict[str, Any]:
    raw = copy.deepcopy(RAWS[0][1])
    raw.update(changed)
    return raw


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"total": "NaN"}, "order 5101, /total: expected a number, found 'NaN'"),
        ({"total": "1 234.00"}, "order 5101, /total: expected a number, found '1 234.00'"),
        ({"total": "1e50"}, "order 5101, /total: the number is out of range"),
        ({"total": None}, "order 5101, /total: the order has no total"),
        ({"line_items": {"a": 1}}, "order 5101, /line_items: expected a list, found an object"),
        ({"line_items": [7]}, "order 5101, /line_items/0: expected an object, found '7'"),
        ({"billing": "x"}, "order 5101, /billing: expected an object, found 'x'"),
        ({"date_created_gmt": "soon"}, "order 5101, /date_created_gmt: not a date: 'soon'"),
        ({"prices_include_tax": "perhaps"},
         "order 5101, /prices_include_tax: expected yes or no, found 'perhaps'"),
        ({"number": ["1"]}, "order 5101, /number: expected text, found a list"),
    ],
)  # fmt: skip
def test_the_error_names_the_order_and_the_place(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(MalformedPayload) as raised:
        format_named("woocommerce").translate(woo(**changed), SHOP)
    assert str(raised.value) == said


def test_numbers_with_blanks_around_are_numbers() -> None:
    order = format_named("woocommerce").translate(woo(total=" 69.14 "), SHOP)
    assert order.total == Decimal("69.14")


def test_one_bad_order_does_not_keep_the_others_out() -> None:
    text = json.dumps([woo(id=None), woo(id=1, date_modified_gmt="?"), woo(id=2)], default=str)
    bad, worse, good = read("woocommerce", text, SHOP)
    assert bad == BadOrder("", "/0/id: the order has no id")
    assert worse == BadOrder("", "/1/date_modified_gmt: not a date: '?'")
    assert isinstance(good, RawOrder)
    assert good.source_id == "2"


def test_fifty_thousand_lines_are_read() -> None:
    line = {"name": "x", "quantity": 1, "total": "0.01", "sku": "x"}
    lines = [{"id": number, **line} for number in range(1, 50_001)]
    raw = woo(line_items=lines, total="500.00", total_tax="0", tax_lines=[], shipping_lines=[])
    (found,) = read("woocommerce", json.dumps(raw, default=str), SHOP)
    assert isinstance(found, RawOrder)
    order = format_named("woocommerce").translate(found.raw, SHOP)
    assert len(order.lines) == 50_000
    assert order.difference == 0


@pytest.mark.parametrize("depth", [100, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    with pytest.raises(MalformedPayload, match="nested too deeply"):
        parse("[" * depth + "]" * depth)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f.json: the file is empty"),
        ("\ufeff  \n", "f.json: the file is empty"),
        ('{"a": NaN}', "f.json: document 1: NaN is not a number"),
        ('{"a": -Infinity}', "f.json: document 1: -Infinity is not a number"),
        ('{"a": 1,\n "b": }', "f.json: line 2, column 7: Expecting value"),
        ('{"a": 1}\n{"b"', "f.json: line 2, column 5: Expecting ':' delimiter"),
        (b'{"a": "\xff"}', "f.json: not UTF-8 at byte 7"),
        ("<html>", "f.json: line 1, column 1: Expecting value"),
    ],
)
def test_text_that_is_no_json_is_refused_with_its_place(text: str | bytes, said: str) -> None:
    with pytest.raises(MalformedPayload) as raised:
        parse(text, "f.json")
    assert str(raised.value) == said


def test_a_number_of_many_digits_is_refused_not_computed() -> None:
    with pytest.raises(MalformedPayload, match="document 1: "):
        parse('{"a": ' + "9" * 5000 + "}")


def test_every_format_says_what_it_is() -> None:
    assert {"bigcommerce", "rulebooks", "shopify", "woocommerce"} <= formats().keys()
    assert all(one.key == key and one.label for key, one in formats().items())


def test_a_supplement_of_another_shape_changes_nothing_and_crashes_nothing() -> None:
    merged = format_named("woocommerce").merge(
        woo(_supplement=5), {"refund_of": "5101", "refunds": 7, "fulfillments": [1, None]}
    )
    assert merged["_supplement"] == {"fulfillments": []}
    order = format_named("woocommerce").translate(merged, SHOP)
    assert (order.refunds, order.fulfillments) == ((), ())
