"""Queries of the practice company: filters, paging, iterators, what is shown."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from tests.practice_helpers import TODAY, Answer, Desk, line, query, ref, sale


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def names(answer: Answer) -> list[str]:
    return answer.all("CustomerRet/Name")


def test_a_query_that_finds_nothing_is_status_1(desk: Desk) -> None:
    answer = desk.ask(query("Invoice"))
    assert (answer.code, answer.severity) == (1, "Info")
    assert answer.message == "A query request did not find a matching object in QuickBooks"


def test_a_name_that_is_not_there_is_500_and_the_others_are_returned(desk: Desk) -> None:
    desk.customer("Anna")
    answer = desk.ask(query("Customer", "<FullName>bleech</FullName><FullName>anna</FullName>"))
    assert (answer.code, answer.severity) == (500, "Warn")
    assert answer.message == (
        "The query request has not been fully completed. There was a required element "
        '("bleech") that could not be found in QuickBooks.'
    )
    assert names(answer) == ["Anna"]


def test_a_list_id_that_is_not_there_is_3120(desk: Desk) -> None:
    answer = desk.ask(query("Customer", "<ListID>8000001B-1405768916</ListID>"))
    assert answer.code == 3120


def test_inactive_records_are_left_out_unless_asked_for(desk: Desk) -> None:
    desk.customer("Anna")
    desk.customer("Bo", "<IsActive>false</IsActive>")
    only = "<ActiveStatus>InactiveOnly</ActiveStatus>"
    assert "Bo" not in names(desk.do(query("Customer")))
    assert names(desk.do(query("Customer", only))) == ["Bo"]
    both = desk.do(query("Customer", only.replace("InactiveOnly", "All")))
    assert {"Anna", "Bo"} <= set(names(both))


@pytest.mark.parametrize(
    ("criterion", "text", "expected"),
    [("StartsWith", "an", ["Anna"]), ("Contains", "NN", ["Anna", "Jenny"]),
     ("EndsWith", "y", ["Jenny"])],
)  # fmt: skip
def test_names_can_be_filtered(desk: Desk, criterion: str, text: str, expected: list[str]) -> None:
    for name in ("Anna", "Bo", "Jenny"):
        desk.customer(name)
    match = f"<MatchCriterion>{criterion}</MatchCriterion><Name>{text}</Name>"
    assert names(desk.do(query("Customer", f"<NameFilter>{match}</NameFilter>"))) == expected


def test_a_range_of_names_includes_its_ends(desk: Desk) -> None:
    for name in ("Anna", "Bo", "Carl"):
        desk.customer(name)
    span = "<NameRangeFilter><FromName>b</FromName><ToName>carl</ToName></NameRangeFilter>"
    assert names(desk.do(query("Customer", span))) == ["Bo", "Carl"]


def test_modified_dates_are_read_as_local_time_whatever_their_offset(tmp_path: Path) -> None:
    day = [date(2026, 11, 1)]
    desk = Desk(tmp_path, today=lambda: day[0])
    desk.customer("Anna")
    day[0] = TODAY
    desk.customer("Bo")
    since = "<FromModifiedDate>2026-11-25T00:00:00+14:00</FromModifiedDate>"
    until = "<ToModifiedDate>2026-11-01</ToModifiedDate>"
    assert names(desk.do(query("Customer", since))) == ["Bo"]
    assert "Anna" in names(desk.do(query("Customer", until)))


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows cannot change its zone")
def test_times_carry_the_standard_offset_in_summer_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        desk = Desk(tmp_path, today=lambda: date(2026, 7, 1))
        desk.customer("Anna")
        answer = desk.do(query("Customer", "<FullName>Anna</FullName>"))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert answer["TimeCreated"].endswith("-05:00")


def test_include_ret_element_shows_only_what_it_names(desk: Desk) -> None:
    desk.customer("Anna", "<Phone>1</Phone>")
    answer = desk.do(
        query(
            "Customer",
            "<FullName>Anna</FullName><IncludeRetElement>ListID</IncludeRetElement>"
            "<IncludeRetElement>Phone</IncludeRetElement>",
        )
    )
    assert [one.tag for one in answer.element[0]] == ["ListID", "Phone"]


def test_an_add_can_limit_its_answer_too(desk: Desk) -> None:
    tail = "<IncludeRetElement>TxnID</IncludeRetElement>"
    request = sale("Invoice", line("Invoice", "Desk Lamp")).replace(
        "</InvoiceAddRq>", f"{tail}</InvoiceAddRq>"
    )
    assert [one.tag for one in desk.do(request).element[0]] == ["TxnID"]


def test_all_kinds_of_items_come_in_one_query(desk: Desk) -> None:
    answer = desk.do(query("Item"))
    kinds = {str(one.tag) for one in answer.element}
    assert {"ItemServiceRet", "ItemInventoryRet", "ItemSalesTaxGroupRet", "ItemGroupRet"} <= kinds


def test_terms_and_entities_come_from_several_lists(desk: Desk) -> None:
    terms = {str(one.tag) for one in desk.do(query("Terms")).element}
    assert terms == {"StandardTermsRet", "DateDrivenTermsRet"}
    entities = {str(one.tag) for one in desk.do(query("Entity")).element}
    assert entities == {"CustomerRet", "VendorRet", "EmployeeRet", "OtherNameRet"}


def test_accounts_can_be_filtered_by_type(desk: Desk) -> None:
    answer = desk.do(query("Account", "<AccountType>Bank</AccountType>"))
    assert answer.all("AccountRet/Name") == ["Checking", "Savings"]


@pytest.mark.parametrize(
    "kind",
    [
        "Class",
        "CustomerType",
        "ShipMethod",
        "SalesTaxCode",
        "Template",
        "CustomerMsg",
        "PriceLevel",
        "SalesRep",
    ],
)
def test_the_small_lists_are_there(desk: Desk, kind: str) -> None:
    assert desk.do(query(kind)).has(f"{kind}Ret/ListID")


@pytest.mark.parametrize("kind", ["InventorySite", "UnitOfMeasureSet", "JobType"])
def test_lists_without_records_find_nothing(desk: Desk, kind: str) -> None:
    assert desk.ask(query(kind)).code == 1


def test_max_returned_cuts_and_meta_data_counts(desk: Desk) -> None:
    cut = desk.do(
        query("Customer", "<MaxReturned>2</MaxReturned>", 'metaData="MetaDataAndResponseData"')
    )
    assert len(names(cut)) == 2
    assert cut.element.get("retCount") == "2"
    counted = desk.do(query("Customer", "", 'metaData="MetaDataOnly"'))
    assert counted.element.get("retCount") == "3"
    assert len(counted.element) == 0


PAGE = "<MaxReturned>2</MaxReturned>"


def test_an_iterator_pages_through_everything_once(desk: Desk) -> None:
    for number in range(4):
        desk.customer(f"Customer {number}")
    page = desk.do(query("Customer", PAGE, 'iterator="Start"'))
    seen = names(page)
    remaining = [page.element.get("iteratorRemainingCount")]
    while remaining[-1] != "0":
        iterator = page.element.get("iteratorID")
        page = desk.do(query("Customer", PAGE, f'iterator="Continue" iteratorID="{iterator}"'))
        seen += names(page)
        remaining.append(page.element.get("iteratorRemainingCount"))
    assert remaining == ["5", "3", "1", "0"]
    assert len(seen) == len(set(seen)) == 7


def test_an_iterator_that_is_not_open_is_3391(desk: Desk) -> None:
    answer = desk.ask(query("Customer", PAGE, 'iterator="Continue" iteratorID="{x}"'))
    assert answer.code == 3391
    assert answer.message == 'The iteratorID "{x}" is not valid.'


def test_an_iterator_must_repeat_its_filters(desk: Desk) -> None:
    first = desk.do(query("Customer", "<MaxReturned>1</MaxReturned>", 'iterator="Start"'))
    again = f'iterator="Continue" iteratorID="{first.element.get("iteratorID")}"'
    other = "<MaxReturned>1</MaxReturned><ActiveStatus>All</ActiveStatus>"
    assert desk.ask(query("Customer", other, again)).code == 3391


def test_a_stopped_iterator_is_gone(desk: Desk) -> None:
    first = desk.do(query("Customer", "<MaxReturned>1</MaxReturned>", 'iterator="Start"'))
    mark = first.element.get("iteratorID")
    desk.do(query("Customer", "", f'iterator="Stop" iteratorID="{mark}"'))
    again = query("Customer", PAGE, f'iterator="Continue" iteratorID="{mark}"')
    assert desk.ask(again).code == 3391


@pytest.fixture
def invoices(desk: Desk) -> list[Answer]:
    desk.customer("Anna")
    desk.customer("Garden", ref("ParentRef", "Anna"))
    lamp = line("Invoice", "Desk Lamp")
    return [
        desk.do(sale("Invoice", lamp, customer=customer, head=head))
        for customer, head in (
            ("Anna", "<TxnDate>2026-11-01</TxnDate><RefNumber>W-1</RefNumber>"),
            ("Anna:Garden", "<TxnDate>2026-11-10</TxnDate><RefNumber>W-2</RefNumber>"),
            ("Web Store", "<TxnDate>2026-11-20</TxnDate><RefNumber>X-3</RefNumber>"),
        )
    ]


def numbers(answer: Answer) -> list[str]:
    return answer.all("InvoiceRet/RefNumber")


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<RefNumber>w-1</RefNumber><RefNumber>X-3</RefNumber>", ["W-1", "X-3"]),
        ("<RefNumber>W-1</RefNumber><RefNumber>none</RefNumber>", ["W-1"]),
        ("<EntityFilter><FullName>Anna</FullName></EntityFilter>", ["W-1"]),
        (
            "<EntityFilter><FullNameWithChildren>Anna</FullNameWithChildren></EntityFilter>",
            ["W-1", "W-2"],
        ),
        (
            (
                "<TxnDateRangeFilter><FromTxnDate>2026-11-10</FromTxnDate>"
                "<ToTxnDate>2026-11-20</ToTxnDate></TxnDateRangeFilter>"
            ),
            ["W-2", "X-3"],
        ),
        (
            (
                "<ModifiedDateRangeFilter><FromModifiedDate>2026-11-25</FromModifiedDate>"
                "</ModifiedDateRangeFilter><EntityFilter><FullName>Web Store</FullName>"
                "</EntityFilter>"
            ),
            ["X-3"],
        ),
        (
            (
                "<RefNumberFilter><MatchCriterion>StartsWith</MatchCriterion>"
                "<RefNumber>w-</RefNumber></RefNumberFilter>"
            ),
            ["W-1", "W-2"],
        ),
        (
            "<RefNumberRangeFilter><FromRefNumber>W-2</FromRefNumber></RefNumberRangeFilter>",
            ["W-2", "X-3"],
        ),
        ("<PaidStatus>NotPaidOnly</PaidStatus>", ["W-1", "W-2", "X-3"]),
    ],
)
def test_transactions_can_be_filtered(
    desk: Desk, invoices: list[Answer], inner: str, expected: list[str]
) -> None:
    assert len(invoices) == 3
    assert numbers(desk.do(query("Invoice", inner))) == expected


def test_numbers_that_are_not_there_are_status_1(desk: Desk, invoices: list[Answer]) -> None:
    assert invoices
    assert desk.ask(query("Invoice", "<RefNumber>nothing</RefNumber>")).code == 1
    exact = "<RefNumberCaseSensitive>w-1</RefNumberCaseSensitive>"
    assert desk.ask(query("Invoice", exact)).code == 1


def test_a_txn_id_that_is_not_there_is_500(desk: Desk, invoices: list[Answer]) -> None:
    both = f"<TxnID>{invoices[0]['TxnID']}</TxnID><TxnID>F-1</TxnID>"
    answer = desk.ask(query("Invoice", both))
    assert answer.code == 500
    assert numbers(answer) == ["W-1"]


def test_an_entity_that_is_not_there_is_3140(desk: Desk) -> None:
    inner = "<EntityFilter><FullName>Nobody</FullName></EntityFilter>"
    assert desk.ask(query("Invoice", inner)).code == 3140


def test_lines_are_shown_when_asked_for(desk: Desk, invoices: list[Answer]) -> None:
    by_id = f"<TxnID>{invoices[0]['TxnID']}</TxnID>"
    lines = "<IncludeLineItems>true</IncludeLineItems>"
    assert not desk.do(query("Invoice", by_id)).has("InvoiceLineRet")
    assert desk.do(query("Invoice", by_id + lines)).has("InvoiceLineRet")


def test_transactions_are_paged_too(desk: Desk, invoices: list[Answer]) -> None:
    page = desk.do(query("Invoice", PAGE, 'iterator="Start"'))
    assert len(numbers(page)) == 2
    mark = page.element.get("iteratorID")
    rest = desk.do(query("Invoice", PAGE, f'iterator="Continue" iteratorID="{mark}"'))
    assert numbers(rest) == [invoices[2]["RefNumber"]]


def test_host_company_and_preferences(desk: Desk) -> None:
    assert "13.0" in desk.do(query("Host")).all("SupportedQBXMLVersion")
    assert desk.do(query("Company"))["CompanyName"] == "Practice Company"
    preferences = desk.do(query("Preferences"))
    assert preferences["IsMultiCurrencyOn"] == "false"
    assert preferences["DefaultItemSalesTaxRef/FullName"] == "Out of State"


def test_the_host_response_holds_all_three(desk: Desk) -> None:
    owner = "{11111111-1111-1111-1111-111111111111}"
    desk.company.stamp_file_id(owner, "{22222222-2222-2222-2222-222222222222}")
    text = desk.company.host_response()
    assert text.startswith('<?xml version="1.0" ?><QBXML>')
    root = etree.fromstring(text.partition("?>")[2])
    assert [one.tag for one in root[0]] == ["HostQueryRs", "CompanyQueryRs", "PreferencesQueryRs"]
    assert root.findtext(".//DataExtRet/DataExtName") == "FileID"
    assert root.findtext(".//DataExtRet/OwnerID") == owner
