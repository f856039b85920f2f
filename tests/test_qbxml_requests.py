"""How one document becomes one request: form, limits, refusals, macros, clearing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from qbwc import lists, qbxml
from qbwc.documents import CLEAR, Address, Document, Key, Ref, TxnRef
from qbwc.qbxml import CannotRender, Cut, Macro
from tests.bench import bench_qbxml
from tests.qbxml_cases import assert_valid

CUSTOMER = Ref("Customer", "Jane Doe", "80000001-1")
WIDGET = Ref("Item", "Widget", "80000002-1")
LINE: dict[str, Any] = {"ItemRef": WIDGET, "Quantity": Decimal(2), "Amount": Decimal("9.90")}


def invoice(**fields: Any) -> Document:
    return Document(
        kind="Invoice", fields={"CustomerRef": CUSTOMER, "lines": [dict(LINE)]} | fields
    )


def render(document: Document, **options: Any) -> etree._Element:
    asked = {"resolve": lambda ref: None, "txn": lambda ref: None} | options
    return etree.fromstring(qbxml.request(document, "r1", **asked))


def sent(element: str, value: Any, **options: Any) -> str | None:
    return render(invoice(**{element: value}), **options).findtext(f"InvoiceAdd/{element}")


def test_elements_come_in_the_schemas_order_whatever_the_order_of_the_fields() -> None:
    document = invoice(Memo="Shop 1001", RefNumber="1001", TxnDate=date(2026, 11, 25))
    names = [child.tag for child in render(document)[0]]
    assert names == ["CustomerRef", "TxnDate", "RefNumber", "Memo", "InvoiceLineAdd"]


def test_the_request_id_and_the_elements_to_return_are_sent() -> None:
    request = render(invoice())
    assert request.get("requestID") == "r1"
    returned = [one.text for one in request.findall("IncludeRetElement")]
    assert {"TxnID", "EditSequence", "BalanceRemaining"} <= set(returned)
    assert "InvoiceLineRet" not in returned


def test_an_add_returns_its_lines_when_asked_and_a_sales_order_always() -> None:
    order = Document(kind="SalesOrder", fields={"CustomerRef": CUSTOMER, "lines": [LINE]})
    for request, line in (
        (render(invoice(), lines=True), "InvoiceLineRet"),
        (render(order), "SalesOrderLineRet"),
    ):
        assert line in [one.text for one in request.findall("IncludeRetElement")]


def test_the_external_guid_is_the_documents_own() -> None:
    guid = Key("shop", "1001", "Invoice").guid()
    request = render(invoice(), key_guid=guid)
    assert request.findtext("InvoiceAdd/ExternalGUID") == guid


def test_a_reference_goes_by_list_id_once_it_is_known() -> None:
    terms = Ref("Terms", "Net 30")
    found = render(invoice(TermsRef=terms), resolve={terms: "80000009-1"}.get)
    assert found.findtext("InvoiceAdd/TermsRef/ListID") == "80000009-1"
    assert found.find("InvoiceAdd/TermsRef/FullName") is None


def test_a_reference_goes_by_name_until_then() -> None:
    found = render(invoice(TermsRef=Ref("Terms", "Net 30 & more")))
    assert found.findtext("InvoiceAdd/TermsRef/FullName") == "Net 30 & more"


@pytest.mark.parametrize("unknown", [None, ""])
def test_a_customer_or_item_goes_by_name_only_where_the_caller_says_so(unknown: str | None) -> None:
    document = invoice(CustomerRef=Ref("Customer", "Jane"))
    if unknown is None:
        with pytest.raises(CannotRender, match="CustomerRef: Customer 'Jane' is not known"):
            render(document, resolve=lambda ref: unknown)
    else:
        found = render(document, resolve=lambda ref: unknown)
        assert found.findtext("InvoiceAdd/CustomerRef/FullName") == "Jane"


@pytest.mark.parametrize(
    ("element", "value", "reason"),
    [
        ("RefNumber", "123456789012", "has 12 characters; QuickBooks keeps 11"),
        ("TermsRef", Ref("Terms", "N" * 32), "has 32 characters"),
        ("TermsRef", Ref("Terms", ""), "names no list entry"),
        ("TermsRef", "Net 30", "is not a reference"),
        ("TxnDate", datetime(2026, 1, 1), "is not a date"),  # noqa: DTZ001
        ("TxnDate", "2026-01-01", "is not a date"),
        ("IsPending", "true", "neither true nor false"),
        ("IsPending", CLEAR, "neither true nor false"),
        ("Memo", 5, "is not a text"),
        ("ExchangeRate", 1.5, "is not a decimal"),
        ("BillAddress", "1 Main St", "is not an address"),
        ("Colour", "red", "no such element"),
        ("CustomerRef", CLEAR, "is not a reference"),
        ("CustomerRef", None, "is missing"),
        ("ExternalGUID", "4efa71c7-4738-5c6d-8ec9-07de049c4578", "is no GUID"),
        ("lines", "none", "is not a group"),
        ("LinkToTxnID", "x" * 37, "is no identifier"),
        ("LinkToTxnID", TxnRef("SalesOrder"), "the SalesOrder has no TxnID yet"),
    ],
)
def test_what_quickbooks_would_refuse_is_not_sent(element: str, value: Any, reason: str) -> None:
    with pytest.raises(CannotRender) as refused:
        render(invoice(**{element: value}))
    assert refused.value.element == f"InvoiceAdd/{element}"
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    ("element", "value", "reason"),
    [
        ("Amount", Decimal("1.005"), "more than two decimals"),
        ("Amount", Decimal("1e13"), "too large"),
        ("Amount", Decimal("NaN"), "is not a decimal"),
        ("Amount", 1.5, "is not a decimal"),
        ("Quantity", Decimal("0.000001"), "more than five decimals"),
        ("Quantity", Decimal("1e10"), "too large"),
        ("Quantity", Decimal("1e-200"), "too small"),
        ("OptionForPriceRuleConflict", "Free", "is none of Zero, BasePrice"),
        ("LinkToTxn", {"TxnID": "1-2", "TxnLineID": "1-3"}, "together with ItemRef"),
    ],
)
def test_a_line_that_quickbooks_would_refuse_is_not_sent(
    element: str, value: Any, reason: str
) -> None:
    with pytest.raises(CannotRender, match=reason):
        render(invoice(lines=[LINE | {element: value}]))


def test_of_rate_percentage_and_price_level_only_one_is_sent() -> None:
    line = {"ItemRef": WIDGET, "Rate": Decimal(1), "RatePercent": Decimal(5)}
    with pytest.raises(CannotRender, match="RatePercent: cannot be sent together with Rate"):
        render(invoice(lines=[line]))


@pytest.mark.parametrize(
    ("amount", "text"),
    [("5", "5.00"), ("-0.1", "-0.10"), ("1E+2", "100.00"), ("2.500", "2.50"), ("0", "0.00")],
)
def test_amounts_have_two_decimals(amount: str, text: str) -> None:
    found = render(invoice(lines=[{"ItemRef": WIDGET, "Amount": Decimal(amount)}]))
    assert found.findtext("InvoiceAdd/InvoiceLineAdd/Amount") == text


@pytest.mark.parametrize(
    ("quantity", "text"), [("2.50000", "2.5"), ("1E+2", "100"), ("10", "10"), ("1E-5", "0.00001")]
)
def test_quantities_are_written_plainly(quantity: str, text: str) -> None:
    found = render(invoice(lines=[{"ItemRef": WIDGET, "Quantity": Decimal(quantity)}]))
    assert found.findtext("InvoiceAdd/InvoiceLineAdd/Quantity") == text


def test_nothing_is_sent_for_what_is_empty() -> None:
    document = invoice(Memo=None, PONumber="", TermsRef=None, BillAddress=Address(), SetCredit=[])
    assert [child.tag for child in render(document)[0]] == ["CustomerRef", "InvoiceLineAdd"]


def test_clear_is_sent_as_an_empty_element() -> None:
    document = Document(
        kind="Invoice",
        action="mod",
        fields={
            "TxnID": "1-2",
            "EditSequence": "3",
            "Memo": CLEAR,
            "TermsRef": CLEAR,
            "BillAddress": CLEAR,
            "DueDate": CLEAR,
        },
    )
    request = qbxml.request(document, "1", resolve=lambda ref: None, txn=lambda ref: None)
    assert "<Memo/>" in request
    assert "<TermsRef><FullName/></TermsRef>" in request
    assert_valid(request)


def test_a_mod_takes_the_newest_edit_sequence_that_is_held() -> None:
    document = Document(kind="SalesOrder", action="mod", fields={"IsManuallyClosed": True})
    request = qbxml.request(
        document, "1", resolve=lambda ref: None, txn=lambda ref: None, held=("1-2", "77")
    )
    assert "<TxnID>1-2</TxnID><EditSequence>77</EditSequence><IsManuallyClosed>true<" in request
    assert_valid(request)


def test_a_mod_without_an_edit_sequence_is_refused() -> None:
    document = Document(kind="SalesOrder", action="mod", fields={"TxnID": "1-2"})
    with pytest.raises(CannotRender, match="EditSequence: is missing"):
        render(document)


def test_a_group_item_becomes_a_group_line() -> None:
    kit = {"ItemGroupRef": Ref("Item", "Kit", "80000003-1"), "Quantity": Decimal(1)}
    names = [child.tag for child in render(invoice(lines=[LINE, kit]))[0]]
    assert names[1:] == ["InvoiceLineAdd", "InvoiceLineGroupAdd"]


def test_a_kept_group_line_of_a_mod_keeps_its_lines() -> None:
    kept = {"TxnLineID": "1-4", "lines": [{"TxnLineID": "1-5"}]}
    document = Document(kind="Invoice", action="mod", fields={"lines": [kept]})
    request = qbxml.request(
        document, "1", resolve=lambda ref: None, txn=lambda ref: None, held=("1-2", "3")
    )
    assert "<InvoiceLineGroupMod><TxnLineID>1-4</TxnLineID><InvoiceLineMod>" in request
    assert_valid(request)


def test_a_payment_is_tied_to_its_invoice_by_a_macro() -> None:
    payment = Document(
        kind="ReceivePayment",
        fields={
            "CustomerRef": CUSTOMER,
            "TotalAmount": Decimal(10),
            "applied": [
                {
                    "TxnID": TxnRef("Invoice"),
                    "PaymentAmount": Decimal(10),
                    "SetCredit": [
                        {"CreditTxnID": TxnRef("CreditMemo"), "AppliedAmount": Decimal(1)}
                    ],
                }
            ],
        },
    )
    macros = {TxnRef("Invoice"): Macro("D1"), TxnRef("CreditMemo"): Macro("D2")}
    first = qbxml.request(invoice(), "1", resolve=macros.get, txn=macros.get, macro="D1")
    second = qbxml.request(payment, "2", resolve=macros.get, txn=macros.get)
    assert '<InvoiceAdd defMacro="TxnID:D1">' in first
    assert '<AppliedToTxnAdd><TxnID useMacro="TxnID:D1"/>' in second
    assert '<SetCredit><CreditTxnID useMacro="TxnID:D2"/>' in second
    assert_valid(first, second)


@pytest.mark.parametrize(
    "document",
    [
        invoice(LinkToTxnID=[TxnRef("SalesOrder")]),
        invoice(lines=[{"LinkToTxn": {"TxnID": TxnRef("SalesOrder"), "TxnLineID": "1-1"}}]),
        Document(
            kind="ReceivePayment",
            action="mod",
            fields={"TxnID": "1", "EditSequence": "1", "applied": [{"TxnID": TxnRef("Invoice")}]},
        ),
    ],
    ids=["header link", "line link", "payment changed"],
)
def test_a_macro_elsewhere_must_wait_for_the_txn_id(document: Document) -> None:
    with pytest.raises(CannotRender, match="cannot be a macro here"):
        render(document, txn=lambda ref: Macro("D1"))


@pytest.mark.parametrize("name", ["", "a b", 'x"', "n" * 41])
def test_a_macro_has_a_plain_name(name: str) -> None:
    with pytest.raises(CannotRender, match="is no macro name"):
        render(
            invoice(SetCredit=[{"CreditTxnID": TxnRef("CreditMemo"), "AppliedAmount": 1}]),
            txn=lambda ref: Macro(name),
        )


def test_a_payment_never_pays_the_oldest_invoices() -> None:
    fields = {"CustomerRef": CUSTOMER, "TotalAmount": Decimal(1), "IsAutoApply": True}
    with pytest.raises(CannotRender, match="IsAutoApply: is never sent as true"):
        render(Document(kind="ReceivePayment", fields=fields))


def test_a_payment_says_what_it_applies_to_or_that_it_waits() -> None:
    fields = {"CustomerRef": CUSTOMER, "TotalAmount": Decimal(1)}
    with pytest.raises(CannotRender, match="IsAutoApply or applied: is missing"):
        render(Document(kind="ReceivePayment", fields=fields))


@pytest.mark.parametrize(
    ("action", "request_name"), [("void", "TxnVoidRq"), ("delete", "TxnDelRq")]
)
def test_a_document_can_be_voided_and_deleted(action: str, request_name: str) -> None:
    document = Document(kind="Invoice", action=action, fields={"TxnID": "1-2"})
    request = qbxml.request(document, "1", resolve=lambda ref: None, txn=lambda ref: None)
    assert request.startswith(f"<{request_name} ")
    assert_valid(request)


@pytest.mark.parametrize(
    ("kind", "action", "reason"),
    [
        ("SalesOrder", "void", "cannot be voided"),
        ("Estimate", "mod", "cannot be modified"),
        ("Invoice", "print", "is no action"),
        ("Invoice", "void", "is missing"),
    ],
)
def test_what_cannot_be_done_to_a_kind_is_refused(kind: str, action: str, reason: str) -> None:
    with pytest.raises(CannotRender, match=reason):
        render(Document(kind=kind, action=action))


def test_a_text_that_is_too_long_is_cut_and_reported() -> None:
    cuts: list[Cut] = []
    text = sent("PONumber", "Purchase order of Christmas", cuts=cuts)
    assert text == "Purchase order of"
    assert cuts == [Cut("InvoiceAdd/PONumber", "Purchase order of Christmas", text)]


def test_line_breaks_stay_in_descriptions_only() -> None:
    line = LINE | {"Desc": "Blue\r\nlarge", "Other1": "a\nb"}
    found = render(invoice(lines=[line]))[0].find("InvoiceLineAdd")
    assert found is not None
    assert (found.findtext("Desc"), found.findtext("Other1")) == ("Blue\nlarge", "a b")


@pytest.mark.parametrize("request_id", ["", "x" * 51, "a\nb"])
def test_a_request_id_that_quickbooks_refuses_is_refused(request_id: str) -> None:
    with pytest.raises(CannotRender, match="requestID"):
        qbxml.request(invoice(), request_id, resolve=lambda ref: None, txn=lambda ref: None)


def test_an_address_is_written_line_by_line() -> None:
    address = Address(lines=("Jane Doe", "1 Main St"), city="Springfield", state="IL", country="US")
    found = render(invoice(BillAddress=address)).find("InvoiceAdd/BillAddress")
    assert found is not None
    assert {child.tag: child.text for child in found} == {
        "Addr1": "Jane Doe",
        "Addr2": "1 Main St",
        "City": "Springfield",
        "State": "IL",
        "Country": "US",
    }


def test_a_long_address_line_goes_on_in_the_next() -> None:
    address = Address(lines=("Department of Long Names and Even Longer Titles", "1 Main St"))
    found = render(invoice(BillAddress=address)).find("InvoiceAdd/BillAddress")
    assert found is not None
    assert [child.text for child in found] == [
        "Department of Long Names and Even Longer",
        "Titles",
        "1 Main St",
    ]


def test_short_lines_are_joined_when_the_block_would_be_too_long() -> None:
    lines = ("Jane Doe", "Acme Incorporated of Delaware", "1 Main St", "Apt 4")
    address = Address(lines=lines, city="Springfield", country="United States")
    found = render(invoice(BillAddress=address)).find("InvoiceAdd/BillAddress")
    assert found is not None
    assert [child.text for child in found][2] == "1 Main St, Apt 4"


def test_address_lines_beyond_the_fifth_are_reported_as_cut() -> None:
    cuts: list[Cut] = []
    lines = tuple(f"Line {number} that is too long to be joined" for number in range(1, 7))
    found = render(invoice(BillAddress=Address(lines=lines)), cuts=cuts).find(
        "InvoiceAdd/BillAddress"
    )
    assert found is not None
    assert len(found) == 5
    assert cuts == [Cut("InvoiceAdd/BillAddress/Addr5", lines[5], "")]


def test_an_addition_names_its_parent_apart() -> None:
    addition = lists.Addition(kind="Class", variant="Class", full_name="Web:Shopify")
    request = qbxml.addition_request(addition, "1", lambda ref: {"Web": "8-1"}.get(ref.full_name))
    assert "<Name>Shopify</Name><ParentRef><ListID>8-1</ListID></ParentRef>" in request
    assert_valid(request)


@pytest.mark.parametrize("shape", ["SalesOrPurchase", "SalesAndPurchase"])
def test_an_item_is_sold_or_sold_and_bought(shape: str) -> None:
    account = Ref("Account", "Sales")
    shapes: dict[str, dict[str, Any]] = {
        "SalesOrPurchase": {"Desc": "A widget", "Price": Decimal(5), "AccountRef": account},
        "SalesAndPurchase": {
            "SalesPrice": Decimal(5),
            "IncomeAccountRef": account,
            "ExpenseAccountRef": account,
        },
    }
    addition = lists.Addition(
        kind="Item", variant="ItemNonInventory", full_name="W-1", fields={shape: shapes[shape]}
    )
    request = qbxml.addition_request(addition, "1", lambda ref: "8-2", guid="0")
    assert f"<{shape}>" in request
    assert "<ExternalGUID>0</ExternalGUID>" in request
    assert_valid(request)


def test_an_addition_that_a_list_does_not_know_is_refused() -> None:
    addition = lists.Addition(kind="Template", variant="Template", full_name="Mine")
    with pytest.raises(lists.CannotAddError):
        qbxml.addition_request(addition, "1", lambda ref: None)


def test_a_hundred_invoices_take_less_than_sixty_milliseconds() -> None:
    measured = bench_qbxml.run()
    assert measured["invoices_rendered"] == 100
    assert measured["render_ms"] < 60
    assert measured["parse_ms"] < 100
