"""One Web Connector session as a small state machine over a queue of work.

Sources: Intuit, QuickBooks Web Connector programmer's guide 2.0, chapters 4 and 5. The queue keeps
all state; each call is one visit, and what the visit changed is kept before the answer leaves.
"""

from __future__ import annotations

import enum
import secrets
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from qbwc import host, status
from qbwc.host import Host, bare

DONE: Final = 100
NO_OP: Final = "NoOp"
MAX_WAITS: Final = 6
"""How often a session may ask for five seconds' patience: half a minute in all."""
MAX_OPENINGS: Final = 2

UNKNOWN: Final = "This session is not known here any more. The next run starts afresh."
REPLACED: Final = (
    "Another Web Connector session has taken over. What QuickBooks answered is kept; "
    "nothing is sent twice."
)
NOTHING: Final = ""
"""Nothing is left and nothing is wrong: the Web Connector would show a sentence as an error."""
LATER: Final = "The rest has to wait a while; the next run goes on with it."


@dataclass(frozen=True, slots=True)
class Login:
    """What came of a log-in; ``nobody`` is a wrong name or password."""

    outcome: Literal["open", "nothing", "busy", "nobody"]
    ticket: str = ""
    company_file: str = ""
    """The path of the company file to open; empty = the one that is open."""


class Pause(enum.Enum):
    """Instead of a message set: there is work, but it has to wait a few seconds."""

    WAIT = enum.auto()


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a session's work is done."""

    done: int
    left: int

    @property
    def percent(self) -> int:
        """1 to 99, rounded down, while anything is left; then 100, which ends the session."""
        if self.left <= 0:
            return DONE
        return max(1, min(DONE - 1, DONE * self.done // (self.done + self.left)))


class Visit(Protocol):
    """One call of one session, held until it is kept or undone as a whole."""

    waits: int
    """How often this session has asked for patience."""
    errors: int
    """How often QuickBooks could not be opened."""
    last_error: str

    @property
    def state(self) -> Literal["open", "closed", "replaced"]:
        """Where the session stands."""

    @property
    def greeted(self) -> bool:
        """Whether the company file was checked."""

    @property
    def owner_id(self) -> str:
        """Our application's OwnerID."""

    @property
    def file_id(self) -> str:
        """The company's FileID."""

    @property
    def file_seen(self) -> bool:
        """Whether an earlier session saw our FileID in the company file."""

    @property
    def company_name(self) -> str:
        """The company's name, for sentences."""

    @property
    def company_file(self) -> str:
        """The path that the Web Connector was told to open; empty = the open file."""

    def greet(self, told: Host, company_file: str, *, stamped: bool) -> None:
        """Keep what QuickBooks told of itself; ``stamped`` = the file carries our FileID."""

    def next_set(self) -> str | Pause | None:
        """The next message set, kept before it is handed out; None = nothing is left."""

    def receive(self, response: str, hresult: str, message: str) -> Progress | None:
        """Keep and settle an answer, early or late; None = it is uncertain what was done."""

    def log(self, text: str) -> None:
        """Tell the people of the company that something is wrong."""

    def close(self) -> None:
        """End the session; a set without an answer becomes uncertain."""


class Queue(Protocol):
    """Where the work of all companies is."""

    def login(self, username: str, password: str) -> Login:
        """Open a session if the password is right and there is anything to do."""

    def visit(self, ticket: str) -> AbstractContextManager[Visit | None]:
        """The session of a ticket, for one call; None = no such ticket was ever given out."""


class Conversation:
    """Answers the eight methods of the Web Connector; the state is in the queue."""

    def __init__(self, queue: Queue, *, version: str = "Rulebooks") -> None:
        """Answer from ``queue``; ``version`` is what the Web Connector shows."""
        self._queue = queue
        self._version = version

    def server_version(self) -> str:
        """What the Web Connector shows as this server's version."""
        return self._version

    def client_version(self, version: str) -> str:
        """Every Web Connector will do; a warning would stop an unattended one."""
        del version
        return ""

    def authenticate(self, username: str, password: str) -> list[str]:
        """Ticket and company file, or ``none``, ``nvu`` (no valid user), ``busy``."""
        login = self._queue.login(username, password)
        ticket = login.ticket or secrets.token_hex(16)
        match login.outcome:
            case "open":
                return [ticket, login.company_file]
            case "nothing":
                return [ticket, "none"]
            case "busy":
                return [ticket, "busy"]
            case _:
                return [ticket, "nvu"]

    def send_request(  # noqa: PLR0917 - the protocol's parameters
        self,
        ticket: str,
        hcp_response: str,
        company_file: str,
        country: str,
        major: int,
        minor: int,
    ) -> str:
        """The next message set, or nothing: then the Web Connector asks for the last error."""
        del country, major, minor  # the request processor's, not the company file's
        with self._queue.visit(ticket) as visit:
            if visit is None:
                return ""
            if visit.state != "open":
                visit.last_error = REPLACED if visit.state == "replaced" else UNKNOWN
                return ""
            if not visit.greeted and not _greet(visit, host.read(hcp_response), company_file):
                return ""
            found = visit.next_set()
            if isinstance(found, str):
                visit.last_error = ""
                return found
            if found is None:
                visit.last_error = NOTHING
            elif visit.waits < MAX_WAITS:
                visit.waits += 1
                visit.last_error = NO_OP
            else:
                visit.last_error = LATER
            return ""

    def receive_response(self, ticket: str, response: str, hresult: str, message: str) -> int:
        """Percent done; 100 ends the session, -1 asks for the last error and ends it."""
        with self._queue.visit(ticket) as visit:
            if visit is None:
                return -1
            progress = visit.receive(response, hresult.strip(), message.strip())
            if visit.state != "open":
                visit.last_error = REPLACED if visit.state == "replaced" else UNKNOWN
                return -1
            if progress is None:
                visit.last_error = _advice(hresult, message)
                visit.log(visit.last_error)
                return -1
            return progress.percent

    def connection_error(self, ticket: str, hresult: str, message: str) -> str:
        """``done``; but a file that did not open by its path may be the one that is open."""
        with self._queue.visit(ticket) as visit:
            if visit is None:
                return "done"
            visit.errors += 1
            visit.last_error = _advice(hresult, message)
            if visit.errors < MAX_OPENINGS and visit.company_file:
                return ""
            visit.log(visit.last_error)
            return "done"

    def get_last_error(self, ticket: str) -> str:
        """The sentence for the user, or ``NoOp``: ask again in five seconds."""
        with self._queue.visit(ticket) as visit:
            return UNKNOWN if visit is None else visit.last_error

    def close_connection(self, ticket: str) -> str:
        """End the session; the answer is shown to the user."""
        with self._queue.visit(ticket) as visit:
            if visit is None:
                return "OK"
            if visit.state == "open":
                visit.close()
            return visit.last_error if visit.last_error not in {NO_OP, NOTHING} else "OK"


def _greet(visit: Visit, told: Host, company_file: str) -> bool:
    """Check that the company file is ours before anything is sent."""
    stamp = told.file_id(visit.owner_id)
    if stamp and stamp != bare(visit.file_id):
        problem = "it is tied to another company of this server"
    elif not stamp and visit.file_seen:
        problem = "it does not carry this company's mark (FileID)"
    else:
        visit.greet(told, company_file, stamped=bool(stamp))
        return True
    name = f"“{told.company.name}”" if told.company.name else "The open company file"
    visit.last_error = (
        f"{name} is not the company file of “{visit.company_name}”: {problem}. "
        "Nothing was sent. Open the right file and run the update again."
    )
    visit.log(visit.last_error)
    return False


def _advice(hresult: str, message: str) -> str:
    judged = status.judge_hresult(hresult, message)
    return f"{judged.meaning} {judged.advice}".strip()
