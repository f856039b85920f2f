"""What became of a set that has no answer: QuickBooks' record decides, else a search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.models import Event, MessageSet, Order, Outbox, Posting
from qbwc.documents import Document
from tests.days import TODAY
from tests.exchange import Exchange, invoice, payment, receipt, sale, sure
from tests.faults import first_requests, forget_message_sets


@pytest.fixture
def exchange(any_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(any_app, tmp_path)
    found.session()
    yield found
    found.quickbooks.close()


def hand_out(exchange: Exchange, told: bool = True) -> tuple[str, str]:
    """A session up to the set that writes, which QuickBooks has not seen."""
    ticket, _ = exchange.login()
    exchange.stamp()
    document = exchange.send(ticket, exchange.quickbooks.host_response() if told else "")
    while "newMessageSetID" not in document:
        assert document
        exchange.call("receive_response", ticket, *exchange.process(document))
        document = exchange.send(ticket)
    return ticket, document


def writing(exchange: Exchange) -> list[MessageSet]:
    return [row for row in exchange.all(MessageSet) if row.writes]


def test_a_set_that_never_reached_quickbooks_is_done_when_sent_again(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    hand_out(exchange)
    exchange.session()
    assert len(exchange.quickbooks.transactions()) == 1
    assert exchange.only(Posting).how == "added"


def test_a_set_that_was_done_is_answered_from_the_record(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    _, document = hand_out(exchange)
    exchange.process(document)
    report = exchange.session()
    assert document not in report.sent
    assert len(exchange.quickbooks.transactions()) == 1
    assert exchange.only(Posting).how == "added"
    assert exchange.only(Order).state == "posted"


def test_a_record_that_tells_only_ids_is_filled_in_by_a_question(exchange: Exchange) -> None:
    exchange.quickbooks.message_sets.replay = "ErrorRecovery"
    exchange.order(sale("SalesOrder", "1001"), number="1001")
    _, document = hand_out(exchange)
    exchange.process(document)
    exchange.session()
    (txn,) = exchange.quickbooks.transactions()
    posting = exchange.only(Posting)
    assert (posting.txn_id, posting.total, posting.how) == (txn.txn_id, txn.total, "recovered")
    assert posting.answer["lines"][0]["TxnLineID"]


def lose_record(exchange: Exchange) -> None:
    """QuickBooks knows nothing of the set any more: if it came again, it would be done again."""
    forget_message_sets(exchange)


def test_quickbooks_is_never_given_a_set_again_that_it_did_and_forgot(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    _, document = hand_out(exchange)
    exchange.process(document)
    forget_message_sets(exchange)
    report = exchange.session()
    assert document not in report.sent
    assert len(exchange.quickbooks.transactions()) == 1
    assert exchange.only(Posting).how == "recovered"


def test_a_question_for_the_record_that_is_refused_is_followed_by_a_search(
    exchange: Exchange,
) -> None:
    exchange.order(receipt("1001"), number="1001")
    _, document = hand_out(exchange)
    exchange.process(document)
    ticket, _ = exchange.login()
    exchange.send(ticket, told(exchange))
    assert exchange.call("receive_response", ticket, "", "0x80040400", "No requests.") > 0
    assert "SalesReceiptQueryRq" in exchange.send(ticket)
    assert writing(exchange)[0].state == "recovering"


def test_when_quickbooks_died_in_the_middle_only_the_rest_is_sent(exchange: Exchange) -> None:
    for number in ("1001", "1002", "1003"):
        exchange.order(receipt(number), number=number)
    _, document = hand_out(exchange)
    exchange.quickbooks.process(first_requests(document, 2))
    exchange.session()
    memos = [txn.memo for txn in exchange.quickbooks.transactions()]
    assert memos == ["Shop 1001", "Shop 1002", "Shop 1003"]
    assert sorted(row.how for row in exchange.all(Posting)) == ["added", "recovered", "recovered"]


def test_without_a_record_a_search_by_number_finds_what_was_done(exchange: Exchange) -> None:
    exchange.order(invoice("1001"), payment("1001", ref_number="P1"), number="1001")
    _, document = hand_out(exchange)
    exchange.process(document)
    lose_record(exchange)
    exchange.session()
    assert {row.how for row in exchange.all(Posting)} == {"recovered"}
    assert exchange.only(Order).state == "posted"
    assert {row.state for row in exchange.all(MessageSet)} == {"settled"}


def test_without_a_number_a_search_by_customer_and_time_finds_it(exchange: Exchange) -> None:
    exchange.order(invoice("1001"), payment("1001"), number="1001")
    _, document = hand_out(exchange)
    exchange.process(document)
    lose_record(exchange)
    report = exchange.session()
    (question,) = [text for text in report.sent if "ReceivePaymentQueryRq" in text]
    assert "<EntityFilter><ListID>" in question
    assert "<ModifiedDateRangeFilter><FromModifiedDate>" in question
    assert len(exchange.quickbooks.transactions("ReceivePayment")) == 1
    assert {row.how for row in exchange.all(Posting)} == {"recovered"}


def test_what_a_complete_search_does_not_find_is_sent_again_with_the_same_guid(
    exchange: Exchange,
) -> None:
    exchange.order(receipt("1001"), number="1001")
    hand_out(exchange)
    first = exchange.only(Outbox).guid
    with exchange.app.app_context():
        from app.models import db  # noqa: PLC0415

        (row,) = db.session.query(MessageSet).filter_by(writes=True)
        row.state, row.handed_out = "recovering", 9
        db.session.commit()
    exchange.session()
    assert len(writing(exchange)) == 2
    assert exchange.only(Posting).how == "added"
    (txn,) = exchange.quickbooks.transactions()
    assert exchange.only(Outbox).guid == first == txn.external_guid


def test_part_of_a_set_may_be_done_and_part_not(exchange: Exchange) -> None:
    for number in ("1001", "1002"):
        exchange.order(receipt(number), number=number)
    _, document = hand_out(exchange)
    exchange.quickbooks.lock(3175)
    exchange.process(document)
    lose_record(exchange)
    exchange.session()
    assert sorted(row.how for row in exchange.all(Posting)) == ["added", "recovered"]
    assert len(exchange.quickbooks.transactions()) == 2


def test_when_quickbooks_does_not_answer_the_search_nothing_is_sent_on_a_guess(
    exchange: Exchange,
) -> None:
    exchange.order(receipt("1001"), number="1001")
    _, document = hand_out(exchange)
    exchange.process(document)
    lose_record(exchange)
    ticket, _ = exchange.login()
    exchange.call(
        "receive_response", ticket, *exchange.process(exchange.send(ticket, told(exchange)))
    )
    question = exchange.send(ticket)
    answer = exchange.process(question)[0].replace('statusCode="0"', 'statusCode="3260"')
    exchange.call("receive_response", ticket, answer, "", "")
    row = exchange.only(Outbox)
    assert row.state == "review"
    assert exchange.only(Order).state == "held"
    assert "Look for it in QuickBooks" in exchange.only(Order).reasons[0]
    exchange.call("close_connection", ticket)
    exchange.session()
    assert len(exchange.quickbooks.transactions()) == 1
    assert "document.review" in {row.kind for row in exchange.all(Event)}


def told(exchange: Exchange) -> str:
    return exchange.quickbooks.host_response()


def test_what_looks_alike_but_has_another_total_is_for_a_person(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    _, document = hand_out(exchange)
    exchange.process(document)
    lose_record(exchange)
    exchange.quickbooks._file.run(
        "UPDATE txn SET total = 999, "
        "fields = replace(replace(fields, 'ExternalGUID', 'FOB'), '26.64', '9.99')"
    )
    exchange.session()
    assert exchange.only(Outbox).state == "review"


@pytest.mark.parametrize("processed", [False, True])
@pytest.mark.parametrize("hresult", ["0x80040408", "0x80040402", "0x8004040D", "0x80041234"])
def test_an_hresult_ends_the_session_with_advice_and_the_next_one_recovers(
    exchange: Exchange, hresult: str, processed: bool
) -> None:
    exchange.order(receipt("1001"), number="1001")
    ticket, document = hand_out(exchange)
    if processed:
        exchange.process(document)
    assert exchange.call("receive_response", ticket, "", hresult, "It went wrong.") == -1
    assert len(exchange.call("get_last_error", ticket)) > 30
    exchange.call("close_connection", ticket)
    assert writing(exchange)[0].state == "uncertain"
    exchange.session()
    assert len(exchange.quickbooks.transactions()) == 1
    assert exchange.only(Order).state == "posted"


@pytest.mark.parametrize("cut", [0, 30, 200, 700])
def test_an_answer_that_was_cut_off_is_asked_for_again(exchange: Exchange, cut: int) -> None:
    for number in ("1001", "1002", "1003"):
        exchange.order(receipt(number), number=number)
    ticket, document = hand_out(exchange)
    answer = exchange.process(document)[0]
    assert exchange.call("receive_response", ticket, answer[:cut], "", "") > 0
    again = exchange.send(ticket)
    assert exchange.call("receive_response", ticket, *exchange.process(again)) > 0
    assert len(exchange.postings()) == len(exchange.quickbooks.transactions()) == 3


def test_an_answer_that_stays_unreadable_is_replaced_by_a_search(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    ticket, document = hand_out(exchange)
    exchange.process(document)
    for _ in range(3):
        exchange.call("receive_response", ticket, "no qbXML at all", "", "")
        question = exchange.send(ticket)
    assert "SalesReceiptQueryRq" in question
    exchange.call("receive_response", ticket, *exchange.process(question))
    assert exchange.only(Posting).how == "recovered"


def test_a_search_whose_answer_was_cut_off_proves_nothing(exchange: Exchange) -> None:
    """An answer that lost its records would otherwise say: QuickBooks does not hold it."""
    exchange.order(receipt("1001"), number="1001")
    _, document = hand_out(exchange)
    exchange.process(document)
    lose_record(exchange)
    ticket, _ = exchange.login()
    exchange.call(
        "receive_response", ticket, *exchange.process(exchange.send(ticket, told(exchange)))
    )
    question = exchange.send(ticket)
    answer = exchange.process(question)[0]
    exchange.call("receive_response", ticket, answer[: answer.index("<SalesReceiptRet>")], "", "")
    exchange.call("close_connection", ticket)
    exchange.session()
    assert len(exchange.quickbooks.transactions()) == 1
    assert exchange.only(Posting).how == "recovered"


def test_an_answer_kept_before_the_server_stopped_is_settled_by_the_next_call(
    exchange: Exchange,
) -> None:
    exchange.order(receipt("1001"), number="1001")
    _, document = hand_out(exchange)
    reply = exchange.process(document)[0]
    forget_message_sets(exchange)
    with exchange.app.app_context():
        from app.models import db, now  # noqa: PLC0415

        (row,) = db.session.query(MessageSet).filter_by(writes=True)
        row.reply, row.replied_at = reply, now()
        db.session.commit()
    exchange.session()
    assert len(exchange.quickbooks.transactions()) == 1
    assert exchange.only(Posting).how == "added"


def test_an_answer_that_breaks_the_program_is_for_a_person(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.sync.queue import settle  # noqa: PLC0415

    exchange.order(receipt("1001"), number="1001")
    ticket, document = hand_out(exchange)

    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(settle.SETTLERS, "outbox", broken)
    assert exchange.call("receive_response", ticket, *exchange.process(document)) > 0
    assert exchange.only(Outbox).state == "review"
    assert writing(exchange)[0].state == "settled"


def test_a_change_without_an_answer_is_sent_again_under_its_edit_sequence(
    exchange: Exchange,
) -> None:
    order = exchange.order(invoice("1001"), number="1001")
    exchange.session()
    from tests.test_queue_posting import change  # noqa: PLC0415

    change(exchange, order, Document(kind="Invoice", action="mod", fields={"Memo": "Shop 1001!"}))
    _, document = hand_out(exchange)
    exchange.process(document)
    lose_record(exchange)
    exchange.session(most=30)
    assert exchange.all(Outbox)[-1].status_code == 3200
    (txn,) = exchange.quickbooks.transactions()
    assert exchange.only(Posting).edit_sequence == txn.edit_sequence


def test_documents_of_nobody_are_searched_by_kind_and_time(exchange: Exchange) -> None:
    fields = {**receipt("1001").fields, "RefNumber": ""}
    del fields["CustomerRef"]
    exchange.order(
        Document(kind="SalesReceipt", fields=fields, totals=sure("26.64")), number="1001"
    )
    _, document = hand_out(exchange)
    exchange.process(document)
    lose_record(exchange)
    exchange.session()
    assert len(exchange.quickbooks.transactions()) == 1
    assert exchange.only(Posting).how == "recovered"
    assert exchange.quickbooks.transactions()[0].date == TODAY
