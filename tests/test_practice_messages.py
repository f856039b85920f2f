"""Documents and message sets: what is refused whole, how requests follow, what is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from qbwc.practice import HResult
from tests.practice_helpers import Desk, add, document, line, query, ref, sale

CONTINUE = 'onError="continueOnError"'
STOP = 'onError="stopOnError"'
ANNA = add("Customer", "<Name>Anna</Name>")
NOBODY = add("Customer", f"<Name>X</Name>{ref('TermsRef', 'Nothing')}")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def customers(desk: Desk) -> list[str]:
    return [record.name for record in desk.company.lists("Customer")]


GOOD = document(ANNA)
REFUSED = {
    "no declaration": GOOD.partition("?>")[2],
    "no qbxml instruction": GOOD.replace('<?qbxml version="13.0"?>', ""),
    "the instruction too late": GOOD.replace('<?qbxml version="13.0"?>', "").replace(
        "<QBXMLMsgsRq", '<?qbxml version="13.0"?><QBXMLMsgsRq'
    ),
    "a version that is not read here": GOOD.replace("13.0", "16.0"),
    "not well-formed": GOOD.replace("</Name>", ""),
    "a document type": GOOD.replace("<QBXML>", "<!DOCTYPE QBXML><QBXML>"),
    "another root": GOOD.replace("QBXML>", "Other>"),
    "no onError": document(ANNA, attributes=""),
    "rollbackOnError": document(ANNA, attributes='onError="rollbackOnError"'),
    "an unknown attribute": document(ANNA, attributes=f'{CONTINUE} color="red"'),
    "an unknown request": document("<BearAddRq/>"),
    "an unknown element": document(add("Customer", "<Name>A</Name><Shoe>9</Shoe>")),
    "a wrong order": document(add("Customer", "<IsActive>true</IsActive><Name>A</Name>")),
    "a missing element": document(add("Customer", "")),
    "text too long for the schema": document(add("Customer", f"<Name>{'x' * 42}</Name>")),
    "one decimal in an amount": document(
        add("Customer", "<Name>A</Name><CreditLimit>1.5</CreditLimit>")
    ),
    "six decimals in a price": document(
        sale("Invoice", line("Invoice", "Desk Lamp", "<Rate>1.123456</Rate>"))
    ),
    "a date that is none": document(
        sale("Invoice", line("Invoice", "Desk Lamp"), head="<TxnDate>2026-02-30</TxnDate>")
    ),
    "a boolean that is none": document(add("Customer", "<Name>A</Name><IsActive>yes</IsActive>")),
    "an enumeration": document(add("Customer", "<Name>A</Name><JobStatus>Lost</JobStatus>")),
    "a GUID without braces": document(
        add("Class", "<Name>A</Name>")
        .replace("Class", "Customer")
        .replace(
            "</Name>",
            "</Name><ExternalGUID>00000000-0000-0000-0000-000000000001</ExternalGUID>",
        )
    ),
    "a macro on a list add": document(ANNA.replace("<CustomerAdd>", '<CustomerAdd defMacro="a">')),
    "a macro where the schema has none": document(
        sale("Invoice", '<LinkToTxnID useMacro="TxnID:1"/>')
    ),
    "an iterator on a list that has none": document(
        query("Account", "<MaxReturned>1</MaxReturned>", 'iterator="Start"')
    ),
    "an iterator without MaxReturned": document(query("Customer", "", 'iterator="Start"')),
    "both ways of applying a payment": document(
        add(
            "ReceivePayment",
            f"{ref('CustomerRef', 'Web Store')}<TotalAmount>1.00</TotalAmount>"
            "<IsAutoApply>true</IsAutoApply><AppliedToTxnAdd><TxnID>1</TxnID></AppliedToTxnAdd>",
        )
    ),
    "neither way of applying a payment": document(
        add("ReceivePayment", ref("CustomerRef", "Web Store"))
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_is_refused_whole_for(name: str, desk: Desk) -> None:
    desk.company.on_request = None
    before = customers(desk)
    with pytest.raises(HResult) as caught:
        desk.company.process(REFUSED[name])
    assert caught.value.code == "0x80040400"
    assert caught.value.message == (
        "QuickBooks found an error when parsing the provided XML text stream."
    )
    assert caught.value.detail
    assert customers(desk) == before


def test_one_bad_request_refuses_the_good_ones_with_it(desk: Desk) -> None:
    desk.company.on_request = None
    with pytest.raises(HResult):
        desk.company.process(document(ANNA, "<BearAddRq/>"))
    assert "Anna" not in customers(desk)


def test_text_too_long_can_be_a_status_instead(desk: Desk) -> None:
    desk.company.on_request = None
    desk.company.too_long_is_a_status = True
    answer = desk.ask(add("Customer", f"<Name>{'x' * 42}</Name>"))
    assert answer.code == 3070
    assert answer.message == f'The string "{"x" * 42}" in the field "Name" is too long.'


def test_every_document_is_shown_to_the_hook(desk: Desk) -> None:
    seen: list[str] = []
    desk.company.on_request = seen.append
    desk.company.process(GOOD)
    assert seen == [GOOD]


def test_a_response_has_the_shape_of_a_real_one(desk: Desk) -> None:
    text = desk.company.process(
        document(ANNA.replace("<CustomerAddRq>", '<CustomerAddRq requestID="7">'))
    )
    assert text.startswith(
        '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><CustomerAddRs requestID="7" statusCode="0" '
        'statusSeverity="Info" statusMessage="Status OK"><CustomerRet><ListID>'
    )


def test_answers_come_in_order_and_one_failure_leaves_the_others(desk: Desk) -> None:
    bo = add("Customer", "<Name>Bo</Name>")
    assert [answer.code for answer in desk.ask_all(ANNA, NOBODY, ANNA, bo)] == [0, 3140, 3100, 0]
    assert {"Anna", "Bo"} <= set(customers(desk))


def test_stop_on_error_leaves_the_rest_undone(desk: Desk) -> None:
    answers = desk.ask_all(ANNA, NOBODY, add("Customer", "<Name>Bo</Name>"), attributes=STOP)
    assert [answer.code for answer in answers] == [0, 3140, 3231]
    assert answers[2].message == "The request has not been processed."
    assert "Bo" not in customers(desk)


def test_a_query_that_finds_nothing_does_not_stop_the_set(desk: Desk) -> None:
    answers = desk.ask_all(query("Invoice"), ANNA, attributes=STOP)
    assert [answer.code for answer in answers] == [1, 0]


def test_a_request_id_longer_than_50_is_1060(desk: Desk) -> None:
    request = ANNA.replace("<CustomerAddRq>", f'<CustomerAddRq requestID="{"9" * 51}">')
    assert desk.ask(request).code == 1060


def test_include_none_answers_with_statuses_only(desk: Desk) -> None:
    (answer,) = desk.ask_all(ANNA, attributes=f'responseData="includeNone" {CONTINUE}')
    assert answer.code == 0
    assert len(answer.element) == 0


def test_a_locked_record_is_refused_a_number_of_times(desk: Desk) -> None:
    desk.company.lock(3175, 2)
    codes = [answer.code for answer in desk.ask_all(ANNA, query("Customer"), ANNA, ANNA)]
    assert codes == [3175, 0, 3175, 0]


def send(desk: Desk, *requests: str, new: str = "", old: str = "", app: str = "Rulebooks") -> str:
    ids = (f'oldMessageSetID="{old}" ' if old else "") + (
        f'newMessageSetID="{new}" ' if new else ""
    )
    return desk.company.process(document(*requests, attributes=ids + CONTINUE), app=app)


def code(response: str) -> str | None:
    found = etree.fromstring(response.partition("?>")[2])[0].get("messageSetStatusCode")
    return None if found is None else str(found)


def test_a_set_without_ids_leaves_no_record(desk: Desk) -> None:
    assert code(send(desk, ANNA)) is None


def test_a_set_sent_again_is_recalled_and_not_done_again(desk: Desk) -> None:
    first = send(desk, ANNA, new="set-1")
    assert code(first) == "0"
    assert 'newMessageSetID="set-1"' in first
    assert send(desk, ANNA, new="set-1") == first
    assert customers(desk).count("Anna") == 1


def test_a_recalled_set_can_say_only_what_it_made(desk: Desk) -> None:
    lamp = sale("Invoice", line("Invoice", "Desk Lamp"))
    first = send(desk, lamp, NOBODY, new="set-1")
    desk.company.message_sets.replay = "ErrorRecovery"
    again = etree.fromstring(send(desk, lamp, NOBODY, new="set-1").partition("?>")[2])
    done = etree.fromstring(first.partition("?>")[2])
    assert again.find(".//InvoiceRet") is None
    for name in ("TxnID", "TxnNumber", "EditSequence"):
        assert again.findtext(f".//ErrorRecovery/{name}") == done.findtext(f".//{name}")
    assert again[0][1].get("statusCode") == "3140"
    assert len(desk.company.transactions("Invoice")) == 1


def test_the_same_id_with_other_bytes_is_9001(desk: Desk) -> None:
    send(desk, ANNA, new="set-1")
    changed = send(desk, add("Customer", "<Name>Bo</Name>"), new="set-1")
    assert code(changed) == "9001"
    assert "Bo" not in customers(desk)


def test_an_id_of_more_than_23_characters_is_9004(desk: Desk) -> None:
    assert code(send(desk, ANNA, new="x" * 24)) == "9004"
    assert "Anna" not in customers(desk)
    assert code(send(desk, ANNA, new="x" * 23)) == "0"


def test_asking_for_the_status_of_a_set(desk: Desk) -> None:
    first = send(desk, ANNA, new="set-1")
    assert send(desk, new="set-1", old="set-1") == first
    assert code(send(desk, new="set-2", old="set-2")) == "9002"


def test_an_old_id_alone_deletes_its_record(desk: Desk) -> None:
    send(desk, ANNA, new="set-1")
    assert code(send(desk, old="set-1")) == "0"
    assert code(send(desk, old="set-1")) == "600"
    assert not desk.company.message_sets.knows("Rulebooks", "set-1")


def test_the_next_set_replaces_the_record_of_the_last(desk: Desk) -> None:
    send(desk, ANNA, new="set-1")
    send(desk, add("Customer", "<Name>Bo</Name>"), new="set-2", old="set-1")
    assert not desk.company.message_sets.knows("Rulebooks", "set-1")
    assert desk.company.message_sets.knows("Rulebooks", "set-2")


def test_an_old_id_that_matches_nothing_is_600_without_a_new_one(desk: Desk) -> None:
    assert code(send(desk, ANNA, old="never")) == "600"
    assert code(send(desk, ANNA, old="never", new="set-1")) == "0"


def test_all_records_of_an_application_can_be_cleared(desk: Desk) -> None:
    send(desk, ANNA, new="set-1")
    send(desk, add("Customer", "<Name>Bo</Name>"), new="set-1", app="Other")
    send(desk, old="ClearAllMessageSets")
    assert not desk.company.message_sets.knows("Rulebooks", "set-1")
    assert desk.company.message_sets.knows("Other", "set-1")


def test_records_are_kept_apart_for_each_application(desk: Desk) -> None:
    send(desk, ANNA, new="set-1")
    assert 'statusCode="3100"' in send(desk, ANNA, new="set-1", app="Other")
