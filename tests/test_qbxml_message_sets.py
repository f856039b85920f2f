"""Message sets and queries as they leave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from lxml import etree

from qbwc import documents, lists, qbxml
from qbwc.qbxml import CannotRender
from tests.qbxml_cases import assert_valid


def test_a_message_set_has_both_processing_instructions_and_the_ids() -> None:
    text = qbxml.message_set([], new_id="q" + "a" * 20, old_id="q" + "b" * 20).decode()
    first, second, third = text.split("\n")
    assert first == '<?xml version="1.0" encoding="utf-8"?>'
    assert second == '<?qbxml version="13.0"?>'
    assert f'newMessageSetID="q{"a" * 20}" oldMessageSetID="q{"b" * 20}"' in third
    assert 'onError="continueOnError"' in third


def test_a_message_set_is_ascii_whatever_its_text() -> None:
    memo = documents.Document(
        kind="SalesReceipt",
        fields={"Memo": "Café Łódź 😀", "lines": [{"Desc": "naïve"}]},
    )
    request = qbxml.request(memo, "1", resolve=lambda ref: None, txn=lambda ref: None)
    data = qbxml.message_set([request])
    assert data.isascii()
    found = etree.fromstring(data)
    assert found.findtext(".//SalesReceiptAdd/Memo") == "Café Lódz :grinning:"
    assert found.findtext(".//Desc") == "naïve"


@pytest.mark.parametrize(
    "options",
    [
        {"on_error": "rollbackOnError"},
        {"new_id": "x" * 24},
        {"old_id": ""},
        {"new_id": 'a"b'},
        {"version": "13"},
    ],
)
def test_a_message_set_that_quickbooks_refuses_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(CannotRender):
        qbxml.message_set([], **options)


@pytest.mark.parametrize("kind", lists.kinds().values(), ids=lambda kind: kind.name)
def test_every_list_can_be_read_whole_and_since_a_time(kind: lists.ListKind) -> None:
    assert_valid(qbxml.query_request(kind, "1"))
    if kind.modified:
        since = qbxml.query_request(kind, "1", modified_from="2026-11-25T10:00:00")
        assert "<FromModifiedDate>2026-11-25T10:00:00</FromModifiedDate>" in since
        assert "<ActiveStatus>All</ActiveStatus>" in since
        assert_valid(since, qbxml.query_request(kind, "2", names=["A & B"], active=None))
    if kind.deleted:
        assert_valid(qbxml.deleted_request(kind, "1", deleted_from=datetime(2026, 1, 2)))  # noqa: DTZ001


@pytest.mark.parametrize("name", ["Customer", "Item", "ItemSites"])
def test_a_list_is_read_in_parts_where_quickbooks_can(name: str) -> None:
    start = qbxml.query_request(lists.kind(name), "1", iterator="Start", max_returned=500)
    more = qbxml.query_request(
        lists.kind(name), "2", iterator="Continue", iterator_id="{a}", max_returned=500
    )
    assert 'iterator="Start"' in start
    assert 'iterator="Continue" iteratorID="{a}"' in more
    assert_valid(start, more)


@pytest.mark.parametrize("kind", documents.kinds().values(), ids=lambda kind: kind.name)
def test_every_document_can_be_found_again(kind: documents.DocumentKind) -> None:
    by_number = qbxml.query_request(kind, "1", ref_numbers=["1001", "1002"])
    by_customer = qbxml.query_request(
        kind,
        "2",
        entity="80000001-1",
        modified_from=datetime(2026, 11, 25, 9),  # noqa: DTZ001
        modified_to="2026-11-25T10:00:00",
        linked_txns=True,
        line_items=True,
    )
    by_id = qbxml.query_request(kind, "3", ids=["1-2"], include=())
    assert "<IncludeRetElement>ExternalGUID</IncludeRetElement>" in by_number
    assert ("<IncludeLinkedTxns>" in by_customer) == kind.linked
    assert_valid(by_number, by_customer, by_id, qbxml.deleted_request(kind, "4"))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Customer", {"ids": ["1"], "names": ["A"]}),
        ("Customer", {"names": ["A"], "max_returned": 5}),
        ("Customer", {"ref_numbers": ["1"]}),
        ("Customer", {"iterator": "Start"}),
        ("Customer", {"iterator": "Continue", "max_returned": 5}),
        ("Customer", {"iterator": "Start", "iterator_id": "{a}", "max_returned": 5}),
        ("Customer", {"max_returned": 0}),
        ("Customer", {"modified_from": "yesterday"}),
        ("Account", {"iterator": "Start", "max_returned": 5}),
        ("Template", {"modified_from": "2026-11-25T10:00:00"}),
        ("ItemSites", {"modified_from": "2026-11-25T10:00:00"}),
    ],
)
def test_a_query_that_does_not_exist_is_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(CannotRender):
        qbxml.query_request(lists.kind(name), "1", **options)


def test_a_transaction_has_no_full_name_to_ask_for() -> None:
    with pytest.raises(CannotRender):
        qbxml.query_request(documents.kind("Invoice"), "1", names=["A"])


def test_templates_keep_no_record_of_deletions() -> None:
    with pytest.raises(CannotRender):
        qbxml.deleted_request(lists.kind("Template"), "1")


def test_company_host_and_preferences_can_be_asked() -> None:
    owner = "{4efa71c7-4738-5c6d-8ec9-07de049c4578}"
    assert_valid(
        qbxml.plain_query("HostQueryRq", "1"),
        qbxml.plain_query("CompanyQueryRq", "2", owner_id=owner),
        qbxml.plain_query("PreferencesQueryRq", "3", include=["AccountingPreferences"]),
    )
