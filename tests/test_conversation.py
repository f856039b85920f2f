"""The Web Connector's rules, one test each, over a queue that only remembers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest

from qbwc.conversation import MAX_WAITS, Conversation, Login, Pause, Progress
from qbwc.host import Host

OWNER = "{0B9D6E1C-1111-4222-8333-444455556666}"
FILE = "{99999999-1111-4222-8333-444455556666}"


@dataclass
class FakeVisit:
    """A session of which a test decides what comes next."""

    waits: int = 0
    errors: int = 0
    last_error: str = ""
    state: Literal["open", "closed", "replaced"] = "open"
    greeted: bool = False
    owner_id: str = OWNER
    file_id: str = FILE
    file_seen: bool = False
    company_name: str = "Grove Bikes"
    company_file: str = ""
    sets: list[str | Pause] = field(default_factory=list)
    left: int = 0
    uncertain: bool = False
    told: Host | None = None
    stamped: bool | None = None
    received: list[tuple[str, str, str]] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)

    def greet(self, told: Host, company_file: str, *, stamped: bool) -> None:
        self.greeted = True
        self.told, self.company_file, self.stamped = told, company_file, stamped

    def next_set(self) -> str | Pause | None:
        return self.sets.pop(0) if self.sets else None

    def receive(self, response: str, hresult: str, message: str) -> Progress | None:
        self.received.append((response, hresult, message))
        return None if self.uncertain else Progress(len(self.received), self.left)

    def log(self, text: str) -> None:
        self.logged.append(text)

    def close(self) -> None:
        self.state = "closed"


class FakeQueue:
    """One session, known by the ticket T."""

    def __init__(self, login: Login | None = None) -> None:
        self.answer = login or Login("open", "T")
        self.session = FakeVisit()

    def login(self, username: str, password: str) -> Login:
        return self.answer

    @contextmanager
    def visit(self, ticket: str) -> Iterator[FakeVisit | None]:
        yield self.session if ticket == "T" else None


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue()


@pytest.fixture
def talk(queue: FakeQueue) -> Conversation:
    return Conversation(queue, version="Rulebooks 1")


def hcp(file_id: str = "", versions: tuple[str, ...] = ("12.0", "13.0", "14.0")) -> str:
    stamp = (
        f"<DataExtRet><OwnerID>{OWNER}</OwnerID><DataExtName>FileID</DataExtName>"
        f"<DataExtType>STR255TYPE</DataExtType><DataExtValue>{file_id}</DataExtValue></DataExtRet>"
        if file_id
        else ""
    )
    supported = "".join(f"<SupportedQBXMLVersion>{v}</SupportedQBXMLVersion>" for v in versions)
    return (
        '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><HostQueryRs statusCode="0"><HostRet>'
        f"<ProductName>QuickBooks Pro</ProductName>{supported}</HostRet></HostQueryRs>"
        '<CompanyQueryRs statusCode="0"><CompanyRet><CompanyName>Other &amp; Co</CompanyName>'
        f"{stamp}</CompanyRet></CompanyQueryRs></QBXMLMsgsRs></QBXML>"
    )


def ask(talk: Conversation, told: str = "", ticket: str = "T", path: str = "C:\\a.qbw") -> str:
    return talk.send_request(ticket, told, path, "US", 13, 0)


def test_server_version_is_what_is_told(talk: Conversation) -> None:
    assert talk.server_version() == "Rulebooks 1"


def test_every_web_connector_may_go_on(talk: Conversation) -> None:
    assert talk.client_version("2.3.0.207") == ""


def test_an_opened_session_gets_its_ticket_and_the_open_company_file(talk: Conversation) -> None:
    assert talk.authenticate("u", "p") == ["T", ""]


def test_a_known_path_is_told_so_that_the_web_connector_opens_it() -> None:
    talk = Conversation(FakeQueue(Login("open", "T", "C:\\books\\grove.qbw")))
    assert talk.authenticate("u", "p") == ["T", "C:\\books\\grove.qbw"]


@pytest.mark.parametrize(
    ("outcome", "word"), [("nothing", "none"), ("nobody", "nvu"), ("busy", "busy")]
)
def test_other_outcomes_of_a_login_have_their_word(
    outcome: Literal["nothing", "nobody", "busy"], word: str
) -> None:
    answer = Conversation(FakeQueue(Login(outcome))).authenticate("u", "p")
    assert answer[1] == word
    assert len(answer[0]) == 32, "two strings always, none of them empty or absent"


def test_a_set_is_handed_out_as_it_is(queue: FakeQueue, talk: Conversation) -> None:
    queue.session.sets = ["<QBXML/>"]
    assert ask(talk, hcp()) == "<QBXML/>"


def test_an_unknown_ticket_gets_nothing_and_a_clear_sentence(talk: Conversation) -> None:
    assert ask(talk, ticket="X") == ""
    assert talk.receive_response("X", "<QBXML/>", "", "") == -1
    assert "not known" in talk.get_last_error("X")
    assert talk.connection_error("X", "0x80040408", "") == "done"
    assert talk.close_connection("X") == "OK"


def test_a_file_with_our_mark_is_greeted(queue: FakeQueue, talk: Conversation) -> None:
    queue.session.sets = ["<QBXML/>"]
    ask(talk, hcp(FILE.lower().strip("{}")), path="D:\\grove.qbw")
    assert queue.session.stamped is True
    assert queue.session.company_file == "D:\\grove.qbw"


def test_a_file_that_was_never_marked_is_greeted(queue: FakeQueue, talk: Conversation) -> None:
    ask(talk, hcp())
    assert queue.session.stamped is False


def test_a_file_with_another_mark_is_refused_by_name(queue: FakeQueue, talk: Conversation) -> None:
    queue.session.sets = ["<QBXML/>"]
    assert ask(talk, hcp("{11111111-1111-4222-8333-444455556666}")) == ""
    assert queue.session.sets == ["<QBXML/>"], "nothing was taken from the queue"
    said = talk.get_last_error("T")
    assert "Other & Co" in said
    assert "Grove Bikes" in said
    assert "Nothing was sent" in said
    assert queue.session.logged == [said]


@pytest.mark.parametrize("told", [hcp(), ""])
def test_a_file_that_lost_the_mark_is_refused(
    queue: FakeQueue, talk: Conversation, told: str
) -> None:
    queue.session.file_seen = True
    queue.session.sets = ["<QBXML/>"]
    assert ask(talk, told) == ""
    assert "mark" in talk.get_last_error("T")


def test_a_refused_file_stays_refused_when_asked_again(
    queue: FakeQueue, talk: Conversation
) -> None:
    queue.session.file_seen = True
    queue.session.sets = ["<QBXML/>"]
    assert [ask(talk, hcp()), ask(talk)] == ["", ""]


def test_the_file_is_checked_once_a_session(queue: FakeQueue, talk: Conversation) -> None:
    queue.session.greeted = True
    queue.session.file_seen = True
    queue.session.sets = ["<QBXML/>"]
    assert ask(talk, "") == "<QBXML/>"


@pytest.mark.parametrize(
    ("versions", "spoken"),
    [
        (("12.0", "13.0", "14.0", "16.0"), "13.0"),
        (("10.0", "11.0", "9.0"), "11.0"),
        (("CA3.0", "5.0"), "5.0"),
        ((), "13.0"),
    ],
)
def test_the_newest_version_that_both_speak_is_kept(
    queue: FakeQueue, talk: Conversation, versions: tuple[str, ...], spoken: str
) -> None:
    ask(talk, hcp(versions=versions))
    assert queue.session.told is not None
    assert queue.session.told.version == spoken


def test_work_that_has_to_wait_a_moment_is_no_op(queue: FakeQueue, talk: Conversation) -> None:
    queue.session.sets = [Pause.WAIT, "<QBXML/>"]
    assert ask(talk, hcp()) == ""
    assert talk.get_last_error("T") == "NoOp"
    assert ask(talk) == "<QBXML/>"


def test_patience_is_asked_for_a_bounded_number_of_times(
    queue: FakeQueue, talk: Conversation
) -> None:
    queue.session.sets = [Pause.WAIT] * 50
    said = []
    for _ in range(MAX_WAITS + 1):
        ask(talk, hcp())
        said.append(talk.get_last_error("T"))
    assert said[:-1] == ["NoOp"] * MAX_WAITS
    assert "next run" in said[-1]


def test_nothing_left_is_an_empty_set_and_no_error(talk: Conversation) -> None:
    assert ask(talk, hcp()) == ""
    assert talk.get_last_error("T") == ""
    assert talk.close_connection("T") == "OK"


def test_an_answer_reaches_the_queue(queue: FakeQueue, talk: Conversation) -> None:
    talk.receive_response("T", "<QBXML/>", "", "")
    assert queue.session.received == [("<QBXML/>", "", "")]


@pytest.mark.parametrize(
    ("done", "left", "percent"),
    [(0, 1, 1), (1, 1, 50), (995, 5, 99), (9_999_999, 1, 99), (0, 0, 100), (7, 0, 100)],
)
def test_a_hundred_percent_only_when_nothing_is_left(done: int, left: int, percent: int) -> None:
    assert Progress(done, left).percent == percent


def test_an_answer_that_leaves_doubt_ends_the_session_with_advice(
    queue: FakeQueue, talk: Conversation
) -> None:
    queue.session.uncertain = True
    assert talk.receive_response("T", "", "0x80040408", "Could not start QuickBooks.") == -1
    said = talk.get_last_error("T")
    assert len(said) > 20
    assert queue.session.logged == [said]


@pytest.mark.parametrize("state", ["replaced", "closed"])
def test_a_late_answer_on_an_old_ticket_is_kept_but_ends_that_session(
    queue: FakeQueue, talk: Conversation, state: Literal["closed", "replaced"]
) -> None:
    queue.session.state = state
    assert talk.receive_response("T", "<QBXML/>", "", "") == -1
    assert len(queue.session.received) == 1
    assert talk.get_last_error("T")


def test_a_replaced_session_gets_no_further_set(queue: FakeQueue, talk: Conversation) -> None:
    queue.session.state = "replaced"
    queue.session.sets = ["<QBXML/>"]
    assert ask(talk, hcp()) == ""
    assert "taken over" in talk.get_last_error("T")
    assert queue.session.sets == ["<QBXML/>"]


def test_a_connection_error_is_done_at_once_when_no_path_was_tried(
    queue: FakeQueue, talk: Conversation
) -> None:
    assert talk.connection_error("T", "0x80040408", "Could not start QuickBooks.") == "done"
    assert queue.session.logged == [talk.get_last_error("T")]


def test_a_path_that_did_not_open_is_followed_by_the_open_file_and_then_done(
    queue: FakeQueue, talk: Conversation
) -> None:
    queue.session.company_file = "C:\\moved.qbw"
    tries = [talk.connection_error("T", "0x80040408", "") for _ in range(2)]
    assert tries == ["", "done"]


def test_closing_ends_an_open_session(queue: FakeQueue, talk: Conversation) -> None:
    assert talk.close_connection("T") == "OK"
    assert queue.session.state == "closed"


def test_closing_shows_what_went_wrong(queue: FakeQueue, talk: Conversation) -> None:
    queue.session.last_error = "QuickBooks could not be opened."
    assert talk.close_connection("T") == "QuickBooks could not be opened."


def test_closing_a_replaced_session_leaves_it_replaced(
    queue: FakeQueue, talk: Conversation
) -> None:
    queue.session.state = "replaced"
    talk.close_connection("T")
    assert queue.session.state == "replaced"
