"""Bundles: as listed, as a group of QuickBooks, as parts, as one item; to the cent or held."""

from __future__ import annotations

from typing import Any

import pytest

from qbwc.lists import Entry
from qbwc.planning import Plan
from rules_library.order import RefundLine
from tests.planning import (
    FILE,
    D,
    an,
    group,
    line,
    only,
    order,
    planned,
    refund,
    reposted,
    rows,
    sample,
    tax,
    total_of,
)

LAMP = an("Item", "LAMP", SalesPrice="49.95", QuantityOnHand="9", SalesDesc="Desk lamp")
BULB = an("Item", "BULB", **{"SalesOrPurchase.Price": "4.75"})  # type: ignore[arg-type]
KIT = FILE.with_(LAMP, BULB, group("KIT", LAMP="1", BULB="2"))
"""A kit of 49.95 + 2 x 4.75 = 59.45."""


def sold(gross: str, **given: Any) -> Any:
    known = {"sku": "KIT", "name": "Lamp kit", "quantity": D(1), "gross": D(gross)}
    return order(lines=(line(**{**known, **given}),), charges=())


def part(source_id: str, sku: str, quantity: int = 1, gross: str = "0.00") -> Any:
    return line(
        source_id=source_id, sku=sku, kind="bundle_part", parent_id="1",
        quantity=D(quantity), gross=D(gross), name=sku,
    )  # fmt: skip


def bundle(gross: str, *parts: Any, sku: str = "KIT", **given: Any) -> Any:
    whole = line(sku=sku, name="Lamp kit", kind="bundle", quantity=D(1), gross=D(gross), **given)
    return order(lines=(whole, *parts), charges=())


def lines(made: Plan) -> list[dict[str, Any]]:
    assert made.verdict == "post", made.reasons
    return list(only(made, "Invoice").fields["lines"])


def names(made: Plan) -> list[tuple[str, str]]:
    return [
        ((one.get("ItemRef") or one["ItemGroupRef"]).full_name, str(one["Amount"]))
        for one in lines(made)
    ]


def test_a_group_whose_items_come_to_the_stores_price_is_a_group_line() -> None:
    made = planned(sold("118.90", quantity=D(2)), KIT)
    (one,) = lines(made)
    assert one == {"ItemGroupRef": one["ItemGroupRef"], "Quantity": D(2), "Amount": D("118.90")}
    assert total_of(only(made, "Invoice")) == D("118.90")


def test_a_group_at_another_price_is_held_with_both_figures() -> None:
    assert planned(sold("55.00"), KIT).reasons == (
        "the items of the group 'KIT' come to 59.45 in QuickBooks, but the store sold it for 55.00",
    )


def test_a_discount_line_carries_what_a_group_is_cheaper_where_that_is_chosen() -> None:
    made = planned(sold("55.00"), KIT, bundles="group")
    assert names(made) == [("KIT", "59.45"), ("Discount", "-4.45")]
    assert planned(sold("60.00"), KIT, bundles="group").verdict == "hold"


def test_a_rounding_line_carries_cents_where_that_is_allowed() -> None:
    rules: dict[str, Any] = {"rounding_item": "Rounding", "rounding_limit": "0.05"}
    assert names(planned(sold("59.49"), KIT, **rules)) == [("KIT", "59.45"), ("Rounding", "0.04")]
    assert planned(sold("59.51"), KIT, **rules).verdict == "hold"


def test_a_group_as_its_parts_reaches_any_price() -> None:
    made = planned(sold("55.00"), KIT, bundles="parts")
    assert names(made) == [("LAMP", "46.21"), ("BULB", "8.79")]
    assert [one["Quantity"] for one in lines(made)] == [1, 2]
    assert lines(made)[0]["Desc"] == "Desk lamp"


def test_parts_that_the_store_lists_are_not_posted_beside_the_group() -> None:
    of = bundle("59.45", part("2", "LAMP"), part("3", "BULB", 2))
    assert names(planned(of, KIT)) == [("KIT", "59.45")]
    of = bundle("0.00", part("2", "LAMP", gross="49.95"), part("3", "BULB", 2, "9.50"))
    assert names(planned(of, KIT)) == [("KIT", "59.45")]


FREE = bundle("55.00", part("2", "LAMP"), part("3", "BULB", 2), sku="HAM-16")


def test_a_bundle_is_posted_as_the_store_lists_it_by_default() -> None:
    assert names(planned(FREE, KIT)) == [("HAM-16", "55.00"), ("LAMP", "0.00"), ("BULB", "0.00")]


def test_free_parts_share_the_bundles_price_by_quickbooks_prices() -> None:
    assert names(planned(FREE, KIT, bundles="parts")) == [("LAMP", "46.21"), ("BULB", "8.79")]


def test_priced_parts_share_the_bundles_own_price_by_theirs() -> None:
    of = bundle("10.00", part("2", "LAMP", gross="30.00"), part("3", "BULB", gross="10.00"))
    assert names(planned(of, KIT, bundles="parts")) == [("LAMP", "37.50"), ("BULB", "12.50")]


def test_parts_without_any_price_share_by_quantity() -> None:
    of = bundle("10.00", part("2", "HAM-16"), part("3", "SAW-1", 2))
    assert names(planned(of, bundles="parts")) == [("HAM-16", "3.33"), ("SAW-1", "6.67")]


def test_a_parts_discount_is_shared_too() -> None:
    of = bundle("60.00", part("2", "LAMP"), part("3", "BULB", 2), discount=D("5.00"))
    made = planned(of, KIT, bundles="parts", discount_as="one_line")
    assert names(made) == [("LAMP", "50.41"), ("BULB", "9.59"), ("Discount", "-5.00")]


def test_parts_that_are_left_out_by_rule_get_no_share() -> None:
    of = bundle("55.00", part("2", "LAMP"), part("3", "BULB", 2))
    skip = {"==": [{"var": "line.sku"}, "BULB"]}
    assert names(planned(of, KIT, bundles="parts", skip_line=skip)) == [("LAMP", "55.00")]


def test_one_item_adds_its_parts_prices() -> None:
    of = bundle("5.00", part("2", "LAMP", gross="49.95"), part("3", "BULB", 2), sku="HAM-16")
    assert names(planned(of, KIT, bundles="one_item")) == [("HAM-16", "54.95")]


def test_a_bundle_that_is_no_group_in_quickbooks_is_held_where_groups_are_chosen() -> None:
    assert planned(FREE, KIT, bundles="group").reasons == (
        "the bundle 'Lamp kit' is no group in QuickBooks",
    )


TAXED = KIT.without("LAMP", "BULB").with_(
    an("Item", "LAMP", SalesPrice="49.95", **{"SalesTaxCodeRef.FullName": "Tax"}),  # type: ignore[arg-type]
    an("Item", "BULB", SalesPrice="4.75", **{"SalesTaxCodeRef.FullName": "Non"}),  # type: ignore[arg-type]
)


def test_quickbooks_taxes_a_group_by_its_items_codes() -> None:
    """49.95 x 8.875 % = 4.43."""
    codes: dict[str, Any] = {"tax_mode": "codes", "tax_item": "NY 8.875"}
    of = order(lines=sold("59.45").lines, charges=(), taxes=(tax("4.43"),))
    assert total_of(only(planned(of, TAXED, **codes), "Invoice")) == D("63.88")
    of = order(lines=sold("59.45").lines, charges=(), taxes=(tax("5.28"),))
    made = planned(of, TAXED, **codes)
    assert made.reasons[0].startswith("QuickBooks would compute 4.43 tax (NY 8.875 on 49.95)")


def test_a_group_that_quickbooks_would_tax_is_held_where_the_stores_tax_is_a_line() -> None:
    of = order(lines=sold("59.45").lines, charges=(), taxes=(tax("4.43"),))
    (reason,) = planned(of, TAXED).reasons
    assert reason.startswith("QuickBooks would compute tax on the items of the group 'KIT': ")
    assert planned(of, TAXED, bundles="parts").verdict == "post"


NO_PRICE = (
    "'BULB' in the group 'KIT' has no plain price, so what QuickBooks would make of it "
    "is not known: post bundles as their parts"
)


@pytest.mark.parametrize(
    ("bulb", "reason"),
    [
        (None, "the group 'KIT' has 'BULB', which is not active"),
        (group("BULB", LAMP="2"), "the group 'KIT' has the group 'BULB' in it"),
        (an("Item", "BULB", DiscountRatePercent="10"), NO_PRICE),
    ],
)
def test_a_group_that_cannot_be_reckoned_is_held(bulb: Entry | None, reason: str) -> None:
    file = KIT.without("BULB")
    assert reason in planned(sold("59.45"), file.with_(bulb) if bulb else file).reasons


@pytest.mark.parametrize("rules", [{"line_class": "Online"}, {"price_level": "Wholesale"}])
def test_what_a_group_line_cannot_have_holds_it(rules: dict[str, Any]) -> None:
    (reason,) = planned(sold("59.45"), KIT, **rules).reasons
    assert reason.startswith("the group 'KIT' can have no ")
    assert planned(sold("59.45"), KIT, bundles="parts", **rules).verdict == "post"


def test_a_groups_goods_leave_their_site() -> None:
    (one,) = lines(planned(sold("59.45"), KIT, inventory_site="East"))
    assert one["InventorySiteRef"].full_name == "East"
    made = planned(sold("59.45"), KIT, bundles="parts", inventory_site="East")
    sites = [one.get("InventorySiteRef") for one in lines(made)]
    assert [site and site.full_name for site in sites] == ["East", None]


def test_a_group_that_is_given_back_names_its_items() -> None:
    back = refund("20.00", lines=(RefundLine(line_id="1", quantity=D(1), net=D(20)),))
    of = order(lines=sold("59.45").lines, charges=(), refunds=(back,))
    credit = only(reposted(of, planned(of, KIT), KIT), "CreditMemo")
    assert rows(credit) == [("LAMP", "16.80"), ("BULB", "3.20")]


def test_a_bundle_of_a_store_is_as_the_rules_want_it() -> None:
    of = sample("5118")
    counts = {
        how: len(
            only(planned(of, when_item_missing="create_service", bundles=how), "Invoice").fields[
                "lines"
            ]
        )
        for how in ("as_listed", "parts", "one_item")
    }
    parts = sum(one.kind == "bundle_part" for one in of.lines)
    assert counts["as_listed"] - counts["one_item"] == parts > 0
    assert counts["as_listed"] - counts["parts"] == sum(one.kind == "bundle" for one in of.lines)


def test_a_group_for_a_buyer_with_a_price_level_is_held() -> None:
    data: dict[str, Any] = {"Email": "jane@example.test", "PriceLevelRef.FullName": "Trade"}
    file = KIT.without("Jane Doe").with_(an("Customer", "Jane Doe", **data))
    (reason,) = planned(sold("59.45"), file).reasons
    assert reason.startswith("the buyer has the price level 'Trade' in QuickBooks")
    assert planned(sold("59.45"), file, bundles="parts").verdict == "post"
