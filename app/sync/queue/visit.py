"""One call of one session, as the conversation sees it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Literal

from app.sync import mirrored
from app.sync.queue import sets, settle, work
from app.sync.queue.call import Call
from app.sync.queue.work import Decide
from qbwc.conversation import Pause, Progress
from qbwc.host import Host


class DatabaseVisit:
    """A locked company and its session; see ``qbwc.conversation.Visit``."""

    def __init__(self, call: Call, decide: Decide) -> None:
        """Answer for a call; ``decide`` fills the outbox."""
        self._call = call
        self._decide = decide

    @property
    def state(self) -> Literal["open", "closed", "replaced"]:
        """Where the session stands."""
        state = self._call.session.state
        return "open" if state == "open" else "replaced" if state == "replaced" else "closed"

    @property
    def greeted(self) -> bool:
        """Whether the company file was checked."""
        return self._call.session.greeted

    @property
    def owner_id(self) -> str:
        """Our application's OwnerID."""
        return self._call.company.owner_id

    @property
    def file_id(self) -> str:
        """The company's FileID."""
        return self._call.company.file_id

    @property
    def file_seen(self) -> bool:
        """Whether an earlier session saw our FileID in the company file."""
        return self._call.company.file_seen

    @property
    def company_name(self) -> str:
        """The company's name, for sentences."""
        return self._call.company.name

    @property
    def company_file(self) -> str:
        """The path that the Web Connector was told to open."""
        return self._call.company.company_file

    @property
    def waits(self) -> int:
        """How often this session has asked for patience."""
        return self._call.session.waits

    @waits.setter
    def waits(self, value: int) -> None:
        self._call.session.waits = value

    @property
    def errors(self) -> int:
        """How often QuickBooks could not be opened."""
        return self._call.session.errors

    @errors.setter
    def errors(self, value: int) -> None:
        self._call.session.errors = value

    @property
    def last_error(self) -> str:
        """What getLastError will say."""
        return self._call.session.last_error

    @last_error.setter
    def last_error(self, value: str) -> None:
        self._call.session.last_error = value

    def greet(self, told: Host, company_file: str, *, stamped: bool) -> None:
        """Keep what QuickBooks told of itself."""
        company = self._call.company
        self._call.session.greeted = True
        company.file_seen = company.file_seen or stamped
        company.company_file = company_file or company.company_file
        company.quickbooks = told.company.product or company.quickbooks
        company.qbxml_version = told.version
        mirrored.keep_company(company.id, asdict(told.company))

    def next_set(self) -> str | Pause | None:
        """The next message set."""
        return work.next_set(self._call, self._decide)

    def receive(self, response: str, hresult: str, message: str) -> Progress | None:
        """Keep and settle an answer; one that is settled already changes nothing."""
        call = self._call
        message_set = sets.answered(call, response)
        certain = message_set is None or settle.receive(
            call, message_set, response, hresult, message
        )
        if not certain:
            return None
        left = work.left(call.company.id, call.at + work.PATIENCE, call.session.started_at - _TICK)
        return Progress(call.session.done, left)

    def log(self, text: str) -> None:
        """Tell the people of the company that something is wrong."""
        self._call.log("session.problem", text, level="error")

    def close(self) -> None:
        """End the session."""
        call = self._call
        sets.give_up(call.session)
        call.session.state = "closed"
        call.session.ended_at = call.at
        call.session.message = call.session.last_error
        call.log(
            "session.ended",
            f"The Web Connector has gone; QuickBooks answered {call.session.done} requests.",
        )


_TICK = timedelta(microseconds=1)
