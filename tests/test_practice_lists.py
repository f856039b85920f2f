"""Lists of the practice company: names, references, adding, changing, deleting."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.practice_helpers import Desk, add, line, mod, query, ref, sale

GUID = "{00000000-0000-0000-0000-000000000007}"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_customer_is_returned_as_quickbooks_keeps_it(desk: Desk) -> None:
    answer = desk.do(
        add(
            "Customer",
            "<Name>Anna Berg  </Name><CompanyName>Berg AB</CompanyName><FirstName>Anna</FirstName>"
            "<BillAddress><Addr1>Anna Berg</Addr1><City>Reno</City><State>NV</State>"
            "<PostalCode>89501</PostalCode></BillAddress><Email>anna@example.com</Email>"
            f"{ref('TermsRef', 'Net 15')}<CreditLimit>2000</CreditLimit>"
            f"<ExternalGUID>{GUID}</ExternalGUID>",
        )
    )
    assert answer["Name"] == answer["FullName"] == "Anna Berg"
    assert answer["BillAddressBlock/Addr2"] == "Reno, NV 89501"
    assert answer["TermsRef/FullName"] == "Net 15"
    assert answer["CreditLimit"] == "2000.00"
    assert answer["ExternalGUID"] == GUID
    assert (answer["Balance"], answer["IsActive"], answer["Sublevel"]) == ("0.00", "true", "0")


def test_list_ids_look_like_real_ones(desk: Desk) -> None:
    head, _, tail = desk.customer("Anna").partition("-")
    assert int(head, 16) > 0x80000000
    assert len(tail) == 10


@pytest.mark.parametrize("taken", ["Acme Supply", "Robin Clerk", "Petty Cash", "WEB STORE "])
def test_a_name_is_unique_among_customers_vendors_employees_and_other_names(
    desk: Desk, taken: str
) -> None:
    answer = desk.ask(add("Customer", f"<Name>{taken}</Name>"))
    assert answer.code == 3100
    assert answer.message == f'The name "{taken.rstrip()}" of the list element is already in use.'


def test_a_job_may_bear_a_name_that_is_taken_elsewhere(desk: Desk) -> None:
    job = f"<Name>Showroom</Name>{ref('ParentRef', 'Web Store')}"
    answer = desk.do(add("Customer", job))
    assert answer["FullName"] == "Web Store:Showroom"
    assert desk.ask(add("Customer", job)).code == 3100


def test_items_of_all_kinds_share_one_list_of_names(desk: Desk) -> None:
    answer = desk.ask(
        add(
            "ItemService",
            f"<Name>shipping</Name><SalesOrPurchase>{ref('AccountRef', 'Sales')}</SalesOrPurchase>",
        )
    )
    assert answer.code == 3100


def test_a_name_with_a_colon_is_refused(desk: Desk) -> None:
    assert desk.ask(add("Customer", "<Name>A:B</Name>")).code == 3210


def test_a_parent_that_is_not_there_is_3130(desk: Desk) -> None:
    answer = desk.ask(add("Customer", f"<Name>Job</Name>{ref('ParentRef', 'Nobody')}"))
    assert answer.code == 3130
    assert answer.message == (
        'There is an invalid reference to a parent "Nobody" in the Customers list.  QuickBooks '
        "error message: Invalid argument.  The specified record does not exist in the list."
    )


def test_a_reference_that_is_not_there_is_3140(desk: Desk) -> None:
    answer = desk.ask(add("Customer", f"<Name>Anna</Name>{ref('TermsRef', 'Net 99')}"))
    assert answer.code == 3140
    assert 'QuickBooks Terms "Net 99" in the Customer.' in answer.message


def test_a_list_id_counts_before_a_full_name(desk: Desk) -> None:
    terms = desk.do(query("Terms", "<FullName>Net 30</FullName>"))["ListID"]
    both = f"<TermsRef><ListID>{terms}</ListID><FullName>Net 15</FullName></TermsRef>"
    assert desk.do(add("Customer", f"<Name>Anna</Name>{both}"))["TermsRef/FullName"] == "Net 30"


def test_a_list_id_of_another_list_is_an_invalid_reference(desk: Desk) -> None:
    customer = desk.customer("Anna")
    wrong = f"<TermsRef><ListID>{customer}</ListID></TermsRef>"
    assert desk.ask(add("Customer", f"<Name>Bo</Name>{wrong}")).code == 3140


def test_currency_is_refused_while_multi_currency_is_off(desk: Desk) -> None:
    answer = desk.ask(add("Customer", f"<Name>Anna</Name>{ref('CurrencyRef', 'Euro')}"))
    assert answer.code == 3250
    assert desk.ask(query("Currency")).code == 3250


def test_an_account_number_that_is_too_long_is_3070(desk: Desk) -> None:
    request = add(
        "Account",
        "<Name>New</Name><AccountType>Bank</AccountType><AccountNumber>a5ad6d73</AccountNumber>",
    )
    desk.company.on_request = None  # the schema would refuse it; QuickBooks answers with a code
    refused = desk.ask(request)
    assert refused.code == 3070
    assert refused.message == 'The string "a5ad6d73" in the field "AccountNumber" is too long.'


def test_an_item_name_longer_than_any_item_is_3070(desk: Desk) -> None:
    answer = desk.ask(sale("Invoice", line("Invoice", "x" * 160)))
    assert answer.code == 3070


def test_characters_outside_windows_1252_become_question_marks(desk: Desk) -> None:
    answer = desk.do(add("Customer", "<Name>Zoë 李 €</Name>"))
    assert answer["Name"] == "Zoë ? €"


@pytest.mark.parametrize(
    ("kind", "inner"),
    [
        ("Vendor", "<Name>Northwind</Name>"),
        ("Class", f"<Name>Etsy</Name>{ref('ParentRef', 'Online')}"),
        ("StandardTerms", "<Name>Net 45</Name><StdDueDays>45</StdDueDays>"),
        ("PaymentMethod", "<Name>Klarna</Name><PaymentMethodType>Other</PaymentMethodType>"),
        ("ShipMethod", "<Name>Bike</Name>"),
        ("CustomerType", "<Name>Museum</Name>"),
        ("CustomerMsg", "<Name>Enjoy!</Name>"),
        ("SalesTaxCode", "<Name>EU</Name><IsTaxable>false</IsTaxable>"),
        ("Account", "<Name>Etsy Fees</Name><AccountType>Expense</AccountType>"),
        ("SalesRep", f"<Initial>AS</Initial>{ref('SalesRepEntityRef', 'Acme Supply')}"),
        ("OtherName", "<Name>Till</Name>"),
        ("ItemSubtotal", "<Name>Subtotal 2</Name>"),
        ("ItemPayment", "<Name>Down payment</Name>"),
        (
            "ItemSalesTax",
            f"<Name>OR 0</Name><TaxRate>0.0</TaxRate>{ref('TaxVendorRef', 'State Tax Agency')}",
        ),
        (
            "ItemDiscount",
            (
                "<Name>5 off</Name><DiscountRate>5.00</DiscountRate>"
                f"{ref('AccountRef', 'Sales Discounts')}"
            ),
        ),
        (
            "ItemNonInventory",
            (
                "<Name>Poster</Name><SalesOrPurchase><Price>9.5</Price>"
                f"{ref('AccountRef', 'Sales')}</SalesOrPurchase>"
            ),
        ),
        (
            "ItemOtherCharge",
            (
                "<Name>Gift wrap</Name><SalesOrPurchase><Price>3.00</Price>"
                f"{ref('AccountRef', 'Sales')}</SalesOrPurchase>"
            ),
        ),
        (
            "ItemInventory",
            (
                f"<Name>Cord</Name><SalesPrice>4.00</SalesPrice>{ref('IncomeAccountRef', 'Sales')}"
                f"<PurchaseCost>1.00</PurchaseCost>{ref('COGSAccountRef', 'Cost of Goods Sold')}"
                f"{ref('AssetAccountRef', 'Inventory Asset')}<QuantityOnHand>10</QuantityOnHand>"
            ),
        ),
    ],
)
def test_every_supported_list_can_be_added_to_and_queried(
    desk: Desk, kind: str, inner: str
) -> None:
    added = desk.do(add(kind, inner))
    found = desk.do(query(kind, f"<ListID>{added['ListID']}</ListID>"))
    assert found["ListID"] == added["ListID"]
    assert desk.company.out_of_balance() == 0


def test_opening_stock_is_worth_its_cost(desk: Desk) -> None:
    before = desk.company.balance("Inventory Asset")
    desk.do(
        add(
            "ItemInventory",
            f"<Name>Cord</Name>{ref('IncomeAccountRef', 'Sales')}<PurchaseCost>1.25</PurchaseCost>"
            f"{ref('COGSAccountRef', 'Cost of Goods Sold')}"
            f"{ref('AssetAccountRef', 'Inventory Asset')}<QuantityOnHand>8</QuantityOnHand>",
        )
    )
    assert desk.company.balance("Inventory Asset") - before == 10
    assert desk.company.out_of_balance() == 0


def test_an_inventory_item_needs_its_accounts(desk: Desk) -> None:
    assert desk.ask(add("ItemInventory", "<Name>Cord</Name>")).code == 3150


def test_a_stale_edit_sequence_is_3200(desk: Desk) -> None:
    customer = desk.customer("Anna")
    answer = desk.ask(mod("Customer", f"<ListID>{customer}</ListID><EditSequence>1</EditSequence>"))
    assert answer.code == 3200
    assert answer.message == 'The provided edit sequence "1" is out-of-date.'


def change(desk: Desk, list_id: str, inner: str) -> str:
    sequence = desk.do(query("Customer", f"<ListID>{list_id}</ListID>"))["EditSequence"]
    head = f"<ListID>{list_id}</ListID><EditSequence>{sequence}</EditSequence>"
    return mod("Customer", head + inner)


def test_a_mod_replaces_what_is_sent_clears_what_is_empty_and_keeps_the_rest(desk: Desk) -> None:
    customer = desk.customer("Anna", "<Phone>1</Phone><Email>a@example.com</Email>")
    changed = desk.do(change(desk, customer, "<Phone></Phone><Cc>b@example.com</Cc>"))
    assert not changed.has("Phone")
    assert (changed["Email"], changed["Cc"]) == ("a@example.com", "b@example.com")


def test_every_change_gives_a_new_edit_sequence(desk: Desk) -> None:
    customer = desk.customer("Anna")
    first = desk.do(change(desk, customer, "<Phone>1</Phone>"))["EditSequence"]
    second = desk.do(change(desk, customer, "<Phone>2</Phone>"))["EditSequence"]
    assert int(second) > int(first)


def test_a_rename_shows_in_jobs_and_in_references(desk: Desk) -> None:
    customer = desk.customer("Anna")
    desk.customer("Garden", ref("ParentRef", "Anna"))
    invoice = desk.do(sale("Invoice", line("Invoice", "Desk Lamp"), customer="Anna"))
    desk.do(change(desk, customer, "<Name>Anna Berg</Name>"))
    assert desk.do(query("Customer", "<FullName>Anna Berg:Garden</FullName>"))["Name"] == "Garden"
    found = desk.do(query("Invoice", f"<TxnID>{invoice['TxnID']}</TxnID>"))
    assert found["CustomerRef/FullName"] == "Anna Berg"


def test_a_rename_to_a_taken_name_is_refused(desk: Desk) -> None:
    customer = desk.customer("Anna")
    assert desk.ask(change(desk, customer, "<Name>Web Store</Name>")).code == 3100


def test_a_customer_that_is_not_there_is_3120(desk: Desk) -> None:
    answer = desk.ask(
        mod("Customer", "<ListID>8000001B-1405768916</ListID><EditSequence>1</EditSequence>")
    )
    assert answer.code == 3120
    assert answer.message == (
        'Object "8000001B-1405768916" specified in the request cannot be found.  QuickBooks '
        "error message: Invalid argument.  The specified record does not exist in the list."
    )


def delete(kind: str, list_id: str) -> str:
    return f"<ListDelRq><ListDelType>{kind}</ListDelType><ListID>{list_id}</ListID></ListDelRq>"


def test_a_deleted_record_is_found_in_the_list_of_deleted_ones(desk: Desk) -> None:
    customer = desk.customer("Anna")
    assert desk.do(delete("Customer", customer))["FullName"] == "Anna"
    found = desk.do(query("ListDeleted", "<ListDelType>Customer</ListDelType>"))
    assert found["ListDeletedRet/ListID"] == customer
    assert desk.ask(query("ListDeleted", "<ListDelType>Vendor</ListDelType>")).code == 1


def test_a_record_in_use_cannot_be_deleted(desk: Desk) -> None:
    customer = desk.customer("Anna")
    desk.do(sale("Invoice", line("Invoice", "Desk Lamp"), customer="Anna"))
    assert desk.ask(delete("Customer", customer)).code == 3160


def test_company_data_can_be_written_by_an_application(desk: Desk) -> None:
    owner = "{11111111-1111-1111-1111-111111111111}"
    inner = (
        f"<OwnerID>{owner}</OwnerID><DataExtName>FileID</DataExtName>"
        "<OtherDataExtType>Company</OtherDataExtType><DataExtValue>x</DataExtValue>"
    )
    request = f"<DataExtAddRq><DataExtAdd>{inner}</DataExtAdd></DataExtAddRq>"
    desk.do(request)
    assert desk.ask(request).code == 3180
    assert desk.do(query("Company", f"<OwnerID>{owner}</OwnerID>"))["DataExtValue"] == "x"
    assert not desk.do(query("Company")).has("DataExtRet")


@pytest.mark.parametrize(
    "request_text",
    [
        add("Customer", "<Name>A</Name><Suffix>Jr</Suffix>"),
        add("Customer", "<Name>A</Name><Mobile>1</Mobile>"),
        add("Vendor", "<Name>A</Name><IsSalesTaxAgency>true</IsSalesTaxAgency>"),
    ],
)
def test_elements_of_other_editions_are_530(desk: Desk, request_text: str) -> None:
    assert desk.ask(request_text).code == 530


def test_filters_that_are_not_simulated_say_so(desk: Desk) -> None:
    inner = "<ClassFilter><FullName>Online</FullName></ClassFilter>"
    assert desk.ask(query("Customer", inner)).code == 530


def test_a_customer_can_become_a_job(desk: Desk) -> None:
    customer = desk.customer("Anna")
    job = desk.do(change(desk, customer, ref("ParentRef", "Web Store")))
    assert (job["FullName"], job["Sublevel"]) == ("Web Store:Anna", "1")


def test_the_balance_of_jobs_counts_in_the_total_balance(desk: Desk) -> None:
    desk.customer("Job", ref("ParentRef", "Web Store"))
    free = line("Invoice", "Web Sales", f"<Amount>5.00</Amount>{ref('SalesTaxCodeRef', 'Non')}")
    desk.do(sale("Invoice", free, customer="Web Store:Job"))
    found = desk.do(query("Customer", "<FullName>Web Store</FullName>"))
    assert (found["Balance"], found["TotalBalance"]) == ("0.00", "5.00")


def test_an_account_can_open_with_a_balance(desk: Desk) -> None:
    inner = "<Name>New Bank</Name><AccountType>Bank</AccountType><OpenBalance>7.00</OpenBalance>"
    assert desk.do(add("Account", inner))["Balance"] == "7.00"
    assert desk.company.out_of_balance() == 0


def test_a_subaccount_is_of_its_parents_type(desk: Desk) -> None:
    inner = f"<Name>Petty</Name>{ref('ParentRef', 'Checking')}<AccountType>Income</AccountType>"
    assert desk.ask(add("Account", inner)).code == 3210
    assert desk.do(add("Account", inner.replace("Income", "Bank")))["Sublevel"] == "1"


def test_an_item_that_is_bought_and_sold_needs_both_accounts(desk: Desk) -> None:
    both = f"<SalesPrice>9.00</SalesPrice>{ref('IncomeAccountRef', 'Sales')}"
    more = f"<PurchaseCost>4.00</PurchaseCost>{ref('ExpenseAccountRef', 'Cost of Goods Sold')}"

    def item(inner: str) -> str:
        return add(
            "ItemNonInventory",
            "<Name>Vase</Name><BarCode><BarCodeValue>123</BarCodeValue></BarCode>"
            f"<SalesAndPurchase>{inner}</SalesAndPurchase>",
        )

    assert desk.ask(item(both)).code == 3150
    added = desk.do(item(both + more))
    assert (added["SalesPrice"], added["BarCodeValue"]) == ("9.00", "123")


def test_stock_by_site_needs_its_feature(desk: Desk) -> None:
    assert desk.ask(query("ItemSites")).code == 3250
