"""What is posted, and the store does not have any more: a shipment, a payment, a refund.

Stores cancel a shipment and make it again under another id; what was posted may stand for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from qbwc import documents
from qbwc.documents.base import Document
from qbwc.planning import asked
from qbwc.planning.changed import Drift
from qbwc.planning.gone import end
from qbwc.planning.header import is_locked
from qbwc.planning.work import Work
from qbwc.planning.world import Posted
from rules_library.order import ZERO

SAME, END, KEEP = "same", "end", "keep"
GONE: Final = "the store does not have it any more"


def ask(
    work: Work,
    posted: Posted,
    said: str,
    twins: Sequence[tuple[str, str]] = (),
    *,
    along: Sequence[tuple[str, str]] = (),
    can_keep: bool = True,
) -> tuple[str, str]:
    """What a person chose about a posted document that the store does not know any more.

    Args:
        work: The order.
        posted: What QuickBooks holds.
        said: Why it is held, while nobody chose: a clause.
        twins: What of the store's is alike and not posted: id and words, the likeliest first.
        along: (kind, part) of what has to go with it.
        can_keep: Whether it may stay though nothing in the store stands for it.

    Returns:
        The choice (``SAME``, ``END``, ``KEEP`` or nothing yet) and the id of the twin.
    """
    document = posted.document
    key = (document.kind, document.part)
    choice = work.ledger.choices.get(key)
    marks = {asked.mark([GONE, twin]): (twin, words) for twin, words in twins}
    twin, words = marks.get(choice.mark if choice else "", twins[0] if twins else ("", ""))
    then = document.totals.total if document.totals else ZERO
    every = [posted, *(work.ledger.posted[one] for one in along)]
    closed = is_locked(work, *every)
    ending = "void" if documents.kind(document.kind).voidable else "delete"
    choices = (
        *([SAME] if twin else []),
        *([] if closed else [ending]),
        *([KEEP] if can_keep else []),
    )
    found = Drift(
        kind=document.kind, part=document.part, ref_number=posted.ref_number,
        words=(GONE, *([f"{words} is like it"] if twin else [])), notes=(),
        then=then, now=then if twin else ZERO, mark=asked.mark([GONE, twin]), choices=choices,
        along=tuple(along),
    )  # fmt: skip
    more = f"; {words} is like it" if twin else ""
    answer = asked.ask(work, found, said + more, about=documents.spoken(document.kind))
    return (END if answer == ending else answer), twin


def stands_for(work: Work, kind: str, ids: Sequence[str]) -> dict[str, str]:
    """Which posted part stands for which of the store's ids, as people chose."""
    marks = {asked.mark([GONE, one]): one for one in ids}
    return {
        marks[choice.mark]: part
        for (of, part), choice in work.ledger.choices.items()
        if of == kind
        and choice.choice == SAME
        and choice.mark in marks
        and part not in ids
        and work.ledger.get(of, part)
    }


def take_out(work: Work, posted: Posted, along: Sequence[Posted] = ()) -> list[Document]:
    """What voids or deletes a document; first what was made of it, and it when that is done."""
    work.more = True
    if along:
        return [*(end(one, "void") for one in along), posted.document]
    return [end(posted, "void")]


def alike(then: Mapping[int, Decimal], now: Mapping[int, Decimal]) -> bool:
    """Whether two shipments have the same of the same lines."""
    return {key: count for key, count in then.items() if count} == {
        key: count for key, count in now.items() if count
    }
