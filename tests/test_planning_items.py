"""Which item a line is: found in several ways, created, replaced or held."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc.lists import Entry, normal
from qbwc.planning import Plan
from rules_library.order import Line
from tests.planning import (
    FILE,
    D,
    File,
    an,
    charge,
    line,
    only,
    order,
    planned,
    rows,
    sample,
    shipping,
    tagged,
)

NEW: dict[str, Any] = {"sku": "NEW-1", "name": "A new thing"}


def items(made: Plan) -> list[str]:
    return [item for item, _ in rows(only(made, "Invoice"))]


def with_line(file: File = FILE, of: dict[str, Any] | None = None, **rules: Any) -> Plan:
    """The plan of an order with one line."""
    return planned(order(lines=(line(**(of or {})),), charges=()), file, **rules)


@pytest.mark.parametrize("sku", ["HAM-16", "ham-16", " HAM-16 "])
def test_an_item_is_found_by_its_sku_whatever_the_case(sku: str) -> None:
    assert items(with_line(of={"sku": sku})) == ["HAM-16"]


def test_a_sub_item_is_found_by_full_name_and_by_its_own_name() -> None:
    file = FILE.with_(an("Item", "Tools:DRILL"))
    assert items(with_line(file, {"sku": "Tools:DRILL"})) == ["Tools:DRILL"]
    assert items(with_line(file, {"sku": "DRILL"})) == ["Tools:DRILL"]
    assert with_line(file, {"sku": "DRILL"}, item_match=["full_name"]).verdict == "hold"


def test_the_same_name_under_two_parents_is_held() -> None:
    file = FILE.with_(an("Item", "Tools:DRILL"), an("Item", "Sale:DRILL"))
    assert with_line(file, {"sku": "DRILL"}).reasons == (
        "2 items match 'drill': Tools:DRILL, Sale:DRILL",
    )


@pytest.mark.parametrize(
    ("by", "element"),
    [("manufacturer_part_number", "ManufacturerPartNumber"), ("barcode", "BarCodeValue")],
)
def test_an_item_is_found_by_another_field(by: str, element: str) -> None:
    file = FILE.with_(an("Item", "Drill", **{element: "NEW-1"}))  # type: ignore[arg-type]
    assert items(with_line(file, NEW, item_match=[by])) == ["Drill"]


def alias(entry: Entry, *skus: str) -> Entry:
    """An item that people have mapped these SKUs to."""
    return replace(entry, keys={**entry.keys, "alias": tuple(map(normal, skus))})


@pytest.mark.parametrize("sku", ["NEW-1", "new-1 ", "OLD-7"])
def test_many_skus_may_be_mapped_to_one_item(sku: str) -> None:
    file = FILE.with_(alias(an("Item", "Drill"), "NEW-1", "OLD-7"))
    assert items(with_line(file, {"sku": sku})) == ["Drill"]


def test_what_people_mapped_a_sku_to_comes_before_the_item_of_that_name() -> None:
    file = FILE.with_(alias(an("Item", "Drill"), "HAM-16"))
    assert items(with_line(file, {"sku": "HAM-16"})) == ["Drill"]


def test_an_alias_of_an_inactive_item_gives_way_to_the_attempts() -> None:
    file = FILE.with_(alias(an("Item", "Drill", active=False), "HAM-16"))
    assert items(with_line(file, {"sku": "HAM-16"})) == ["HAM-16"]


def test_an_item_is_found_by_a_custom_field() -> None:
    file = FILE.with_(tagged("Drill", "Web SKU", "New-1"), tagged("Other", "Shelf", "NEW-1"))
    by_field: dict[str, Any] = {"item_match": ["custom_field"], "item_custom_field": "web sku"}
    assert items(with_line(file, NEW, **by_field)) == ["Drill"]
    assert with_line(file, NEW, item_match=["custom_field"]).verdict == "hold"
    twice = file.with_(tagged("Drill 2", "Web SKU", "NEW-1"))
    assert with_line(twice, NEW, **by_field).verdict == "hold"


def test_a_rule_maps_the_sku_to_an_item() -> None:
    table = {"skus": {"keys": ["sku"], "rows": [["NEW-1", "SAW-1"]], "otherwise": None}}
    mapped = {"lookup": ["skus", {"var": "line.sku"}]}
    assert items(with_line(of=NEW, item=mapped, tables=table)) == ["SAW-1"]


def test_a_line_without_sku_is_found_by_its_name() -> None:
    assert items(with_line(of={"sku": "", "name": "saw-1"})) == ["SAW-1"]


def test_a_missing_item_is_held_by_default() -> None:
    assert with_line(of=NEW).reasons == ("QuickBooks has no item 'NEW-1' (for 'A new thing')",)


def test_a_line_without_sku_whose_name_is_unknown_is_held() -> None:
    made = with_line(of={"sku": "", "name": "Engraving"})
    assert made.reasons == ("the line 'Engraving' has no SKU",)


@pytest.mark.parametrize(
    ("what", "variant"),
    [
        ("create_service", "ItemService"),
        ("create_non_inventory", "ItemNonInventory"),
        ("create_inventory", "ItemInventory"),
    ],
)
def test_a_missing_item_is_created(what: str, variant: str) -> None:
    made = with_line(of=NEW, when_item_missing=what)
    (created,) = made.additions
    assert (created.kind, created.variant, created.full_name) == ("Item", variant, "NEW-1")
    accounts = {
        name: ref.full_name
        for name, ref in {**created.fields, **created.fields.get("SalesOrPurchase", {})}.items()
        if name.endswith("AccountRef")
    }
    expected = {"AccountRef": "Sales"}
    if variant == "ItemInventory":
        expected = {
            "IncomeAccountRef": "Sales",
            "COGSAccountRef": "Cost of Goods Sold",
            "AssetAccountRef": "Inventory Asset",
        }
    assert accounts == expected


@pytest.mark.parametrize("key", ["income_account", "cogs_account", "asset_account"])
def test_an_item_is_not_created_without_its_accounts(key: str) -> None:
    created: dict[str, Any] = {"when_item_missing": "create_inventory"}
    made = with_line(of=NEW, **{**created, key: "No such account"})
    assert made.verdict == "hold"
    assert "QuickBooks has no Account 'No such account'" in made.reasons[0]
    made = with_line(of=NEW, **{**created, key: None})
    assert made.reasons[0].endswith("no account is chosen")


def test_accounts_of_a_new_item_go_by_rule() -> None:
    rule = {"if": [{"==": [{"var": "line.vendor"}, "Acme"]}, "Checking", "Sales"]}
    made = with_line(
        of={**NEW, "vendor": "Acme"}, when_item_missing="create_service", income_account=rule
    )
    (created,) = made.additions
    assert created.fields["SalesOrPurchase"]["AccountRef"].full_name == "Checking"


def test_two_lines_of_a_new_item_create_it_once() -> None:
    lines = (line(**NEW), line(source_id="2", **NEW))
    made = planned(order(lines=lines), when_item_missing="create_service")
    assert len(made.additions) == 1


def test_the_fallback_item_stands_in() -> None:
    rules: dict[str, Any] = {"when_item_missing": "fallback", "fallback_item": "Web Sales"}
    assert items(with_line(of=NEW, **rules)) == ["Web Sales"]
    rules["fallback_item"] = None
    assert with_line(of=NEW, **rules).reasons == (
        "no item for 'A new thing', and no fallback item is chosen",
    )


def test_the_fallback_item_stands_in_for_a_charges_item_too() -> None:
    made = planned(
        order(charges=(shipping(),)),
        FILE.without("Shipping"),
        when_item_missing="fallback",
        fallback_item="Web Sales",
    )
    assert items(made) == ["HAM-16", "Web Sales"]


def test_an_inactive_item_is_held_not_created_again() -> None:
    file = FILE.with_(an("Item", "NEW-1", active=False))
    made = with_line(file, NEW, when_item_missing="create_service")
    assert made.reasons == ("the item 'NEW-1' is inactive in QuickBooks",)


def test_an_inactive_charges_item_is_held_not_created_again() -> None:
    file = FILE.without("Shipping").with_(an("Item", "Shipping", active=False))
    made = planned(order(), file, when_item_missing="create_service")
    assert made.reasons == ("Shipping item: the item 'Shipping' is inactive in QuickBooks",)


def test_a_sku_of_31_characters_is_created_and_one_of_32_held() -> None:
    made = with_line(of={"sku": "x" * 31}, when_item_missing="create_service")
    assert made.additions[0].full_name == "x" * 31
    made = with_line(of={"sku": "x" * 32}, when_item_missing="create_service")
    assert made.reasons == (
        f"the SKU '{'x' * 32}' is longer than QuickBooks' 31 characters of a name",
    )


def test_a_long_name_without_sku_is_cut_and_marked_so_that_no_two_are_one() -> None:
    long = "Engraving of up to twenty letters in "
    found = [
        with_line(of={"sku": "", "name": long + what}, when_item_missing="create_service")
        .additions[0]
        .full_name
        for what in ("gold", "silver", "gold")
    ]
    assert found[0] == found[2] != found[1]
    assert all(len(name) <= 31 and name.startswith("Engraving") for name in found)
    file = FILE.with_(an("Item", found[0]))
    made = with_line(file, {"sku": "", "name": long + "gold"}, when_item_missing="create_service")
    assert (items(made), made.additions) == ([found[0]], ())


def test_a_line_with_neither_sku_nor_name_is_held() -> None:
    made = with_line(of={"sku": "", "name": ""}, when_item_missing="create_service")
    assert made.reasons == ("the line '1' has neither SKU nor name",)


@pytest.mark.parametrize(
    ("missing", "variant"), [("Shipping", "ItemOtherCharge"), ("Discount", "ItemDiscount")]
)
def test_missing_items_of_charges_are_created_as_what_they_are(missing: str, variant: str) -> None:
    of = order(charges=(shipping(), charge("fee", "-1.00")))
    made = planned(of, FILE.without(missing), when_item_missing="create_inventory")
    (created,) = made.additions
    assert (created.variant, created.full_name) == (variant, missing)


def test_a_missing_item_of_a_charge_is_held_by_default() -> None:
    made = planned(order(), FILE.without("Shipping"))
    assert made.reasons == ("Shipping item: QuickBooks has no item 'Shipping'",)


@pytest.mark.parametrize("name", ["Freight:UPS", "x" * 32])
def test_a_charges_item_is_created_under_its_very_name_or_held(name: str) -> None:
    made = planned(order(), shipping_item=name, when_item_missing="create_service")
    assert made.verdict == "hold"
    assert "none can be created under that name" in made.reasons[0]


def test_no_item_chosen_for_a_charge_is_held() -> None:
    assert planned(order(), shipping_item=None).reasons == ("Shipping item: no item is chosen",)


def test_a_gift_card_that_is_sold_is_a_liability_whatever_its_sku() -> None:
    sold = line(sku="GC-50", kind="gift_card", taxable=False)
    assert items(planned(order(lines=(sold,), charges=()))) == ["Gift Card"]
    made = planned(
        order(lines=(sold,)), FILE.without("Gift Card"), when_item_missing="create_service"
    )
    (created,) = made.additions
    account = created.fields["SalesOrPurchase"]["AccountRef"].full_name
    assert account == "Gift Cards Outstanding"


def test_a_tip_that_is_a_line_uses_the_tip_item() -> None:
    tip = line(source_id="t", kind="tip", sku="", name="Tip", gross=D("3.00"))
    assert items(planned(order(lines=(line(), tip), charges=()))) == ["HAM-16", "Tips"]


def test_a_bundle_is_its_own_line_and_its_free_parts_too() -> None:
    of = sample("5118")
    made = planned(of, when_item_missing="create_service")
    assert len(only(made, "Invoice").fields["lines"]) >= len(of.lines)


def test_a_class_by_sku_is_a_class_that_quickbooks_has() -> None:
    made = with_line(line_class={"cat": ["Class of ", {"var": "line.sku"}]})
    assert made.reasons == ("Class of a line: QuickBooks has no Class 'Class of HAM-16'",)


def test_a_line_knows_nothing_of_other_lines() -> None:
    lines: tuple[Line, ...] = (line(), line(source_id="2", sku="SAW-1"))
    by_sku = {"if": [{"==": [{"var": "line.sku"}, "SAW-1"]}, "Online", None]}
    first, second, _ = only(planned(order(lines=lines), line_class=by_sku), "Invoice").fields[
        "lines"
    ]
    assert "ClassRef" not in first
    assert second["ClassRef"].full_name == "Online"
