"""Raw payloads keep what the store wrote; small sums that translators share."""

from __future__ import annotations

import ast
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stores import raw_total as second_opinion
from app.stores.amounts import settled, shared_out, zone_of_offset
from app.stores.formats import Shop, UnknownFormat, format_named
from app.stores.methods import method_kind, method_name
from app.stores.payload import content_hash, dump_raw, load_raw, parse
from rules_library.order import Tax

CENTS = st.decimals(min_value=0, max_value=10_000, places=2)


def test_numbers_are_kept_as_they_were_written() -> None:
    text = '{"a":10.0,"b":1e5,"c":2.9971428571428573,"d":12345678901234567890,"e":-0.00}'
    assert dump_raw(load_raw(text)) == text.replace("1e5", "1E+5")


def test_any_text_goes_there_and_back() -> None:
    raw = {"k\u0000\ud800": ["\u2028", '"\\', "🎉", None, True, False, {}]}
    assert load_raw(dump_raw(raw)) == raw
    assert dump_raw(raw).isascii()


def test_the_hash_looks_at_content_not_at_order_of_keys() -> None:
    assert content_hash({"a": 1, "b": [1, 2]}) == content_hash({"b": [1, 2], "a": 1})
    assert content_hash({"a": [1, 2]}) != content_hash({"a": [2, 1]})
    assert content_hash({"a": "1"}) != content_hash({"a": 1})


def test_documents_may_follow_one_another() -> None:
    assert parse(b'\xef\xbb\xbf{"a": 1.50}\n[2]\r\n\x1e"x" 4') == [
        {"a": Decimal("1.50")}, [2], "x", 4
    ]  # fmt: skip


@given(CENTS, st.lists(CENTS, min_size=1, max_size=12))
def test_what_is_shared_out_adds_up(amount: Decimal, weights: list[Decimal]) -> None:
    parts = shared_out(amount, weights, 2)
    assert sum(parts) == (amount if sum(weights) else 0)
    assert all(part == round(part, 2) for part in parts)


def test_taxes_are_brought_to_the_stated_total() -> None:
    state, city = Tax(name="State", amount=Decimal("3.55")), Tax(name="City", amount=Decimal(4))
    assert settled([state, city], Decimal("7.55"), 2) == (state, city)
    assert [tax.amount for tax in settled([state, city], Decimal("7.56"), 2)] == [
        Decimal("3.55"),
        Decimal("4.01"),
    ]
    assert settled([], Decimal("1.00"), 2) == (Tax(name="Tax", amount=Decimal(1)),)
    assert settled([state, city], None, 2) == (state, city)


@pytest.mark.parametrize(
    ("name", "shown", "kind"),
    [
        ("shopify_payments", "Shopify Payments", "card"),
        ("paypal", "PayPal", "paypal"),
        ("manual", "Manual", "other"),
        ("gift_card", "Gift Card", "gift_card"),
        ("shopify_store_credit", "Shopify Store Credit", "store_credit"),
        ("visa", "Visa", "card"),
        ("amex", "American Express", "card"),
        ("cod", "Cash on Delivery", "cash_on_delivery"),
        ("cash", "Cash", "cash"),
        ("cheque", "Check", "check"),
        ("bacs", "Direct Bank Transfer", "bank_transfer"),
        ("Direct Bank Transfer", "Direct Bank Transfer", "bank_transfer"),
        ("Cash App Pay", "Cash App Pay", "other"),
        ("amazon_payments", "Amazon Payments", "other"),
        ("Amazon", "Amazon", "marketplace"),
        ("Bank_Deposit", "Bank Deposit", "bank_transfer"),
        ("klarna_checkout", "Klarna Checkout", "other"),
    ],
)
def test_payment_methods_are_named_as_people_name_them(name: str, shown: str, kind: str) -> None:
    assert method_name(name) == shown
    assert method_kind(name) == kind


@pytest.mark.parametrize(
    ("hours", "zone"),
    [(0, "UTC"), (-5, "Etc/GMT+5"), (13, "Etc/GMT-13"), (5.75, "Asia/Kathmandu"), (0.1, "UTC")],
)
def test_an_offset_has_a_zone(hours: float, zone: str) -> None:
    assert zone_of_offset(timedelta(hours=hours)) == zone
    assert Shop(key="s", type="s", zone=zone).zone == zone


def test_an_unknown_format_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownFormat, match="'none'; there are bigcommerce, "):
        format_named("none")


def test_the_second_opinion_shares_nothing_with_the_translators() -> None:
    tree = ast.parse(Path(second_opinion.__file__).read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert imported == {
        "__future__", "app.stores.raw_total_csv", "collections.abc", "decimal", "typing",
    }  # fmt: skip
