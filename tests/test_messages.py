"""Message sets as such: ids, limits, the next set's size, halving a refused one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc import messages


def test_a_set_id_has_21_characters_which_is_within_quickbooks_23() -> None:
    ids = {messages.new_set_id() for _ in range(200)}
    assert len(ids) == 200
    assert {len(each) for each in ids} == {21}
    assert all(each.isascii() and each.isalnum() for each in ids)


def test_a_request_id_names_its_set() -> None:
    set_id = messages.new_set_id()
    own = messages.request_id(set_id, 12)
    assert messages.heading(f'<InvoiceAddRs requestID="{own}" statusCode="0"/>').set_id == set_id


def test_a_request_id_stays_within_quickbooks_50_characters() -> None:
    assert len(messages.request_id(messages.new_set_id(), messages.MAX_REQUESTS)) <= 50


def test_an_answer_tells_its_set_and_the_sets_status() -> None:
    found = messages.heading(
        '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs newMessageSetID="qabc" '
        "messageSetStatusCode='9002'></QBXMLMsgsRs></QBXML>"
    )
    assert (found.set_id, found.status) == ("qabc", 9002)
    assert found.status in messages.NO_RECORD


@pytest.mark.parametrize(
    "text", ["", "no XML", "<QBXML/>", "<QBXMLMsgsRs messageSetStatusCode=''>"]
)
def test_an_answer_without_an_id_belongs_to_no_set(text: str) -> None:
    assert messages.heading(text) == messages.Heading()


def test_the_size_doubles_after_a_full_set_was_answered_quickly() -> None:
    assert messages.next_size(150, orders=150, seconds=3) == 300


def test_the_size_does_not_grow_beyond_500() -> None:
    assert messages.next_size(300, orders=300, seconds=3) == 500


def test_a_small_set_that_was_quick_proves_nothing() -> None:
    assert messages.next_size(150, orders=2, seconds=0.1) == 150


def test_about_thirty_seconds_keeps_the_size() -> None:
    assert messages.next_size(150, orders=150, seconds=31) == 150


def test_the_size_halves_after_a_slow_set() -> None:
    assert messages.next_size(300, orders=300, seconds=60) == 150


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0, 10_000))
def test_the_size_always_stays_between_10_and_500(size: int, orders: int, seconds: float) -> None:
    size = max(size, messages.SMALLEST)
    found = messages.next_size(size, orders=orders, seconds=seconds)
    assert messages.SMALLEST <= found <= messages.LARGEST


@given(st.integers(2, 2_000))
def test_halving_comes_down_to_the_one_bad_request(requests: int) -> None:
    steps = 0
    while requests > 1:
        half = messages.halve(requests)
        assert 0 < half < requests
        requests = half
        steps += 1
    assert steps <= 11
    assert messages.halve(requests) == 0


def test_a_draft_remembers_what_each_request_is_about() -> None:
    draft = messages.Draft()
    first = draft.add("<A/>", ["outbox", 1])
    second = draft.add("<B/>", ["outbox", 2])
    assert draft.contents == {first: ["outbox", 1], second: ["outbox", 2]}
    assert first.startswith(draft.set_id)


def test_a_draft_is_full_at_its_number_of_requests_or_its_bytes() -> None:
    by_number = messages.Draft(max_requests=2)
    by_bytes = messages.Draft(max_bytes=7)
    for draft in (by_number, by_bytes):
        draft.add("<A/>", ["outbox", 1])
        assert not draft.full
        draft.add("<A/>", ["outbox", 1])
        assert draft.full


def test_an_empty_draft_is_nothing_to_send() -> None:
    assert not messages.Draft()


def test_each_result_can_be_shown_by_itself() -> None:
    one = '<InvoiceAddRs requestID="a.1"><InvoiceRet><TxnID>1</TxnID></InvoiceRet></InvoiceAddRs>'
    two = '<InvoiceAddRs requestID="a.2" statusCode="3140" statusMessage="no &gt; such" />'
    three = "<CheckAddRs statusCode='0' requestID='a.3'><CheckRet/>\n</CheckAddRs>"
    found = messages.texts(f"<QBXML><QBXMLMsgsRs>{one}{two}\n{three}</QBXMLMsgsRs></QBXML>")
    assert found == {"a.1": one, "a.2": two, "a.3": three}
