"""What status codes and HRESULTs mean, and what happens next."""

from __future__ import annotations

import re

import pytest

from qbwc import qbxml, status
from tests.conftest import shared


@pytest.mark.parametrize(
    ("code", "request_name", "outcome"),
    [
        (0, "InvoiceAddRs", "done"),
        (550, "CustomerAddRs", "done"),
        (560, "InvoiceAddRs", "done"),
        (1, "CustomerQueryRs", "none_found"),
        (500, "CustomerQueryRq", "none_found"),
        (3120, "CustomerQueryRs", "none_found"),
        (500, "InvoiceAddRs", "create"),
        (3120, "InvoiceAddRs", "create"),
        (3140, "SalesOrderAddRs", "create"),
        (3130, "ClassAddRs", "create"),
        (3100, "CustomerAddRs", "refresh"),
        (3100, "CustomerModRs", "person"),
        (3200, "ReceivePaymentModRs", "refresh"),
        (3391, "CustomerQueryRs", "refresh"),
        (600, "", "refresh"),
        (9001, "", "person"),
        (9002, "", "refresh"),
        (9005, "", "refresh"),
        (1010, "InvoiceAddRs", "again"),
        (3175, "InvoiceModRs", "again"),
        (3176, "InvoiceAddRs", "again"),
        (3180, "CustomerAddRs", "again"),
        (3231, "InvoiceAddRs", "again"),
        (9101, "ReceivePaymentAddRs", "again"),
        (3070, "CustomerAddRs", "person"),
        (3171, "InvoiceAddRs", "person"),
        (3210, "ReceivePaymentAddRs", "person"),
        (3250, "SalesOrderAddRs", "person"),
        (3270, "InvoiceAddRs", "person"),
        (3120, "TxnDelRs", "done"),
        (3120, "TxnVoidRs", "refresh"),
        (4711, "InvoiceAddRs", "person"),
        (-1, "InvoiceAddRs", "person"),
    ],
)
def test_a_status_code_decides_what_happens_next(
    code: int, request_name: str, outcome: str
) -> None:
    assert status.judge(code, request_name).outcome == outcome


def test_what_is_often_passing_is_retried_a_few_times_then_a_person_is_asked() -> None:
    saved, busy = status.judge(3180), status.judge(3175)
    assert 1 <= saved.tries < busy.tries
    assert status.judge(3210).tries == 0


def test_a_record_in_use_is_retried_whatever_the_code() -> None:
    locked = "The transaction could not be locked. It is in use by another user."
    assert status.judge(3170, "InvoiceModRs", locked).outcome == "again"
    assert status.judge(3170, "InvoiceModRs", "It has been reconciled.").outcome == "person"


@pytest.mark.parametrize(
    "code",
    [
        501, 510, 530, 531, 570, 1000, 1030, 1060, 3000, 3010, 3020, 3030, 3031, 3035, 3040, 3045,
        3050, 3060, 3070, 3080, 3090, 3150, 3160, 3161, 3170, 3171, 3185, 3205, 3210, 3220, 3240,
        3250, 3260, 3261, 3262, 3263, 3264, 3270, 9003, 9004,
    ],
)  # fmt: skip
def test_every_documented_code_has_a_meaning_of_its_own(code: int) -> None:
    judged = status.judge(code)
    assert judged.advice
    assert str(code) not in judged.meaning
    others = {status.judge(other).meaning for other in range(10_000) if other != code}
    assert judged.meaning not in others


def test_an_unknown_code_is_told_with_its_number() -> None:
    assert "4711" in status.judge(4711).meaning


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("0x80040400", "person"),
        ("0x80040401", "again"),
        ("0x80040408", "again"),
        ("0x8004040a", "person"),
        ("8004040D", "again"),
        ("0x80040414", "again"),
        ("0x80040416", "again"),
        ("0x8004041A", "person"),
        ("0x80040420", "person"),
        ("0x80040421", "person"),
        ("0x80040422", "person"),
        ("0x80040154", "person"),
        ("0x80040402", "again"),
        ("0x80040410", "person"),
    ],
)
def test_an_hresult_has_advice(code: str, outcome: str) -> None:
    judged = status.judge_hresult(code)
    assert judged.outcome == outcome
    assert judged.advice
    assert "reported" not in judged.meaning


def test_an_unknown_hresult_is_told_with_its_own_words() -> None:
    judged = status.judge_hresult("0x80070005", "Access is denied.")
    assert judged.outcome == "person"
    assert "0x80070005: Access is denied." in judged.meaning


def test_a_missing_entry_is_named_by_the_message() -> None:
    message = (
        'There is an invalid reference to QuickBooks Customer "Joe Smith" in the SalesOrder.  '
        "QuickBooks error message: Invalid argument."
    )
    assert status.missing_entry(message) == ("Customer", "Joe Smith")
    assert status.missing_entry("Something else.") is None


def test_each_status_code_of_real_answers_has_its_own_advice() -> None:
    judged: dict[int, status.Judgement] = {}
    for path in sorted(shared("qbxml/captures").glob("*Rs*.xml")):
        for result in qbxml.parse(path.read_bytes()).results:
            if result.code >= 0:
                judged[result.code] = status.judge(result.code, result.name, result.message)
    assert len(judged) > 8
    assert len({one.meaning for one in judged.values()}) == len(judged)
    failures = [one for code, one in judged.items() if code]
    assert all(one.advice for one in failures)
    assert not any(re.search(r"\d{3}", one.meaning) for one in failures)


def test_a_real_refusal_names_what_is_missing() -> None:
    (path,) = shared("qbxml/captures").glob("SalesOrderAddRs_3140*")
    (result,) = qbxml.parse(path.read_bytes()).results
    assert status.missing_entry(result.message) == ("Customer", "Joe Smith")
