"""What was posted and is no more: it is never posted again by itself."""

from __future__ import annotations

import re

from qbwc.planning.work import Work
from qbwc.planning.world import Posted

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
HOW = {
    "void": "was voided",
    "delete": "was deleted",
    "voided": "was voided in QuickBooks",
    "missing": "was deleted in QuickBooks",
}


def named(posted: Posted) -> str:
    """A document as people know it: invoice 1001."""
    kind = _WORDS.sub(" ", posted.document.kind).lower()
    number = posted.ref_number or posted.document.fields.get("RefNumber") or ""
    return f"{kind} {number}".strip()


def hold_what_is_gone(work: Work) -> None:
    """Hold an order whose documents QuickBooks had and has no longer."""
    for document in work.documents:
        gone = work.ledger.gone.get((document.kind, document.part))
        if document.action == "add" and gone is not None:
            work.hold(
                f"{named(gone)} {HOW[gone.ended]}: post it again, or leave the order as it is"
            )
