"""Who comes in, on both databases: passwords, tickets, takeover, the right company file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from app.models import Company, Event, MessageSet, Mirror, Session
from app.sync.queue import digest
from tests.exchange import PASSWORD, Exchange, moment, receipt

NOON = moment("2026-11-25T12:00:00")


@pytest.fixture
def exchange(any_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(any_app, tmp_path)
    yield found
    found.quickbooks.close()


def begin(exchange: Exchange) -> tuple[str, str]:
    """A session that was handed its first set that writes."""
    exchange.session()
    exchange.order(receipt("1001"), number="1001")
    ticket, _ = exchange.login()
    exchange.stamp()
    document = exchange.send(ticket, exchange.quickbooks.host_response())
    while "newMessageSetID" not in document:
        exchange.call("receive_response", ticket, *exchange.process(document))
        document = exchange.send(ticket)
    return ticket, document


@pytest.mark.parametrize(
    ("username", "password"), [("grove", "wrong"), ("other", PASSWORD), ("grove", "")]
)
def test_a_wrong_name_or_password_is_no_valid_user(
    exchange: Exchange, username: str, password: str
) -> None:
    assert exchange.call("authenticate", username, password)[1] == "nvu"
    assert not exchange.all(Session)


def test_a_ticket_is_kept_only_as_its_digest(exchange: Exchange) -> None:
    ticket, _ = exchange.login()
    assert exchange.only(Session).ticket_digest == digest(ticket)
    assert len(ticket) == 32


def test_with_nothing_to_do_the_answer_is_none_and_no_session_is_kept(exchange: Exchange) -> None:
    exchange.session()
    sessions = len(exchange.all(Session))
    assert exchange.login()[1] == "none"
    assert len(exchange.all(Session)) == sessions


def test_an_idle_visit_is_noted_at_most_every_thirty_seconds(exchange: Exchange) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        exchange.session()
        clock.shift(timedelta(seconds=29))
        exchange.login()
        assert exchange.only(Company).last_seen_at == NOON
        clock.shift(timedelta(seconds=2))
        exchange.login()
        assert exchange.only(Company).last_seen_at == NOON + timedelta(seconds=31)


def test_lists_older_than_an_hour_are_a_reason_to_come(exchange: Exchange) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        exchange.session()
        clock.shift(timedelta(minutes=59))
        assert exchange.login()[1] == "none"
        clock.shift(timedelta(minutes=2))
        assert exchange.login()[1] != "none"


def test_busy_while_a_set_is_unanswered_within_the_lease(exchange: Exchange) -> None:
    exchange.lease = timedelta(seconds=120)
    with time_machine.travel(NOON, tick=False) as clock:
        begin(exchange)
        clock.shift(timedelta(seconds=119))
        assert exchange.login()[1] == "busy"
        clock.shift(timedelta(seconds=2))
        assert exchange.login()[1] not in {"busy", "none"}


def test_not_busy_when_the_other_session_was_closed(exchange: Exchange) -> None:
    exchange.lease = timedelta(seconds=120)
    ticket, _ = begin(exchange)
    exchange.call("close_connection", ticket)
    assert exchange.login()[1] != "busy"


def test_a_new_session_first_asks_quickbooks_for_its_record(exchange: Exchange) -> None:
    _, document = begin(exchange)
    ticket, _ = exchange.login()
    asked = exchange.send(ticket, exchange.quickbooks.host_response())
    (found,) = [row for row in exchange.all(MessageSet) if row.writes]
    assert found.state == "asked"
    assert asked.endswith(
        f'newMessageSetID="{found.set_id}" oldMessageSetID="{found.set_id}"></QBXMLMsgsRq></QBXML>'
    )
    assert found.set_id in document


def test_what_quickbooks_never_had_is_sent_again_byte_for_byte(exchange: Exchange) -> None:
    _, document = begin(exchange)
    report = exchange.session()
    kinds = ["asked", "searched", "sent"]
    assert [kind for kind, text in zip(kinds, report.sent, strict=False) if text == document] == [
        "sent"
    ]
    assert len(exchange.quickbooks.transactions()) == 1


def test_the_replaced_session_is_told_so_and_gets_nothing(exchange: Exchange) -> None:
    old, _ = begin(exchange)
    exchange.login()
    assert exchange.send(old) == ""
    assert "taken over" in exchange.call("get_last_error", old)
    assert {row.state for row in exchange.all(Session)} == {"closed", "replaced", "open"}


def test_a_late_answer_on_an_old_ticket_settles_its_set(exchange: Exchange) -> None:
    old, document = begin(exchange)
    new, _ = exchange.login()
    asked = exchange.send(new, exchange.quickbooks.host_response())
    assert exchange.call("receive_response", old, *exchange.process(document)) == -1
    posting = exchange.postings()
    assert len(posting) == 1
    assert exchange.call("receive_response", new, *exchange.process(asked)) > 0
    assert exchange.postings().keys() == posting.keys()
    assert len(exchange.quickbooks.transactions()) == 1


def test_a_set_that_was_handed_out_twice_is_not_forgotten_by_quickbooks(
    exchange: Exchange,
) -> None:
    _, document = begin(exchange)
    exchange.session()
    exchange.order(receipt("1002"), number="1002")
    exchange.session()
    exchange.process(document)
    assert len(exchange.quickbooks.transactions()) == 2, "the delayed copy did nothing"


def test_the_next_set_lets_quickbooks_forget_the_one_before(exchange: Exchange) -> None:
    for number in ("1001", "1002"):
        exchange.order(receipt(number), number=number)
        exchange.session()
    first, second = (row for row in exchange.all(MessageSet) if row.writes)
    assert f'oldMessageSetID="{first.set_id}"' in second.request
    assert "oldMessageSetID" not in first.request
    known = exchange.quickbooks.message_sets.knows
    assert (known("Rulebooks", first.set_id), known("Rulebooks", second.set_id)) == (False, True)


def test_questions_carry_no_message_set_id(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    exchange.session()
    asked = [row for row in exchange.all(MessageSet) if not row.writes]
    assert {row.purpose for row in asked} == {"mirror", "search"}
    assert not [row for row in asked if "MessageSetID" in row.request]


def test_the_wrong_company_file_gets_nothing(exchange: Exchange) -> None:
    exchange.session()
    exchange.order(receipt("1001"), number="1001")
    company = exchange.only(Company)
    exchange.quickbooks.stamp_file_id(company.owner_id, "{11111111-2222-4333-8444-555555555555}")
    ticket, _ = exchange.login()
    assert exchange.send(ticket, exchange.quickbooks.host_response()) == ""
    assert "Nothing was sent" in exchange.call("get_last_error", ticket)
    problem = [row for row in exchange.all(Event) if row.kind == "session.problem"]
    assert problem[0].level == "error"
    assert not [row for row in exchange.all(MessageSet) if row.writes]


def test_the_path_of_the_file_is_learned_and_asked_for(exchange: Exchange) -> None:
    exchange.session()
    exchange.order(receipt("1001"), number="1001")
    assert exchange.login()[1] == "C:\\grove.qbw"


def test_what_quickbooks_says_of_itself_is_kept(exchange: Exchange) -> None:
    exchange.session()
    company = exchange.only(Company)
    assert company.quickbooks == "QuickBooks Premier 2014"
    assert company.file_seen
    (facts,) = [row.facts for row in exchange.all(Mirror) if row.kind == "Company"]
    assert facts["name"] == "Practice Company"


def test_an_older_quickbooks_is_spoken_to_in_its_version(exchange: Exchange) -> None:
    ticket, _ = exchange.login()
    told = exchange.quickbooks.host_response().replace(
        "<SupportedQBXMLVersion>13.0</SupportedQBXMLVersion>", ""
    )
    assert '<?qbxml version="12.0"?>' in exchange.send(ticket, told)


def test_the_log_tells_when_a_session_began_and_ended(exchange: Exchange) -> None:
    exchange.session()
    kinds = [row.kind for row in exchange.all(Event)]
    assert kinds.count("session.started") == kinds.count("session.ended") == 1


def test_a_lost_answer_to_send_request_is_made_good_in_the_same_session(
    exchange: Exchange,
) -> None:
    ticket, document = begin(exchange)
    for _ in range(3):
        again = exchange.send(ticket)
        exchange.call("receive_response", ticket, *exchange.process(again))
    assert again == document
    assert len(exchange.postings()) == 1
