"""Custom fields at the head of documents: those that QuickBooks has, with texts that fit them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc import lists, qbxml
from qbwc.documents import Document
from qbwc.planning import Plan
from tests.planning import FILE, an, kinds, only, order, planned

FIELDS = FILE.with_(
    an("CustomField", "Lot", DataExtType="STR255TYPE", AssignToObject="Customer"),
    an("CustomField", "Gift note", DataExtType="STR1024TYPE"),
    an("CustomField", "Weight", DataExtType="QUANTYPE", AssignToObject="Customer"),
    an("CustomField", "Pieces", DataExtType="INTTYPE"),
    an("CustomField", "Packed", DataExtType="DATETIMETYPE"),
    an("CustomField", "Bin", DataExtType="STR255TYPE", AssignToObject="Item"),
    an(
        "CustomField", "Route", DataExtType="STR255TYPE",
        **{"AssignToObject": "Vendor", "AssignToObject.2": "Invoice"},  # type: ignore[arg-type]
    ),
)  # fmt: skip


def fields_of(*given: Any, **rules: Any) -> Any:
    made = planned(order(), FIELDS, custom_fields=list(given), **rules)
    assert made.verdict == "post", made.reasons
    return only(made, "Invoice").fields.get("CustomFields")


def held(*given: Any) -> Plan:
    made = planned(order(), FIELDS, custom_fields=list(given))
    assert made.verdict == "hold"
    return made


def test_fields_have_the_names_that_quickbooks_gave_them() -> None:
    assert fields_of(["LOT", "7"], ["gift  note", "For you"]) == {
        "Lot": "7",
        "Gift note": "For you",
    }


def test_of_two_texts_for_a_field_the_first_counts() -> None:
    assert fields_of(["Lot", "7"], ["lot", "8"]) == {"Lot": "7"}


def test_without_fields_a_document_has_none() -> None:
    assert fields_of() is None
    assert fields_of(["Lot", ""]) is None


@pytest.mark.parametrize(
    ("kind", "documents"),
    [
        ("sales_receipt", ["SalesReceipt"]),
        ("sales_order_and_invoice", ["SalesOrder", "Invoice"]),
        ("estimate", ["Estimate"]),
        ("invoice_and_payment", ["Invoice"]),
    ],
)
def test_every_sales_form_has_them_and_a_payment_has_not(kind: str, documents: list[str]) -> None:
    made = planned(order(), FIELDS, custom_fields=[["Lot", "7"]], transaction_type=kind)
    have = [one.kind for one in made.documents if "CustomFields" in one.fields]
    assert have == documents
    assert set(kinds(made)) - set(have) <= {"ReceivePayment"}


def test_a_field_that_quickbooks_lacks_is_held() -> None:
    made = held(["Batch", "7"])
    assert made.reasons == ("Custom fields: QuickBooks has no custom field 'Batch'",)
    assert [tuple(cause) for cause in made.causes] == [("entry", "CustomField Batch")]


def test_a_field_of_something_else_than_sales_forms_is_held() -> None:
    reason = "Custom fields: the custom field 'Bin' is not one of sales forms"
    assert held(["Bin", "7"]).reasons == (reason,)
    assert fields_of(["Route", "7"]) == {"Route": "7"}


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("Weight", "2.5", "2.5"), ("Pieces", "3", "3"), ("Packed", "2026-11-24", "2026-11-24"),
        ("Lot", "x" * 300, "x" * 255), ("Gift note", "x" * 300, "x" * 300),
        ("Lot", " a\tb ", "a b"),
    ],
)  # fmt: skip
def test_a_text_is_written_as_its_field_takes_it(name: str, text: str, kept: str) -> None:
    assert fields_of([name, text]) == {name: kept}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("Weight", "heavy", "'Weight' takes numbers, not 'heavy'"),
        ("Weight", "NaN", "'Weight' takes numbers, not 'NaN'"),
        ("Pieces", "2.5", "'Pieces' takes whole numbers, not '2.5'"),
        ("Packed", "soon", "'Packed' takes dates (year-month-day), not 'soon'"),
    ],
)
def test_a_text_that_is_no_number_or_date_is_held(name: str, text: str, said: str) -> None:
    assert held([name, text]).reasons == (f"Custom fields: {said}",)


def test_a_field_can_be_cleared() -> None:
    (cleared,) = fields_of(["Lot", {"clear": []}]).items()
    document = Document(kind="Invoice", fields={"CustomFields": dict([cleared])})
    again = Document.loads(document.dumps())
    assert list(qbxml.custom_fields_of(again)) == [("Lot", "")]


def test_before_the_lists_were_read_names_are_taken_as_they_are() -> None:
    made = planned(order(), replace(FILE, verified=False), custom_fields=[["Batch", "7"]])
    assert only(made, "Invoice").fields["CustomFields"] == {"Batch": "7"}


@pytest.mark.parametrize(("text", "tag"), [("7 & 8", "DataExtAdd"), ("", "DataExtMod")])
def test_a_field_is_a_request_of_its_own(text: str, tag: str) -> None:
    written = qbxml.custom_field_request("Invoice", "1A-2", "Größe <x>", text, "9")
    value = "7 &amp; 8" if text else ""
    assert written == (
        f'<{tag}Rq requestID="9"><{tag}><OwnerID>0</OwnerID>'
        "<DataExtName>Gr&#246;&#223;e &lt;x&gt;</DataExtName>"
        "<TxnDataExtType>Invoice</TxnDataExtType><TxnID>1A-2</TxnID>"
        f"<DataExtValue>{value}</DataExtValue></{tag}></{tag}Rq>"
    )


def test_the_definitions_are_asked_for_by_their_owner() -> None:
    asked = qbxml.query_request(lists.kind("CustomField"), "1")
    assert asked.startswith(
        '<DataExtDefQueryRq requestID="1"><OwnerID>0</OwnerID><IncludeRetElement>'
    )
