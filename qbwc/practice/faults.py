"""What goes wrong in a session, and when: for tests of recovery."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from qbwc.practice.errors import HResult

Fault = (
    Literal[
        "lose request",
        "lose answer",
        "crash",
        "crash before processing",
        "crash after processing",
    ]
    | HResult
)
"""What happens at one call.

- "lose request": the server never sees the call; the session ends with an error.
- "lose answer": the server acts on the call, its answer never arrives; the session ends. Of
  sendRequestXML: QuickBooks never sees the request. Of receiveResponseXML: the reply is stored,
  the Web Connector does not know.
- "crash": the machine goes down before the call is made.
- "crash before processing", "crash after processing": at sendRequestXML only, around QuickBooks.
- an HResult: at sendRequestXML only, QuickBooks answers with it and processes nothing.
"""


@dataclass(slots=True)
class Faults:
    """A schedule of faults; calls, sends and receives are counted from 1 in each session.

    Attributes:
        at_call: By the number of the SOAP call, whatever its method.
        at_send: By the number of the sendRequestXML.
        at_receive: By the number of the receiveResponseXML.
        process_before_hresult: An HResult comes after QuickBooks has processed the set.
        locked: (status code, k): the next k changes are answered 3175, 3176 or 3180.
        closed: What opening the company file fails with, one after the other.
        stop_after_call: The session just ends after this call, without closeConnection.
    """

    at_call: dict[int, Fault] = field(default_factory=dict)
    at_send: dict[int, Fault] = field(default_factory=dict)
    at_receive: dict[int, Fault] = field(default_factory=dict)
    process_before_hresult: bool = False
    locked: tuple[int, int] | None = None
    closed: list[HResult] = field(default_factory=list)
    stop_after_call: int | None = None
