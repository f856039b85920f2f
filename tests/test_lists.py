"""List entries as we mirror them, their keys, and entries to be created."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from qbwc import lists, qbxml
from qbwc.documents import Ref
from qbwc.lists import Addition, Entry, company
from qbwc.qbxml import Record
from tests.conftest import shared

CUSTOMER = """<CustomerRet><ListID>80000001-1</ListID>
<TimeModified>2026-01-02T03:04:05-05:00</TimeModified><EditSequence>17</EditSequence>
<Name>Web</Name><FullName>Doe, Jane:Web</FullName><IsActive>{active}</IsActive>
<CompanyName>Acme,  Inc.</CompanyName><Phone>(555) 010-1234</Phone><AltPhone>555 010 1234</AltPhone>
<Email>Jane@Shop.example; office@shop.example</Email>
<CurrencyRef><ListID>8-1</ListID><FullName>US Dollar</FullName></CurrencyRef></CustomerRet>"""


def record(xml: str) -> Record:
    text = f'<QBXML><QBXMLMsgsRs><XQueryRs statusCode="0">{xml}</XQueryRs></QBXMLMsgsRs></QBXML>'
    found = qbxml.parse(text).results[0].record
    assert found is not None
    return found


def entry(kind: str, xml: str) -> Entry:
    return lists.entry(lists.kind(kind), record(xml))


def test_a_customer_is_mirrored_with_the_keys_to_find_it_by() -> None:
    found = entry("Customer", CUSTOMER.format(active="true"))
    assert (found.kind, found.list_id, found.edit_sequence) == ("Customer", "80000001-1", "17")
    assert (found.full_name, found.is_active, found.variant) == ("Doe, Jane:Web", True, "Customer")
    assert found.data["CurrencyRef.FullName"] == "US Dollar"
    assert found.data["TimeModified"] == "2026-01-02T03:04:05-05:00"
    assert found.keys == {
        "full_name": ("doe, jane:web",),
        "loose": ("doe jane web",),
        "name": ("web",),
        "email": ("jane@shop.example", "office@shop.example"),
        "company": ("acme, inc.",),
        "phone": ("5550101234",),
    }


def test_an_inactive_entry_is_known_as_such() -> None:
    assert entry("Customer", CUSTOMER.format(active="false")).is_active is False


def test_an_entry_without_a_full_name_goes_by_its_name() -> None:
    found = entry(
        "Item",
        "<ItemSalesTaxRet><ListID>8-1</ListID><Name>CA 7.25</Name>"
        "<TaxRate>7.25</TaxRate></ItemSalesTaxRet>",
    )
    assert (found.full_name, found.variant, found.is_active) == ("CA 7.25", "ItemSalesTax", True)
    assert found.data["TaxRate"] == "7.25"


def test_a_sales_tax_groups_members_are_kept_apart() -> None:
    found = entry(
        "Item",
        "<ItemSalesTaxGroupRet><ListID>8-1</ListID><Name>G</Name>"
        "<ItemSalesTaxRef><ListID>8-2</ListID></ItemSalesTaxRef>"
        "<ItemSalesTaxRef><ListID>8-3</ListID></ItemSalesTaxRef></ItemSalesTaxGroupRet>",
    )
    members = {name: text for name, text in found.data.items() if "ItemSalesTaxRef" in name}
    assert list(members.values()) == ["8-2", "8-3"]


def test_a_sales_rep_goes_by_initials_and_is_found_by_name() -> None:
    found = entry(
        "SalesRep",
        "<SalesRepRet><ListID>8-1</ListID><Initial>JD</Initial><IsActive>true</IsActive>"
        "<SalesRepEntityRef><FullName>Jane Doe</FullName></SalesRepEntityRef></SalesRepRet>",
    )
    assert (found.full_name, found.keys["entity"]) == ("JD", ("jane doe",))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane  Doe ", "jane doe"),
        ("O\u2019Brien", "o'brien"),
        ("A \u2013 B", "a - b"),
        ("Parent : Child", "parent:child"),
        ("STRASSE", "Stra\u00dfe"),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_names_that_quickbooks_takes_for_one_are_equal(one: str, other: str) -> None:
    assert lists.normal(one) == lists.normal(other)


@pytest.mark.parametrize(("one", "other"), [("1-23", "12-3"), ("A:B", "AB"), ("A.1", "A1")])
def test_names_that_differ_in_punctuation_are_not_equal(one: str, other: str) -> None:
    assert lists.normal(one) != lists.normal(other)


def test_loose_names_are_words_alone() -> None:
    assert lists.loose("Müller & Söhne, G.m.b.H. O\u2019Brien") == "muller sohne g m b h obrien"


@pytest.mark.parametrize(
    ("text", "limit", "suffix", "name"),
    [
        ("Jane: Doe", 41, "", "Jane Doe"),
        ("  Jane \t\n Doe  ", 41, "", "Jane Doe"),
        ("Łódź Market", 41, "", "Lódz Market"),
        ("A very long product name that goes on", 31, "", "A very long product name that g"),
        ("A very long product name that goes on", 31, "(2)", "A very long product name th (2)"),
        ("😀", 41, "", "grinning"),
        ("\x00:\x1f", 41, "", ""),
        ("", 41, "web", "web"),
        ("Jane", 3, "much too long", "muc"),
    ],
)
def test_names_are_cleaned_by_a_stated_rule(text: str, limit: int, suffix: str, name: str) -> None:
    assert lists.clean_name(text, limit, suffix=suffix) == name


def test_an_addition_survives_keeping() -> None:
    addition = Addition(
        kind="Item",
        variant="ItemService",
        full_name="Web:Café",
        fields={
            "SalesOrPurchase": {"Price": Decimal("1.50"), "AccountRef": Ref("Account", "Sales")},
            "IsActive": True,
        },
    )
    assert Addition.loads(addition.dumps()) == addition
    assert addition.ref == Ref("Item", "Web:Café")


def test_an_additions_name_and_parent_are_told_apart_only_in_nested_lists() -> None:
    nested = Addition(kind="Customer", variant="Customer", full_name="Jane:Web").elements()
    assert nested == {"Name": "Web", "ParentRef": Ref("Customer", "Jane")}
    flat = Addition(kind="PaymentMethod", variant="PaymentMethod", full_name="A:B").elements()
    assert flat == {"Name": "A:B"}


def test_an_unknown_list_is_a_named_error() -> None:
    with pytest.raises(lists.UnknownListError):
        lists.kind("Fruit")


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("CustomerQueryRs__skryl*", "Customer"),
        ("ItemQueryRs*", "Item"),
        ("AccountQueryRs__bill-ash*", "Account"),
        ("VendorQueryRs*", "Vendor"),
    ],
)
def test_real_answers_become_entries(pattern: str, kind: str) -> None:
    known = lists.kind(kind)
    entries = [
        lists.entry(known, one)
        for path in shared("qbxml/captures").glob(pattern)
        for result in qbxml.parse(path.read_bytes()).results
        for one in result.records
    ]
    assert entries
    assert all(one.list_id and one.full_name for one in entries)
    assert {f"{one.variant}Ret" for one in entries} <= set(known.ret)


def test_the_company_file_tells_what_it_is_and_allows() -> None:
    text = shared("qbxml/captures").joinpath("strHCPResponse__qbwc_QuickBooksPro2014.txt")
    xml = text.read_text(encoding="utf-8").split('=> "', 1)[1].rsplit('"', 1)[0]
    mended = xml.replace('\\"', '"').replace("<yzer/", "</")  # damaged where it was anonymised
    response = qbxml.parse(mended)
    assert not response.damaged
    found = company.read(one for result in response.results for one in result.records)
    assert found.product == "QuickBooks Pro 2014"
    assert found.supports("13.0")
    assert not found.supports("16.0")
    assert found.single_user is True
    assert found.sales_orders is False
    assert (found.class_tracking, found.inventory, found.multi_currency) == (False, False, False)
    assert found.file_id("{512349b1-1111-2222-3333-000DE1813D20}").startswith("{00000ee")
    assert found.file_id("{other}") == ""
    assert found.personal_data is False


def test_preferences_name_the_defaults() -> None:
    preferences = record(
        "<PreferencesRet><AccountingPreferences><ClosingDate>2025-12-31</ClosingDate>"
        "</AccountingPreferences><SalesTaxPreferences><DefaultItemSalesTaxRef>"
        "<FullName>CA 7.25</FullName></DefaultItemSalesTaxRef></SalesTaxPreferences>"
        "</PreferencesRet>"
    )
    found = company.read([preferences])
    assert (found.closing_date, found.default_tax_item) == (date(2025, 12, 31), "CA 7.25")
    assert found.sales_tax is True
    assert found.sales_orders is None
    assert found.supports("13.0")
