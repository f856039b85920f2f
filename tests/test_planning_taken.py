"""What an order takes of the stock that QuickBooks does not know of: by item, and never twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc.planning import Choice, Ledger
from rules_library.order import Adjustment, Fulfillment, FulfillmentLine, Order, RefundLine
from tests.planning import (
    FILE,
    D,
    an,
    fulfilled,
    group,
    line,
    order,
    planned,
    posted,
    refund,
    reposted,
    units,
    unpaid,
)

NAIL: dict[str, Any] = {"QuantityOnHand": "40", "UnitOfMeasureSetRef.FullName": "By the dozen"}
SHOP = FILE.without("HAM-16", "SAW-1").with_(
    an("Item", "HAM-16", list_id="HAM", QuantityOnHand="12"),
    an("Item", "SAW-1", list_id="SAW", QuantityOnHand="3"),
    an("Item", "NAIL", list_id="NAIL", **NAIL),
    units("By the dozen", "each", dozen="12"),
    group("KIT", HAM_16="1", SAW_1="2"),
)
SALE = "invoice_and_payment"


def took(of: Order, ledger: Ledger | None = None, **rules: Any) -> tuple[Any, Any]:
    """(coming, later) of the plan, quantities as text."""
    found = planned(of, SHOP, ledger, **({"transaction_type": SALE} | rules)).taken
    return tuple(  # type: ignore[return-value]
        {item: format(quantity.normalize(), "f") for item, quantity in part.items()}
        for part in (found.coming, found.later)
    )


def test_what_is_to_be_sent_is_coming_and_once_posted_it_takes_nothing_here() -> None:
    assert took(order()) == ({"HAM": "2"}, {})
    for kind in ("sales_receipt", "sales_order", SALE, "sales_order_invoice_and_payment"):
        first = planned(order(), SHOP, transaction_type=kind)
        assert first.taken.coming == {"HAM": 2}, kind
        again = reposted(order(), first, SHOP, transaction_type=kind)
        assert (again.taken.coming, again.taken.later) == ({}, {}), kind


@pytest.mark.parametrize(
    ("of", "rules"),
    [
        (unpaid(), {"transaction_type": "sales_receipt"}),
        (order(), {"hold_for_review": True}),
        (order(), {"create_invoice": "none"}),
        (order(), {"terms": {"+": ["not", "a number"]}}),
        (order(total=D("44.00")), {}),
    ],
)
def test_an_order_that_waits_or_is_held_takes_what_it_sold(of: Order, rules: Any) -> None:
    assert took(of, **rules) == ({}, {"HAM": "2"})


@pytest.mark.parametrize(
    ("of", "rules"),
    [
        (order(), {"sync_order": False}),
        (order(), {"transaction_type": "none"}),
        (order(status="cancelled", cancelled_at=order().placed_at), {}),
        (order(), {"transaction_type": "estimate"}),
        (order(lines=(line(sku="GONE"),)), {}),
        (order(lines=(line(gross=D(0)),)), {"skip_line": True}),
    ],
)
def test_what_is_left_out_called_off_or_only_offered_takes_nothing(of: Order, rules: Any) -> None:
    assert took(of, **rules) == ({}, {})


def test_only_what_came_back_to_the_shops_stock_is_not_taken() -> None:
    def given_back(*, restocked: bool) -> Order:
        part = RefundLine(line_id="1", quantity=D(1), net=D("20.00"), restocked=restocked)
        return order(refunds=(refund("20.00", lines=(part,)),))

    rules = {"hold_for_review": True}
    assert took(given_back(restocked=True), **rules) == ({}, {"HAM": "1"})
    assert took(given_back(restocked=False), **rules) == ({}, {"HAM": "2"})


def test_of_what_is_invoiced_as_it_ships_the_rest_is_taken_until_it_ships() -> None:
    of = order(lines=(line(quantity=D(5), gross=D("100.00")),), charges=())
    parts = (FulfillmentLine(line_id="1", quantity=D(2)),)
    shipped = replace(
        of,
        fulfillment_status="partial",
        fulfillments=(Fulfillment(source_id="f1", shipped_at=of.placed_at, lines=parts),),
    )
    rules = {"transaction_type": "invoice", "create_invoice": "shipped"}
    assert took(of, **rules) == ({}, {"HAM": "5"})
    assert took(shipped, **rules) == ({"HAM": "2"}, {"HAM": "3"})
    first = planned(shipped, SHOP, **rules)
    assert took(shipped, posted(*first.documents), **rules) == ({}, {"HAM": "3"})


def test_items_are_counted_as_quickbooks_counts_them() -> None:
    of = order(lines=(line(sku="NAIL", quantity=D(3)),))
    assert took(of, unit_of_measure="dozen") == ({"NAIL": "36"}, {})
    assert took(of, quantity_factor=10) == ({"NAIL": "30"}, {})


@pytest.mark.parametrize("how", ["parts", "group"])
def test_a_group_takes_its_items_and_once_posted_none(how: str) -> None:
    of = order(lines=(line(sku="KIT", quantity=D(2), gross=D("0.00")),))
    assert took(of, bundles=how) == ({"HAM": "2", "SAW": "4"}, {})
    first = planned(of, SHOP, transaction_type=SALE, bundles=how)
    assert took(of, posted(*first.documents), bundles=how) == ({}, {})


def test_what_was_added_to_a_posted_order_is_taken_until_a_person_decides_about_it() -> None:
    first = planned(order(), SHOP, transaction_type=SALE)
    ledger = posted(*first.documents)
    more = order(lines=(line(quantity=D(5), gross=D("100.00")),))
    held = planned(more, SHOP, ledger, transaction_type=SALE)
    assert held.verdict == "hold"
    assert (dict(held.taken.coming), dict(held.taken.later)) == ({}, {"HAM": 3})
    (drift,) = [one for one in held.drifts if one.kind == "Invoice"]
    kept = replace(ledger, choices={("Invoice", ""): Choice("keep", drift.mark)})
    assert took(more, kept) == ({}, {}), "they said that it is right as it is"


def test_a_pending_sale_moves_no_stock_in_quickbooks_until_the_goods_are_gone() -> None:
    first = planned(order(), SHOP, transaction_type="invoice", pending=True)
    ledger = posted(*first.documents)
    rules = {"transaction_type": "invoice", "pending": True}
    assert took(order(), ledger, **rules) == ({}, {"HAM": "2"})
    assert took(fulfilled(order()), ledger, **rules) == ({}, {})


def test_an_item_that_two_answer_to_is_none_and_a_fallback_item_is_one() -> None:
    twice = SHOP.with_(*[an("Item", f"{one}:NUT", QuantityOnHand="1") for one in "AB"])
    held = planned(order(lines=(line(sku="NUT"),)), twice, transaction_type=SALE)
    assert "2 items match" in held.reasons[0]
    assert (held.taken.coming, held.taken.later) == ({}, {})
    of = order(lines=(line(sku="GONE"),))
    rules = {"when_item_missing": "fallback", "fallback_item": "SAW-1"}
    assert took(of, **rules) == ({"SAW": "2"}, {})


def test_what_was_given_back_before_it_was_invoiced_takes_nothing() -> None:
    rules = {"transaction_type": "sales_order_invoice_and_payment", "create_invoice": "none"}
    ledger = posted(*planned(order(), SHOP, **rules).documents)
    adjustment = Adjustment(kind="adjustment", name="Back", net=D("45.00"))
    of = order(refunds=(refund("45.00", adjustments=(adjustment,)),), payment_status="refunded")
    assert planned(of, SHOP, ledger, **rules).verdict == "post"
    assert took(of, ledger, **rules) == ({}, {})
    closed = {key: replace(one, document=replace(one.document, fields={
        **one.document.fields, "IsManuallyClosed": True})) for key, one in ledger.posted.items()
        if key[0] == "SalesOrder"}  # fmt: skip
    assert took(of, Ledger({**ledger.posted, **closed}), **rules) == ({}, {})
