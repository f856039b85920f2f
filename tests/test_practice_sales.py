"""Sales forms of the practice company: amounts, discounts, tax, defaults and postings."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.practice_helpers import Desk, add, line, mod, query, ref, sale

GUID = "{00000000-0000-0000-0000-000000000007}"
CA = ref("ItemSalesTaxRef", "CA 7.25")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_invoice_is_returned_as_quickbooks_returns_it(desk: Desk) -> None:
    answer = desk.do(
        sale(
            "Invoice",
            line("Invoice", "Desk Lamp", "<Quantity>2</Quantity>"),
            head=f"<RefNumber>S-1001</RefNumber><PONumber>PO 7</PONumber>{CA}<Memo>web 1001</Memo>"
            f"<ExternalGUID>{GUID}</ExternalGUID>",
        )
    )
    assert answer["RefNumber"] == "S-1001"
    assert (answer["Subtotal"], answer["SalesTaxPercentage"]) == ("99.90", "7.25")
    assert (answer["SalesTaxTotal"], answer["BalanceRemaining"]) == ("7.24", "107.14")
    assert (answer["IsPaid"], answer["IsPending"], answer["AppliedAmount"]) == (
        "false", "false", "0.00",
    )  # fmt: skip
    assert answer["ExternalGUID"] == GUID
    assert answer["InvoiceLineRet/Rate"] == "49.95"
    assert answer["TxnDate"] == answer["DueDate"] == answer["ShipDate"] == "2026-11-25"
    assert not answer.has("LinkedTxn")


@pytest.mark.parametrize(
    ("inner", "rate", "amount"),
    [
        ("", "49.95", "49.95"),
        ("<Quantity>3</Quantity>", "49.95", "149.85"),
        ("<Rate>40</Rate>", "40.00", "40.00"),
        ("<Quantity>3</Quantity><Rate>40.125</Rate>", "40.125", "120.38"),
        ("<Quantity>3</Quantity><Amount>100.00</Amount>", "33.33333", "100.00"),
        ("<Quantity>2</Quantity><Rate>99</Rate><Amount>10.00</Amount>", "5.00", "10.00"),
        ("<Amount>12.34</Amount>", "12.34", "12.34"),
    ],
)
def test_quantity_rate_and_amount(desk: Desk, inner: str, rate: str, amount: str) -> None:
    answer = desk.do(sale("Invoice", line("Invoice", "Desk Lamp", inner)))
    assert (answer["InvoiceLineRet/Rate"], answer["InvoiceLineRet/Amount"]) == (rate, amount)


def test_a_percentage_discount_takes_from_the_line_above(desk: Desk) -> None:
    answer = desk.do(
        sale(
            "Invoice",
            line("Invoice", "Web Sales", "<Amount>100.00</Amount>"),
            line("Invoice", "Web Sales", "<Amount>30.00</Amount>"),
            line("Invoice", "10% off"),
        )
    )
    assert answer.all("InvoiceLineRet/Amount")[-1] == "-3.00"
    assert answer["Subtotal"] == "127.00"


def test_a_discount_after_a_subtotal_takes_from_all_lines_above_it(desk: Desk) -> None:
    answer = desk.do(
        sale(
            "Invoice",
            line("Invoice", "Web Sales", "<Amount>100.00</Amount>"),
            line("Invoice", "Web Sales", "<Amount>30.00</Amount>"),
            line("Invoice", "Subtotal"),
            line("Invoice", "10% off"),
        )
    )
    assert answer.all("InvoiceLineRet/Amount") == ["100.00", "30.00", "130.00", "-13.00"]
    assert answer["Subtotal"] == "117.00"


def test_a_discount_of_a_fixed_amount_is_posted_as_sent(desk: Desk) -> None:
    desk.do(
        sale(
            "SalesReceipt",
            line("SalesReceipt", "Web Sales", "<Amount>100.00</Amount>"),
            line("SalesReceipt", "Discount", "<Amount>-12.50</Amount>"),
        )
    )
    assert desk.company.balance("Sales Discounts") == Decimal("-12.50")
    assert desk.company.balance("Undeposited Funds") == Decimal("87.50")
    assert desk.company.out_of_balance() == 0


def test_the_discounts_own_tax_code_says_whether_it_lowers_the_tax(desk: Desk) -> None:
    def tax(code: str) -> str:
        return desk.do(
            sale(
                "Invoice",
                line("Invoice", "Web Sales", "<Amount>100.00</Amount>"),
                line(
                    "Invoice", "Discount", f"<Amount>-10.00</Amount>{ref('SalesTaxCodeRef', code)}"
                ),
                head=CA,
            )
        )["SalesTaxTotal"]

    assert (tax("Tax"), tax("Non")) == ("6.53", "7.25")


def test_only_lines_with_a_taxable_code_are_taxed(desk: Desk) -> None:
    answer = desk.do(
        sale(
            "Invoice",
            line("Invoice", "Web Sales", "<Amount>100.00</Amount>"),
            line("Invoice", "Shipping", "<Amount>10.00</Amount>"),
            line("Invoice", "Web Sales", f"<Amount>50.00</Amount>{ref('SalesTaxCodeRef', 'Non')}"),
            head=CA,
        )
    )
    assert answer["SalesTaxTotal"] == "7.25"


def test_a_tax_group_rounds_each_of_its_items(desk: Desk) -> None:
    answer = desk.do(
        sale(
            "SalesReceipt",
            line("SalesReceipt", "Web Sales", "<Amount>10.90</Amount>"),
            head=ref("ItemSalesTaxRef", "Seattle"),
        )
    )
    assert answer["SalesTaxPercentage"] == "10.35"
    assert answer["SalesTaxTotal"] == "1.13"


def test_the_customers_tax_item_stands_in_for_one_that_is_not_sent(desk: Desk) -> None:
    desk.customer("Anna", ref("ItemSalesTaxRef", "TX 8.25"))
    answer = desk.do(sale("Invoice", line("Invoice", "Desk Lamp"), customer="Anna"))
    assert answer["ItemSalesTaxRef/FullName"] == "TX 8.25"


def test_the_companys_tax_item_is_the_last_resort(desk: Desk) -> None:
    desk.company.prefer("DefaultItemSalesTax", "NY 8.875")
    assert desk.do(sale("Invoice", line("Invoice", "Desk Lamp")))["SalesTaxTotal"] == "4.43"


def test_a_customer_who_is_not_taxable_pays_no_tax(desk: Desk) -> None:
    desk.customer("School", ref("SalesTaxCodeRef", "Non"))
    answer = desk.do(sale("Invoice", line("Invoice", "Desk Lamp"), customer="School", head=CA))
    assert answer["SalesTaxTotal"] == "0.00"


def test_a_tax_item_as_a_line_carries_the_stores_own_tax(desk: Desk) -> None:
    desk.do(
        sale(
            "SalesReceipt",
            line("SalesReceipt", "Web Sales", "<Amount>100.00</Amount>"),
            line("SalesReceipt", "CA 7.25", "<Amount>7.31</Amount>"),
            head=ref("ItemSalesTaxRef", "Tax Calculated On Invoice"),
        )
    )
    assert desk.company.balance("Sales Tax Payable") == Decimal("7.31")
    assert desk.company.transactions("SalesReceipt")[0].total == Decimal("107.31")


def test_a_group_brings_its_components_at_their_own_prices(desk: Desk) -> None:
    answer = desk.do(
        sale(
            "Invoice",
            "<InvoiceLineGroupAdd>" + ref("ItemGroupRef", "Lamp Kit") + "<Quantity>2</Quantity>"
            "</InvoiceLineGroupAdd>",
        )
    )
    assert answer["InvoiceLineGroupRet/TotalAmount"] == "118.90"
    assert answer.all("InvoiceLineGroupRet/InvoiceLineRet/Quantity") == ["2", "4"]
    assert answer["Subtotal"] == "118.90"


def test_a_group_cannot_stand_on_an_ordinary_line(desk: Desk) -> None:
    assert desk.ask(sale("Invoice", line("Invoice", "Lamp Kit"))).code == 3140


def test_an_item_that_is_not_there_is_3140_with_the_line_named(desk: Desk) -> None:
    answer = desk.ask(sale("SalesOrder", line("SalesOrder", "sooo wrong")))
    assert answer.code == 3140
    assert answer.message == (
        'There is an invalid reference to QuickBooks Item "sooo wrong" in the SalesOrder line.  '
        "QuickBooks error message: Invalid argument.  The specified record does not exist in the "
        "list."
    )


def test_a_negative_total_is_refused(desk: Desk) -> None:
    for kind in ("Invoice", "SalesReceipt"):
        answer = desk.ask(sale(kind, line(kind, "Discount", "<Amount>-5.00</Amount>")))
        assert answer.code == 3210


def test_numbers_continue_from_the_last_one_used(desk: Desk) -> None:
    lamp = line("Invoice", "Desk Lamp")
    desk.do(sale("Invoice", lamp, head="<RefNumber>W-0099</RefNumber>"))
    assert desk.do(sale("Invoice", lamp))["RefNumber"] == "W-0100"
    assert desk.do(sale("SalesReceipt", line("SalesReceipt", "Desk Lamp")))["RefNumber"] == "1"


def test_a_number_need_not_be_unique(desk: Desk) -> None:
    twice = sale("Invoice", line("Invoice", "Desk Lamp"), head="<RefNumber>7</RefNumber>")
    desk.do(twice)
    desk.do(twice)
    assert len(desk.company.transactions("Invoice")) == 2


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ("Net 30", "2026-12-25"),
        ("Due on receipt", "2026-11-25"),
        ("1st of the month", "2026-12-01"),
    ],
)
def test_terms_give_the_due_date(desk: Desk, terms: str, due: str) -> None:
    answer = desk.do(sale("Invoice", line("Invoice", "Desk Lamp"), head=ref("TermsRef", terms)))
    assert answer["DueDate"] == due


def test_the_customers_address_and_terms_stand_in(desk: Desk) -> None:
    answer = desk.do(sale("Invoice", line("Invoice", "Desk Lamp"), customer="Kern Lighting"))
    assert answer["BillAddress/City"] == "Bayshore"
    assert answer["BillAddressBlock/Addr3"] == "Bayshore, CA 94326"
    assert answer["TermsRef/FullName"] == "Net 30"


def test_an_address_of_too_many_lines_is_3205(desk: Desk) -> None:
    address = "".join(f"<Addr{n}>line</Addr{n}>" for n in range(1, 6)) + "<City>Reno</City>"
    request = sale(
        "Invoice", line("Invoice", "Desk Lamp"), head=f"<BillAddress>{address}</BillAddress>"
    )
    assert desk.ask(request).code == 3205
    desk.company.prefer("AddressLines", "0")
    desk.do(request)


def test_a_pending_invoice_is_not_posted(desk: Desk) -> None:
    before = desk.company.totals()
    answer = desk.do(
        sale("Invoice", line("Invoice", "Desk Lamp"), head="<IsPending>true</IsPending>")
    )
    assert answer["IsPending"] == "true"
    assert desk.company.totals() == before


def test_sales_orders_and_estimates_post_nothing(desk: Desk) -> None:
    before = desk.company.totals()
    desk.do(sale("SalesOrder", line("SalesOrder", "Desk Lamp")))
    desk.do(sale("Estimate", line("Estimate", "Desk Lamp")))
    assert desk.company.totals() == before


def test_a_sale_of_stock_moves_quantity_and_cost(desk: Desk) -> None:
    before = desk.company.balance("Inventory Asset")
    desk.do(sale("SalesReceipt", line("SalesReceipt", "Desk Lamp", "<Quantity>2</Quantity>")))
    item = desk.do(query("ItemInventory", "<FullName>Desk Lamp</FullName>"))
    assert item["QuantityOnHand"] == "118"
    assert before - desk.company.balance("Inventory Asset") == Decimal("43.00")
    assert desk.company.balance("Cost of Goods Sold") == Decimal("43.00")
    assert desk.company.out_of_balance() == 0


def test_a_credit_memo_is_an_invoice_backwards(desk: Desk) -> None:
    before = desk.company.totals()
    lamp = "<Quantity>1</Quantity>"
    desk.do(sale("Invoice", line("Invoice", "Desk Lamp", lamp), head=CA))
    answer = desk.do(sale("CreditMemo", line("CreditMemo", "Desk Lamp", lamp), head=CA))
    assert answer["CreditRemaining"] == "53.57"
    assert desk.company.totals() == before


def test_quickbooks_online_fields_are_refused_on_desktop(desk: Desk) -> None:
    answer = desk.ask(
        sale(
            "Invoice",
            line("Invoice", "Desk Lamp"),
            "<ShippingLineAdd><Amount>5.00</Amount></ShippingLineAdd>",
        )
    )
    assert answer.code == 530


@pytest.mark.parametrize(
    "head", ["<ExchangeRate>1.1</ExchangeRate>", "<IsTaxIncluded>true</IsTaxIncluded>"]
)
def test_fields_of_features_that_are_off_are_3250(desk: Desk, head: str) -> None:
    answer = desk.ask(sale("Invoice", line("Invoice", "Desk Lamp"), head=head))
    assert answer.code == 3250
    assert answer.message == (
        "This feature is not enabled or not available in this version of QuickBooks."
    )


def test_sales_orders_need_premier_or_enterprise(desk: Desk) -> None:
    desk.company.prefer("Features", "SalesTax Inventory")
    assert desk.ask(sale("SalesOrder", line("SalesOrder", "Desk Lamp"))).code == 3250


def test_a_closed_period_is_3171(desk: Desk) -> None:
    desk.company.prefer("ClosingDate", "2026-10-31")
    request = sale("Invoice", line("Invoice", "Desk Lamp"), head="<TxnDate>2026-10-31</TxnDate>")
    assert desk.ask(request).code == 3171
    desk.do(request.replace("10-31", "11-01"))


def test_an_item_without_an_account_is_3270(desk: Desk) -> None:
    desk.do(add("ItemDiscount", "<Name>No account</Name>"))
    answer = desk.ask(
        sale(
            "Invoice",
            line("Invoice", "Desk Lamp"),
            line("Invoice", "No account", "<Amount>-1.00</Amount>"),
        )
    )
    assert answer.code == 3270
    assert desk.company.transactions("Invoice") == []


def test_an_invoice_without_lines_is_refused(desk: Desk) -> None:
    assert desk.ask(sale("Invoice")).code == 3180


def test_a_header_mod_keeps_the_lines(desk: Desk) -> None:
    invoice = desk.do(sale("Invoice", line("Invoice", "Desk Lamp"), head="<Memo>a</Memo>"))
    changed = desk.do(
        mod(
            "Invoice",
            f"<TxnID>{invoice['TxnID']}</TxnID><EditSequence>{invoice['EditSequence']}"
            "</EditSequence><PONumber>99</PONumber><Memo></Memo>",
        )
    )
    assert changed["PONumber"] == "99"
    assert not changed.has("Memo")
    assert changed["InvoiceLineRet/Amount"] == "49.95"


def test_lines_that_a_mod_does_not_list_are_deleted(desk: Desk) -> None:
    invoice = desk.do(sale("Invoice", line("Invoice", "Desk Lamp"), line("Invoice", "Lamp Shade")))
    kept = invoice["InvoiceLineRet/TxnLineID"]
    changed = desk.do(
        mod(
            "Invoice",
            f"<TxnID>{invoice['TxnID']}</TxnID><EditSequence>{invoice['EditSequence']}"
            f"</EditSequence><InvoiceLineMod><TxnLineID>{kept}</TxnLineID></InvoiceLineMod>"
            f"<InvoiceLineMod><TxnLineID>-1</TxnLineID>{ref('ItemRef', 'LED Bulb')}"
            "<Quantity>2</Quantity></InvoiceLineMod>",
        )
    )
    assert changed.all("InvoiceLineRet/Amount") == ["49.95", "9.50"]
    assert changed["InvoiceLineRet/TxnLineID"] == kept
    assert desk.company.out_of_balance() == 0
    shade = desk.do(query("ItemInventory", "<FullName>Lamp Shade</FullName>"))
    assert shade["QuantityOnHand"] == "80"


def test_a_price_level_lowers_the_items_price(desk: Desk) -> None:
    answer = desk.do(
        sale("Invoice", line("Invoice", "Desk Lamp", ref("PriceLevelRef", "Wholesale")))
    )
    assert answer["InvoiceLineRet/Amount"] == "44.96"


def test_an_empty_customer_reference_is_refused(desk: Desk) -> None:
    request = add("Invoice", "<CustomerRef/>" + line("Invoice", "Desk Lamp"))
    assert desk.ask(request).code == 3150


@pytest.mark.parametrize(
    ("item", "inner", "code"),
    [
        ("Subtotal", "<Amount>1.00</Amount>", 3210),
        ("Discount", "<Quantity>1</Quantity><Amount>-1.00</Amount>", 3210),
        ("Seattle", "", 3140),
    ],
)
def test_lines_that_quickbooks_cannot_compute_are_refused(
    desk: Desk, item: str, inner: str, code: int
) -> None:
    answer = desk.ask(sale("Invoice", line("Invoice", "Desk Lamp"), line("Invoice", item, inner)))
    assert answer.code == code


def test_an_amount_needs_an_item_and_a_text_does_not(desk: Desk) -> None:
    text = "<InvoiceLineAdd><Desc>Thank you</Desc></InvoiceLineAdd>"
    answer = desk.do(sale("Invoice", line("Invoice", "Desk Lamp"), text))
    assert answer.all("InvoiceLineRet/Desc")[1] == "Thank you"
    amount = "<InvoiceLineAdd><Amount>1.00</Amount></InvoiceLineAdd>"
    assert desk.ask(sale("Invoice", amount)).code == 3150


def test_a_percentage_may_be_sent_with_the_line(desk: Desk) -> None:
    answer = desk.do(
        sale(
            "Invoice",
            line("Invoice", "Web Sales", "<Amount>80.00</Amount>"),
            line("Invoice", "Discount", "<RatePercent>25</RatePercent>"),
            line("Invoice", "Handling", "<RatePercent>50</RatePercent>"),
        )
    )
    assert answer.all("InvoiceLineRet/Amount") == ["80.00", "-20.00", "-10.00"]


def test_a_second_subtotal_sums_only_what_follows_the_first(desk: Desk) -> None:
    answer = desk.do(
        sale(
            "Invoice",
            line("Invoice", "Web Sales", "<Amount>80.00</Amount>"),
            line("Invoice", "Subtotal"),
            line("Invoice", "Web Sales", "<Amount>5.00</Amount>"),
            line("Invoice", "Subtotal"),
            line("Invoice", "Subtotal"),
        )
    )
    assert answer.all("InvoiceLineRet/Amount") == ["80.00", "80.00", "5.00", "5.00", "85.00"]


def test_an_override_account_takes_the_income(desk: Desk) -> None:
    override = f"<Amount>8.00</Amount>{ref('OverrideItemAccountRef', 'Shipping Income')}"
    desk.do(sale("SalesReceipt", line("SalesReceipt", "Web Sales", override)))
    assert desk.company.balance("Shipping Income") == 8


def test_a_sales_receipt_goes_to_the_account_it_names(desk: Desk) -> None:
    desk.do(
        sale(
            "SalesReceipt",
            line("SalesReceipt", "Web Sales", "<Amount>8.00</Amount>"),
            head=ref("PaymentMethodRef", "Visa") + ref("DepositToAccountRef", "Checking"),
        )
    )
    assert desk.company.balance("Checking") == 8


def test_an_estimate_needs_its_feature(desk: Desk) -> None:
    desk.company.prefer("Features", "SalesTax")
    assert desk.ask(sale("Estimate", line("Estimate", "Desk Lamp"))).code == 3250


def test_a_custom_field_must_be_one_that_the_company_has(desk: Desk) -> None:
    data = (
        "<DataExt><OwnerID>0</OwnerID><DataExtName>Color</DataExtName>"
        "<DataExtValue>blue</DataExtValue></DataExt>"
    )
    request = sale("Invoice", line("Invoice", "Desk Lamp", data))
    assert desk.ask(request).code == 3140
    desk.company.prefer("CustomFields", "Size,Color")
    invoice = desk.do(request)
    shown = f"<TxnID>{invoice['TxnID']}</TxnID><IncludeLineItems>true</IncludeLineItems>"
    assert not desk.do(query("Invoice", shown)).has("DataExtRet")
    assert desk.do(query("Invoice", f"{shown}<OwnerID>0</OwnerID>"))["DataExtValue"] == "blue"
