"""Sales tax outside the United States: codes of lines that carry rates, predicted to the cent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from qbwc.documents import Document
from tests.planning import FILE, D, File, an, line, only, order, planned, tax, tax_group


def code(name: str, item: str = "", *, taxable: bool = True) -> Any:
    data = {"IsTaxable": "true" if taxable else "false"}
    return an("SalesTaxCode", name, **data, **({"ItemSalesTaxRef.FullName": item} if item else {}))


def file_of(country: str) -> File:
    return replace(FILE, country=country).with_(
        an("Item", "GST", TaxRate="5.0"),
        an("Item", "PST", TaxRate="7.0"),
        an("Item", "VAT 20", TaxRate="20.0"),
        tax_group("GST and PST", "GST", "PST"),
        code("S", "GST and PST"),
        code("V", "VAT 20"),
        code("Odd", "Not mirrored"),
    )


CA, UK, AU = map(file_of, ("CA", "UK", "AU"))


def of(charged: str, *amounts: str, included: bool = False) -> Any:
    lines = tuple(line(source_id=str(n), gross=D(each)) for n, each in enumerate(amounts, 1))
    return order(lines=lines, charges=(), taxes=(tax(charged),), prices_include_tax=included)


def rules(name: str) -> dict[str, Any]:
    return {"tax_mode": "codes", "line_tax_code": name, "tax_item": "NY 8.875"}


def sums(document: Document) -> tuple[Decimal, Decimal, Decimal]:
    assert document.totals
    return document.totals.subtotal, document.totals.tax, document.totals.total


def test_each_rate_behind_a_code_is_rounded_by_itself_and_the_header_names_no_tax_item() -> None:
    """10.30 x 5 % = 0.515 and x 7 % = 0.721: 0.52 + 0.72."""
    invoice = only(planned(of("1.24", "10.30"), CA, **rules("S")), "Invoice")
    assert sums(invoice) == (D("10.30"), D("1.24"), D("11.54"))
    assert "ItemSalesTaxRef" not in invoice.fields
    assert "IsTaxIncluded" not in invoice.fields


def test_another_tax_than_the_codes_give_is_held_with_the_arithmetic() -> None:
    made = planned(of("1.30", "10.30"), CA, **rules("S"))
    assert made.verdict == "hold"
    assert made.reasons == (
        (
            "QuickBooks would compute 1.24 tax by the codes of the lines (S), "
            "the store charged 1.30 (difference 0.06)"
        ),
    )


@pytest.mark.parametrize("charged", ["1.25", "1.23"])
def test_a_difference_within_the_limit_is_a_rounding_line(charged: str) -> None:
    made = planned(
        of(charged, "10.30"), CA, **rules("S"), rounding_item="Rounding", rounding_limit="0.02"
    )
    invoice = only(made, "Invoice")
    assert invoice.fields["lines"][-1]["ItemRef"].full_name == "Rounding"
    assert sums(invoice)[2] == D("10.30") + D(charged)


def test_a_code_whose_rate_the_mirror_does_not_know_binds_nothing() -> None:
    invoice = only(planned(of("1.24", "10.30"), CA, **rules("Odd")), "Invoice")
    assert invoice.totals
    assert not invoice.totals.certain


def test_a_code_that_quickbooks_lacks_is_held() -> None:
    made = planned(of("1.24", "10.30"), CA, **rules("ZZ"))
    assert "QuickBooks has no sales tax code 'ZZ'" in made.reasons


def test_amounts_with_tax_are_what_the_store_shows() -> None:
    """16.66 + 3.33 VAT is 19.99 in the shop; 19.99 / 6 = 3.33."""
    invoice = only(planned(of("3.33", "16.66", included=True), UK, **rules("V")), "Invoice")
    assert invoice.fields["IsTaxIncluded"] is True
    assert invoice.fields["lines"][0]["Amount"] == D("19.99")
    assert sums(invoice) == (D("16.66"), D("3.33"), D("19.99"))


def test_tax_within_prices_that_quickbooks_would_work_out_otherwise_is_held() -> None:
    """29.97 / 6 = 4.995, so 5.00; the store rounded 1.67 three times."""
    made = planned(of("5.01", "8.32", "8.32", "8.32", included=True), UK, **rules("V"))
    assert made.reasons == (
        (
            "QuickBooks would compute 5.00 tax by the codes of the lines (V), "
            "the store charged 5.01 (difference 0.01)"
        ),
    )


def test_cents_that_rounding_left_are_spread_over_the_prices() -> None:
    rounding = {"rounding_item": "Rounding", "rounding_limit": "0.01"}
    sold = of("5.01", "8.32", "8.32", "8.32", included=True)
    invoice = only(planned(sold, UK, **rules("V"), **rounding), "Invoice")
    assert [one["Amount"] for one in invoice.fields["lines"]] == [D("9.99")] * 3
    assert sums(invoice) == (D("24.97"), D("5.00"), D("29.97"))


def test_a_tax_that_is_not_the_codes_cannot_hide_within_prices() -> None:
    made = planned(of("5.00", "8.32", included=True), UK, **rules("V"))
    assert made.verdict == "hold"


def test_prices_with_tax_of_an_unknown_rate_are_held() -> None:
    made = planned(of("3.33", "16.66", included=True), UK, **rules("Odd"))
    assert made.reasons == (
        "the rate of the sales tax code 'Odd' is not known, so prices with tax cannot be told",
    )


def test_only_an_australian_line_tells_its_tax_and_it_is_the_stores() -> None:
    """24.96 x 20 % = 4.992, so QuickBooks alone would say 4.99."""
    sold = of("5.00", "8.32", "8.32", "8.32")
    invoice = only(planned(sold, AU, **rules("V")), "Invoice")
    assert sum(one["TaxAmount"] for one in invoice.fields["lines"]) == D("5.00")
    assert sums(invoice) == (D("24.96"), D("5.00"), D("29.96"))
    assert planned(sold, UK, **rules("V")).verdict == "hold"


def test_an_australian_line_does_not_tell_a_tax_far_from_its_code() -> None:
    assert planned(of("9.00", "8.32"), AU, **rules("V")).verdict == "hold"


def test_the_united_states_have_no_amounts_with_tax() -> None:
    invoice = only(planned(of("3.55", "40.00", included=True), **rules("Tax")), "Invoice")
    assert "IsTaxIncluded" not in invoice.fields
