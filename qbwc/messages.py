"""Message sets as such: their ids, their limits, how large the next one is, halving a refused one.

Facts: Intuit, qbXML error recovery (newMessageSetID has at most 23 characters; status codes 600
and 9001 to 9005); a set with one request that is not as the schema says is refused whole, with
HRESULT 0x80040400.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Final

PARSE_ERROR: Final = "0x80040400"

MAX_BYTES: Final = 1_500_000
"""The longest message set. Its answer is longer, and a SOAP text must stay under 10,000,000."""
MAX_REQUESTS: Final = 2_000

FIRST_SIZE: Final = 150
SMALLEST: Final = 10
LARGEST: Final = 500
QUICK: Final = 15.0
SLOW: Final = 45.0
"""Seconds around the 30 that QuickBooks should take to answer: quick is half, slow half as much
again."""

NO_RECORD: Final = frozenset({600, 9001, 9002, 9004, 9005})
"""Message set statuses by which QuickBooks says that it cannot tell what became of a set."""

_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"
_ROOT = re.compile(r"<QBXMLMsgsRs\b([^>]*)>")
_ATTRIBUTE = re.compile(r"""([A-Za-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_RESULT = re.compile(r"""<[A-Za-z]+Rs\b[^<>]*?\brequestID\s*=\s*["']([^"'<>]+)["']""")
_REQUEST_ID = re.compile(r"""\brequestID\s*=\s*["'](q[a-z2-7]{20})\.\d+["']""")


def new_set_id() -> str:
    """A new message set's id: 21 characters, a hundred bits of them random."""
    return "q" + "".join(secrets.choice(_BASE32) for _ in range(20))


def request_id(set_id: str, number: int) -> str:
    """The id of a set's n-th request; it names its set, so that a late answer finds it."""
    return f"{set_id}.{number}"


def macro_name(number: int) -> str:
    """The name by which a request refers to the TxnID that another of the set will get."""
    return f"D{number}"


def next_size(size: int, *, orders: int, seconds: float) -> int:
    """How many orders the next set may carry, after one with ``orders`` took ``seconds``.

    A set that was not full proves nothing by being quick.
    """
    if seconds > SLOW:
        return max(SMALLEST, min(size, orders) // 2)
    if seconds <= QUICK and orders >= size:
        return min(LARGEST, size * 2)
    return size


def halve(requests: int) -> int:
    """The most requests that the next set may carry after one was refused; 0 = it is this one."""
    return 0 if requests <= 1 else (requests + 1) // 2


@dataclass(slots=True)
class Draft:
    """A set that is being filled with rendered requests, within its limits."""

    set_id: str = field(default_factory=new_set_id)
    max_bytes: int = MAX_BYTES
    max_requests: int = MAX_REQUESTS
    requests: list[str] = field(default_factory=list)
    contents: dict[str, list[object]] = field(default_factory=dict)
    length: int = 0

    def next_id(self) -> str:
        """The id for the request that is rendered next."""
        return request_id(self.set_id, len(self.requests) + 1)

    def add(self, request: str, about: list[object]) -> str:
        """Take a request in; ``about`` says what its answer will be about."""
        own = self.next_id()
        self.requests.append(request)
        self.contents[own] = about
        self.length += len(request)
        return own

    @property
    def full(self) -> bool:
        """Whether nothing more should be taken in."""
        return len(self.requests) >= self.max_requests or self.length >= self.max_bytes

    def __bool__(self) -> bool:
        return bool(self.requests)


@dataclass(frozen=True, slots=True)
class Heading:
    """What an answer says of its whole message set."""

    set_id: str = ""
    status: int | None = None


def texts(response: str) -> dict[str, str]:
    """The text of each result in an answer, by its request's id, for people to read."""
    starts = list(_RESULT.finditer(response))
    ends = [start.start() for start in starts[1:]] + [response.rfind("</QBXMLMsgsRs")]
    return {
        start[1]: response[start.start() : end].strip()
        for start, end in zip(starts, ends, strict=False)
    }


def heading(response: str) -> Heading:
    """Read which set an answer belongs to: by newMessageSetID, else by its requests' ids."""
    start = _ROOT.search(response)
    found = {name: a or b for name, a, b in _ATTRIBUTE.findall(start[1])} if start else {}
    set_id = found.get("newMessageSetID", "")
    if not set_id:
        first = _REQUEST_ID.search(response)
        set_id = first[1] if first else ""
    status = found.get("messageSetStatusCode", "")
    return Heading(set_id, int(status) if status.lstrip("-").isdigit() else None)
