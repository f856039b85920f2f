"""How a line of goods is measured, priced and placed: units, factors, price levels, sites."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from qbwc.planning import Plan
from rules_library.order import RefundLine
from tests.planning import FILE, D, an, line, only, order, planned, refund, reposted, rows, units

COUNTED: dict[str, Any] = {"QuantityOnHand": "40", "UnitOfMeasureSetRef.FullName": "Count"}
MEASURED = FILE.without("HAM-16").with_(
    an("Item", "HAM-16", **COUNTED), units("Count", "each", case="12", Pallet="480")
)


def lines(made: Plan) -> list[dict[str, Any]]:
    assert made.verdict == "post", made.reasons
    return list(only(made, "Invoice").fields["lines"])


def test_a_case_of_twelve_is_twelve_pieces_at_the_cases_price() -> None:
    first = lines(planned(order(), quantity_factor=12))[0]
    assert (first["Quantity"], first["Amount"]) == (D(24), D("40.00"))


def test_a_factor_may_be_a_fraction() -> None:
    assert lines(planned(order(), quantity_factor="0.5"))[0]["Quantity"] == 1


def test_a_factor_goes_by_rule() -> None:
    factor = {"if": [{"starts_with": [{"var": "line.sku"}, "HAM"]}, 6, 1]}
    of = order(lines=(line(), line(source_id="2", sku="SAW-1")))
    assert [one.get("Quantity") for one in lines(planned(of, quantity_factor=factor))] == [
        12, 2, None,
    ]  # fmt: skip


@pytest.mark.parametrize("factor", ["0", "-1", "x", "1e9", "0.000001", "NaN"])
def test_a_factor_that_is_of_no_use_holds_the_order(factor: str) -> None:
    of = order(lines=(line(name=factor),))
    made = planned(of, quantity_factor={"var": "line.name"})
    assert made.verdict == "hold"
    assert made.reasons[0].startswith("the rule for 'Multiply the quantity by' cannot be used")


def test_what_comes_back_is_multiplied_as_what_was_sold() -> None:
    back = RefundLine(line_id="1", quantity=D(1), net=D(20))
    of = order(refunds=(refund("20.00", lines=(back,)),))
    sold = planned(of, quantity_factor=12)
    (row,) = only(reposted(of, sold, quantity_factor=12), "CreditMemo").fields["lines"]
    assert (row["Quantity"], row["Amount"]) == (D(12), D("20.00"))


@pytest.mark.parametrize(("said", "sent"), [("case", "case"), ("CASE", "case"), ("pa", "Pallet")])
def test_a_unit_is_one_of_the_items_set_as_the_set_spells_it(said: str, sent: str) -> None:
    assert lines(planned(order(), MEASURED, unit_of_measure=said))[0]["UnitOfMeasure"] == sent


@pytest.mark.parametrize("file", [MEASURED, FILE])
def test_a_unit_that_the_item_does_not_have_is_held(file: Any) -> None:
    made = planned(order(), file, unit_of_measure="dozen")
    assert made.reasons == ("the item 'HAM-16' has no unit of measure 'dozen' in QuickBooks",)


def test_a_ratio_is_no_unit() -> None:
    assert planned(order(), MEASURED, unit_of_measure="12").verdict == "hold"


def test_a_price_level_stands_beside_the_amount_which_stays_the_stores() -> None:
    first = lines(planned(order(), price_level="wholesale"))[0]
    assert first["PriceLevelRef"].full_name == "Wholesale"
    assert (first["Quantity"], first["Amount"]) == (D(2), D("40.00"))
    assert not first.keys() & {"Rate", "RatePercent"}


def test_a_price_level_that_quickbooks_lacks_is_held() -> None:
    made = planned(order(), price_level="Retail")
    assert made.reasons == ("Price level: QuickBooks has no PriceLevel 'Retail'",)


def test_a_price_level_of_another_currency_is_held() -> None:
    level = an("PriceLevel", "Euro prices", **{"CurrencyRef.FullName": "Euro"})  # type: ignore[arg-type]
    file = FILE.with_(level, an("Currency", "Euro", CurrencyCode="EUR"))
    made = planned(order(), file, price_level="Euro prices")
    assert made.reasons == ("the price level 'Euro prices' is for prices in Euro",)


def test_goods_in_stock_leave_a_site_and_a_service_does_not() -> None:
    of = order(lines=(line(), line(source_id="2", sku="SAW-1")))
    sites = [
        one.get("InventorySiteRef") for one in lines(planned(of, MEASURED, inventory_site="East"))
    ]
    assert [site and site.full_name for site in sites] == ["East", None, None]


def test_a_site_that_quickbooks_lacks_is_held() -> None:
    made = planned(order(), MEASURED, inventory_site="West")
    assert made.reasons == ("Inventory site: QuickBooks has no InventorySite 'West'",)


def test_an_item_in_stock_that_is_created_leaves_its_site() -> None:
    of = order(lines=(line(sku="NEW"),))
    made = planned(of, when_item_missing="create_inventory", inventory_site="East")
    assert lines(made)[0]["InventorySiteRef"].full_name == "East"


def test_a_created_item_has_its_tax_code() -> None:
    of = order(lines=(line(sku="NEW"),))
    (created,) = planned(of, when_item_missing="create_service", item_tax_code="Non").additions
    assert created.fields["SalesTaxCodeRef"].full_name == "Non"
    made = planned(of, when_item_missing="create_service", item_tax_code="XX")
    assert made.reasons == ("Tax code of created items: QuickBooks has no SalesTaxCode 'XX'",)


def combined(**given: Any) -> list[tuple[str, str, Decimal | None]]:
    of = order(lines=(line(), line(**{"source_id": "2", **given})))
    made = planned(of, combine_same_items=True)
    quantities = [one.get("Quantity") for one in lines(made)]
    return [(*row, n) for row, n in zip(rows(only(made, "Invoice")), quantities, strict=True)]


def test_lines_of_one_item_at_one_price_are_one_line() -> None:
    assert combined(quantity=D(3), gross=D("60.00"), name="Other") == [
        ("HAM-16", "100.00", 5), ("Shipping", "5.00", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "other", [{"gross": D("39.99")}, {"sku": "SAW-1"}, {"quantity": D(0)}, {"taxable": False}]
)
def test_lines_that_differ_stay_apart(other: dict[str, Any]) -> None:
    of = order(lines=(line(), line(**{"source_id": "2", **other})))
    codes: dict[str, Any] = {
        "line_tax_code": {"if": [{"var": "line.taxable"}, "Tax", "Non"]},
        "tax_mode": "codes", "tax_item": "Zero",
    }  # fmt: skip
    made = planned(
        of, FILE.with_(an("Item", "Zero", TaxRate="0")), combine_same_items=True, **codes
    )
    assert len(lines(made)) == 3


def test_lines_of_two_classes_stay_apart() -> None:
    by_id = {"if": [{"==": [{"var": "line.name"}, "Other"]}, "Online", None]}
    of = order(lines=(line(), line(source_id="2", name="Other")))
    assert len(lines(planned(of, combine_same_items=True, line_class=by_id))) == 3


def test_ten_thousand_lines_are_planned_and_combined_to_the_cent() -> None:
    many = tuple(line(source_id=str(n), quantity=D(1), gross=D("0.33")) for n in range(10_000))
    of = order(lines=many, charges=())
    assert len(lines(planned(of))) == 10_000
    (one,) = lines(planned(of, combine_same_items=True))
    assert (one["Quantity"], one["Amount"]) == (D(10_000), D("3300.00"))


@pytest.mark.parametrize(
    ("quantity", "sent"),
    [("0", None), ("-1", D(-1)), ("0.3333333", D("0.33333")), ("1.5", D("1.5"))],
)
def test_odd_quantities_keep_the_amount(quantity: str, sent: Decimal | None) -> None:
    gross = D("-10.00") if quantity == "-1" else D("10.00")
    of = order(lines=(line(), line(source_id="2", quantity=D(quantity), gross=gross)))
    second = lines(planned(of))[1]
    assert (second.get("Quantity"), second["Amount"]) == (sent, gross)


def test_an_amount_that_no_rate_divides_is_sent_as_it_is() -> None:
    first = lines(planned(order(lines=(line(quantity=D(3), gross=D("10.00")),))))[0]
    assert (first["Quantity"], first["Amount"]) == (D(3), D("10.00"))
    assert "Rate" not in first
