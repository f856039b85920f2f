"""What QuickBooks' status codes and HRESULTs mean, and what happens next.

To add one more code, add its row to ``codes`` or ``hresults``. The code decides, never the
severity, which QuickBooks uses inconsistently (a 3210 has been seen as "Info").
"""

from __future__ import annotations

import re
from dataclasses import replace

from qbwc.status.codes import MACRO, STATUS
from qbwc.status.hresults import HRESULT
from qbwc.status.judgement import (
    AGAIN,
    CREATE,
    DONE,
    EMPTY,
    MANY,
    PERSON,
    REFRESH,
    Judgement,
    Outcome,
)

__all__ = ["Judgement", "Outcome", "judge", "judge_hresult", "missing_entry"]

_LOCKED = ("could not be locked", "in use by another user", "modified by another user")
_MISSING = re.compile(r'invalid reference to QuickBooks (?P<kind>.+?) "(?P<name>.*?)" in the ')


def judge(code: int, request_name: str = "", message: str = "") -> Judgement:
    """What a result's status, or a message set's, means.

    Args:
        code: statusCode, or messageSetStatusCode.
        request_name: the request or response, such as InvoiceAddRq; an empty answer and a name
            in use mean different things in different requests.
        message: statusMessage, QuickBooks' own words.
    """
    name = request_name.removesuffix("Rq").removesuffix("Rs")
    if code in STATUS:
        found = Judgement(*STATUS[code])
    elif 9100 <= code <= 9199:  # noqa: PLR2004
        found = MACRO
    else:
        return Judgement(
            PERSON, f"QuickBooks answered with status {code}.", "Read QuickBooks' own words."
        )
    if name.endswith("Query") and code in {500, 3120}:
        return replace(found, outcome=EMPTY)
    if name.endswith("Del") and code in {500, 3120}:
        return replace(found, outcome=DONE, advice="Nothing to do: it is gone already.")
    if name.endswith("Void") and found.outcome == CREATE:
        return replace(found, outcome=REFRESH, advice="Nothing to do: QuickBooks is asked.")
    if name.endswith("Add") and code == 3100:  # noqa: PLR2004
        return replace(found, outcome=REFRESH)
    if found.outcome == PERSON and any(words in message for words in _LOCKED):
        return replace(found, outcome=AGAIN, tries=MANY)
    return found


def judge_hresult(code: str, message: str = "") -> Judgement:
    """What it means that QuickBooks could not process a message set, or not be opened, at all.

    Whatever it says, only 0x80040400 proves that nothing of the set was done.

    Args:
        code: the HRESULT as the Web Connector gives it, such as ``0x80040400``.
        message: its own words, for a code that has no entry here.
    """
    digits = code.strip().upper().removeprefix("0X").rjust(8, "0")
    if digits in HRESULT:
        return Judgement(*HRESULT[digits])
    said = f": {message.strip()}" if message.strip() else "."
    return Judgement(
        PERSON,
        f"The Web Connector reported {code.strip() or 'an error'}{said}",
        "Look into the Web Connector's log on the QuickBooks machine.",
    )


def missing_entry(message: str) -> tuple[str, str] | None:
    """The sort and name of the list entry that a 3140 says is missing, such as Customer, Joe."""
    found = _MISSING.search(message)
    return (found["kind"], found["name"]) if found else None
