"""Sales tax: as a line, worked out by QuickBooks and predicted to the cent, or none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from qbwc.documents import Document
from tests.planning import (
    FILE,
    D,
    an,
    line,
    only,
    order,
    planned,
    rows,
    sample,
    shipping,
    tax,
    total_of,
    unpaid,
)

CODES: dict[str, Any] = {"tax_mode": "codes", "tax_item": "NY 8.875"}
STATES = {
    "tax_by_state": {
        "keys": ["state"],
        "rows": [["NY", "NY 8.875"], ["WA", "Seattle"]],
        "otherwise": None,
    }
}
BY_STATE: dict[str, Any] = {
    "tax_mode": "codes",
    "tax_item": {"lookup": ["tax_by_state", {"var": "shipping.region"}]},
    "tables": STATES,
}


def codes(document: Document) -> list[str | None]:
    found = [one.get("SalesTaxCodeRef") for one in document.fields["lines"]]
    return [one and one.full_name for one in found]


def sums(document: Document) -> tuple[Decimal, Decimal, Decimal]:
    assert document.totals
    return document.totals.subtotal, document.totals.tax, document.totals.total


def test_the_stores_tax_is_a_line_that_quickbooks_does_not_tax() -> None:
    made = planned(order(taxes=(tax("3.40"), tax("0.15", name="City"))))
    invoice = only(made, "Invoice")
    assert rows(invoice)[-1] == ("Sales Tax", "3.55")
    assert invoice.fields["lines"][-1]["Desc"] == "NY State, City"
    assert codes(invoice) == ["Non", "Non", "Non"]
    assert sums(invoice) == (D("48.55"), D(0), D("48.55"))


def test_an_order_without_tax_has_no_tax_line() -> None:
    assert [item for item, _ in rows(only(planned(order()), "Invoice"))] == ["HAM-16", "Shipping"]


def test_a_company_without_sales_tax_sends_no_codes() -> None:
    file = FILE.without("Tax", "Non")
    assert codes(only(planned(order(taxes=(tax("3.40"),)), file), "Invoice")) == [None] * 3


def test_codes_let_quickbooks_compute_what_the_store_charged() -> None:
    invoice = only(planned(order(taxes=(tax("3.55"),)), **CODES), "Invoice")
    assert invoice.fields["ItemSalesTaxRef"].full_name == "NY 8.875"
    assert codes(invoice) == ["Tax", "Non"]
    assert sums(invoice) == (D("45.00"), D("3.55"), D("48.55"))
    assert invoice.totals
    assert invoice.totals.certain


def test_the_tax_item_comes_from_a_table_by_state() -> None:
    made = planned(order(taxes=(tax("3.55"),)), **BY_STATE)
    assert only(made, "Invoice").fields["ItemSalesTaxRef"].full_name == "NY 8.875"


def test_each_rate_of_a_group_is_rounded_by_itself() -> None:
    """10.10 x 6.5 % = 0.6565 and x 3.85 % = 0.38885: 0.66 + 0.39, not 1.05 of 1.04535."""
    of = order(lines=(line(gross=D("10.10")),), charges=(), taxes=(tax("1.05"),))
    made = planned(of, tax_mode="codes", tax_item="Seattle")
    assert sums(only(made, "Invoice")) == (D("10.10"), D("1.05"), D("11.15"))
    of = order(lines=(line(gross=D("10.30")),), charges=(), taxes=(tax("1.07"),))
    made = planned(of, tax_mode="codes", tax_item="Seattle")
    assert sums(only(made, "Invoice"))[1] == D("1.07")


def test_half_a_cent_of_tax_is_rounded_up() -> None:
    of = order(lines=(line(gross=D("1.00")),), charges=(), taxes=(tax("0.07"),))
    made = planned(
        of,
        FILE.with_(an("Item", "Six and a half", TaxRate="6.5")),
        tax_mode="codes",
        tax_item="Six and a half",
    )
    assert sums(only(made, "Invoice"))[1] == D("0.07")


def test_a_tax_that_quickbooks_would_compute_otherwise_is_held_with_the_arithmetic() -> None:
    made = planned(order(taxes=(tax("3.60"),)), **CODES)
    assert made.reasons == (
        (
            "QuickBooks would compute 3.55 tax (NY 8.875 on 40.00), "
            "the store charged 3.60 (difference 0.05)"
        ),
    )


@pytest.mark.parametrize(("charged", "line_amount"), [("3.57", "0.02"), ("3.53", "-0.02")])
def test_a_rounding_line_carries_a_difference_within_the_limit(
    charged: str, line_amount: str
) -> None:
    of = order(taxes=(tax(charged),))
    made = planned(of, **CODES, rounding_item="Rounding", rounding_limit="0.02")
    invoice = only(made, "Invoice")
    assert rows(invoice)[-1] == ("Rounding", line_amount)
    assert codes(invoice)[-1] == "Non"
    assert total_of(invoice) == of.total


def test_a_difference_over_the_limit_is_held() -> None:
    made = planned(
        order(taxes=(tax("3.58"),)), **CODES, rounding_item="Rounding", rounding_limit="0.02"
    )
    assert made.verdict == "hold"


def test_a_line_that_is_not_taxable_is_not_taxed() -> None:
    of = order(lines=(line(), line(source_id="2", taxable=False)), taxes=(tax("3.55"),))
    assert codes(only(planned(of, **CODES), "Invoice")) == ["Tax", "Non", "Non"]


def test_shipping_that_the_store_taxed_is_taxable() -> None:
    of = order(charges=(shipping(taxes=(tax("0.44"),)),), taxes=(tax("3.99"),))
    invoice = only(planned(of, **CODES), "Invoice")
    assert codes(invoice) == ["Tax", "Tax"]
    assert sums(invoice)[1] == D("3.99")


@pytest.mark.parametrize("shown", ["net_lines", "one_line", "per_line"])
def test_a_discount_lowers_what_is_taxed_however_it_is_shown(shown: str) -> None:
    of = order(lines=(line(discount=D("4.00")),), taxes=(tax("3.20"),))
    invoice = only(planned(of, **CODES, discount_as=shown), "Invoice")
    assert sums(invoice) == (D("41.00"), D("3.20"), D("44.20"))


def test_tax_without_a_tax_item_is_held() -> None:
    made = planned(order(taxes=(tax("3.55"),)), tax_mode="codes")
    assert made.reasons == ("the store charged 3.55 tax, and no tax item is chosen for the order",)


def test_an_untaxed_order_needs_no_tax_item() -> None:
    invoice = only(planned(order(), tax_mode="codes"), "Invoice")
    assert codes(invoice) == ["Non", "Non"]
    assert "ItemSalesTaxRef" not in invoice.fields


def test_a_tax_item_that_quickbooks_lacks_is_held() -> None:
    made = planned(order(taxes=(tax("3.55"),)), tax_mode="codes", tax_item="NY 9")
    assert made.reasons == ("Tax item: QuickBooks has no Item 'NY 9'",)


def test_a_tax_item_without_a_rate_makes_the_total_uncertain() -> None:
    file = FILE.with_(an("Item", "Avatax"))
    made = planned(
        unpaid(taxes=(tax("3.55"),), payment_terms="Net 30"),
        file, tax_mode="codes", tax_item="Avatax",
    )  # fmt: skip
    invoice = only(made, "Invoice")
    assert sums(invoice) == (D("45.00"), D("3.55"), D("48.55"))
    assert invoice.totals
    assert not invoice.totals.certain


@pytest.mark.parametrize("active", [True, False])
def test_a_tax_code_that_is_missing_or_inactive_is_held(active: bool) -> None:
    file = FILE if active else FILE.with_(an("SalesTaxCode", "Old", active=False))
    made = planned(order(taxes=(tax("3.55"),)), file, **CODES, line_tax_code="Old")
    assert "QuickBooks has no sales tax code 'Old'" in made.reasons


def test_no_tax_posts_untaxed_orders_and_holds_taxed_ones() -> None:
    assert planned(order(), tax_mode="none").verdict == "post"
    assert planned(order(taxes=(tax("3.55"),)), tax_mode="none").reasons == (
        "the order has 3.55 tax, but sales tax is set to be left out",
    )


def test_a_marketplaces_tax_is_left_out_of_the_sale() -> None:
    of = order(taxes=(tax("1.00"), tax("3.00", remitted_by="marketplace")))
    invoice = only(planned(of), "Invoice")
    assert rows(invoice) == [("HAM-16", "40.00"), ("Shipping", "5.00"), ("Sales Tax", "1.00")]
    assert invoice.fields["lines"][-1]["Desc"] == "NY State"


def test_a_marketplaces_tax_can_be_shown_in_and_out() -> None:
    of = order(taxes=(tax("3.00", name="WA tax", remitted_by="marketplace"),))
    invoice = only(planned(of, marketplace_tax="in_and_out"), "Invoice")
    assert rows(invoice)[2:] == [("Sales Tax", "3.00"), ("Sales Tax", "-3.00")]
    assert invoice.fields["lines"][-1]["Desc"] == "WA tax, remitted by the marketplace"
    assert total_of(invoice) == D("45.00")


def test_a_marketplace_order_is_a_receipt_once_the_rest_is_paid() -> None:
    of = order(taxes=(tax("3.00", remitted_by="marketplace"),))
    made = planned(of, transaction_type="sales_receipt")
    assert total_of(only(made, "SalesReceipt")) == D("45.00")


def test_stacked_taxes_of_a_sample_are_one_line() -> None:
    of = sample("5102")
    invoice = only(planned(of, when_item_missing="create_service"), "Invoice")
    (amount,) = [amount for item, amount in rows(invoice) if item == "Sales Tax"]
    assert Decimal(amount) == of.tax_total


def test_a_tax_line_item_that_is_created_is_a_liability() -> None:
    made = planned(
        order(taxes=(tax("3.40"),)),
        FILE.without("Sales Tax"),
        when_item_missing="create_non_inventory",
    )
    (created,) = made.additions
    assert created.variant == "ItemOtherCharge"
    assert created.fields["SalesOrPurchase"]["AccountRef"].full_name == "Sales Tax Payable"


def test_an_exempt_buyers_document_is_not_taxed_by_the_states_item() -> None:
    exempt = replace(order(), customer=replace(order().customer, tax_exempt=True))
    invoice = only(planned(exempt, **CODES), "Invoice")
    assert invoice.fields["CustomerSalesTaxCodeRef"].full_name == "Non"
    assert sums(invoice) == (D("45.00"), D(0), D("45.00"))


def test_a_document_that_is_taxed_says_so_whatever_the_customers_code_is() -> None:
    invoice = only(planned(order(taxes=(tax("3.55"),)), **CODES), "Invoice")
    assert invoice.fields["CustomerSalesTaxCodeRef"].full_name == "Tax"


def test_a_chosen_code_that_is_not_taxable_leaves_the_document_untaxed() -> None:
    invoice = only(planned(order(), **CODES, tax_code="Non"), "Invoice")
    assert sums(invoice) == (D("45.00"), D(0), D("45.00"))
