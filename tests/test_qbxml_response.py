"""QuickBooks' answers, as they come: real ones, old ones, broken ones."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from qbwc import qbxml
from qbwc.qbxml import NotQbxmlError, Response
from tests.conftest import shared

ADDED = """<?xml version="1.0" ?><QBXML><QBXMLMsgsRs newMessageSetID="q1" messageSetStatusCode="0">
<InvoiceAddRs requestID="q1.1" statusCode="0" statusSeverity="Info" statusMessage="Status OK">
<InvoiceRet><TxnID>1-2</TxnID><EditSequence>3</EditSequence><Subtotal>10.00</Subtotal>
<CustomerRef><ListID>8-1</ListID><FullName>Jane</FullName></CustomerRef><IsPaid>false</IsPaid>
<InvoiceLineRet><TxnLineID>1-4</TxnLineID></InvoiceLineRet>
<InvoiceLineRet><TxnLineID>1-5</TxnLineID></InvoiceLineRet></InvoiceRet></InvoiceAddRs>
<CustomerAddRs requestID="q1.2" statusCode="3100" statusSeverity="Error"
 statusMessage="The name &quot;Jane&quot; of the list element is already in use."/>
</QBXMLMsgsRs></QBXML>"""

SHORT = '<QBXML><QBXMLMsgsRs><A statusMessage="é"/></QBXMLMsgsRs></QBXML>'


def answers(body: str, attributes: str = "") -> Response:
    return qbxml.parse(f"<QBXML><QBXMLMsgsRs {attributes}>{body}</QBXMLMsgsRs></QBXML>")


def test_each_request_has_its_result() -> None:
    response = qbxml.parse(ADDED)
    assert (response.new_message_set_id, response.message_set_status_code) == ("q1", 0)
    assert [result.name for result in response.results] == ["InvoiceAddRs", "CustomerAddRs"]
    failed = response["q1.2"]
    assert (failed.code, failed.severity, failed.record) == (3100, "Error", None)
    assert failed.message == 'The name "Jane" of the list element is already in use.'
    assert not response.damaged


def test_a_request_that_was_not_answered_has_none() -> None:
    with pytest.raises(KeyError):
        qbxml.parse(ADDED)["q1.3"]


def test_a_record_is_read_by_path() -> None:
    record = qbxml.parse(ADDED)["q1.1"].record
    assert record is not None
    assert record.name == "InvoiceRet"
    assert record.text("CustomerRef/ListID") == "8-1"
    assert record.amount("Subtotal") == Decimal("10.00")
    assert record.flag("IsPaid") is False
    assert [line.text("TxnLineID") for line in record.children("InvoiceLineRet")] == ["1-4", "1-5"]
    assert (record.text("Memo", "none"), record.amount("Memo"), record.flag("Memo")) == (
        "none",
        None,
        None,
    )


def test_repeated_elements_are_told_apart_in_a_records_leaves() -> None:
    record = qbxml.parse(ADDED)["q1.1"].record
    assert record is not None
    leaves = dict(record.leaves())
    assert leaves["CustomerRef.FullName"] == "Jane"
    assert leaves["InvoiceLineRet.TxnLineID"] == "1-4"
    assert leaves["InvoiceLineRet.2.TxnLineID"] == "1-5"


def test_identity_comes_from_the_record_or_from_recovery() -> None:
    replayed = answers(
        '<InvoiceAddRs requestID="1" statusCode="0"><ErrorRecovery><TxnID>1-2</TxnID>'
        "<TxnNumber>7</TxnNumber><EditSequence>3</EditSequence>"
        "<ExternalGUID>{g}</ExternalGUID></ErrorRecovery></InvoiceAddRs>"
        '<CustomerAddRs requestID="2" statusCode="0"><ErrorRecovery><ListID>8-1</ListID>'
        "<EditSequence>4</EditSequence></ErrorRecovery></CustomerAddRs>"
    )
    invoice, customer = replayed.results
    assert (invoice.records, invoice.txn_id, invoice.edit_sequence) == ((), "1-2", "3")
    assert invoice.external_guid == "{g}"
    assert (customer.list_id, customer.edit_sequence, customer.txn_id) == ("8-1", "4", "")
    added = qbxml.parse(ADDED)["q1.1"]
    assert (added.txn_id, added.edit_sequence) == ("1-2", "3")


def test_iterators_are_read() -> None:
    (result,) = answers(
        '<CustomerQueryRs statusCode="0" iteratorRemainingCount="12" iteratorID="{a}"/>'
    ).results
    assert (result.iterator_id, result.remaining) == ("{a}", 12)


def test_an_answer_without_recovery_has_no_set_status() -> None:
    assert answers("").message_set_status_code is None
    assert answers("", 'messageSetStatusCode="9002"').message_set_status_code == 9002


@pytest.mark.parametrize(
    "memo", ["a&#x1F;b", "a\x1fb", "a&#0;b", "a&#55296;b", "a&#xFFFF;b"], ids=ascii
)
def test_characters_that_no_xml_may_hold_become_spaces(memo: str) -> None:
    body = (
        f'<InvoiceAddRs statusCode="0"><InvoiceRet><Memo>{memo}</Memo></InvoiceRet></InvoiceAddRs>'
    )
    response = answers(body)
    record = response.results[0].record
    assert record is not None
    assert record.text("Memo") == "a b"
    assert not response.damaged


def test_legal_references_beside_illegal_ones_stay() -> None:
    body = '<A statusCode="0"><R><Memo>&#233;&#x1F;&amp;</Memo></R></A>'
    record = answers(body).results[0].record
    assert record is not None
    assert record.text("Memo") == "é &"


def test_a_truncated_answer_is_read_as_far_as_it_goes_and_marked() -> None:
    response = qbxml.parse(ADDED[: ADDED.index("<CustomerAddRs")])
    assert [result.request_id for result in response.results] == ["q1.1"]
    assert response.damaged


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_bytes_are_read_in_the_encoding_they_declare(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{SHORT}'
    assert qbxml.parse(text.encode(encoding)).results[0].message == "é"


def test_text_is_read_whatever_encoding_it_declares() -> None:
    text = f'\ufeff<?xml version="1.0" encoding="windows-1252"?>{SHORT}'
    assert qbxml.parse(text).results[0].message == "é"


def test_a_status_that_is_no_number_is_no_success() -> None:
    assert answers("<InvoiceAddRs/>").results[0].code == -1
    assert answers('<InvoiceAddRs statusCode="OK"/>').results[0].code == -1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("QuickBooks found an error", "not XML"),
        ("<html><body>Gateway timeout</body></html>", "holds no qbXML response"),
        ("<QBXML><QBXMLMsgsRq/></QBXML>", "holds no qbXML response"),
        ('<!DOCTYPE q [<!ENTITY a "b">]><QBXML/>', "no document type"),
    ],
)
def test_what_is_no_response_is_a_named_error(text: str, reason: str) -> None:
    with pytest.raises(NotQbxmlError, match=reason):
        qbxml.parse(text)


def test_external_entities_are_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    padding = " " * 3000
    text = (
        f'{padding}<!DOCTYPE q [<!ENTITY a SYSTEM "file://{secret}">]>'
        '<QBXML><QBXMLMsgsRs><A statusMessage="x"><Memo>&a;</Memo></A></QBXMLMsgsRs></QBXML>'
    )
    with pytest.raises(NotQbxmlError):
        qbxml.parse(text)


def test_real_answers_are_read() -> None:
    paths = sorted(shared("qbxml/captures").glob("*Rs*.xml"))
    assert len(paths) > 40
    for path in paths:
        response = qbxml.parse(path.read_bytes())
        stated = path.read_text(encoding="utf-8").count("statusCode=")
        assert response.results, path.name
        assert len([one for one in response.results if one.code >= 0]) == stated, path.name
        assert all(one.name.endswith("Rs") for one in response.results), path.name


def test_a_very_long_text_is_read() -> None:
    body = f'<A statusCode="0"><R><Memo>{"x" * 11_000_000}</Memo></R></A>'
    record = answers(body).results[0].record
    assert record is not None
    assert len(record.text("Memo")) == 11_000_000
