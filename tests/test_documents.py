"""Documents as data, the kinds there are, and text that QuickBooks can keep."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc import documents
from qbwc.documents import CLEAR, Address, Document, Key, Ref, Totals, TxnRef, refs, txn_refs
from qbwc.documents.encoding import cut, escape, printable

DOCUMENT = Document(
    kind="Invoice",
    part="7",
    action="mod",
    fields={
        "CustomerRef": Ref("Customer", "Jane", "8-1"),
        "TxnDate": date(2026, 11, 25),
        "Memo": CLEAR,
        "BillAddress": Address(lines=("Jane", "1 Main St"), city="Springfield", note="n"),
        "lines": [
            {
                "ItemRef": Ref("Item", "Widget"),
                "Amount": Decimal("1.10"),
                "LinkToTxn": {"TxnID": TxnRef("SalesOrder"), "TxnLineID": "1-1"},
            }
        ],
        "IsPending": False,
    },
    totals=Totals(subtotal=Decimal("1.10"), tax=Decimal(0), total=Decimal("1.10"), certain=False),
)


def test_a_document_survives_keeping() -> None:
    kept = Document.loads(DOCUMENT.dumps())
    assert kept == DOCUMENT
    assert kept.fields["Memo"] is CLEAR
    assert isinstance(kept.fields["lines"][0]["Amount"], Decimal)


def test_a_document_cannot_hold_a_float() -> None:
    with pytest.raises(TypeError, match="float"):
        Document(kind="Invoice", fields={"ExchangeRate": 1.5}).dumps()


def test_references_are_found_in_every_depth() -> None:
    assert [ref.full_name for ref in refs(DOCUMENT.fields)] == ["Jane", "Widget"]
    assert txn_refs(DOCUMENT.fields) == [TxnRef("SalesOrder")]


def test_a_guid_is_the_same_for_ever_and_another_for_each_generation() -> None:
    key = Key("shop", "1001", "Invoice")
    assert key.guid() == Key("shop", "1001", "Invoice").guid()
    others = {
        key.guid(2),
        Key("shop", "1001", "Invoice", "1").guid(),
        Key("sho", "p1001", "").guid(),
    }
    assert len(others | {key.guid()}) == 4


def test_an_unknown_kind_is_a_named_error() -> None:
    with pytest.raises(documents.UnknownKindError):
        documents.kind("Fruit")


def test_a_kind_says_what_it_supports() -> None:
    invoice = documents.kind("Invoice")
    assert "TermsRef" in invoice.elements
    assert "lines" not in invoice.elements
    assert "PaymentMethodRef" not in invoice.elements
    assert {"ItemRef", "Rate", "SalesTaxCodeRef"} <= invoice.line_elements
    assert (invoice.limit("Memo"), invoice.limit("PONumber"), invoice.limit("TxnDate")) == (
        4095,
        25,
        None,
    )
    assert invoice.limit("Desc") == 4095


@pytest.mark.parametrize(
    ("kind", "posting", "ref_number"),
    [
        ("Invoice", True, 11),
        ("SalesReceipt", True, 11),
        ("CreditMemo", True, 11),
        ("ReceivePayment", True, 20),
        ("SalesOrder", False, 11),
        ("Estimate", False, 11),
    ],
)
def test_kinds_know_whether_they_post_and_how_long_a_number_may_be(
    kind: str, *, posting: bool, ref_number: int
) -> None:
    found = documents.kind(kind)
    assert (found.posting, found.ref_number_limit) == (posting, ref_number)
    assert found.query == f"{kind}QueryRq"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Crème brûlée \u20ac5\u2026", "Crème brûlée \u20ac5\u2026"),
        ("Cafe\u0301", "Café"),
        ("Łódź", "Lódz"),
        ("東京", "DongJing"),
        ("a\u200bb\ufe0f", "ab"),
        ("soft\u00adhyphen", "softhyphen"),
        ("a\xa0b", "a b"),
        (" trimmed ", "trimmed"),
        ("a\tb\x00c\x85d", "a b c d"),
        ("one\r\ntwo\rthree", "one two three"),
    ],
)
def test_text_is_kept_in_windows_1252(text: str, kept: str) -> None:
    assert printable(text) == kept


def test_line_breaks_are_kept_where_they_may_be() -> None:
    assert printable("one\r\ntwo\rthree\n", multiline=True) == "one\ntwo\nthree"


@given(st.text())
def test_any_text_ends_up_as_printable_windows_1252(text: str) -> None:
    kept = printable(text, multiline=True)
    kept.encode("cp1252")
    assert all(char == "\n" or char.isprintable() for char in kept)
    assert printable(kept, multiline=True) == kept


@given(st.text(), st.integers(1, 40))
def test_a_cut_text_is_its_beginning_and_within_the_limit(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(short) <= limit
    assert text.startswith(short)


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 10, "one two"),
        ("one two three", 7, "one two"),
        ("one twothreefourfivesixseven", 22, "one twothreefourfivesi"),
        ("Donaudampfschifffahrt", 10, "Donaudampf"),
    ],
)
def test_a_text_is_cut_where_a_word_ends_if_that_is_near(text: str, limit: int, short: str) -> None:
    assert cut(text, limit) == short


def test_what_is_sent_is_ascii() -> None:
    assert escape("<Café & Co> 'x' \"y\"") == "&lt;Caf&#233; &amp; Co&gt; 'x' \"y\""
